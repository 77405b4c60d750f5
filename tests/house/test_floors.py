"""The house stands as drawn."""

import importlib
import tomllib
from pathlib import Path

import pytest

from app.events import Event
from app.factory import house
from app.floors import FLOORS, GROUND

ROOT = Path(__file__).resolve().parent.parent.parent

MAY_BE_JOINED = {"conversations.help_requested", "checkout.cart_abandoned"}
"""Facts that must be true further up at once: the lead exists when the person is answered."""


def test_the_import_contract_draws_the_same_floors() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]

    assert contract["layers"] == [*reversed(FLOORS), GROUND]


@pytest.mark.parametrize("context", FLOORS)
def test_a_context_plugs_in_a_wiring_of_its_own_name(context: str) -> None:
    wiring = importlib.import_module(f"{context}.wiring").wiring

    assert wiring.name == context


@pytest.mark.parametrize("context", FLOORS)
def test_a_context_says_in_one_docstring_what_it_is(context: str) -> None:
    package = importlib.import_module(context)

    assert package.__doc__


def test_every_event_has_a_listener_or_is_said_to_be_a_record_only() -> None:
    heard = {
        event
        for wiring in house().wirings
        for event in (*wiring.listeners, *wiring.joined, *wiring.record_only)
    }

    assert {event for event in _events(Event) if not event.__module__.startswith("tests")} == heard


def test_only_a_help_request_and_an_abandoned_cart_are_heard_within_their_own_transaction() -> None:
    joined = {event.type for wiring in house().wirings for event in wiring.joined}

    assert joined <= MAY_BE_JOINED


def test_every_fragments_root_carries_its_name() -> None:
    for path in (ROOT / "templates").rglob("_*.html"):
        assert f'id="{path.stem.lstrip("_").replace("_", "-")}"' in path.read_text(), path


def test_foreign_keys_point_down() -> None:
    from app.db import Model
    from app.schema import load_models

    load_models()
    floor = {name: number for number, name in enumerate((GROUND, *FLOORS))}
    home = {
        mapper.class_.__tablename__: mapper.class_.__module__.split(".")[0]
        for mapper in Model.registry.mappers
    }
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            assert floor[home[key.column.table.name]] <= floor[home[table.name]], (
                f"{table.name} -> {key.column}"
            )


def _events(of: type[Event]) -> set[type[Event]]:
    """The facts themselves; a class that others derive from is a form, not a fact."""
    derived = of.__subclasses__()
    return set().union(*(_events(event) for event in derived)) if derived else {of}
