"""Hire purchase and its rates, against figures worked out elsewhere to 40 digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import Money
from catalog.finance import FinanceTerms, apr, hire_purchase, instalment, last_instalment

FIVE_NINE = Decimal("0.059")
HEYUAN = FinanceTerms(Decimal("0.032"), 60, Decimal("0.20"), 100, "heyuan")


def percent(rate: Decimal) -> str:
    return f"{rate * 100:.4f}"


def regular(each: int, months: int) -> list[tuple[int, int]]:
    return [(month, each) for month in range(1, months + 1)]


def test_an_annuity_of_30_000_over_48_months_at_5_90() -> None:
    each = instalment(30_000_00, FIVE_NINE, 48)

    assert each == 703_18
    assert 48 * each == 33_752_64
    assert 48 * each - 30_000_00 == 3_752_64


@pytest.mark.parametrize(
    ("fee", "rate"), [(0, "6.0625"), (295_00, "6.5986")], ids=["no fee", "a fee of 295 at the start"]
)
def test_its_effective_rate_is_that_of_annex_i(fee: int, rate: str) -> None:
    found = apr(30_000_00 - fee, regular(703_18, 48))

    assert percent(found) == rate


def test_a_balloon_is_due_with_the_last_instalment() -> None:
    each = instalment(40_000_00, FIVE_NINE, 48, balloon_minor=18_000_00)

    assert each == 604_16
    assert 48 * each + 18_000_00 == 46_999_68
    assert 48 * each + 18_000_00 - 40_000_00 == 6_999_68
    assert 9_900_00 + 48 * each + 18_000_00 == 56_899_68


@pytest.mark.parametrize(("fee", "rate"), [(0, "6.0621"), (10_00, "6.0699")], ids=["bare", "option fee"])
def test_the_rate_of_a_balloon_counts_what_is_due_at_the_end(fee: int, rate: str) -> None:
    payments = [*regular(604_16, 48), (48, 18_000_00 + fee)]

    assert percent(apr(40_000_00, payments)) == rate


def test_a_balloon_one_month_later_costs_more_each_month() -> None:
    assert instalment(40_000_00, FIVE_NINE, 48, balloon_minor=18_000_00, balloon_month=49) == 605_79


def test_the_worked_example_is_3768_a_month() -> None:
    credit = hire_purchase(Money.of("CNY", 260_800), HEYUAN)

    assert credit.down_payment == Money.of("CNY", 52_160)
    assert credit.credit == Money.of("CNY", 208_640)
    assert credit.instalment == Money.of("CNY", 3_768)
    assert credit.last_instalment == Money.of("CNY", "3739.39")
    assert f"{credit.apr * 100:.1f}" == "3.2"


def test_the_last_instalment_takes_what_rounding_left() -> None:
    owed = Decimal(208_640_00)
    for _month in range(59):
        owed = owed * (1 + Decimal("0.032") / 12) - 3_768_00

    last = last_instalment(208_640_00, Decimal("0.032"), 60, 3_768_00)

    assert last == round(owed * (1 + Decimal("0.032") / 12))


def test_a_credit_without_interest_is_divided_evenly() -> None:
    credit = hire_purchase(Money.of("EUR", 1_000), FinanceTerms(Decimal(0), 3, Decimal(0), 1, "heyuan"))

    assert [credit.instalment.amount_minor, credit.last_instalment.amount_minor] == [333_33, 333_34]
    assert credit.apr == 0
    assert not credit.interest


@given(
    price=st.integers(1_000_00, 900_000_00),
    rate=st.decimals("0.001", "0.25", places=4),
    months=st.integers(2, 96),
    share=st.decimals("0", "0.9", places=2),
    step=st.sampled_from([1, 100]),
)
def test_every_example_adds_up_and_its_rate_discounts_to_the_credit(
    price: int, rate: Decimal, months: int, share: Decimal, step: int
) -> None:
    credit = hire_purchase(Money(price, "CNY"), FinanceTerms(rate, months, share, step, "heyuan"))

    assert credit.down_payment + credit.credit == credit.cash_price
    assert credit.total_payable == credit.cash_price + credit.interest
    payments = [
        *regular(credit.instalment.amount_minor, months - 1),
        (months, credit.last_instalment.amount_minor),
    ]
    monthly = (1 + credit.apr) ** (Decimal(1) / 12)
    worth = sum((amount / monthly**month for month, amount in payments), Decimal(0))
    assert abs(worth - credit.credit.amount_minor) < Decimal("0.01")
    assert abs(credit.apr - ((1 + rate / 12) ** 12 - 1)) < Decimal("0.0005")
