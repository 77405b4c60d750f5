"""The relay: hands events to their listeners, each in a transaction of its own, at least once and with one effect.

A listener's work and its `done` mark commit together, so a worker that dies in between leaves the work undone and
pending. A batch that fails is taken apart: the events go one by one, and only the one that fails waits and is parked
after MAX_ATTEMPTS.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app import clock
from app.db import session, transaction
from app.events import SYSTEM, EventHandling, EventRow, act_as, registry, revive

BATCH = 200
MAX_ATTEMPTS = 12

log = structlog.get_logger()


def relay() -> int:
    """Handles all that is due; tells how many handlings were done."""
    act_as(SYSTEM)
    done = 0
    while True:
        rounds = sum(_relay_to(name) for name in _listener_names())
        done += rounds
        if not rounds:
            return done


def _listener_names() -> list[str]:
    return sorted({name for listeners in registry().listeners.values() for name in listeners})


def _relay_to(listener: str) -> int:
    try:
        with transaction():
            return _handle(listener, _claim(listener, BATCH))
    except Exception as failed:  # a listener may fail in any way; the event waits, the others go on
        log.warning("relay.batch_failed", listener=listener, error=repr(failed))
        return _one_by_one(listener)


def _one_by_one(listener: str) -> int:
    done = 0
    for event_id in _due(listener):
        try:
            with transaction():
                done += _handle(listener, _claim(listener, 1, event_id))
        except Exception as failed:  # as above
            if isinstance(failed, DBAPIError) and failed.connection_invalidated:
                raise
            _postpone(listener, event_id, repr(failed))
    return done


def _due(listener: str) -> Sequence[object]:
    with transaction():
        return (
            session().scalars(_pending(listener).with_only_columns(EventHandling.event_id).limit(BATCH)).all()
        )


def _pending(listener: str):  # type: ignore[no-untyped-def]  # a select whose columns differ by use
    return (
        select(EventHandling)
        .where(
            EventHandling.listener == listener,
            EventHandling.state == "pending",
            EventHandling.next_at <= clock.sql_now,
        )
        .order_by(EventHandling.next_at, EventHandling.event_id)
    )


def _claim(listener: str, limit: int, event_id: object | None = None) -> list[EventRow]:
    due = _pending(listener).with_only_columns(EventHandling.event_id).limit(limit)
    if event_id is not None:
        due = due.where(EventHandling.event_id == event_id)
    ids = session().scalars(due.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    rows = session().scalars(select(EventRow).where(EventRow.id.in_(ids)).order_by(EventRow.id))
    return list(rows)


def _handle(listener: str, rows: list[EventRow]) -> int:
    by_type: dict[str, list[EventRow]] = {}
    for row in rows:
        by_type.setdefault(row.type, []).append(row)
    for event_type, batch in by_type.items():
        registry().listeners[event_type][listener]([revive(row) for row in batch])
    if rows:
        session().execute(
            update(EventHandling)
            .where(EventHandling.listener == listener, EventHandling.event_id.in_([row.id for row in rows]))
            .values(state="done", done_at=clock.sql_now, attempts=EventHandling.attempts + 1, error=None)
        )
    return len(rows)


def _postpone(listener: str, event_id: object, error: str) -> None:
    log.error("relay.event_failed", listener=listener, event_id=str(event_id), error=error)
    with transaction():
        handling = session().get(EventHandling, (event_id, listener), with_for_update=True)
        if handling is None or handling.state != "pending":
            return
        handling.attempts += 1
        handling.error = error[:1000]
        wait_s = min(3600, 2**handling.attempts) * random.uniform(0.8, 1.2)
        handling.next_at = clock.now() + timedelta(seconds=wait_s)
        if handling.attempts >= MAX_ATTEMPTS:
            handling.state = "parked"


def try_again(event_id: object, listener: str) -> bool:
    """Gives a parked event back to its listener, with all its tries; tells whether it was parked."""
    given_back = session().execute(
        update(EventHandling)
        .where(
            EventHandling.event_id == event_id,
            EventHandling.listener == listener,
            EventHandling.state == "parked",
        )
        .values(state="pending", attempts=0, next_at=clock.sql_now)
        .returning(EventHandling.event_id)
    )
    return given_back.first() is not None
