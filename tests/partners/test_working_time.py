"""Time counts only while somebody is there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.opening import Hours, Week

ALL_WEEK = range(1, 8)
BERLIN = Week("Europe/Berlin", [Hours(day, time(9), time(18)) for day in range(1, 6)])
SHANGHAI = Week(
    "Asia/Shanghai",
    [
        *(Hours(day, time(9), time(12)) for day in range(1, 6)),
        *(Hours(day, time(14), time(18)) for day in range(1, 6)),
    ],
    closed_on={date(2026, 11, 24)},
)
NIGHT = Week("Europe/Berlin", [Hours(day, time(0), time(5)) for day in ALL_WEEK])
NEVER = Week("Europe/Berlin", [])
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


def berlin(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "length", "by"),
    [
        (shanghai(23, 10), 10 * MINUTE, shanghai(23, 10, 10)),
        (shanghai(23, 8), 10 * MINUTE, shanghai(23, 9, 10)),
        (shanghai(23, 11, 55), 10 * MINUTE, shanghai(23, 14, 5)),
        (shanghai(23, 11, 50), 10 * MINUTE, shanghai(23, 12)),
        (shanghai(23, 17, 55), 10 * MINUTE, shanghai(25, 9, 5)),
        (shanghai(27, 17), 2 * HOUR, shanghai(30, 10)),
        (shanghai(23, 9), 7 * HOUR, shanghai(23, 18)),
        (shanghai(23, 13), timedelta(0), shanghai(23, 14)),
        (shanghai(23, 9), 14 * HOUR, shanghai(25, 18)),
        (shanghai(22, 12), 15 * HOUR, shanghai(26, 10)),
    ],
)
def test_time_runs_over_breaks_nights_weekends_and_holidays(
    at: datetime, length: timedelta, by: datetime
) -> None:
    assert SHANGHAI.add_open(at, length) == by


@pytest.mark.parametrize(
    ("week", "at", "length", "by"),
    [
        # Clocks go forward on 29 March and back on 25 October 2026: an office day stays an office day,
        (BERLIN, berlin(3, 27, 17), 2 * HOUR, berlin(3, 30, 10)),
        (BERLIN, berlin(10, 23, 17), 2 * HOUR, berlin(10, 26, 10)),
        # a night is an hour shorter then, or longer, and an hour stays an hour.
        (NIGHT, berlin(3, 29, 0), 4 * HOUR, berlin(3, 29, 5)),
        (NIGHT, berlin(3, 29, 0), 5 * HOUR, berlin(3, 30, 1)),
        (NIGHT, berlin(10, 25, 0), 6 * HOUR, berlin(10, 25, 5)),
        (NIGHT, berlin(10, 25, 0), 5 * HOUR, berlin(10, 25, 4)),
    ],
)
def test_a_clock_change_neither_gives_nor_takes_time(
    week: Week, at: datetime, length: timedelta, by: datetime
) -> None:
    assert week.add_open(at, length) == by


def test_a_place_that_never_opens_has_no_end() -> None:
    closed_for_good = Week("Europe/Berlin", BERLIN.hours, _days(date(2026, 3, 1), 120))

    assert NEVER.add_open(berlin(3, 27, 17), MINUTE) is None
    assert closed_for_good.add_open(berlin(3, 27, 17), MINUTE) is None
    assert not NEVER.keeps_hours


def test_hours_that_overlap_count_once() -> None:
    twice = Week("Europe/Berlin", [Hours(1, time(9), time(12)), Hours(1, time(10), time(12))])

    assert twice.add_open(berlin(3, 30, 9), 3 * HOUR) == berlin(3, 30, 12)


def test_the_answer_comes_in_the_zone_that_was_asked_in() -> None:
    by = SHANGHAI.add_open(shanghai(23, 10).astimezone(UTC), HOUR)

    assert by is not None and by.tzinfo is UTC


instants = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 1), timezones=st.just(UTC)
)
lengths = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))
weeks = st.sampled_from([BERLIN, SHANGHAI, NIGHT])


@given(weeks, instants, lengths)
def test_just_so_much_open_time_lies_between(week: Week, at: datetime, length: timedelta) -> None:
    by = week.add_open(at, length)

    assert by is not None and by >= at + length
    assert _open_between(week, at, by) == length


@given(weeks, instants, lengths, lengths)
def test_in_two_steps_it_is_the_same(week: Week, at: datetime, one: timedelta, other: timedelta) -> None:
    first = week.add_open(at, one)
    assert first is not None

    second, at_once = week.add_open(first, other), week.add_open(at, one + other)

    assert other == timedelta(0) or second == at_once


@given(weeks, instants, instants, lengths)
def test_whoever_comes_later_is_due_no_earlier(
    week: Week, one: datetime, other: datetime, length: timedelta
) -> None:
    sooner, later = sorted((one, other))

    first, second = week.add_open(sooner, length), week.add_open(later, length)

    assert first is not None and second is not None and first <= second


def _open_between(week: Week, begin: datetime, end: datetime) -> timedelta:
    """Counted on its own: local openings of each day as lengths of real time."""
    zone, total = ZoneInfo(week.time_zone), timedelta(0)
    day = begin.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for hours in week.hours:
            if hours.weekday == day.isoweekday() and day not in week.closed_on:
                opens = datetime.combine(day, hours.opens_at, zone).astimezone(UTC)
                closes = datetime.combine(day, hours.closes_at, zone).astimezone(UTC)
                total += max(timedelta(0), min(closes, end) - max(opens, begin))
        day += timedelta(days=1)
    return total


def _days(first: date, many: int) -> set[date]:
    return {first + timedelta(days=ahead) for ahead in range(many)}
