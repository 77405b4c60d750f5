"""Opening hours as values: is a place open now, and when does it open next? Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True)
class Hours:
    """One stretch of a weekday (Monday is 1) on the place's clock; the end is exclusive."""

    weekday: int
    opens_at: time
    closes_at: time


@dataclass(frozen=True)
class Week:
    """The week of a place, its zone, and the days it is closed."""

    time_zone: str
    hours: Sequence[Hours]
    closed_on: Collection[date] = ()

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.time_zone))
        return any(h.opens_at <= local.time() < h.closes_at for h in self._on(local.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """`at` itself when the place is open then; None when it does not open within two months."""
        if self.is_open(at):
            return at
        zone = ZoneInfo(self.time_zone)
        first = at.astimezone(zone).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            day = first + timedelta(days=ahead)
            openings = (datetime.combine(day, h.opens_at, zone) for h in self._on(day))
            later = [opening for opening in openings if opening > at]
            if later:
                return min(later).astimezone(at.tzinfo)
        return None

    def answer_by(self, at: datetime, within: timedelta) -> datetime | None:
        """When an answer is due that takes `within` of open time at most: the clock runs while somebody is there."""
        return self.add_open(at, within)

    @property
    def keeps_hours(self) -> bool:
        """Without any it is a machine or a company that answers when it likes; a plain clock runs for it."""
        return bool(self.hours)

    def add_open(self, at: datetime, length: timedelta) -> datetime | None:
        """The instant by which the place has been open for `length` since `at`, over closings and clock changes.

        No length ends at the next opening; one that fills a day ends at its closing. None when the place does not
        open for two months on the way.
        """
        left, begin = length, at.astimezone(UTC)
        seen_open = first = at.astimezone(ZoneInfo(self.time_zone)).date()
        for ahead in count():
            day = first + timedelta(days=ahead)
            if (day - seen_open).days > LOOK_AHEAD_DAYS:
                return None
            for opens, closes in self._stretches(day):
                starts = max(opens, begin)
                if starts >= closes:
                    continue
                seen_open = day
                if starts + left <= closes:
                    return (starts + left).astimezone(at.tzinfo)
                left -= closes - starts
        return None

    def _stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The day's hours as instants in order, those that touch joined; UTC, so that lengths are true lengths."""
        zone = ZoneInfo(self.time_zone)
        joined: list[tuple[datetime, datetime]] = []
        for hours in sorted(self._on(day), key=lambda h: h.opens_at):
            opens, closes = (
                datetime.combine(day, told, zone).astimezone(UTC)
                for told in (hours.opens_at, hours.closes_at)
            )
            if joined and opens <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
            elif opens < closes:
                joined.append((opens, closes))
        return joined

    def _on(self, day: date) -> list[Hours]:
        if day in self.closed_on:
            return []
        return [h for h in self.hours if h.weekday == day.isoweekday()]
