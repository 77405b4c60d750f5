"""What the pictures read: sums over kept figures, a fixed number of statements whatever the shop's size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select

from app.db import session
from insights.asked import Asked
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
    """So many, and what they were worth: an amount for each currency, as two are never added up."""

    count: int = 0
    values: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Sum") -> "Sum":
        values = dict(self.values)
        for currency, minor in other.values.items():
            values[currency] = values.get(currency, 0) + minor
        return Sum(self.count + other.count, values)


@dataclass(frozen=True)
class Figures:
    """The sums of one period."""

    sums: Mapping[Key, Sum] = field(default_factory=dict)

    def of(self, name: str, part: str | None = None, reason: str | None = None) -> Sum:
        found = (
            s for (n, p, r), s in self.sums.items() if n == name and part in (None, p) and reason in (None, r)
        )
        return sum(found, Sum())

    def parts(self, name: str) -> dict[tuple[str, str], Sum]:
        return {(part, reason): s for (n, part, reason), s in self.sums.items() if n == name}


def figures(asked: Asked, period: Period) -> tuple[Figures, Figures]:
    """Of the period and of the one before. One statement."""
    is_now = case((DayFigure.on_day >= period.first, 1), else_=0)
    rows = session().execute(
        select(
            is_now,
            DayFigure.name,
            DayFigure.part,
            DayFigure.reason,
            DayFigure.currency,
            func.sum(DayFigure.count),
            func.sum(DayFigure.value_minor),
        )
        .where(
            *_narrowed(DayFigure, asked),
            DayFigure.on_day >= period.before.first,
            DayFigure.on_day <= period.last,
        )
        .group_by(is_now, DayFigure.name, DayFigure.part, DayFigure.reason, DayFigure.currency)
    )
    now: dict[Key, Sum] = {}
    before: dict[Key, Sum] = {}
    for which, name, part, reason, currency, count, value in rows:
        sums = now if which else before
        found = Sum(int(count), {currency: int(value)} if value else {})
        sums[name, part, reason] = sums.get((name, part, reason), Sum()) + found
    return Figures(now), Figures(before)


def _narrowed(kept: type[DayFigure] | type[AnswerBucket], asked: Asked) -> list[ColumnElement[bool]]:
    wanted = (
        (kept.market_key, asked.market_key),
        (kept.device, asked.device),
        (kept.language, asked.language),
    )
    return [column == value for column, value in wanted if value is not None]


Spread = dict[int, int]


def spreads(
    asked: Asked, since: datetime, until: datetime, split: datetime
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
            *_narrowed(AnswerBucket, asked),
            AnswerBucket.hour >= since,
            AnswerBucket.hour < until,
        )
        .group_by(is_now, AnswerBucket.asked, AnswerBucket.recipient_kind, AnswerBucket.bucket)
    )
    now: dict[tuple[str, str], Spread] = {}
    before: dict[tuple[str, str], Spread] = {}
    for which, asked_whom, kind, bucket, count in rows:
        (now if which else before).setdefault((asked_whom, kind), {})[bucket] = int(count)
    return now, before


def by_hour(asked: Asked, since: datetime, until: datetime) -> dict[datetime, Spread]:
    """First answers to people, hour by hour. One statement."""
    rows = session().execute(
        select(AnswerBucket.hour, AnswerBucket.bucket, func.sum(AnswerBucket.count))
        .where(
            *_narrowed(AnswerBucket, asked),
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
