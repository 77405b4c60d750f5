"""The one clock. SQL asks `forecourt_now()`; `now()` here agrees with it, offset and all.

Only a demo or a test may move the clock (`move`); a shop in production runs on real time.
"""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, text

from app.settings import settings

SQL_FUNCTION = """
CREATE OR REPLACE FUNCTION forecourt_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT statement_timestamp() + coalesce((SELECT moved_by FROM clock_offset), interval '0')
$$
"""
SQL_TABLE = """
CREATE TABLE clock_offset (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  moved_by interval NOT NULL
)
"""

sql_now = func.forecourt_now()

AGREE_EVERY_S = 2.0

_ahead_by = timedelta(0)
_agreed_at = float("-inf")


def now() -> datetime:
    """The instant, in UTC, as the database tells it (compared at most every two seconds, so within milliseconds)."""
    if time.monotonic() - _agreed_at > AGREE_EVERY_S:
        agree()
    return datetime.now(UTC) + _ahead_by


def today(zone: str) -> date:
    """The date on the wall of the place."""
    return now().astimezone(ZoneInfo(zone)).date()


def move(by: timedelta) -> None:
    """Moves the shop's time by `by` from real time; refused in production."""
    if not settings().is_demo:
        raise RuntimeError("The clock of a shop in production is not moved.")
    from app.db import engine

    with engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO clock_offset (singleton, moved_by) VALUES (true, :by)"
                " ON CONFLICT (singleton) DO UPDATE SET moved_by = excluded.moved_by"
            ),
            {"by": by},
        )
    agree()


def agree() -> None:
    """Compares this process's clock with the database's."""
    global _ahead_by, _agreed_at
    from app.db import engine

    with engine().connect() as connection:
        before = datetime.now(UTC)
        told: datetime = connection.exec_driver_sql("SELECT forecourt_now()").scalar_one()
        after = datetime.now(UTC)
    difference = told - (before + (after - before) / 2)
    _ahead_by = difference if abs(difference) > timedelta(milliseconds=50) else timedelta(0)
    _agreed_at = time.monotonic()
