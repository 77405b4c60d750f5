"""Money counts whole minor units, adds only its own kind, and rounds half up per printed line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.money import CurrenciesDiffer, Money, half_up


def test_a_price_as_written_becomes_minor_units() -> None:
    assert Money.of("CNY", "260800") == Money(26_080_000, "CNY")
    assert Money.of("JPY", "500") == Money(500, "JPY")


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(CurrenciesDiffer):
        Money(1, "CNY") + Money(1, "EUR")


@pytest.mark.parametrize("amount", [1.5, True, "1"])
def test_nothing_but_whole_units_is_money(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "CNY")  # type: ignore[arg-type]


@given(some.lists(some.integers(-(10**12), 10**12), max_size=30))
def test_a_total_is_the_sum_of_its_lines(amounts: list[int]) -> None:
    assert Money.total([Money(a, "CNY") for a in amounts], "CNY").amount_minor == sum(amounts)


@pytest.mark.parametrize(
    ("exact", "step", "rounded"),
    [("0.5", 1, 1), ("1.4", 1, 1), ("-0.5", 1, -1), ("1153982", 100, 1154000), ("1153949.9", 100, 1153900)],
)
def test_rounding_is_half_up_to_the_step(exact: str, step: int, rounded: int) -> None:
    assert half_up(Decimal(exact), step) == rounded


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(26_080_000, "CNY"), "en", "¥260,800"),
        (Money(26_080_000, "CNY"), "zh", "¥260,800"),
        (Money(1_154_050, "CNY"), "en", "¥11,540.50"),
        (Money(-700_000, "CNY"), "en", "−¥7,000"),
        (Money(4_990_000, "EUR"), "en", "€49,900"),
        (Money(500, "JPY"), "en", "JP¥500"),
    ],
)
def test_money_reads_as_people_write_it(money: Money, language: str, text: str) -> None:
    assert money.formatted(language) == text
