// Paint and wheels change on the large car in the same frame; the price follows from the server.
(() => {
  const car = document.getElementById("car");
  if (!car) return;
  const wear = (kind, value) => {
    [...car.classList].filter((name) => name.startsWith(`${kind}-`)).forEach((name) => car.classList.remove(name));
    car.classList.add(`${kind}-${value}`);
  };
  document.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (name === "paint" || name === "wheels") wear(name, value);
  });
})();
