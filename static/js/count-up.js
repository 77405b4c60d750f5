// How long somebody has been stuck or waits, running; without script the words stand as they were sent.
(() => {
  const two = (n) => String(n).padStart(2, "0");
  const show = () => document.querySelectorAll("time[data-count-up]").forEach((time) => {
    const gone = Math.max(0, Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000));
    const hours = Math.floor(gone / 3600), minutes = Math.floor(gone / 60) % 60;
    const words = hours ? `${hours}:${two(minutes)}:${two(gone % 60)}` : `${minutes}:${two(gone % 60)}`;
    if (time.textContent !== words) time.textContent = words;
  });
  setInterval(() => { if (!document.hidden) show(); }, 1000);
})();
