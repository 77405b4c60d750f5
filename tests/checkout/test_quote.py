"""What a cart costs and when, with plain values."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import Money
from catalog.pricing import PriceLine
from checkout.quote import BY_DATE, MONTHLY, TODAY, Handover, Quote, QuoteLine, Terms, quote

TERMS = Terms("CNY", Money.of("CNY", 5000), Money.of("CNY", 980), 2, 7)
NOVEMBER_22 = date(2026, 11, 22)
DECEMBER_12 = date(2026, 12, 12)
TO_THE_DOOR = Handover("home_delivery", DECEMBER_12)


def yuan(amount: int) -> Money:
    return Money.of("CNY", amount)


def a_mere() -> QuoteLine:
    road = (
        PriceLine(key="car", label="The car", amount=yuan(260_800)),
        PriceLine(key="purchase_tax", label="Purchase tax", amount=yuan(11_540)),
        PriceLine(key="plates", label="Plates", amount=yuan(300)),
    )
    return QuoteLine(
        "car", "vehicle", {"en": "Mere", "zh": "澄"}, yuan(260_800), starts="handover", road=road
    )


def a_service(kind: str, amount: int, **changed: Any) -> QuoteLine:
    told: dict[str, Any] = {"billing": "monthly", "starts": "handover_if_vehicle"}
    return QuoteLine(kind, kind, {"en": kind, "zh": kind}, yuan(amount), **(told | changed))


def insurance() -> QuoteLine:
    return a_service("partner_product", 5_480, billing="yearly", starts="today")


def priced(*lines: QuoteLine, handover: Handover = TO_THE_DOOR) -> Quote:
    return quote(lines, TERMS, handover, NOVEMBER_22)


def test_the_worked_example_comes_to_279_100_with_a_balance_of_274_100() -> None:
    made = priced(a_mere(), a_service("charging", 199), insurance())

    assert made.on_the_road == yuan(272_640)
    assert made.together == yuan(279_100)
    assert made.today == yuan(5_000)
    assert made.balance == yuan(274_100)
    assert made.monthly == yuan(199)


def test_the_balance_is_due_two_days_before_the_handover() -> None:
    assert priced(a_mere()).due_on == date(2026, 12, 10)


def test_a_handover_tomorrow_makes_the_balance_due_today_and_not_before() -> None:
    assert priced(a_mere(), handover=Handover("dealer_handover", date(2026, 11, 23))).due_on == NOVEMBER_22


def test_without_a_day_the_balance_has_no_date_yet() -> None:
    assert priced(a_mere(), handover=Handover()).due_on is None


def test_handover_at_the_dealer_costs_no_delivery() -> None:
    made = priced(a_mere(), handover=Handover("dealer_handover", DECEMBER_12))

    assert made.together == made.on_the_road == yuan(272_640)


def test_charging_with_a_car_is_not_charged_before_the_handover() -> None:
    made = priced(a_mere(), a_service("charging", 199))

    assert made.today == yuan(5_000)
    assert [a.reason for a in made.of(MONTHLY)] == ["From handover."]


def test_charging_without_a_car_is_charged_today_and_each_month() -> None:
    made = priced(a_service("charging", 199))

    assert made.today == yuan(199)
    assert made.monthly == yuan(199)
    assert not made.of(BY_DATE)


def test_a_subscription_starts_today_even_beside_a_car() -> None:
    made = priced(a_mere(), a_service("subscription", 2_980, starts="today"))

    assert made.today == yuan(7_980)
    assert made.monthly == yuan(2_980)


def test_credits_are_paid_today_by_their_number() -> None:
    made = priced(a_service("credits", 450, billing="once", starts="today", quantity=3))

    assert made.today == yuan(1_350)
    assert not made.monthly


def test_a_partner_product_without_a_car_is_paid_today() -> None:
    assert priced(insurance()).today == yuan(5_480)


def test_an_empty_cart_costs_nothing() -> None:
    made = priced()

    assert not made.together and not made.today and not made.monthly


SERVICES = st.sampled_from(["charging", "credits", "subscription", "feature", "partner_product"])


@given(
    st.lists(
        st.builds(
            a_service,
            SERVICES,
            st.integers(0, 10_000),
            billing=st.sampled_from(["once", "monthly", "yearly", "daily"]),
            starts=st.sampled_from(["today", "handover_if_vehicle"]),
            quantity=st.integers(1, 10),
        ),
        max_size=6,
    ),
    st.booleans(),
    st.sampled_from(["none", "home_delivery", "dealer_handover"]),
)
def test_every_total_is_the_sum_of_its_printed_lines(
    services: list[QuoteLine], has_car: bool, method: str
) -> None:
    lines = [a_mere(), *services] if has_car else services

    made = priced(*lines, handover=Handover(method, DECEMBER_12))

    for when, total in ((TODAY, made.today), (BY_DATE, made.balance), (MONTHLY, made.monthly)):
        assert total == Money.total([a.amount for a in made.amounts if a.when == when], "CNY")
    assert made.together == made.today + made.balance
    assert made.monthly.amount_minor >= 0


@pytest.mark.parametrize("cars", [1, 2])
def test_each_car_has_its_own_deposit(cars: int) -> None:
    made = priced(*[a_mere()] * cars)

    assert made.today == yuan(5_000 * cars)
