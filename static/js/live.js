// Everything marked data-live looks again (event `ring`) when one of its rooms rings at the edge. While the edge cannot be
// reached, the same elements are asked to look every few seconds; without any of this they poll by themselves.
const POLL_MS = 4000;
const lines = new Map();

const places = (rooms) => [...document.querySelectorAll("[data-live]")].filter((place) => !rooms || place.dataset.live === rooms);

class Line {
  constructor(rooms) {
    this.rooms = rooms;
    this.last = "";
    this.open = this.worked = false;
    this.connect();
  }

  look(kind = "ring", detail = null) {
    this.looked = Date.now();
    for (const place of places(this.rooms)) place.dispatchEvent(new CustomEvent(kind, { detail, bubbles: kind !== "ring" }));
  }

  connect() {
    const place = places(this.rooms)[0];
    if (!place) return;
    const after = this.last ? `&after=${this.last}` : "";
    this.source = new EventSource(`${place.dataset.liveUrl}?ticket=${encodeURIComponent(place.dataset.liveTicket)}${after}`);
    this.source.addEventListener("open", () => { this.open = this.worked = true; this.look(); });
    this.source.addEventListener("ring", (event) => { this.last = event.lastEventId || this.last; this.look(); });
    this.source.addEventListener("reset", (event) => { this.last = event.lastEventId || this.last; this.look(); });
    for (const kind of ["presence", "typing"]) {
      this.source.addEventListener(kind, (event) => this.look(kind, JSON.parse(event.data)));
    }
    this.source.addEventListener("error", () => {
      this.open = false;
      if (this.source?.readyState === EventSource.CLOSED) this.renew();
    });
  }

  // Refused, most likely because the ticket is old: the pages know whether there is to be a fresh one. A ticket that has
  // worked is changed at once; until there is one that does, the edge is left alone.
  async renew() {
    this.close();
    await new Promise((done) => setTimeout(done, this.worked ? 0 : POLL_MS));
    this.worked = false;
    const place = places(this.rooms)[0];
    if (!place || this.source || !lines.has(this.rooms)) return;
    try {
      const known = encodeURIComponent(place.dataset.liveTicket);
      const answer = await fetch(`${place.dataset.liveRenew}?ticket=${known}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return this.renew();
      place.dataset.liveTicket = (await answer.json()).ticket;
    } catch { /* no network: tried again in a while */ }
    this.connect();
  }

  close() {
    this.source?.close();
    this.source = null;
    this.open = false;
  }
}

function listen() {
  const wanted = new Set(document.hidden ? [] : places().map((place) => place.dataset.live));
  for (const [rooms, line] of lines) {
    if (!wanted.has(rooms)) { line.close(); lines.delete(rooms); }
  }
  for (const rooms of wanted) {
    if (!lines.has(rooms)) lines.set(rooms, new Line(rooms));
  }
}

setInterval(() => {
  for (const line of lines.values()) {
    if (!line.open && Date.now() - (line.looked ?? 0) > POLL_MS) line.look();
  }
}, 1000);
document.addEventListener("visibilitychange", listen);
document.addEventListener("htmx:after:swap", () => setTimeout(listen));
addEventListener("pagehide", () => { for (const line of lines.values()) line.close(); lines.clear(); });
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
listen();
