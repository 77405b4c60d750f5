"""VINs and prices, as plain rules."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from catalog import vin
from catalog.pricing import on_the_road, road_price
from partners.tax_policy import TaxPolicy

CHINA = TaxPolicy("CNY", Decimal("0.05"), None, Decimal("0.13"), 300_00, 1_200_00, 100)


@pytest.mark.parametrize(
    "number", ["1M8GDM9AXKP042788", "1G4AH59H45G118341", "LJCPCBLCX11000237", "WVWZZZ1JZXW000001"]
)
def test_real_vins_are_taken(number: str) -> None:
    assert vin.fault(number) is None


@pytest.mark.parametrize(
    "number",
    [
        "", "1M8GDM9AXKP04278", "1M8GDM9AXKP0427888", "1M8GDM9A1KP042788", "1M8GDM9AXKPO42788", "11111111111111111",
        "1M8GDM9AXKP04278８", "LJCPCBLCX1100023\u0437", "1M8GDM9AXKP04278'",
    ],
)  # fmt: skip
def test_what_is_no_vin_is_refused_with_the_reason(number: str) -> None:
    assert vin.fault(number)


def test_a_typed_vin_may_have_blanks_dashes_and_small_letters() -> None:
    assert vin.normalized(" 1m8gdm9a-xkp0 42788") == "1M8GDM9AXKP042788"


def test_the_worked_example_adds_up() -> None:
    lines = road_price(260_800_00, CHINA)

    assert [line.amount.amount_minor for line in lines] == [260_800_00, 11_540_00, 300_00]
    assert on_the_road(lines).amount_minor == 272_640_00
    assert lines[1].params["base"].amount_minor == 230_796_00


def test_a_used_car_pays_no_purchase_tax_again() -> None:
    lines = road_price(218_600_00, CHINA, "used")

    assert [line.amount.amount_minor for line in lines] == [218_600_00, 0, 1_200_00]


def test_the_purchase_tax_is_capped() -> None:
    capped = TaxPolicy("CNY", Decimal("0.05"), 15_000_00, Decimal("0.13"), 0, 0, 100)

    assert road_price(800_000_00, capped)[1].amount.amount_minor == 15_000_00


@given(some.integers(1, 10**10))
def test_the_price_on_the_road_is_the_sum_of_its_lines_and_the_tax_whole_yuan(price: int) -> None:
    lines = road_price(price, CHINA)

    assert on_the_road(lines).amount_minor == sum(line.amount.amount_minor for line in lines)
    assert lines[1].amount.amount_minor % 100 == 0
