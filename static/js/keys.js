// The console without a mouse: j and k walk the rows, a key on a button presses it, Escape goes back to the list.
// Single keys can be turned off; the choice stays in this browser.
(() => {
  const root = document.documentElement;
  const isOn = () => localStorage.getItem("keys") !== "off";
  const show = () => {
    root.dataset.keys = isOn() ? "on" : "off";
    document.querySelector("[data-keys-toggle]")?.setAttribute("aria-pressed", String(isOn()));
  };
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const walk = (step) => {
    const all = rows();
    const focused = all.indexOf(document.activeElement);
    const from = focused < 0 ? all.findIndex((row) => row.matches("[aria-current]")) : focused;
    all[Math.min(all.length - 1, Math.max(0, from + step))]?.focus();
  };
  const press = (key) => {
    const item = [...document.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key.toLowerCase() === key.toLowerCase());
    if (item) item.matches("input, textarea, select") ? item.focus() : item.click();
    return Boolean(item);
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-keys-toggle]")) return;
    localStorage.setItem("keys", isOn() ? "off" : "on");
    show();
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if ((event.metaKey || event.ctrlKey) && event.key === "Enter" && field?.form) { event.preventDefault(); return field.form.requestSubmit(); }
    if ((event.metaKey || event.ctrlKey) && event.key === "k") { event.preventDefault(); return document.querySelector("[data-find]")?.focus(); }
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "Escape") return (rows().find((row) => row.matches("[aria-current]")) ?? document.activeElement)?.[field ? "focus" : "blur"]();
    if (field || !isOn()) return;
    if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
    else if (event.key.length === 1 && press(event.key)) event.preventDefault();
  });
  show();
})();
