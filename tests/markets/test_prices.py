"""Prices that hold their VAT, as plain rules."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from app.i18n import speaking
from app.money import Money, symbol
from catalog.pricing import on_the_road, road_price, vat_in
from orders.addresses import in_one_line
from partners.tax_policy import TaxPolicy

GERMANY = TaxPolicy("EUR", Decimal(0), None, Decimal("0.19"), 149_00, 129_00, 1, "gross_vat")


def test_the_vat_in_a_gross_price_is_told_and_not_added() -> None:
    lines = road_price(49_900_00, GERMANY)

    assert [(line.key, line.amount.amount_minor) for line in lines] == [
        ("car", 4_990_000),
        ("plates", 14_900),
    ]
    assert lines[0].params == {"percent": "19", "vat": Money(7_967_23, "EUR")}
    assert on_the_road(lines) == Money(50_049_00, "EUR")
    assert 49_900_00 - vat_in(49_900_00, GERMANY.vat_rate) == 41_932_77


def test_a_used_car_under_the_margin_scheme_shows_no_vat() -> None:
    lines = road_price(31_200_00, GERMANY, "used")

    assert [line.amount.amount_minor for line in lines] == [3_120_000, 12_900]
    assert "margin scheme" in lines[0].reason
    assert lines[0].params == {}


@given(some.integers(1, 10**10))
def test_no_purchase_tax_ever_comes_on_top_of_a_gross_price(price: int) -> None:
    lines = road_price(price, GERMANY)

    assert "purchase_tax" not in {line.key for line in lines}
    assert on_the_road(lines).amount_minor == price + 149_00
    assert 0 <= lines[0].params["vat"].amount_minor <= price * 19 // 119 + 1


def test_euros_are_written_alike_in_both_languages_and_cents_only_where_there_are_some() -> None:
    written = [Money(4_990_000, "EUR"), Money(9_490, "EUR"), Money(-100_000, "EUR")]

    for language in ("en", "zh"):
        assert [money.formatted(language) for money in written] == ["€49,900", "€94.90", "−€1,000"]
    assert (symbol("CNY"), symbol("EUR")) == ("¥", "€")


def test_an_address_is_written_as_people_where_it_is_write_it() -> None:
    berlin = {"street": "Weserstraße 7", "postcode": "12047", "city": "Berlin"}
    hangzhou = {"street": "湖墅南路 18 号", "district": "拱墅区", "city": "杭州"}

    with speaking("zh"):
        assert in_one_line(berlin) == "Weserstraße 7, 12047 Berlin"
        assert in_one_line(hangzhou) == "杭州拱墅区湖墅南路 18 号"
    assert in_one_line({"street": "18 Lake Road", "district": "Gongshu", "city": "Hangzhou"}) == (
        "18 Lake Road, Gongshu, Hangzhou"
    )
