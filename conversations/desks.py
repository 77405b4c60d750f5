"""Who of the house answers what, by when, and the times at which somebody can call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from partners import queries
from partners.here import market_here
from partners.models import Recipient
from partners.opening import Week

DESKS = {"message": "agent_desk", "callback": "call_centre", "test_drive": "call_centre"}
ANSWERED_WITHIN = {
    "message": timedelta(minutes=10),
    "callback": timedelta(minutes=30),
    "test_drive": timedelta(minutes=30),
}
"""Of open time: the clock starts when somebody is there."""

CALL_WINDOW = timedelta(hours=2)
CALL_DAYS = 3
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class Window:
    """A stretch of time in which a call may come, on the desk's clock."""

    starts_at: datetime
    ends_at: datetime

    @property
    def value(self) -> str:
        return self.starts_at.isoformat(timespec="minutes")


@dataclass(frozen=True)
class Desk:
    recipient: Recipient
    week: Week

    def answers_by(self, kind: str, at: datetime) -> datetime | None:
        return self.week.answer_by(at, ANSWERED_WITHIN[kind])

    def call_windows(self, at: datetime) -> list[Window]:
        return call_windows(self.week, at)


def desk_for(kind: str) -> Desk | None:
    """The desk that answers such a request in the market of whoever asks; None while the house has none there."""
    recipient = Recipient.of_kind(DESKS[kind], market_here().key)
    return Desk(recipient, queries.week_of(recipient)) if recipient is not None else None


def call_windows(week: Week, at: datetime) -> list[Window]:
    """The windows of the next open days that have not begun, soonest first."""
    zone = ZoneInfo(week.time_zone)
    today = at.astimezone(zone).date()
    windows: list[Window] = []
    days_used = 0
    for ahead in range(LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        if day in week.closed_on:
            continue
        of_day: list[Window] = []
        for hours in sorted(week.hours, key=lambda h: h.opens_at):
            if hours.weekday == day.isoweekday():
                opens, closes = (datetime.combine(day, t, zone) for t in (hours.opens_at, hours.closes_at))
                of_day += _cut(opens, closes)
        of_day = [window for window in of_day if window.starts_at > at]
        windows += of_day
        days_used += bool(of_day)
        if days_used == CALL_DAYS:
            break
    return windows


def _cut(opens: datetime, closes: datetime) -> list[Window]:
    windows = []
    starts = opens
    while starts + CALL_WINDOW <= closes:
        windows.append(Window(starts, starts + CALL_WINDOW))
        starts += CALL_WINDOW
    return windows
