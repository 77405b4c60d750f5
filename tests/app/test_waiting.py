"""What a page shows while an answer is late, the network is gone or the car has just been sold, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from app.db import transaction
from catalog.models import StockItem
from tests.browser import browsing, serving
from tests.checkout.builders import a_car, a_dealer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing() as running:
        yield running


@pytest.fixture
def cars(database: None) -> list[str]:
    """Addresses of three cars that are alike."""
    with transaction():
        a_dealer()
        return [f"/stock/{a_car().public_id}" for _ in range(3)]


@pytest.fixture
def page(chromium: Browser, flask_app: Flask, cars: list[str]) -> Iterator[Page]:
    with serving(flask_app) as port:
        context = chromium.new_context(
            base_url=f"http://127.0.0.1:{port}", locale="en-GB", viewport={"width": 1440, "height": 900}
        )
        yield context.new_page()
        context.close()


def hold_back(page: Page, url: re.Pattern[str]) -> list[Route]:
    held: list[Route] = []
    page.route(url, lambda route: held.append(route))
    return held


FOUND = re.compile(r"/stock\?")
SEEN_AT = """() => {
  let asked = 0;
  window.seen = {};
  addEventListener("keydown", (event) => { if (event.key === "Enter") asked = performance.now(); }, true);
  const there = {
    shape: () => document.querySelector("#results .shape .stock-card"),
    words: () => document.querySelector("#results .slow-notice")?.textContent.includes("taking longer"),
    way: () => document.querySelector("#results [data-way-out]:not([hidden])"),
  };
  new MutationObserver(() => {
    for (const [what, look] of Object.entries(there)) {
      if (asked && !(what in window.seen) && look()) window.seen[what] = performance.now() - asked;
    }
  }).observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
}"""
"""Notes in the page itself, which no busy machine falsifies downwards, how long after Enter each of them was there."""


def test_the_shape_comes_after_300_ms_words_after_two_seconds_and_the_answer_takes_their_place(
    page: Page,
) -> None:
    page.goto("/stock")
    held = hold_back(page, FOUND)
    page.evaluate(SEEN_AT)

    page.get_by_label("Search the stock").fill("mere")
    page.keyboard.press("Enter")

    expect(page.locator("#results .shape .stock-card").first).to_be_visible()
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#results .slow-notice")).to_contain_text("taking longer than usual")
    expect(page.locator("#results [data-way-out]")).to_be_visible()
    seen = page.evaluate("window.seen")
    assert seen["shape"] >= 290 and seen["words"] >= 1_990 and seen["way"] >= 7_990, seen
    held[-1].continue_()
    expect(page.locator("#results .shape")).to_have_count(0)
    expect(page.locator("#results .slow-notice")).to_have_count(0)
    expect(page.locator("#results .stock-card").first).to_be_visible()


def test_a_quick_answer_shows_no_shape(page: Page) -> None:
    """Its second time it comes from memory, so that no busy machine makes it a late one."""
    page.goto("/stock")
    remembered: dict[str, APIResponse] = {}

    def answer(route: Route) -> None:
        url = route.request.url
        remembered[url] = remembered.get(url) or route.fetch()
        route.fulfill(response=remembered[url])

    page.route(FOUND, answer)
    for words in ("mere", "rill"):
        look_for(page, words)
    page.evaluate(
        """() => { window.shapes = 0; new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
          if (node.classList?.contains("shape")) window.shapes += 1; }))).observe(document.body, { childList: true, subtree: true }); }"""
    )

    look_for(page, "mere")
    page.wait_for_timeout(400)

    assert page.evaluate("window.shapes") == 0


def look_for(page: Page, words: str) -> None:
    page.get_by_label("Search the stock").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"q={words}"))


def test_changes_without_a_network_are_counted_and_asked_for_when_it_is_back(page: Page) -> None:
    page.goto("/stock")
    page.context.set_offline(True)

    search = page.get_by_label("Search the stock")
    search.fill("crag")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("You are offline. Nothing is lost. 1 change is waiting.")
    search.fill("mere")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("You are offline. Nothing is lost. 2 changes are waiting.")
    expect(page.locator("#results .stock-card").first).to_be_visible()
    page.context.set_offline(False)

    page.wait_for_url(re.compile("q=mere"))
    expect(page.locator("#notice")).to_be_empty()


def test_a_car_that_has_just_gone_names_two_alike_and_holds_one_at_one_press(
    page: Page, cars: list[str]
) -> None:
    with transaction():
        StockItem.by_public_id(cars[0].rsplit("/", 1)[1]).state = "sold"

    answer = page.goto(cars[0])

    assert answer is not None
    assert answer.status == 410
    expect(page.locator("#gone h2")).to_contain_text("has just gone")
    expect(page.locator("#gone .car-row")).to_have_count(2)
    page.get_by_role("button", name="Hold the first one for me").click()
    page.wait_for_url(re.compile("/cart$"))
    expect(page.locator(".cart-line")).to_have_count(1)


def test_the_car_and_its_stage_are_shared_from_a_list_to_a_cars_page_and_back(page: Page) -> None:
    page.add_init_script(
        """addEventListener("pagereveal", ({ viewTransition }) => { window.revealed = Boolean(viewTransition); });
        addEventListener("load", () => addEventListener("pageswap", ({ viewTransition }) => {
          if (!viewTransition) return;
          const names = [...document.querySelectorAll("*")].map((e) => getComputedStyle(e).viewTransitionName).filter((n) => n !== "none" && n !== "root");
          sessionStorage.setItem("names", names.sort().join());
        }));"""
    )
    page.goto("/stock")

    page.locator(".stock-link").first.click()
    page.wait_for_url(re.compile(r"/stock/\S+"))

    assert page.evaluate("window.revealed") is True
    assert page.evaluate("sessionStorage.getItem('names')") == "car,waterline"
    page.locator(".back-link").first.click()
    page.wait_for_url(re.compile(r"/stock$"))
    assert page.evaluate("sessionStorage.getItem('names')") == "car,waterline"


@pytest.mark.parametrize("path", ["/", "/models/mere", "/stock", "/cart", "car"])
def test_no_name_of_a_transition_stands_twice_on_a_page(page: Page, cars: list[str], path: str) -> None:
    page.goto(cars[0] if path == "car" else path)

    names = page.evaluate(
        "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).viewTransitionName).filter((n) => n !== 'none')"
    )

    assert len(names) == len(set(names))


def test_nothing_moves_from_page_to_page_for_those_who_asked_for_stillness(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script(
        "addEventListener('pagereveal', ({ viewTransition }) => { window.revealed = Boolean(viewTransition); });"
    )
    page.goto("/stock")

    page.locator(".stock-link").first.click()
    page.wait_for_url(re.compile(r"/stock/\S+"))

    assert page.evaluate("window.revealed") is False
