"""A cart for two: the second person looks, says and suggests; the owner decides, and can end it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import Buyer

pytestmark = pytest.mark.browser

BUILD = "/en/models/mere/configure?trim=long-range&paint=tarn&wheels=blade&interior=sand"
ODD_NAME = "🚗 חן <b>Hao</b>"
COMMENT = "<img src=x onerror=alert(1)> ‮what about Lichen?"


def test_two_people_look_at_one_cart_and_the_owner_ends_it(ada: Buyer, cleo: Page) -> None:
    page = ada.page
    page.goto(BUILD)
    page.locator("#build-bar button[form=buy]").locator("visible=true").first.click()
    expect(page).to_have_url(re.compile("/cart$"))
    page.get_by_role("link", name="Invite").click()
    page.fill("[name=name]", "Ada")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#new-link").input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == link

    cleo.goto(link)
    assert "/link/" not in cleo.url
    cleo.fill("[name=name]", ODD_NAME)
    cleo.get_by_role("button", name="See the cart").click()
    expect(cleo.locator("main")).to_contain_text("¥260,800")
    expect(cleo.locator("main")).not_to_contain_text(ada.email)
    assert cleo.locator("form[action$='/checkout/pay'], a[href$='/checkout']").count() == 0
    shared = cleo.url

    page.goto("/en/cart")
    composer = cleo.locator("textarea").first
    if not composer.is_visible():
        cleo.locator("details:has(textarea) summary").first.click()
    composer.fill(COMMENT)
    composer.locator("xpath=ancestor::form").get_by_role("button").first.click()
    expect(cleo.locator("main")).to_contain_text("what about Lichen?")

    expect(page.locator("main")).to_contain_text("what about Lichen?")
    expect(page.locator("main")).to_contain_text("חן")
    assert page.locator("main img[src=x]").count() == 0

    page.goto("/en/cart/share")
    page.get_by_role("button", name="Stop sharing by this link").click()
    gone = cleo.goto(shared)
    assert gone is not None and gone.status == 410
    expect(cleo.locator("main")).not_to_contain_text("¥260,800")
