"""From the click on an option to the new price on the screen, over loopback: the server's part and the browser's."""

from statistics import median

from playwright.sync_api import Page, sync_playwright

from bench.table import show
from tests.browser import launch
from tests.shop import Shop

ROUNDS = 12
CHANGES = (("paint", ("cinnabar", "mist")), ("wheels", ("blade", "aero")), ("trim", ("dual", "long-range")))
CLICK = """
async ([name, value]) => {
  const input = document.querySelector(`input[name=${name}][value=${value}]`);
  const price = document.getElementById('build-totals'), before = price.textContent;
  const began = performance.now();
  input.click();
  const frame = () => new Promise(done => requestAnimationFrame(done));
  await frame();
  await frame();
  const painted = performance.now();
  const told = await new Promise((done, fail) => {
    setTimeout(() => fail(new Error('no new price')), 5000);
    const look = () => document.getElementById('build-totals').textContent !== before
      ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
    look();
  });
  return [painted - began, told - began];
}
"""


def measure(shop: Shop) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(shop.url + "/en/models/mere/configure?trim=long-range&paint=mist&wheels=aero")
        rows = [one(page, name, values) for name, values in CHANGES]
        browser.close()
    show(
        f"A change in the configurator, {ROUNDS} clicks each",
        ("option", "recoloured p50 ms", "price p50 ms", "price slowest ms"),
        rows,
    )


def one(page: Page, name: str, values: tuple[str, str]) -> tuple[str, ...]:
    took = [page.evaluate(CLICK, [name, values[turn % 2]]) for turn in range(ROUNDS)]
    painted, told = sorted(pair[0] for pair in took), sorted(pair[1] for pair in took)
    return (name, f"{median(painted):.0f}", f"{median(told):.0f}", f"{told[-1]:.0f}")
