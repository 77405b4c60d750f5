"""The first view on a slow phone: slow 4G (1.6 Mbit/s, 150 ms), processor four times slower, nothing cached."""

from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.table import show
from tests.browser import launch
from tests.shop import Shop

PATHS = ("/", "/models/mere", "/models/mere/configure", "/stock", "/services", "/cart")
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
ROUNDS = 3
WATCH = """
window.seen = {lcp: 0, cls: 0, fcp: 0, long: []};
new PerformanceObserver(l => { seen.fcp = l.getEntriesByName('first-contentful-paint')[0]?.startTime ?? seen.fcp; })
  .observe({type: 'paint', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) seen.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) seen.cls += e.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(l => { for (const e of l.getEntries()) seen.long.push([e.startTime, e.duration]); })
  .observe({type: 'longtask', buffered: true});
"""


def measure(shop: Shop) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        rows = [one(browser, shop.url, path) for path in PATHS]
        browser.close()
    show(
        f"First view, 390 px, slow 4G, processor / {SLOWER}, median of {ROUNDS}",
        ("page", "LCP ms", "CLS", "blocked ms", "html+css+js kB", "fonts kB", "pictures kB"),
        rows,
    )


def one(browser: Browser, base: str, path: str) -> tuple[str, ...]:
    seen = sorted((look(browser, base + path) for _ in range(ROUNDS)), key=lambda facts: float(facts["lcp"]))
    middle = seen[ROUNDS // 2]
    kinds = {"Document": 0, "Stylesheet": 0, "Script": 0, "Font": 0, "Image": 0} | middle["bytes"]
    return (
        path,
        f"{middle['lcp']:.0f}",
        f"{middle['cls']:.3f}",
        f"{blocked_ms(middle):.0f}",
        f"{(kinds['Document'] + kinds['Stylesheet'] + kinds['Script']) / 1000:.1f}",
        f"{kinds['Font'] / 1000:.1f}",
        f"{kinds['Image'] / 1000:.1f}",
    )


def blocked_ms(seen: dict[str, Any]) -> float:
    """Total blocking time: what tasks after the first paint took beyond 50 ms each."""
    return sum(max(0.0, float(took) - 50) for began, took in seen["long"] if began >= seen["fcp"])


def look(browser: Browser, url: str) -> dict[str, Any]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    cdp = context.new_cdp_session(page)
    weights = watch_bytes(cdp)
    cdp.send("Network.emulateNetworkConditions", SLOW_4G)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="load")
    page.wait_for_timeout(1500)
    seen: dict[str, Any] = page.evaluate("() => seen")
    context.close()
    return {**seen, "bytes": weights}


def watch_bytes(cdp: CDPSession) -> dict[str, int]:
    """Bytes over the wire by kind of resource."""
    kinds: dict[str, str] = {}
    weights: dict[str, int] = {}

    def asked(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told.get("type", "Other")

    def came(told: dict[str, Any]) -> None:
        kind = kinds.get(told["requestId"], "Other")
        weights[kind] = weights.get(kind, 0) + int(told["encodedDataLength"])

    cdp.on("Network.responseReceived", asked)
    cdp.on("Network.loadingFinished", came)
    cdp.send("Network.enable")
    return weights
