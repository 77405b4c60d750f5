"""How long things run."""

from datetime import UTC, date, datetime

import pytest

from garage import periods


@pytest.mark.parametrize(
    ("on", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 12), 1, date(2027, 1, 12)),
        (date(2026, 11, 22), 24, date(2028, 11, 22)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(on: date, months: int, later: date) -> None:
    assert periods.day_months_later(on, months) == later


def test_what_is_bought_by_the_day_or_year_ends_and_the_rest_runs_on() -> None:
    at = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)

    assert periods.ends_at("daily", at) == datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    assert periods.ends_at("yearly", at) == datetime(2027, 11, 22, 10, 30, tzinfo=UTC)
    assert periods.ends_at("monthly", at) is None
    assert periods.ends_at("once", at) is None
