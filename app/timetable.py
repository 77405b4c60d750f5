"""Timed work. Due times stand in the database, so a second worker takes nothing twice and a lost message loses nothing.

Every job writes when it last ran, how many rows it touched and how it failed, if it did.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Model, close_reading, session, transaction
from app.wiring import Sweep

CANARY = "app.canary"

log = structlog.get_logger()


class TimedJob(Model):
    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    last_run_at: Mapped[datetime | None]
    last_rows: Mapped[int | None]
    last_ms: Mapped[int | None]
    last_error: Mapped[str | None]


def run_due(timetable: Sequence[Sweep]) -> int:
    """Runs each job whose time has come and that no other worker has taken; tells the rows touched."""
    return sum(run(sweep) for sweep in timetable if _take(sweep))


def run(sweep: Sweep) -> int:
    started = time.monotonic()
    rows, error = 0, None
    try:
        rows = sweep.run()
    except Exception as failed:  # one job's failure is written down; the others and the next run go on
        error = repr(failed)[:1000]
        log.error("timetable.failed", job=sweep.name, error=error)
    finally:
        close_reading()
    with transaction():
        session().execute(
            update(TimedJob)
            .where(TimedJob.name == sweep.name)
            .values(
                last_run_at=clock.sql_now,
                last_rows=rows,
                last_ms=int((time.monotonic() - started) * 1000),
                last_error=error,
            )
        )
    return rows


def sing() -> None:
    """The canary: called by a message that went through the broker, so a live broker and worker show by its date."""
    with transaction():
        session().execute(
            insert(TimedJob)
            .values(name=CANARY, next_at=clock.sql_now, last_run_at=clock.sql_now, last_rows=1)
            .on_conflict_do_update(index_elements=["name"], set_={"last_run_at": clock.sql_now})
        )


def _take(sweep: Sweep) -> bool:
    next_at = func.forecourt_now() + timedelta(seconds=sweep.every_s)
    with transaction():
        session().execute(
            insert(TimedJob).values(name=sweep.name, next_at=clock.sql_now).on_conflict_do_nothing()
        )
        taken = session().execute(
            update(TimedJob)
            .where(TimedJob.name == sweep.name, TimedJob.next_at <= clock.sql_now)
            .values(next_at=next_at)
            .returning(TimedJob.name)
        )
        return taken.first() is not None
