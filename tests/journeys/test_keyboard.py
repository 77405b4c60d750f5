"""A purchase by keys alone, from the model to the paid order."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.buyer import GOOD_CARD, HOSTED_PAGE, ORDER_PAGE, Buyer
from tests.journeys.keyboard import choose, press, tab_to, type_into

pytestmark = pytest.mark.browser


def test_ada_builds_buys_and_pays_without_touching_the_mouse(ada: Buyer) -> None:
    page = ada.page
    page.goto("/en/models/mere")
    press(page, "a[href*='/models/mere/configure']")
    expect(page).to_have_url(re.compile("/configure"))

    choose(page, "trim", "long-range")
    choose(page, "paint", "tarn")
    choose(page, "wheels", "blade")
    choose(page, "interior", "sand")
    expect(page.locator("#build-bar")).to_contain_text("¥272,640")
    press(page, "#build-bar button[form=buy]")
    expect(page).to_have_url(re.compile("/cart$"))

    press(page, "a[href$='/checkout']")
    expect(page).to_have_url(re.compile("/checkout/contact$"))
    type_into(page, "[name=name]", ada.name)
    type_into(page, "[name=email]", ada.email)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/checkout/handover"))

    choose(page, "method", "dealer_handover")
    tab_to(page, "#slot-picker input[type=radio]:enabled")
    page.keyboard.press("Space")
    expect(page.locator("#slot-picker .tag-done")).to_be_visible()
    press(page, "button[formaction$='/checkout/handover']")
    expect(page).to_have_url(re.compile("/checkout/review$"))

    press(page, "#pay-form button, button[form=pay-form]")
    expect(page).to_have_url(HOSTED_PAGE)
    for name, value in (("number", GOOD_CARD), ("expiry", "12/30"), ("cvc", "123"), ("name", "Ada")):
        type_into(page, f"[name={name}]", value)
    page.keyboard.press("Enter")

    expect(page).to_have_url(ORDER_PAGE)
    expect(page.get_by_text("¥5,000 received")).to_be_visible()
