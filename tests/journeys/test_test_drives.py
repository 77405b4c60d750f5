"""A test drive of any car, at the dealer that has it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import Cars
from tests.journeys.mailbox import told_about
from tests.journeys.staff import Staff
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.browser

DEALER = "Tarn Hangzhou Binjiang"


def test_a_test_drive_shared_with_the_dealer_is_the_dealers_lead_and_mail(
    ada: Buyer, han_lei: Staff, zhou_min: Staff, cleo: Page, cars: Cars
) -> None:
    _request_drive(ada, cars.take("hangzhou-binjiang"), shares=True)

    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Your test drive is booked")
    han_lei.open_lead(ada.name)
    expect(han_lei.page.get_by_role("link", name=ada.email)).to_have_count(0)
    han_lei.reveal_contact()
    expect(han_lei.page.get_by_role("link", name=ada.email)).to_be_visible()
    expect(zhou_min.leads(ada.name)).to_have_count(1)
    assert eventually(lambda: told_about(cleo, ada.name)) == ["leads.hangzhou-binjiang@tarn.example"]


def test_without_a_yes_the_house_arranges_the_drive_and_the_dealer_hears_no_name(
    ada: Buyer, han_lei: Staff, zhou_min: Staff, cleo: Page, cars: Cars
) -> None:
    _request_drive(ada, cars.take("hangzhou-binjiang"), shares=False)

    zhou_min.open_lead(ada.name)
    expect(zhou_min.leads(ada.name)).to_have_count(1)
    expect(han_lei.leads(ada.name)).to_have_count(0)
    told = eventually(lambda: told_about(cleo, ada.name))
    assert len(told) == 1 and told[0] in ("desk@tarn.example", "helpline@tarn.example")


def _request_drive(ada: Buyer, car: str, shares: bool) -> None:
    page = ada.page
    page.goto(car)
    page.get_by_role("link", name="Request a test drive").click()
    expect(page.get_by_text(DEALER).first).to_be_visible()
    page.locator("#slot-picker .times label").filter(has=page.locator("input:enabled")).first.click()
    page.fill("#test-drive-form [name=name]", ada.name)
    page.fill("#test-drive-form [name=email]", ada.email)
    share = page.locator("#test-drive-form [name=share]")
    expect(share).not_to_be_checked()
    if shares:
        share.check()
    page.get_by_role("button", name="Book the test drive").click()
    expect(page).to_have_url(re.compile(r"/ask/[\w-]{22}$"))
