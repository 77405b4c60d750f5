"""Days and times to choose from, ready to show: one strip of days, and the times of the day in hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date

from app import i18n
from app.pages import long_date
from partners.calendar import SlotView, by_day

DAYS_SHOWN = 8


@dataclass(frozen=True)
class Day:
    value: str
    weekday: str
    day: int
    free: bool
    current: bool
    label: str
    url: str
    fragment_url: str = ""


@dataclass(frozen=True)
class Time:
    value: str
    words: str
    free: bool
    checked: bool


@dataclass(frozen=True)
class Turn:
    """A link that turns the strip, by a week where there is something free a week on."""

    url: str
    fragment_url: str = ""


@dataclass(frozen=True)
class Choice:
    """`current` is the day whose times are shown; None when no day of the stretch has a free one."""

    days: tuple[Day, ...]
    times: tuple[Time, ...]
    current: date | None
    first_free: date | None
    earlier: Turn | None = None
    later: Turn | None = None

    @property
    def day_label(self) -> str:
        return long_date(self.current) if self.current else ""


def choose(
    slots: Sequence[SlotView],
    earliest: date | None,
    asked: date | None,
    chosen: str | None,
    address: Callable[[date], tuple[str, str]],
    days_shown: int = DAYS_SHOWN,
) -> Choice:
    """From slots with the full ones among them. `address` gives a day's own page and its fragment, if it has one.

    The strip begins with `earliest`; without one, with the first free day, and there is no strip when there is none.
    """
    days = by_day(list(slots))
    free = {on for on, those in days.items() if any(slot.free for slot in those)}
    first_free = min(free, default=None)
    of_choice = next((slot.day for slot in slots if slot.public_id == chosen), None)
    current = asked if asked in days else of_choice or first_free
    earliest = earliest or first_free
    if earliest is None:
        return Choice((), (), current, None)
    first = _first_shown(current, earliest, days_shown)
    times = days.get(current, []) if current else []
    return Choice(
        days=tuple(
            _day(first + timedelta(days=ahead), free, current, address) for ahead in range(days_shown)
        ),
        times=tuple(Time(s.public_id, s.times, s.free > 0, s.public_id == chosen) for s in times),
        current=current,
        first_free=first_free,
        earlier=_turn(max((on for on in free if on < first), default=None), address),
        later=_turn(
            min((on for on in free if on > first + timedelta(days=days_shown - 1)), default=None), address
        ),
    )


def _turn(to: date | None, address: Callable[[date], tuple[str, str]]) -> Turn | None:
    return Turn(*address(to)) if to is not None else None


def _first_shown(current: date | None, earliest: date, days_shown: int) -> date:
    """The strip turns by whole weeks from the earliest day, to the one with the day in hand."""
    if current is None or current < earliest + timedelta(days=days_shown):
        return earliest
    return earliest + timedelta(days=(current - earliest).days // 7 * 7)


def _day(on: date, free: set[date], current: date | None, address: Callable[[date], tuple[str, str]]) -> Day:
    url, fragment_url = address(on)
    return Day(
        value=on.isoformat(),
        weekday=format_date(on, "ccc", locale=i18n.locale()),
        day=on.day,
        free=on in free,
        current=on == current,
        label=long_date(on),
        url=url,
        fragment_url=fragment_url,
    )


def asked_day(told: str | None) -> date | None:
    """The day of an address; None for none and for what is no day."""
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        return None
