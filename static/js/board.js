// The board by arrows, and a board that looks again without moving the card in hand.
(() => {
  const cards = () => [...document.querySelectorAll("#board .board-card")];
  const columns = () => [...document.querySelectorAll("#board [data-column]")].map((column) => [...column.querySelectorAll(".board-card")]).filter((all) => all.length);

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
    const card = document.activeElement?.closest?.("#board .board-card");
    if (!card) return;
    const all = columns();
    const here = all.findIndex((column) => column.includes(card));
    const there = all[here + step];
    if (!there) return;
    event.preventDefault();
    there[Math.min(there.length - 1, all[here].indexOf(card))].focus();
  });

  let before = null;
  const isBoard = (event) => (event.detail?.ctx?.target ?? event.target)?.id === "board";
  document.addEventListener("htmx:before:swap", (event) => {
    if (!isBoard(event)) return;
    const held = document.activeElement?.closest?.("#board [id]");
    before = { ids: new Set(cards().map(({ id }) => id)), held: held?.id, top: held?.getBoundingClientRect().top };
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!before) return;
    const { ids, held, top } = before;
    before = null;
    const card = held && document.getElementById(held);
    if (card) {
      if (document.activeElement !== card) card.focus({ preventScroll: true });
      card.closest(".pane")?.scrollBy(0, card.getBoundingClientRect().top - top);
    }
    const fresh = cards().filter(({ id }) => !ids.has(id));
    for (const one of fresh) one.dataset.new = "";
    const news = document.getElementById("board-news");
    if (news && fresh.length) news.textContent = fresh.length === 1 ? news.dataset.one : news.dataset.many.replace("{n}", fresh.length);
  });
})();
