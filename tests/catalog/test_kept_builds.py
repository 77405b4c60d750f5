"""Builds that somebody kept, against the real database."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from app import clock
from app.db import close_reading, session, statement_count, transaction
from catalog import configuration, design_code
from catalog.build import Build
from catalog.configuration import Configuration
from catalog.fitment import Fitment
from catalog.products import Equipment
from catalog.refusals import BuildNotPossible, DesignNotFound, NotOnOfferAnyMore
from partners.models import Market
from tests.catalog.builders import ADA, CLEO, a_shelf

MERE = Build("mere", "long-range", "tarn", "blade", "sand")


@pytest.fixture
def shelf(database: None) -> None:
    a_shelf()


def kept(build: Build = MERE, visitor: uuid.UUID | None = ADA, days: int = 0) -> Configuration:
    with transaction():
        return Configuration.keep(build, Market.home(), visitor, clock.now() + timedelta(days=days))


def raise_price(code: str, yuan: int) -> None:
    with transaction():
        session().execute(
            update(Equipment)
            .where(Equipment.code == code, Equipment.market_key == "CN")
            .values(price_minor=yuan * 100)
        )
    close_reading()


def stop_offering(code: str) -> None:
    with transaction():
        ids = select(Equipment.id).where(Equipment.code == code)
        session().execute(delete(Fitment).where(Fitment.equipment_id.in_(ids)))
    close_reading()


@pytest.mark.usefixtures("shelf")
def test_the_same_build_on_the_same_day_keeps_its_code() -> None:
    first, again = kept(), kept()

    assert again.id == first.id
    assert first.price_minor == 260_800_00
    assert first.build == MERE
    assert session().scalar(select(func.count()).select_from(Configuration)) == 1


@pytest.mark.usefixtures("shelf")
def test_another_visitor_another_day_and_another_price_are_other_designs() -> None:
    first = kept()
    cleos, tomorrows = kept(visitor=CLEO), kept(days=1)
    raise_price("tarn", 6_500)

    dearer = kept()

    assert len({c.design_code for c in (first, cleos, tomorrows, dearer)}) == 4
    assert dearer.price_minor == 261_300_00


@pytest.mark.usefixtures("shelf")
def test_somebody_without_a_visitor_keeps_one_row_a_build() -> None:
    assert kept(visitor=None).id == kept(visitor=None).id


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "build",
    [
        Build("mere", "long-range", "tarn", "turbine", "sand", ("tow",)),
        Build("mere", "long-range", "gold", "blade", "sand"),
        Build("rill", "standard", "tarn", "turbine", "sand"),
        Build("nothing", "long-range", "tarn", "blade", "sand"),
    ],
    ids=["shut out", "unknown paint", "does not fit", "no such model"],
)
def test_what_cannot_be_built_is_not_kept(build: Build) -> None:
    with pytest.raises(BuildNotPossible), transaction():
        Configuration.keep(build, Market.home(), ADA, clock.now())

    assert session().scalar(select(func.count()).select_from(Configuration)) == 0


@pytest.mark.usefixtures("shelf")
def test_a_code_is_found_however_it_was_typed() -> None:
    design = kept()

    for typed in (
        design.design_code.lower(),
        design.design_code.replace("-", ""),
        f"  {design.design_code.replace('-', ' ')} ",
        design.design_code.replace("0", "o").replace("1", "l"),
    ):
        assert Configuration.by_code(typed).id == design.id


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("typed", ["", "MERE", "MERE-0000-0001", "x" * 500, "ＭＥＲＥ-7K3Q-92XN", "\x00"])
def test_a_wrong_code_finds_nothing(typed: str) -> None:
    with pytest.raises(DesignNotFound):
        Configuration.by_code(typed)


@given(st.sampled_from(["mere", "rill", "strand"]), st.integers(0, 7), st.sampled_from(design_code.ALPHABET))
def test_one_wrong_character_is_noticed(model: str, place: int, other: str) -> None:
    code = design_code.make(model)
    bare = code.replace("-", "")[-8:]
    typed = model + bare[:place] + other + bare[place + 1 :]

    assert design_code.normalized(typed) == (code if bare[place] == other else None)


@pytest.mark.usefixtures("shelf")
def test_a_design_has_the_price_of_its_day_and_todays() -> None:
    design = kept()
    raise_price("blade", 7_500)

    now = Configuration.by_id(design.id).priced_now(Market.home())

    assert design.price.amount == 260_800
    assert now.car.amount == 261_300
    assert [line.key for line in now.road] == ["car", "options", "purchase_tax", "plates"]


@pytest.mark.usefixtures("shelf")
def test_a_design_says_what_is_no_longer_offered() -> None:
    design, other = kept(), kept(MERE.taking(("wheels", "aero")))
    stop_offering("blade")

    with pytest.raises(NotOnOfferAnyMore) as refused:
        design.priced_now(Market.home())
    prices = configuration.priced([design, other], Market.home())

    assert refused.value.gone == (("wheels", "blade"),)
    assert list(prices) == [other.id]


@pytest.mark.usefixtures("shelf")
def test_many_designs_are_priced_in_three_statements() -> None:
    designs = [kept(MERE.taking(("paint", paint))) for paint in ("mist", "tarn", "ink", "lichen", "slate")]
    market = Market.home()

    with statement_count() as statements:
        prices = configuration.priced(designs, market)

    assert len(prices) == 5
    assert statements() == 3


@pytest.mark.usefixtures("shelf")
def test_a_design_is_called_by_what_it_is_in_both_languages() -> None:
    title, detail = kept(MERE.taking(("extra", "shade"))).titles()

    assert title == {"en": "Mere Long Range", "zh": "澄 Mere 长续航"}
    assert detail["en"] == "Tarn, 20″ Blade, Sand, Canopy shade"
    assert detail["zh"] == "潭、20″ Blade、沙、天幕遮阳帘"


@pytest.mark.usefixtures("shelf")
def test_a_visitor_sees_their_own_and_an_account_takes_them_along() -> None:
    account = uuid.uuid4()
    mine, theirs = kept(), kept(visitor=CLEO)
    with transaction():
        configuration.adopt(ADA, account)
    close_reading()

    assert [c.id for c in configuration.of_visitor(ADA)] == [mine.id]
    assert [c.id for c in configuration.of_visitor(CLEO)] == [theirs.id]
    assert [c.id for c in configuration.of_visitor(None, account)] == [mine.id]
    assert configuration.of_visitor(None) == []
