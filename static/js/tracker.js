/* The car moves once per visit, from where this reader last saw it to where it is now. */
(() => {
  const stage = document.querySelector("[data-tracker]");
  const car = stage?.querySelector(".stage-car");
  if (!car) return;
  const now = Number(stage.dataset.at);
  const key = `tracker-${stage.dataset.tracker}`;
  let seen = 0;
  try {
    seen = Number(localStorage.getItem(key));
    localStorage.setItem(key, String(now));
  } catch {
    return;
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!seen || seen === now || seen > 6 || still || !car.animate) return;
  const place = () => getComputedStyle(car).insetInlineStart;
  const here = place();
  car.classList.replace(`at-${now}`, `at-${seen}`);
  const before = place();
  car.classList.replace(`at-${seen}`, `at-${now}`);
  car.animate([{ insetInlineStart: before }, { insetInlineStart: here }], {
    duration: 600,
    easing: "cubic-bezier(0.2, 0.8, 0.2, 1)",
  });
})();
