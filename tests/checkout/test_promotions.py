"""Money off the first charge of a service: printed below it, confirmed when it changes, kept with the order."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, EventRow
from app.money import Money
from checkout import promotions
from checkout.promotions import Promotion, Terms
from checkout.quote import MONTHLY, TODAY, Reduction
from orders.models import Order
from tests.checkout.builders import charge_250, credits_500
from tests.checkout.buyer import Buyer
from tests.checkout.test_quote import a_mere, a_service, insurance, priced, yuan
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


@pytest.fixture
def shop(database: None) -> dict[str, Any]:
    with transaction():
        return {"charge": charge_250(), "credits": credits_500()}


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
            Terms(shop[sku], percent, f"{percent} off", "减价", today, today + timedelta(days=3)), SYSTEM
        )
        made.switch(is_on, SYSTEM)


def test_switched_off_it_changes_nothing_and_on_it_is_in_the_cart(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku=shop["credits"].sku)
    a_promotion(shop, is_on=False)
    before = ada.see("/cart")

    with transaction():
        session().scalars(select(Promotion)).one().switch(True, SYSTEM)

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
        session().scalars(select(Promotion)).one().switch(False, SYSTEM)

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
        session().scalars(select(Promotion)).one().switch(False, SYSTEM)
    assert sum(row.amount_minor for row in session().scalars(select(Order)).one().amounts) == 0


GIVEN = {"sku": "credits-500", "percent": "20", "title": "A fifth off", "title_zh": "八折"}


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


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("sku", "nothing"),
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
