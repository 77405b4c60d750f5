"""One buyer in two tabs, and two buyers at one car."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.buyer import GOOD_CARD, HOSTED_PAGE, Buyer
from tests.journeys.conftest import Cars, Visits
from tests.journeys.mailbox import letters_to, open_letter
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser


def test_paying_twice_from_two_tabs_makes_one_order(ada: Buyer, cars: Cars, ben: Staff) -> None:
    ada.reach_review(cars.take("hangzhou-west-lake"))
    other = ada.in_another_tab()
    other.page.goto("/checkout/review")

    ada.page.locator("#pay-form button").dblclick()
    other.page.locator("#pay-form button").dblclick()
    expect(ada.page).to_have_url(HOSTED_PAGE)
    expect(other.page).to_have_url(HOSTED_PAGE)
    assert ada.page.url == other.page.url
    ada.pay()
    other.fill_card(GOOD_CARD)
    expect(other.page).not_to_have_url(HOSTED_PAGE)

    other.page.goto("/checkout/pay")
    expect(ben.card_on_board(ada.name)).to_have_count(1)
    open_letter(other.page, ada.email, "Your order")
    expect(letters_to(other.page, ada.email, "Your order")).to_have_count(1)


def test_a_cart_that_is_being_paid_cannot_be_edited_in_another_tab(ada: Buyer, cars: Cars) -> None:
    ada.put_service_into_cart("credits-500")
    ada.reach_review(cars.take("hangzhou-binjiang"))
    other = ada.in_another_tab()
    other.page.goto("/cart")
    ada.go_to_payment()

    with other.page.expect_response(re.compile("/remove$")) as answer:
        other.page.get_by_role("button", name="Remove").first.click()
    assert answer.value.status == 409
    ways_out = other.page.locator("#being-paid")
    expect(ways_out.get_by_role("link", name="Go on to payment")).to_be_visible()
    ways_out.get_by_role("button", name="Stop this payment and edit").click()
    other.page.goto("/cart")
    other.page.locator("li", has_text="500 mobility credits").get_by_role("button", name="Remove").click()

    expect(other.page.locator("#cart-count")).to_have_text("1")
    ada.fill_card(GOOD_CARD)
    expect(ada.page.locator("main form")).to_have_count(0)
    ada.page.goto("/checkout/review")
    expect(ada.page.get_by_text("open too long")).to_have_count(0)
    expect(ada.page.get_by_role("button", name="Pay ¥5,000").first).to_be_visible()


def test_what_changed_since_the_review_is_shown_again_before_paying(ada: Buyer, cars: Cars) -> None:
    ada.reach_review(cars.take("hangzhou-binjiang"))
    ada.in_another_tab().put_service_into_cart("credits-500")

    ada.page.locator("#pay-form button").click()

    expect(ada.page.locator("#refusal")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Pay ¥5,450").first).to_be_visible()
    ada.go_to_payment()


def test_a_car_in_somebodys_cart_is_not_held_twice(ada: Buyer, visits: Visits, cars: Cars) -> None:
    car = cars.take("chengdu-gaoxin")
    ada.put_car_into_cart(car)
    cleo = visits.open().new_page()
    cleo.goto(car)

    expect(cleo.get_by_text("Somebody is buying this car.")).to_be_visible()
    add = cleo.locator("#buy button")
    if add.count():
        with cleo.expect_response(re.compile("/cart/lines$")) as answer:
            add.first.click()
        assert answer.value.status == 409
    cleo.goto("/cart")
    expect(cleo.get_by_text("There is nothing in your cart yet")).to_be_visible()
    ada.page.goto("/cart")
    ada.page.get_by_role("button", name="Remove").click()
    cleo.goto(car)
    cleo.locator("#buy button").click()
    expect(cleo).to_have_url(re.compile(r"/cart$"))
