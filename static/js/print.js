// The page on paper: its button, and price lines that open with their reasons while it is printed.
(() => {
  const opened = new Set();
  document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
  addEventListener("beforeprint", () => {
    document.querySelectorAll(".pay-lines details:not([open])").forEach((line) => { line.open = true; opened.add(line); });
  });
  addEventListener("afterprint", () => { opened.forEach((line) => { line.open = false; }); opened.clear(); });
})();
