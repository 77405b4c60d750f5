// Whoever writes is seen writing, and the desk sees who else has the thread open. Without the edge nothing of it is shown.
(() => {
  const EVERY_MS = 3000, SHOWN_MS = 6000;
  let told = 0, fades = 0;
  const writing = () => document.querySelector("[data-writing]");
  const known = (words) => {
    const people = JSON.parse(writing()?.dataset.people || "{}");
    return [...new Set(words.map((word) => people[word]).filter(Boolean))];
  };

  document.addEventListener("input", ({ target }) => {
    const place = target.matches?.("textarea[name=message]") && document.querySelector("[data-live^='thread:']");
    if (!place || !target.value.trim() || Date.now() - told < EVERY_MS) return;
    told = Date.now();
    const url = place.dataset.liveUrl.replace(/live$/, "typing");
    fetch(`${url}?ticket=${encodeURIComponent(place.dataset.liveTicket)}`, { method: "POST" }).catch(() => {});
  });

  const clear = () => { clearTimeout(fades); const place = writing(); if (place) place.textContent = ""; };
  document.addEventListener("typing", ({ detail }) => {
    const place = writing();
    if (!place || !detail.room.startsWith("thread:")) return;
    clear();
    const [name = place.dataset.somebody] = known([detail.who]);
    place.textContent = place.dataset.writing.replace("{name}", name);
    fades = setTimeout(clear, SHOWN_MS);
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (["thread", "agent-thread"].includes(ctx.sourceElement?.id)) clear();
  });

  document.addEventListener("presence", ({ detail }) => {
    const place = document.querySelector("[data-here]");
    if (!place || !detail.room.startsWith("thread:")) return;
    const names = known(detail.here);
    place.textContent = names.length ? place.dataset.here.replace("{names}", names.join(place.dataset.between)) : "";
  });
})();
