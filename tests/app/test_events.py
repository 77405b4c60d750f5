"""Facts commit with their cause, reach each listener once in effect, and one bad fact blocks no other."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from sqlalchemy import func, select, update

from app import clock
from app.db import session, transaction
from app.events import (
    Event,
    EventHandling,
    EventRow,
    Recorded,
    Registry,
    install,
    listener_name,
    record,
    record_many,
    registry,
)
from app.ids import uuid7
from app.relay import MAX_ATTEMPTS, relay


@dataclass(frozen=True, kw_only=True)
class BellRung(Event):
    type: ClassVar[str] = "tests.bell_rung"
    subject_field: ClassVar[str] = "bell_id"

    bell_id: uuid.UUID
    loudness: int = 1
    visitor_id: uuid.UUID | None = None

    def sentence(self) -> str:
        return f"Rung at {self.loudness}"


heard: list[Recorded[Any]] = []
joined: list[Recorded[Any]] = []


def listen(events: Sequence[Recorded[BellRung]]) -> None:
    if any(recorded.event.loudness > 10 for recorded in events):
        raise ValueError("too loud")
    heard.extend(events)


def join(events: Sequence[Recorded[BellRung]]) -> None:
    joined.extend(events)


@pytest.fixture(autouse=True)
def a_house_with_a_bell(database: None) -> Iterator[None]:
    before = registry()
    install(
        Registry(
            {BellRung.type: BellRung},
            {BellRung.type: {listener_name(listen): listen}},
            {BellRung.type: (join,)},
        )
    )
    heard.clear()
    joined.clear()
    yield
    install(before)


def test_a_listener_hears_a_fact_once_however_often_the_relay_looks() -> None:
    bell = uuid7()
    with transaction():
        record(BellRung(bell_id=bell, visitor_id=bell))

    relay()
    relay()

    assert [recorded.event for recorded in heard] == [BellRung(bell_id=bell, visitor_id=bell)]


def test_a_fact_whose_cause_rolled_back_never_was() -> None:
    with pytest.raises(RuntimeError, match="undone"), transaction():
        record(BellRung(bell_id=uuid7()))
        raise RuntimeError("undone")

    relay()

    assert heard == []
    assert session().scalar(select(func.count()).select_from(EventRow)) == 0


def test_a_fact_is_refused_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        record(BellRung(bell_id=uuid7()))


def test_one_fact_that_cannot_be_handled_waits_and_the_others_go_on() -> None:
    with transaction():
        record_many(
            [BellRung(bell_id=uuid7()), BellRung(bell_id=uuid7(), loudness=11), BellRung(bell_id=uuid7())]
        )

    relay()

    assert len(heard) == 2
    waiting = session().scalars(select(EventHandling).where(EventHandling.state == "pending")).one()
    assert waiting.attempts == 1
    assert "too loud" in (waiting.error or "")
    assert waiting.next_at > clock.now()


def test_a_fact_that_fails_too_often_is_parked_where_it_can_be_seen() -> None:
    with transaction():
        record(BellRung(bell_id=uuid7(), loudness=11))

    for _ in range(MAX_ATTEMPTS):
        with transaction():
            session().execute(update(EventHandling).values(next_at=clock.sql_now))
        relay()

    assert session().scalars(select(EventHandling.state)).all() == ["parked"]


def test_a_joined_listener_hears_within_the_transaction() -> None:
    with transaction():
        record(BellRung(bell_id=uuid7()))
        assert len(joined) == 1


def test_many_relays_at_once_handle_each_fact_once() -> None:
    with transaction():
        record_many([BellRung(bell_id=uuid7()) for _ in range(300)])

    relays = [threading.Thread(target=relay) for _ in range(4)]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()

    assert len(heard) == 300
    assert len({recorded.id for recorded in heard}) == 300
