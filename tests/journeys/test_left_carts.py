"""Carts that were left: one lead each, told where a consent covers it, and nobody bothered about a cart that was bought."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import HOLD_S, Cars, Visits
from tests.journeys.mailbox import told_about
from tests.journeys.staff import Staff
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.browser

NOTICED_WITHIN_S = 90
"""Six seconds of quiet, then the next sweep."""
TOLD_WITHIN_S = HOLD_S + 60
DEALER = "leads.hangzhou-west-lake@tarn.example"


def test_a_left_cart_is_told_to_the_dealer_agreed_to_and_a_bought_one_to_nobody(
    visits: Visits, cars: Cars, zhou_min: Staff, ben: Staff, cleo: Page
) -> None:
    left = Buyer.new("Ada", visits.open().new_page())
    left.reach_review(cars.take("hangzhou-west-lake"), ticks=("answer_me", "share"))
    bought = Buyer.new("Dora", visits.open().new_page())
    bought.reach_review(cars.take("hangzhou-west-lake"), ticks=("answer_me", "share"))

    zhou_min.open_lead(bought.name, NOTICED_WITHIN_S)
    bought.go_to_payment()
    bought.pay()
    zhou_min.open_lead(left.name, NOTICED_WITHIN_S)
    why, told = zhou_min.section("Why here"), zhou_min.section("Who was told")
    expect(why).to_contain_text("The buyer has already chosen this dealer.")
    assert eventually(lambda: zhou_min.page.reload() and told.get_by_text("arrived").count(), TOLD_WITHIN_S)

    assert told_about(cleo, left.name) == [DEALER]
    expect(zhou_min.leads(left.name)).to_have_count(1)
    ben.open_lead(left.name)
    expect(ben.page.get_by_role("link", name=left.email)).to_have_count(0)
    ben.reveal_contact()
    expect(ben.page.get_by_role("link", name=left.email)).to_be_visible()
    expect(zhou_min.leads(bought.name)).to_have_count(0)
    expect(zhou_min.settled_leads(bought.name)).to_have_count(1)
    zhou_min.page.locator(".list-row", has_text=bought.name).click()
    expect(zhou_min.section("Who was told").get_by_text("told", exact=True)).to_have_count(0)
    assert told_about(cleo, bought.name) == []


def test_the_lead_of_an_unknown_visitor_is_held_and_says_why(ada: Buyer, cars: Cars, zhou_min: Staff) -> None:
    ada.put_car_into_cart(cars.take("shaoxing", condition="used"))
    ada.put_service_into_cart("anping-motor")
    words = ada.page.locator(".cart-line", has_text="VIN").inner_text()
    vin = words.split("VIN ")[1].split()[0]

    assert eventually(lambda: _open_lead_with(zhou_min, vin), NOTICED_WITHIN_S, every_s=1)

    page, why = zhou_min.page, zhou_min.section("Why here")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Visitor "))
    expect(zhou_min.section("Contact")).to_contain_text("Not known yet.")
    assert eventually(
        lambda: page.reload() and "Nobody yet knows how to reach this person" in why.inner_text(),
        TOLD_WITHIN_S,
    )
    expect(zhou_min.section("Who was told").get_by_text("told", exact=True)).to_have_count(0)
    expect(zhou_min.section("In hand")).to_contain_text("Anping motor insurance")


def _open_lead_with(staff: Staff, vin: str) -> bool:
    """Looks through the leads of people without a name for the one with this car in hand."""
    rows = staff.leads("Visitor ").all()
    for url in [row.get_attribute("href") for row in rows]:
        staff.page.goto(str(url))
        if vin in staff.section("In hand").inner_text():
            return True
    return False
