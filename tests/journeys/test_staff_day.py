"""A day at the desks by keys alone: a question answered, a lead worked, a car prepared and handed over."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import Cars
from tests.journeys.keyboard import press, tab_to, type_into
from tests.journeys.staff import Staff
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.browser

MOST_ROWS = 60


@pytest.fixture(autouse=True)
def no_mouse(zhou_min: Staff, han_lei: Staff) -> None:
    """A click anywhere on the staff's pages ends the day."""
    for member in (zhou_min, han_lei):
        member.page.add_init_script(
            "addEventListener('pointerdown', () => { document.body.dataset.touched = 'yes'; }, true);"
        )


def walk_to(page: Page, words: str) -> None:
    """With j, down the rows, until the one with these words has the focus; Enter opens it."""
    for _ in range(MOST_ROWS):
        page.keyboard.press("j")
        if words in (page.evaluate("() => document.activeElement?.innerText") or ""):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no row with {words} on {page.url}")


def ask(ada: Buyer, words: str) -> None:
    ada.page.goto("/ask")
    ada.page.get_by_label("What would you like to know?").fill(words)
    ada.page.fill("#ask-form [name=name]", ada.name)
    ada.page.fill("#ask-form [name=email]", ada.email)
    ada.page.locator("#ask-form").get_by_role("button", name="Send").click()
    expect(ada.page).to_have_url(re.compile(r"/ask/[\w-]{22}$"))


def untouched(page: Page) -> bool:
    return page.evaluate("() => document.body.dataset.touched") is None


def test_an_agent_answers_and_settles_a_question_by_keys(ada: Buyer, zhou_min: Staff) -> None:
    ask(ada, "Does it tow?")
    page = zhou_min.page
    page.goto("/en/agent")
    expect(page.locator(".list-row", has_text=ada.name)).to_have_count(1)

    walk_to(page, ada.name)
    expect(page.get_by_role("heading", level=1)).to_contain_text(ada.name)
    page.keyboard.press("r")
    page.keyboard.type("Up to 1,600 kg, braked.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread").get_by_text("Up to 1,600 kg, braked.")).to_be_visible()
    expect(ada.page.locator("#thread").get_by_text("Up to 1,600 kg, braked.")).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("4")

    expect(page).to_have_url(re.compile("/agent$"))
    expect(page.locator(".list-row", has_text=ada.name)).to_have_count(0)
    assert untouched(page)


def test_an_agent_works_a_lead_by_keys(ada: Buyer, zhou_min: Staff) -> None:
    ask(ada, "Is there a wagon?")
    page = zhou_min.page

    def listed() -> bool:
        page.goto("/en/leads")
        return page.locator(".list-row", has_text=ada.name).count() > 0

    eventually(listed)
    walk_to(page, ada.name)
    expect(page.get_by_role("heading", level=1)).to_contain_text(ada.name)

    page.keyboard.press("n")
    page.keyboard.type("Wants a wagon before spring.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Wants a wagon before spring.").first).to_be_visible()
    assert untouched(page)


def test_a_dealer_prepares_and_hands_over_by_keys(ada: Buyer, han_lei: Staff, cars: Cars) -> None:
    ada.reach_review(cars.take("hangzhou-binjiang", condition="used"), ticks=("answer_me", "share"))
    ada.go_to_payment()
    ada.pay()
    page = han_lei.page
    page.goto("/en/dealer")
    walk_to(page, ada.name)
    expect(page.get_by_role("heading", level=1)).to_contain_text(ada.name)

    page.keyboard.press("a")
    expect(page.get_by_text("Can you do this order?")).to_have_count(0)
    press(page, "button[value=preparing]")
    expect(page.get_by_text("Still missing")).to_be_visible()
    close(page, "papers_ready")
    close(page, "car_prepared")
    close(page, "keys_counted", "value", "2")
    close(page, "charging_kit")
    close(page, "balance_received", "reference", f"ICBC {ada.email}")
    press(page, "button[value=ready]")
    expect(page.locator("button[value=ready]")).to_have_count(0)
    for item in ("identity_checked", "walk_through", "charging_explained", "app_explained"):
        close(page, item)
    close(page, "odometer_read", "value", "12")
    close(page, "charge_read", "value", "80")
    for name in ("Ada Buys", "Han Lei"):
        press(page, "button[data-signature-typed]")
        page.keyboard.press("Control+A")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".signature.is-signed", has_text=name)).to_be_visible()
    page.keyboard.press("h")

    expect(page.get_by_text("Handed over", exact=True).first).to_be_visible()
    assert untouched(page)


def close(page: Page, item: str, field: str = "", typed: str = "") -> None:
    """One item of the checklist, from the top of the page on."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    row = f"#item-{item}"
    if field:
        type_into(page, f"{row} [name={field}]", typed)
        page.keyboard.press("Enter")
    else:
        tab_to(page, f"{row} button")
        page.keyboard.press("Enter")
    expect(page.locator(row)).to_have_class("is-past")
