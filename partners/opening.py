"""Opening hours as values: is a place open now, and when does it open next? Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
        """When an answer is due that takes `within` of open time at most: the clock starts when somebody is there."""
        starts = self.next_open(at)
        return starts + within if starts is not None else None

    def _on(self, day: date) -> list[Hours]:
        if day in self.closed_on:
            return []
        return [h for h in self.hours if h.weekday == day.isoweekday()]
