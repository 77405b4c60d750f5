// Paint and wheels change on the large car in the same frame; the price follows from the server.
(() => {
  const wear = (kind, value) => {
    for (const car of document.querySelectorAll(".car-drawing")) {
      [...car.classList].filter((name) => name.startsWith(`${kind}-`)).forEach((name) => car.classList.remove(name));
      car.classList.add(`${kind}-${value}`);
    }
  };
  const is = (input) => input.name === "paint" || input.name === "wheels";
  document.addEventListener("change", ({ target }) => { if (is(target)) wear(target.name, target.value); });
  // An undo ticks other boxes from afar.
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll("input:checked").forEach((input) => { if (is(input)) wear(input.name, input.value); });
  });
})();
