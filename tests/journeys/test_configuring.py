"""Building a car: price and date follow every click, the design comes back anywhere, and the plant's VIN arrives."""

import re

import pytest
from playwright.sync_api import Page, expect

from catalog.vin import with_check_digit
from tests.journeys.buyer import Buyer
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser

BUILD = "/en/models/mere/configure?trim=long-range&paint=tarn&wheels=aero&interior=sand"


def test_price_range_and_date_follow_a_click_without_a_reload_and_one_press_takes_it_back(ada: Buyer) -> None:
    page = ada.page
    page.goto(BUILD)
    page.evaluate("() => { window.sameDocument = true; }")
    bar = page.locator("#build-bar")
    expect(bar).to_contain_text("¥253,800")

    page.locator("label:has(input[name=wheels][value=blade])").click()

    expect(bar).to_contain_text("¥260,800")
    expect(bar).to_contain_text("+¥7,000")
    expect(page.locator("#car")).to_have_class(re.compile("wheels-blade"))
    expect(page).to_have_url(re.compile("wheels=blade"))
    expect(page.locator("#build-told")).to_contain_text("20″ Blade")
    page.locator("#build-undo").click()
    expect(bar).to_contain_text("¥253,800")
    expect(page).to_have_url(re.compile("wheels=aero"))
    assert page.evaluate("() => window.sameDocument")


def test_a_kept_design_opens_for_somebody_else_by_its_code(ada: Buyer, cleo: Page) -> None:
    page = ada.page
    page.goto(BUILD)
    page.get_by_role("button", name="Save and share").locator("visible=true").first.click()
    code = page.locator("#design-code").inner_text()

    cleo.goto("/en/designs/" + code.lower().replace("-", " "))

    expect(cleo.get_by_role("heading", level=1)).to_contain_text("Mere Long Range")
    expect(cleo.locator("main")).to_contain_text("¥253,800")
    cleo.goto("/en/designs/MERE-0000-0000")
    expect(cleo.get_by_role("textbox").first).to_be_visible()


def test_a_built_car_gets_its_vin_on_the_board_and_the_buyer_sees_it(ada: Buyer, ben: Staff) -> None:
    page = ada.page
    page.goto(BUILD)
    page.locator("#build-bar button[form=buy]").locator("visible=true").first.click()
    expect(page).to_have_url(re.compile("/cart$"))
    ada.start_checkout()
    ada.give_contact()
    ada.choose_slot("home_delivery")
    ada.give_address()
    ada.go_on_to_review()
    ada.go_to_payment()
    ada.pay()
    order = page.url
    expect(page.locator("main")).to_contain_text("Being built")

    ben.card_on_board(ada.name).click()
    vin = with_check_digit("LTNA2E400SE041902")
    ben.page.fill("[name=vin]", vin)
    ben.page.locator("form:has([name=vin]) button").first.click()

    expect(ben.page.locator("main")).to_contain_text(vin)
    page.goto(order)
    expect(page.locator("main")).to_contain_text(vin)
