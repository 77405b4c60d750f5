"""What the pictures read: sums over kept figures, a fixed number of statements whatever the shop's size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select

from app.db import session
from insights.models import AnswerBucket, DayFigure

Key = tuple[str, str, str]
"""name, part, reason"""


@dataclass(frozen=True)
class Period:
    """Whole days of one market's calendar, both ends included."""

    first: date
    last: date

    @classmethod
    def ending(cls, last: date, days: int) -> "Period":
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        return Period.ending(self.first - timedelta(days=1), self.days)


@dataclass(frozen=True)
class Sum:
    count: int = 0
    value_minor: int = 0


@dataclass(frozen=True)
class Figures:
    """The sums of one period."""

    sums: Mapping[Key, Sum] = field(default_factory=dict)

    def of(self, name: str, part: str | None = None, reason: str | None = None) -> Sum:
        found = [
            s for (n, p, r), s in self.sums.items() if n == name and part in (None, p) and reason in (None, r)
        ]
        return Sum(sum(s.count for s in found), sum(s.value_minor for s in found))

    def parts(self, name: str) -> dict[tuple[str, str], Sum]:
        return {(part, reason): s for (n, part, reason), s in self.sums.items() if n == name}


def figures(market_key: str, period: Period) -> tuple[Figures, Figures]:
    """Of the period and of the one before. One statement."""
    is_now = case((DayFigure.on_day >= period.first, 1), else_=0)
    rows = session().execute(
        select(
            is_now,
            DayFigure.name,
            DayFigure.part,
            DayFigure.reason,
            func.sum(DayFigure.count),
            func.sum(DayFigure.value_minor),
        )
        .where(
            DayFigure.market_key == market_key,
            DayFigure.on_day >= period.before.first,
            DayFigure.on_day <= period.last,
        )
        .group_by(is_now, DayFigure.name, DayFigure.part, DayFigure.reason)
    )
    now: dict[Key, Sum] = {}
    before: dict[Key, Sum] = {}
    for which, name, part, reason, count, value in rows:
        (now if which else before)[name, part, reason] = Sum(int(count), int(value))
    return Figures(now), Figures(before)


Spread = dict[int, int]


def spreads(
    market_key: str, since: datetime, until: datetime, split: datetime
) -> tuple[dict[tuple[str, str], Spread], dict[tuple[str, str], Spread]]:
    """By who was asked and kind of recipient: from `split` on, and before it. One statement."""
    is_now = case((AnswerBucket.hour >= split, 1), else_=0)
    rows = session().execute(
        select(
            is_now,
            AnswerBucket.asked,
            AnswerBucket.recipient_kind,
            AnswerBucket.bucket,
            func.sum(AnswerBucket.count),
        )
        .where(
            AnswerBucket.market_key == market_key,
            AnswerBucket.hour >= since,
            AnswerBucket.hour < until,
        )
        .group_by(is_now, AnswerBucket.asked, AnswerBucket.recipient_kind, AnswerBucket.bucket)
    )
    now: dict[tuple[str, str], Spread] = {}
    before: dict[tuple[str, str], Spread] = {}
    for which, asked, kind, bucket, count in rows:
        (now if which else before).setdefault((asked, kind), {})[bucket] = int(count)
    return now, before


def by_hour(market_key: str, since: datetime, until: datetime) -> dict[datetime, Spread]:
    """First answers to people, hour by hour. One statement."""
    rows = session().execute(
        select(AnswerBucket.hour, AnswerBucket.bucket, func.sum(AnswerBucket.count))
        .where(
            AnswerBucket.market_key == market_key,
            AnswerBucket.asked == "person",
            AnswerBucket.hour >= since,
            AnswerBucket.hour < until,
        )
        .group_by(AnswerBucket.hour, AnswerBucket.bucket)
    )
    found: dict[datetime, Spread] = {}
    for hour, bucket, count in rows:
        found.setdefault(hour, {})[bucket] = int(count)
    return found
