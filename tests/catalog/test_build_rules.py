"""What goes together, what it costs, and the ways out when it does not: plain values, many cases."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.money import Money
from catalog.build import (
    FAMILIES,
    SINGLE,
    Assortment,
    Build,
    Option,
    Rule,
    conflict,
    delivery_window,
    effect,
    price,
    read,
)
from catalog.finance import FinanceTerms
from partners.tax_policy import TaxPolicy

POLICY = TaxPolicy("CNY", Decimal("0.05"), None, Decimal("0.13"), 300_00, 300_00, 100)
TERMS = FinanceTerms(Decimal("0.032"), 60, Decimal("0.20"), 100, "heyuan")


def option(family: str, code: str, yuan: int = 0, km: int = 0, days: int = 0) -> Option:
    return Option(family, code, code.title(), code, yuan * 100, km, days)


MERE = Assortment(
    None,
    "mere",
    "Mere",
    "澄 Mere",
    "CN",
    "CNY",
    (
        option("trim", "standard", 219_800, 560, 20),
        option("trim", "long-range", 243_800, 685, 20),
        option("trim", "dual", 273_800, 640, 27),
        option("paint", "mist"),
        option("paint", "tarn", 6_000),
        option("paint", "cinnabar", 10_000, days=7),
        option("wheels", "aero"),
        option("wheels", "blade", 7_000, -28),
        option("wheels", "turbine", 12_000, -46, 7),
        option("interior", "graphite"),
        option("interior", "sand", 4_000),
        option("extra", "tow", 5_900),
        option("extra", "brakes", 9_800, days=14),
        option("extra", "shade", 2_800),
    ),
    (
        Rule("excludes", ("extra", "tow"), (("wheels", "turbine"),)),
        Rule("requires", ("extra", "brakes"), (("trim", "dual"),)),
        Rule("requires", ("extra", "brakes"), (("wheels", "blade"), ("wheels", "turbine"))),
    ),
)
PLAIN = Build("mere", "standard", "mist", "aero", "graphite")
ADAS = Build("mere", "long-range", "tarn", "blade", "sand")


def any_build(assortment: Assortment = MERE) -> st.SearchStrategy[Build]:
    codes = {family: [o.code for o in assortment.of(family)] for family in FAMILIES}
    return st.builds(
        Build,
        st.just(assortment.model),
        *[st.sampled_from(codes[family]) for family in SINGLE],
        st.lists(st.sampled_from(codes["extra"]), unique=True).map(tuple),
    )


def test_the_plainest_build_costs_what_the_model_starts_from() -> None:
    assert MERE.plainest == PLAIN


def test_the_worked_example_line_by_line() -> None:
    priced = price(MERE, ADAS, POLICY, TERMS)

    assert [(line.key, int(line.amount.amount)) for line in priced.road] == [
        ("car", 243_800),
        ("options", 17_000),
        ("purchase_tax", 11_540),
        ("plates", 300),
    ]
    assert priced.car == Money.of("CNY", 260_800)
    assert priced.on_the_road == Money.of("CNY", 272_640)
    assert priced.monthly == Money.of("CNY", 3_768)
    assert priced.range_km == 657
    assert delivery_window(priced.lead_days, date(2026, 11, 22)) == (date(2026, 12, 12), date(2026, 12, 18))


def test_parts_are_waited_for_side_by_side() -> None:
    slow = ADAS.taking(("paint", "cinnabar"))

    both = effect(MERE, slow, slow.taking(("wheels", "turbine")))

    assert effect(MERE, ADAS, slow).days == 7
    assert both.days == 0
    assert (int(both.price.amount), both.range_km) == (5_000, -18)


def test_extras_are_one_set_however_they_are_named() -> None:
    assert Build("mere", "dual", "mist", "blade", "sand", ("tow", "brakes", "tow")) == Build(
        "mere", "dual", "mist", "blade", "sand", ("brakes", "tow")
    )


@pytest.mark.parametrize(
    ("wanted", "can"),
    [
        (ADAS, True),
        (ADAS.taking(("extra", "tow")), True),
        (ADAS.taking(("extra", "tow")).taking(("wheels", "turbine")), False),
        (ADAS.taking(("extra", "brakes")), False),
        (ADAS.taking(("extra", "brakes")).taking(("trim", "dual")), True),
        (PLAIN.taking(("extra", "brakes")).taking(("trim", "dual")), False),
        (ADAS.taking(("paint", "gold")), False),
        (Build("rill", "long-range", "tarn", "blade", "sand"), False),
    ],
)
def test_what_can_be_made(wanted: Build, can: bool) -> None:
    assert MERE.can_make(wanted) is can


def test_the_wheel_that_shuts_out_the_tow_bar_offers_two_ways() -> None:
    before = ADAS.taking(("extra", "tow"))
    wanted = before.taking(("wheels", "turbine"))

    found = conflict(MERE, wanted, before)

    assert found is not None
    forward, back = found.ways
    assert (forward.build, back.build) == (wanted.dropping("tow"), before)
    assert forward.keeps is not None and forward.keeps.code == "turbine"
    assert [o.code for o in forward.leaves] == ["tow"]
    assert back.keeps is not None and back.keeps.code == "tow"
    assert [o.code for o in back.takes] == ["blade"]


def test_an_extra_that_needs_a_trim_names_it_with_all_that_follows() -> None:
    found = conflict(MERE, PLAIN.taking(("extra", "brakes")), PLAIN)

    assert found is not None
    forward, back = found.ways
    assert (forward.build.trim, forward.build.wheels, forward.build.extras) == ("dual", "blade", ("brakes",))
    assert {o.code for o in forward.takes} == {"dual", "blade"}
    assert back.build == PLAIN


def test_leaving_the_trim_that_an_extra_needs_offers_to_keep_either() -> None:
    before = Build("mere", "dual", "tarn", "blade", "sand", ("brakes",))

    found = conflict(MERE, before.taking(("trim", "standard")), before)

    assert found is not None
    forward, back = found.ways
    assert forward.keeps is not None and forward.keeps.code == "standard"
    assert forward.build == before.taking(("trim", "standard")).dropping("brakes")
    assert back.build == before
    assert back.keeps is not None and back.keeps.code == "brakes"


def test_letting_go_of_a_needed_extra_offers_to_let_go_of_both() -> None:
    pair = Rule("requires", ("extra", "shade"), (("extra", "tow"),))
    mere = Assortment(None, "mere", "Mere", "澄", "CN", "CNY", MERE.options, (pair,))
    before = ADAS.taking(("extra", "tow")).taking(("extra", "shade"))

    found = conflict(mere, before.dropping("tow"), before)

    assert found is not None
    assert [way.build for way in found.ways] == [ADAS, before]


@settings(max_examples=400)
@given(any_build(), any_build())
def test_every_conflict_has_ways_out_that_can_be_made(wanted: Build, other: Build) -> None:
    before = MERE.nearest(other) or PLAIN

    found = conflict(MERE, wanted, before)

    assert (found is None) is (not MERE.broken(wanted))
    if found is not None:
        assert len(found.ways) == 2
        assert all(MERE.can_make(way.build) for way in found.ways)


@settings(max_examples=300)
@given(any_build())
def test_the_nearest_build_can_be_made_and_is_the_build_itself_when_that_can(wanted: Build) -> None:
    nearest = MERE.nearest(wanted)

    assert nearest is not None and MERE.can_make(nearest)
    assert (nearest == wanted) is MERE.can_make(wanted)


@settings(max_examples=200)
@given(any_build(), any_build())
def test_an_undo_takes_back_exactly_what_was_done(one: Build, other: Build) -> None:
    there, back = effect(MERE, one, other), effect(MERE, other, one)

    assert there.price == -back.price
    assert (there.range_km, there.days) == (-back.range_km, -back.days)


def test_the_lines_add_up_for_every_build_there_is() -> None:
    for trim, paint, wheels in itertools.product(*(MERE.of(f) for f in ("trim", "paint", "wheels"))):
        build = Build("mere", trim.code, paint.code, wheels.code, "sand", ("shade",))

        priced = price(MERE, build, POLICY, TERMS)

        assert priced.road[0].amount + priced.road[1].amount == priced.car
        assert sum(line.amount.amount_minor for line in priced.road) == priced.on_the_road.amount_minor


@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ({}, []),
        ({"paint": ("tarn",)}, []),
        ({"paint": ("gold",)}, ["gold"]),
        ({"trim": ("plaid",), "extra": ("tow", "wings")}, ["plaid", "wings"]),
        ({"wheels": ("turbine",), "extra": ("tow",)}, ["turbine"]),
        ({"extra": ("brakes",)}, ["brakes"]),
        ({"paint": ("tarn", "mist")}, []),
    ],
)
def test_an_address_becomes_the_nearest_build_and_names_what_gave_way(
    asked: dict[str, tuple[str, ...]], left_out: list[str]
) -> None:
    reading = read(MERE, asked)

    assert MERE.can_make(reading.build)
    assert sorted(code for (_family, code) in (thing.asked for thing in reading.left_out)) == sorted(left_out)


@given(st.dictionaries(st.sampled_from(FAMILIES), st.lists(st.text(max_size=8), max_size=5).map(tuple)))
def test_whatever_is_asked_for_a_build_comes_out(asked: dict[str, tuple[str, ...]]) -> None:
    assert MERE.can_make(read(MERE, asked).build)
