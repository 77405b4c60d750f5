// Listens at the edge for everything on the page marked data-live, and lets htmx look again when a bell rings.
// Without the edge, or while it cannot be reached, the same elements are asked to look every few seconds.
const POLL_MS = 4000;
const QUIET_MS = 25000;
let source = null;
let last = "";
let open = false;
let looked = 0;

const places = () => [...document.querySelectorAll("[data-live]")];

function look(room, kind) {
  for (const place of places()) {
    if (!room || place.dataset.live.split(" ").includes(room)) {
      place.dispatchEvent(new CustomEvent(kind || "ring"));
    }
  }
  if (!room) looked = Date.now();
}

function connect() {
  const first = document.querySelector("[data-live-ticket]");
  if (!first || source) return;
  const after = last ? "&after=" + last : "";
  source = new EventSource(first.dataset.liveUrl + "?ticket=" + encodeURIComponent(first.dataset.liveTicket) + after);
  source.addEventListener("open", () => { open = true; look(); });
  source.addEventListener("ring", (event) => {
    last = event.lastEventId || last;
    look(JSON.parse(event.data).room, "ring");
  });
  source.addEventListener("reset", () => look());
  for (const kind of ["presence", "typing"]) {
    source.addEventListener(kind, (event) => {
      const told = JSON.parse(event.data);
      for (const place of places()) {
        if (place.dataset.live.split(" ").includes(told.room)) {
          place.dispatchEvent(new CustomEvent(kind, { detail: told, bubbles: true }));
        }
      }
    });
  }
  source.addEventListener("error", () => {
    open = false;
    if (source.readyState !== EventSource.CLOSED) return;
    source = null;
    renew(first);
  });
}

async function renew(holder) {
  await new Promise((done) => setTimeout(done, POLL_MS));
  try {
    const answer = await fetch(holder.dataset.liveRenew, { headers: { Accept: "application/json" } });
    if (answer.ok) holder.dataset.liveTicket = (await answer.json()).ticket;
  } catch { /* offline: tried again below */ }
  connect();
}

function letGo() {
  if (source) source.close();
  source = null;
  open = false;
}

setInterval(() => {
  if (document.hidden || !places().length) return;
  if (!source) connect();
  if (Date.now() - looked > (open ? QUIET_MS : POLL_MS)) look();
}, 1000);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { letGo(); } else { connect(); look(); }
});
addEventListener("pagehide", letGo);
document.addEventListener("htmx:after:swap", connect);
connect();
