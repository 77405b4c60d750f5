"""A buyer and an agent in two browsers with the edge between: what one writes is at the other's, in order, once."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.journeys.buyer import Buyer
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser

GENEROUS_MS = 30_000
ROUNDS = 5


def begin(ada: Buyer, zhou_min: Staff) -> tuple[Page, Page]:
    """Both at the same conversation, each listening."""
    page, desk = ada.page, zhou_min.page
    page.goto("/services")
    page.get_by_role("link", name="Ask").first.click()
    expect(page.locator("#help-message")).to_be_visible()
    page.fill("#help-message", f"Hello from {ada.name}")
    with page.expect_response(is_line):
        page.locator("#help-composer").get_by_role("button", name="Send").click()
    expect(page.locator("#thread")).to_contain_text(f"Hello from {ada.name}")
    desk.goto("/agent")
    row = desk.locator(".list-row", has_text=f"Hello from {ada.name}")
    expect(row).to_be_visible()
    with desk.expect_response(lambda answer: is_line(answer) and "/conversations/" in desk.url):
        row.click()
    expect(desk.locator("#agent-thread")).to_contain_text(f"Hello from {ada.name}")
    return page, desk


def is_line(answer: Response) -> bool:
    """The edge has taken the page in: from here on it is told."""
    return "/live?" in answer.url and answer.ok


def taken_ms(act: Callable[[], None], seen: Locator) -> float:
    started = time.monotonic()
    act()
    expect(seen).to_be_visible(timeout=GENEROUS_MS)
    return (time.monotonic() - started) * 1000


def said(place: Locator) -> list[str]:
    return [words.strip() for words in place.locator(".bubble").all_inner_texts() if "Round" in words]


def test_each_word_is_at_the_other_side_at_once_in_order_and_once(ada: Buyer, zhou_min: Staff) -> None:
    page, desk = begin(ada, zhou_min)
    to_desk, to_buyer = [], []

    for number in range(1, ROUNDS + 1):
        page.fill("#help-message", f"Round {number}: question")
        to_desk.append(
            taken_ms(
                lambda: page.locator("#help-composer").get_by_role("button", name="Send").click(),
                desk.locator("#agent-thread").get_by_text(f"Round {number}: question"),
            )
        )
        desk.locator("#message").fill(f"Round {number}: answer")
        to_buyer.append(
            taken_ms(
                lambda: desk.locator("#message").press("Control+Enter"),
                page.locator("#thread").get_by_text(f"Round {number}: answer"),
            )
        )
        # The agent's page comes anew with what was sent; who types before that types into the old one.
        expect(desk.locator("#agent-thread").get_by_text(f"Round {number}: answer")).to_be_visible()
        expect(desk.locator("#message")).to_have_value("")

    expected = [f"Round {n}: {kind}" for n in range(1, ROUNDS + 1) for kind in ("question", "answer")]
    assert said(page.locator("#thread")) == expected
    assert said(desk.locator("#agent-thread")) == expected
    print(
        f"to the agent {sorted(to_desk)[ROUNDS // 2]:.0f} ms (slowest {max(to_desk):.0f}), "
        f"to the buyer {sorted(to_buyer)[ROUNDS // 2]:.0f} ms (slowest {max(to_buyer):.0f})"
    )


def test_a_suggestion_is_taken_up_in_the_thread_and_the_agent_sees_it_move(
    ada: Buyer, zhou_min: Staff
) -> None:
    page, desk = begin(ada, zhou_min)

    desk.keyboard.press("Escape")
    desk.keyboard.press("p")
    expect(desk.locator("#tool select[name=car]")).to_be_focused()
    desk.locator("#tool select[name=car]").select_option(index=1)
    desk.get_by_role("button", name="Suggest it").click()
    page.get_by_role("button", name="Take it up").click()

    expect(page.locator("#thread")).to_contain_text("In the cart", timeout=GENEROUS_MS)
    expect(desk.locator("#agent-thread .thread-card")).to_contain_text("In the cart", timeout=GENEROUS_MS)
    expect(desk.locator("#agent-cart .cart-seen")).to_be_visible(timeout=GENEROUS_MS)


def test_a_talk_is_led_by_keys_alone(ada: Buyer, zhou_min: Staff) -> None:
    page, desk = begin(ada, zhou_min)

    desk.keyboard.press("Escape")
    desk.keyboard.press("/")
    expect(desk.locator(".ready-find")).to_be_visible()
    desk.keyboard.type("call")
    desk.keyboard.press("Enter")
    expect(desk.locator("#message")).to_have_value(re.compile("Shall we call you"))
    with desk.expect_navigation():
        desk.keyboard.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("Shall we call you", timeout=GENEROUS_MS)
    desk.keyboard.press("Escape")
    desk.keyboard.press("1")
    expect(desk.locator("#message")).not_to_have_value("")
    desk.locator("#message").fill("")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator("#tool textarea[name=note]")).to_be_focused()
    desk.keyboard.type("Wants to be called in the evening.")
    with desk.expect_navigation():
        desk.keyboard.press("Control+Enter")
    expect(desk.locator("#agent-thread .bubble-note")).to_contain_text("in the evening")
    desk.keyboard.press("Escape")
    desk.keyboard.press("4")
    expect(desk).to_have_url(re.compile("/agent$"))
    expect(desk.locator(".list-row", has_text=ada.name)).to_have_count(0)
    expect(page.locator("#thread")).not_to_contain_text("in the evening")
    expect(page.locator("#thread")).to_contain_text("This is settled", timeout=GENEROUS_MS)
