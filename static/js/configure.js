// What is posted is what is ticked, at every instant; the keyboard keeps its place; the tabs follow the hand.
(() => {
  const form = document.getElementById("build");
  if (!form) return;
  const chosen = ["trim", "paint", "wheels", "interior", "extra"];

  form.addEventListener("change", () => {
    const fields = document.getElementById("build-fields");
    [...fields.children].forEach((field) => { if (chosen.includes(field.name)) field.remove(); });
    for (const [name, value] of new FormData(form)) {
      if (chosen.includes(name)) fields.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  });

  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement !== document.body || !left) return;
    const next = document.getElementById("build-undo") || document.querySelector("#build-sets input:checked");
    next?.focus({ preventScroll: true });
    left = false;
  });
  let left = false;
  document.addEventListener("click", ({ target }) => { left = Boolean(target.closest("#build-bar a[id]")); });

  // Words for a wait: after 400 ms that it is being checked, after two seconds that it takes longer.
  const bar = document.getElementById("build-bar");
  let waits = [];
  const rest = () => { waits.forEach(clearTimeout); waits = []; bar.classList.remove("is-checking", "is-slow"); };
  const isOfTheBuild = ({ detail }) => !detail.ctx?.sourceElement?.closest?.("#help-sheet");
  document.addEventListener("htmx:before:request", (event) => {
    if (!isOfTheBuild(event)) return;
    rest();
    waits = [["is-checking", 400], ["is-slow", 2000]].map(([name, after]) => setTimeout(() => bar.classList.add(name), after));
  });
  document.addEventListener("htmx:after:swap", (event) => { if (isOfTheBuild(event)) rest(); });
  // A price that could not be confirmed stays marked, and is asked for again when the network is back.
  const unconfirmed = (event) => { if (isOfTheBuild(event) && event.detail.error?.name !== "AbortError") { rest(); bar.classList.add("is-slow"); } };
  document.addEventListener("htmx:error", unconfirmed);
  document.addEventListener("htmx:response:error", unconfirmed);
  addEventListener("online", () => { if (bar.classList.contains("is-slow")) form.dispatchEvent(new Event("change", { bubbles: true })); });

  // Links that carry this address along (language, country, help) carry the build as it is now.
  document.addEventListener("htmx:after:swap", () => {
    const here = location.pathname + location.search;
    document.querySelectorAll("a[hreflang]").forEach((link) => { link.search = location.search; });
    for (const name of ["next", "page"]) document.querySelectorAll(`a[href*="?${name}="]`).forEach((link) => {
      const url = new URL(link.href);
      if (!url.searchParams.get(name).split("?")[0].endsWith("/configure")) return;
      url.searchParams.set(name, here);
      link.href = url;
    });
  });

  const road = document.querySelector(".build-road");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !road?.open) return;
    road.open = false;
    road.querySelector("summary").focus();
  });

  const tabs = new Map([...document.querySelectorAll(".build-tabs a")].map((tab) => [tab.hash.slice(1), tab]));
  const watch = new IntersectionObserver((entries) => {
    const seen = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target.id);
    if (!seen.length) return;
    tabs.forEach((tab, id) => { if (id === seen[0]) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current"); });
  }, { rootMargin: "-40% 0px -45% 0px" });
  tabs.forEach((_tab, id) => { const place = document.getElementById(id); if (place) watch.observe(place); });
})();
