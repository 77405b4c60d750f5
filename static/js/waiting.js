// While an answer is on its way: after 300 ms the shape of what comes, after two seconds words, after eight a way out.
// What was chosen without a network is counted, and asked for again when the network is back.
(() => {
  const SHAPE_MS = 300, WORDS_MS = 2000, WAY_OUT_MS = 8000;
  const notice = document.getElementById("notice");
  const waits = new Map();
  const goesByItself = (source) => /every|load/.test(source.getAttribute?.("hx-trigger") ?? "") || source.closest?.("#help-sheet, #build");
  const regions = (target) => [target, ...target.querySelectorAll("[data-shape]")].filter((region) => region.dataset?.shape);
  const copy = (id) => document.getElementById(id)?.content.cloneNode(true);

  const begin = (ctx) => {
    const shaped = ctx.target instanceof Element ? regions(ctx.target) : [];
    const later = (after, act) => setTimeout(act, after);
    waits.set(ctx, { shaped, timers: [
      later(SHAPE_MS, () => shaped.forEach((region) => {
        const shape = copy(region.dataset.shape);
        if (!shape || region.querySelector(".shape")) return;
        const cards = region.querySelectorAll(".stock-card").length;
        const holder = document.createElement("div");
        holder.className = "shape";
        holder.append(shape);
        [...holder.querySelectorAll(".stock-card")].slice(Math.max(2, cards)).forEach((card) => card.remove());
        region.setAttribute("aria-busy", "true");
        region.append(holder);
      })),
      later(WORDS_MS, () => {
        if (!shaped.length) { notice.textContent ||= notice.dataset.slow; return; }
        shaped.forEach((region) => { if (!region.querySelector(":scope > .slow-notice")) region.prepend(copy("slow-shape")); });
      }),
      later(WAY_OUT_MS, () => shaped.forEach((region) => {
        const out = region.querySelector("[data-way-out]");
        if (out && ctx.request.method === "GET") Object.assign(out, { href: ctx.request.action, hidden: false });
      })),
    ] });
  };
  const end = (ctx) => {
    const wait = waits.get(ctx);
    if (!wait) return;
    waits.delete(ctx);
    wait.timers.forEach(clearTimeout);
    wait.shaped.forEach((region) => {
      region.removeAttribute("aria-busy");
      region.querySelectorAll(":scope > .shape, :scope > .slow-notice").forEach((part) => part.remove());
    });
    if (notice.textContent === notice.dataset.slow) notice.textContent = "";
  };
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (!goesByItself(ctx.sourceElement)) begin(ctx); });
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => end(ctx));
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => end(ctx));

  const asked = new Map();
  const count = () => [...asked.values()].reduce((sum, changes) => sum + changes, 0);
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    const form = ctx?.sourceElement?.closest?.("form[hx-get]");
    if (!form || navigator.onLine) return;
    asked.set(form, (asked.get(form) ?? 0) + 1);
    const changes = count();
    const words = changes === 1 ? notice.dataset.waitsOne : notice.dataset.waitsMany.replace("{n}", changes);
    notice.textContent = `${notice.dataset.offline} ${words}`;
  });
  addEventListener("online", () => {
    const forms = [...asked.keys()];
    asked.clear();
    forms.filter((form) => form.isConnected && form.id !== "build").forEach((form) => form.dispatchEvent(new Event("change", { bubbles: true })));
  });
})();
