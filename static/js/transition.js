// The tile whose car is on its way to a page of its own, or back from one, carries the shared names, and no other does.
(() => {
  if (!("PageSwapEvent" in window) || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const path = (url) => new URL(url, location.href).pathname.replace(/^\/(en|zh)(?=\/|$)/, "");
  const tileOf = (url) => {
    if (document.querySelector(".photo, .product-stage")) return null;
    const link = [...document.querySelectorAll("main a[href]")].find((a) => path(a.href) === path(url) && a.closest("article, li")?.querySelector(".tile > img"));
    return (link ? link.closest("article, li") : document.getElementById("cart-lines"))?.querySelector(".tile:has(> img)") ?? null;
  };
  const share = async (url, transition) => {
    const tile = tileOf(url);
    if (!tile) return;
    const named = [[tile, "waterline"], [tile.querySelector("img"), "car"]];
    named.forEach(([element, name]) => { element.style.viewTransitionName = name; });
    await transition.finished.catch(() => {});
    named.forEach(([element]) => { element.style.viewTransitionName = ""; });
  };
  addEventListener("pageswap", ({ viewTransition, activation }) => { if (viewTransition && activation) share(activation.entry.url, viewTransition); });
  addEventListener("pagereveal", ({ viewTransition }) => { if (viewTransition && navigation.activation?.from) share(navigation.activation.from.url, viewTransition); });
})();
