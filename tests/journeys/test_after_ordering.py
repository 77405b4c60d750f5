"""What a buyer still decides after the order: another day, another place, or not at all."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import Cars
from tests.journeys.mailbox import open_letter
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.browser


def test_ada_cancels_in_time_and_the_deposit_goes_back(ada: Buyer, cars: Cars) -> None:
    page = ada.page
    car = cars.take("suzhou-jinji-lake")
    ada.reach_review(car)
    ada.go_to_payment()
    ada.pay()
    order = page.url

    page.get_by_role("link", name="Cancel this order").click()
    expect(page.locator("main")).to_contain_text("¥5,000")
    page.locator("main form input[type=checkbox]").first.check()
    page.locator("main form button").locator("visible=true").last.click()

    expect(page).to_have_url(order)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled")
    eventually(lambda: _told(page, order, "¥5,000 given back"), 30)
    expect(page.locator("main")).to_contain_text("¥5,000 given back")
    page.goto("/en" + car)
    expect(page.locator("#buy button").first).to_be_visible()


def test_ada_moves_the_handover_home_and_sees_what_changes(ada: Buyer, cars: Cars) -> None:
    page = ada.page
    ada.reach_review(cars.take("hangzhou-west-lake", delivered=True))
    ada.go_to_payment()
    ada.pay()
    order = page.url

    page.get_by_role("link", name=re.compile("Move the day")).click()
    page.get_by_role("link", name=re.compile("^Brought to your door|^To your door|door")).first.click()
    page.locator(".times label").filter(has=page.locator("input:enabled")).last.click()
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("main")).to_contain_text("¥980")
    ada.give_address()
    page.get_by_role("button", name="Confirm the change").click()

    expect(page).to_have_url(order)
    expect(page.get_by_role("heading", name="To your door")).to_be_visible()
    expect(page.locator("main")).to_contain_text("湖墅南路 18 号")
    open_letter(page, ada.email, "handover")


def _told(page: Page, url: str, words: str) -> bool:
    page.goto(url)
    return words in page.locator("main").inner_text()
