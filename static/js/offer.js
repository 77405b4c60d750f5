// A page that nobody looks at does not say that it is looked at. Where there is a column beside the form, help is offered
// there, in sight and out of the way. Help that is taken opens beside the page.
(() => {
  const side = document.querySelector("[data-offer-place]"), offer = document.getElementById("help-offer");
  if (side && offer && matchMedia("(width >= 67.5rem)").matches) side.append(offer);
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.detail.ctx.sourceElement.id === "help-offer") event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", () => {
    const sheet = document.getElementById("help-sheet");
    if (sheet?.dataset.thread && !sheet.hidden) document.documentElement.dataset.help = "open";
  });
})();
