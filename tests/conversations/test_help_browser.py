"""The help sheet in a real browser: opened by its reader only, never in the way, and nothing typed is ever lost."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from app.db import close_reading, session
from catalog.models import StockItem
from conversations.models import Conversation
from tests.conversations.builders import Browser, new_key

Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Chromium, address: str) -> Iterator[Open]:
    """A page of somebody new, at a width."""
    opened: list[BrowserContext] = []

    def open_page(path: str = "/stock", width: int = 1440, **more: object) -> Page:
        context = chromium.new_context(
            base_url=address,
            locale="en-GB",
            viewport={"width": width, "height": 844},
            reduced_motion="reduce",
            **more,  # type: ignore[arg-type]
        )
        opened.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()


def ask_link(page: Page) -> None:
    page.locator(".site-tools a[data-help]:visible").first.click()
    expect(page.locator("aside#help-sheet")).to_be_visible()


def write(page: Page, words: str) -> None:
    page.fill("#help-message", words)
    page.locator("#help-composer").get_by_role("button", name="Send").click()


def test_one_tap_opens_it_with_the_caret_in_it_and_escape_gives_the_focus_back(visit: Open) -> None:
    page = visit()
    expect(page.locator("aside#help-sheet")).to_have_count(0)

    ask_link(page)

    expect(page.locator("#help-message")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("aside#help-sheet")).to_have_count(0)
    expect(page.locator(".site-tools a[data-help]:visible").first).to_be_focused()


@pytest.mark.parametrize("width", [390, 800, 1180, 1440])
def test_price_and_action_stay_in_reach_beside_it(visit: Open, car: StockItem, width: int) -> None:
    page = visit(f"/stock/{car.public_id}", width)

    ask_link(page)

    sheet = page.locator("#help-sheet").bounding_box()
    action = page.locator("button:visible", has_text="Add to cart").first
    action.scroll_into_view_if_needed()
    box = action.bounding_box()
    assert sheet and box
    assert box["x"] + box["width"] <= sheet["x"] + 1 or box["y"] >= sheet["y"] + sheet["height"] - 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    action.click(trial=True)


def test_it_stays_open_over_a_change_of_page_without_taking_the_focus(visit: Open) -> None:
    page = visit()
    ask_link(page)
    page.fill("#help-message", "Half a sent")

    page.goto("/services")

    expect(page.locator("#help-message")).to_have_value("Half a sent")
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Close").click()
    page.goto("/stock")
    page.wait_for_load_state("networkidle")
    expect(page.locator("aside#help-sheet")).to_have_count(0)


def test_a_question_is_asked_and_answered_without_leaving_the_page(visit: Open, agent: Browser) -> None:
    page = visit("/services")
    ask_link(page)

    write(page, "Do credits pay for trains?")

    expect(page.locator("#thread").get_by_text("Do credits pay for trains?")).to_be_visible()
    expect(page.locator("#help-message")).to_have_value("")
    expect(page.locator("#help-message")).to_be_focused()
    _answer(agent, the_conversation().public_id, "They do.")
    expect(page.locator("#thread").get_by_text("They do.")).to_be_visible()
    assert page.url.endswith("/services")


def test_an_answer_to_a_closed_sheet_is_told_on_the_ask_control(visit: Open, agent: Browser) -> None:
    page = visit("/services")
    ask_link(page)
    write(page, "Do credits pay for trains?")
    expect(page.locator("#thread")).to_be_visible()
    page.keyboard.press("Escape")

    _answer(agent, the_conversation().public_id, "They do.")

    link = page.locator(".site-tools a[data-help]:visible").first
    expect(link).to_have_text("New answer")
    expect(page.locator("#help-news")).to_have_text("New answer")
    link.click()
    expect(page.locator("#thread").get_by_text("They do.")).to_be_visible()
    expect(link).to_have_text("Ask")


def test_a_visitor_without_a_conversation_is_not_asking_the_server_all_the_time(visit: Open) -> None:
    page = visit("/services")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.wait_for_timeout(9000)

    assert [url for url in asked if "/ask/" in url] == []


def test_words_wait_for_the_network_and_are_sent_by_themselves(visit: Open) -> None:
    page = visit("/services")
    ask_link(page)
    page.context.set_offline(True)

    write(page, "Is anybody there?")

    expect(page.locator("#help-trouble")).to_contain_text("Waiting for the network")
    expect(page.locator("#help-message")).to_have_value("Is anybody there?")
    page.context.set_offline(False)
    expect(page.locator("#thread").get_by_text("Is anybody there?")).to_be_visible()


def test_without_script_the_link_leads_to_the_page(visit: Open) -> None:
    page = visit("/services", java_script_enabled=False)

    page.locator(".site-tools a[data-help]:visible").first.click()

    expect(page.locator("#ask-form")).to_be_visible()


def _answer(agent: Browser, public_id: str, words: str) -> None:
    form = {"client_key": new_key(), "message": words}
    assert agent.post(f"/agent/conversations/{public_id}/messages", form).status_code == 303


def the_conversation() -> Conversation:
    close_reading()
    return session().query(Conversation).one()
