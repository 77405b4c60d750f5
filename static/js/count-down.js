// Counts the minutes of a hold down beside its words; without script the words alone are true.
(() => {
  const show = () => document.querySelectorAll("time[data-count-down]").forEach((time) => {
    const left = Math.max(0, Math.round((Date.parse(time.dateTime) - Date.now()) / 1000));
    const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60, seconds = left % 60;
    const two = (n) => String(n).padStart(2, "0");
    time.textContent = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  });
  if (!document.querySelector("time[data-count-down]")) addEventListener("htmx:after:swap", show);
  show();
  setInterval(() => { if (!document.hidden) show(); }, 1000);
})();
