"""The dealer's half of an order: prepared, paid, checked, handed over."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.buyer import HOSTED_PAGE, Buyer
from tests.journeys.conftest import Cars
from tests.journeys.mailbox import open_letter
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser


def test_ben_hands_the_car_over_once_everything_is_closed_and_the_services_begin(
    ada: Buyer, ben: Staff, han_lei: Staff, cars: Cars
) -> None:
    ada.put_service_into_cart("charge-100")
    ada.reach_review(cars.take("hangzhou-west-lake"), ticks=("answer_me", "share"))
    ada.go_to_payment()
    ada.pay()
    ada.page.goto("/garage")
    expect(ada.page.get_by_role("heading", name="Waiting for the handover")).to_be_visible()
    desk = ben.page

    ben.card_on_board(ada.name).click()
    expect(desk.get_by_role("heading", level=1, name=ada.name)).to_be_visible()
    elsewhere = han_lei.page.goto(desk.url)
    assert elsewhere is not None and elsewhere.status == 404
    desk.get_by_role("button", name="Start preparing").click()
    expect(desk.get_by_text("Still missing")).to_be_visible()
    ben.close_item("papers_ready")
    ben.close_item("car_prepared")
    ben.close_item("keys_counted", value="2")
    ben.close_item("charging_kit")
    expect(desk.get_by_role("button", name="Car is ready")).to_have_count(0)
    ben.close_item("balance_received", reference=f"ICBC {ada.email}")
    desk.get_by_role("button", name="Car is ready").click()
    for item in ("identity_checked", "walk_through", "charging_explained", "app_explained"):
        ben.close_item(item)
    ben.close_item("odometer_read", value="12")
    expect(desk.locator("canvas")).to_have_count(0)
    ben.close_item("charge_read", value="80")
    ben.draw_signature("The buyer")
    expect(desk.get_by_role("button", name="Hand over")).to_have_count(0)
    ben.draw_signature("For the dealer")
    expect(desk.locator("svg.signature-ink")).to_have_count(2)
    ada.page.goto("/garage")
    expect(ada.page.get_by_text("Active")).to_have_count(0)
    desk.get_by_role("button", name="Hand over").click()

    expect(desk.get_by_text("Handed over", exact=True).first).to_be_visible()
    ada.page.reload()
    expect(ada.page.get_by_role("heading", name="Your car")).to_be_visible()
    running = ada.page.locator("section[aria-labelledby=running]")
    expect(running.get_by_text("Charge 100")).to_be_visible()
    expect(running.get_by_text("Active")).to_have_count(1)
    open_letter(ada.page, ada.email, "The car is yours")
    ada.page.locator(".mail-text a", has_text="/link/").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(re.compile("^Yours since"))
    expect(ada.page.get_by_text("Nothing left for you to do")).to_be_visible()


def test_a_balance_paid_online_closes_its_item_by_itself(ada: Buyer, ben: Staff, cars: Cars) -> None:
    ada.reach_review(cars.take("hangzhou-west-lake", condition="used"))
    ada.go_to_payment()
    ada.pay()
    ben.card_on_board(ada.name).click()
    expect(ben.page.locator("#item-balance_received")).not_to_have_class("is-past")

    ada.page.get_by_role("link", name="Pay the balance").click()
    ada.page.get_by_role("button", name="Pay the balance").click()
    expect(ada.page).to_have_url(HOSTED_PAGE)
    ada.pay()

    expect(ada.page.get_by_text("Balance paid").first).to_be_visible()
    expect(ada.page.get_by_role("link", name="Pay the balance")).to_have_count(0)
    ben.page.reload()
    expect(ben.page.locator("#item-balance_received")).to_have_class("is-past")
