"""Is somebody there, and when next?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.opening import Hours, Week

SHANGHAI = Week(
    "Asia/Shanghai",
    [
        *(Hours(day, time(9), time(12)) for day in range(1, 6)),
        *(Hours(day, time(14), time(18)) for day in range(1, 6)),
    ],
    closed_on={date(2026, 11, 24)},
)


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (shanghai(23, 9), True),
        (shanghai(23, 8, 59), False),
        (shanghai(23, 12), False),
        (shanghai(23, 17, 59), True),
        (shanghai(23, 18), False),
        (shanghai(22, 10), False),
        (shanghai(24, 10), False),
    ],
)
def test_hours_are_read_on_the_clock_of_the_place(at: datetime, is_open: bool) -> None:
    assert SHANGHAI.is_open(at) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (shanghai(23, 10), shanghai(23, 10)),
        (shanghai(23, 13), shanghai(23, 14)),
        (shanghai(23, 19), shanghai(25, 9)),
        (shanghai(27, 18), shanghai(30, 9)),
    ],
)
def test_the_next_opening_skips_nights_weekends_and_holidays(at: datetime, opens: datetime) -> None:
    assert SHANGHAI.next_open(at) == opens


def test_a_place_without_hours_never_opens() -> None:
    assert Week("Asia/Shanghai", []).next_open(shanghai(23, 10)) is None
    assert Week("Asia/Shanghai", []).answer_by(shanghai(23, 10), timedelta(minutes=5)) is None


def test_an_answer_is_due_once_somebody_is_there() -> None:
    assert SHANGHAI.answer_by(shanghai(23, 19), timedelta(minutes=10)) == shanghai(25, 9, 10)


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 1), timezones=st.just(UTC)))
def test_the_place_is_open_when_it_is_said_to_open(at: datetime) -> None:
    opens = SHANGHAI.next_open(at)

    assert opens is not None
    assert opens >= at
    assert SHANGHAI.is_open(opens)
