"""Money off the first charge of a service: printed below it, confirmed when it changes, kept with the order."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, EventRow
from app.money import Money
from catalog import promotions as shelf
from catalog import shelves
from catalog.promotions import Promotion, Reduction
from checkout import promotions
from checkout.cart import CartLine
from checkout.promotions import Terms
from checkout.quote import BY_DATE, MONTHLY, TODAY, quote
from orders.models import Order
from tests.checkout.builders import a_car, an_offer, charge_250, credits_500, rill_subscription
from tests.checkout.buyer import Buyer
from tests.checkout.test_quote import (
    NOVEMBER_22,
    TERMS,
    TO_THE_DOOR,
    a_mere,
    a_service,
    insurance,
    priced,
    yuan,
)
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff

HALF = Reduction(50, {"en": "First month half", "zh": "首月半价"})


def test_what_comes_off_is_printed_below_the_first_charge_and_the_months_stay() -> None:
    made = priced(a_service("charging", 199, starts="today", reduction=HALF))

    assert [(a.key, a.amount) for a in made.of(TODAY)] == [
        ("first_month", yuan(199)),
        ("promotion", Money(-9_950, "CNY")),
    ]
    assert made.today == Money(9_950, "CNY")
    assert made.of(MONTHLY)[0].amount == yuan(199)


def test_a_partner_product_with_a_car_is_reduced_where_it_is_due() -> None:
    made = priced(
        a_mere(), a_service("partner_product", 5_480, billing="yearly", starts="today", reduction=HALF)
    )

    assert made.together == priced(a_mere(), insurance()).together - yuan(2_740)
    assert made.today == yuan(5_000)


def test_what_starts_at_the_handover_has_no_first_charge_to_reduce() -> None:
    assert priced(a_mere(), a_service("charging", 199, reduction=HALF)) == priced(
        a_mere(), a_service("charging", 199)
    )


@pytest.mark.parametrize(("percent", "fen", "off"), [(1, 50, 1), (1, 49, 0), (33, 100, 33), (100, 999, 999)])
def test_hundredths_round_half_up(percent: int, fen: int, off: int) -> None:
    assert Reduction(percent, {}).of(Money(fen, "CNY")) == Money(off, "CNY")


def test_what_comes_off_the_delivery_is_a_line_of_its_own_below_it() -> None:
    terms = replace(TERMS, delivery_reduction=HALF)

    made = quote([a_mere(), a_mere()], terms, TO_THE_DOOR, NOVEMBER_22)

    told = [(a.key, a.amount) for a in made.of(BY_DATE)][-2:]
    assert told == [("delivery", yuan(1_960)), ("delivery_promotion", yuan(-980))]
    assert made.amounts[-1].due_on == made.due_on


def test_who_fetches_the_car_has_no_delivery_to_reduce() -> None:
    terms = replace(TERMS, delivery_reduction=HALF)

    made = quote([a_mere()], terms, replace(TO_THE_DOOR, method="dealer_handover"), NOVEMBER_22)

    assert "delivery_promotion" not in {amount.key for amount in made.amounts}


@pytest.fixture(autouse=True)
def fresh_shelves() -> Iterator[None]:
    shelf.forget()
    shelves.forget()
    yield
    shelf.forget()
    shelves.forget()


@pytest.fixture
def shop(database: None) -> dict[str, Any]:
    with transaction():
        return {"charge": charge_250(), "credits": credits_500(), "rill": rill_subscription()}


@pytest.fixture
def admin(flask_app: Flask, shop: dict[str, Any]) -> Browser:
    with transaction():
        a_member_of_staff("he.yan@tarn.example", "admin", name="He Yan")
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


def a_promotion(shop: dict[str, Any], percent: int = 50, is_on: bool = True, sku: str = "credits") -> None:
    today = clock.today("Asia/Shanghai")
    with transaction():
        made = promotions.add(
            Terms(shop.get(sku), "CN", percent, f"{percent} off", "减价", today, today + timedelta(days=3)),
            SYSTEM,
        )
        promotions.switch(made, is_on, SYSTEM)


def test_switched_off_it_changes_nothing_and_on_it_is_in_the_cart(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku=shop["credits"].sku)
    a_promotion(shop, is_on=False)
    before = ada.see("/cart")

    with transaction():
        promotions.switch(session().scalars(select(Promotion)).one(), True, SYSTEM)

    assert "50 off" not in before
    after = ada.see("/cart")
    assert "50 off" in after
    assert "−¥225" in after


def test_of_two_the_larger_counts_and_they_do_not_add_up(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku=shop["credits"].sku)
    a_promotion(shop, 20)
    a_promotion(shop, 30)

    page = ada.see("/cart")

    assert "30 off" in page
    assert "20 off" not in page


def test_switched_off_at_the_last_look_the_buyer_confirms_the_change(
    ada: Buyer, shop: dict[str, Any]
) -> None:
    a_promotion(shop, 100)
    ada.post("/cart/lines", sku=shop["credits"].sku)
    ada.give_contact()
    agreed = ada.review()
    with transaction():
        promotions.switch(session().scalars(select(Promotion)).one(), False, SYSTEM)

    answer = ada.post("/checkout/pay", **agreed)

    assert agreed["expected_total"] == "0"
    assert answer.status_code == 409
    close_reading()
    assert session().scalars(select(Order)).all() == []


def test_an_order_keeps_what_was_promised(ada: Buyer, shop: dict[str, Any]) -> None:
    a_promotion(shop, 100)
    ada.post("/cart/lines", sku=shop["credits"].sku)
    ada.give_contact()

    ada.post("/checkout/pay", **ada.review())

    close_reading()
    order = session().scalars(select(Order)).one()
    assert [(row.key, row.amount_minor) for row in order.amounts] == [
        ("once", 45_000),
        ("promotion", -45_000),
    ]
    with transaction():
        promotions.switch(session().scalars(select(Promotion)).one(), False, SYSTEM)
    assert sum(row.amount_minor for row in session().scalars(select(Order)).one().amounts) == 0


def before_and_now(page: str) -> list[tuple[str, str]]:
    return re.findall(
        r'<s class="price-before"><span[^>]*>Instead of </span>([^<]+)</s> ([^<\s]+?),?[<\s]', page
    )


def test_the_shop_window_shows_what_the_cart_will_charge_and_what_it_replaces(
    ada: Buyer, shop: dict[str, Any]
) -> None:
    a_promotion(shop, 50)
    a_promotion(shop, 50, sku="rill")
    a_promotion(shop, 50, sku="charge")

    page = ada.see("/en/services")

    assert before_and_now(page) == [("¥450", "¥225"), ("¥2,980", "¥1,490")]
    assert "Then ¥2,980 a month." in page
    assert "First month ¥99.50 where it starts today" in page
    assert "50 off" in page
    assert before_and_now(ada.see("/en/subscribe")) == [("¥2,980", "¥1,490")]


def test_the_shop_window_follows_the_switch_at_once(ada: Buyer, shop: dict[str, Any]) -> None:
    a_promotion(shop, 50)
    on = ada.see("/en/services")

    with transaction():
        promotions.switch(session().scalars(select(Promotion)).one(), False, SYSTEM)

    assert "¥225" in on
    assert "¥225" not in ada.see("/en/services")


def test_one_that_is_undone_with_its_transaction_is_not_shown(ada: Buyer, shop: dict[str, Any]) -> None:
    a_promotion(shop, 50, is_on=False)

    with pytest.raises(ZeroDivisionError), transaction():
        promotions.switch(session().scalars(select(Promotion)).one(), True, SYSTEM)
        raise ZeroDivisionError

    assert "¥225" not in ada.see("/en/services")


def test_another_plan_is_offered_at_the_price_that_it_will_cost(ada: Buyer, shop: dict[str, Any]) -> None:
    with transaction():
        other = an_offer("subscribe-mere", "subscription", 398_000, starts="today")
    shop["mere"] = other
    a_promotion(shop, 50, sku="mere")
    ada.post("/cart/lines", sku=shop["rill"].sku)
    line = session().scalars(select(CartLine)).one()

    page = ada.see(f"/en/cart/lines/{line.public_id}/plan")

    assert before_and_now(page) == [("¥3,980", "¥1,990")]


def test_a_cart_with_a_car_tells_the_delivery_as_it_charges_it(ada: Buyer, shop: dict[str, Any]) -> None:
    with transaction():
        car = a_car()
    a_promotion(shop, 25, sku="delivery")

    ada.add_car(car)
    cart = ada.see("/en/cart")
    stands = ada.see(f"/en/stock/{car.public_id}")

    assert "¥735 instead of ¥980" in cart
    assert before_and_now(stands) == [("¥980", "¥735")]


GIVEN = {"on": "service:credits-500", "percent": "20", "title": "A fifth off", "title_zh": "八折"}


def days(first: int, last: int) -> dict[str, str]:
    today = clock.today("Asia/Shanghai")
    return {
        "starts_on": (today + timedelta(days=first)).isoformat(),
        "ends_on": (today + timedelta(days=last)).isoformat(),
    }


def test_an_admin_sets_one_up_and_switches_it(admin: Browser) -> None:
    assert admin.post("/admin/promotions", {**GIVEN, **days(0, 5)}).status_code == 303
    made = session().scalars(select(Promotion)).one()
    was_on = made.is_on

    admin.post(f"/admin/promotions/{made.public_id}", {"to": "on"})
    admin.post(f"/admin/promotions/{made.public_id}", {"to": "on"})

    close_reading()
    assert not was_on
    assert session().scalars(select(Promotion)).one().is_on
    switched = select(EventRow).where(EventRow.type == "checkout.promotion_switched")
    assert len(session().scalars(switched).all()) == 1
    assert "running" in admin.see("/en/admin/promotions")


def test_an_admin_takes_something_off_the_delivery(admin: Browser) -> None:
    assert admin.post("/admin/promotions", {**GIVEN, **days(0, 5), "on": "delivery"}).status_code == 303

    close_reading()
    made = session().scalars(select(Promotion)).one()
    assert (made.subject, made.sku) == ("delivery", None)
    assert "20% off the delivery to the door" in admin.see("/en/admin/promotions")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("on", "service:nothing"),
        ("on", "credits-500"),
        ("on", "plates"),
        ("percent", "0"),
        ("percent", "101"),
        ("percent", "ten"),
        ("title", ""),
        ("ends_on", "2020-01-01"),
        ("starts_on", "2026-13-01"),
    ],
)
def test_what_is_no_promotion_is_refused_at_its_field_and_none_is_made(
    admin: Browser, field: str, typed: str
) -> None:
    answer = admin.post("/admin/promotions", {**GIVEN, **days(0, 5), field: typed})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    close_reading()
    assert session().scalars(select(Promotion)).all() == []


def test_markup_in_a_name_is_words(admin: Browser) -> None:
    admin.post("/admin/promotions", {**GIVEN, **days(0, 5), "title": "<b>Half</b>"})

    page = admin.see("/en/admin/promotions")

    assert "<b>Half</b>" not in page
    assert "&lt;b&gt;Half" in page
