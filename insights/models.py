"""Figures by day and hour, counted from what the contexts below keep; nobody's id is in them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model


class DayFigure(Model):
    """How many there were of something on one day of a market's own calendar. The latest days are counted anew."""

    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"), primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    """funnel, left, stalled, helped, won or answer."""
    part: Mapped[str] = mapped_column(primary_key=True)
    """The stage, the step, or the kind of recipient."""
    reason: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    """phone or desktop; empty where nobody could tell."""
    language: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    currency: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    """Of the value; empty where there is none."""
    count: Mapped[int]
    value_minor: Mapped[int] = mapped_column(BigInteger)


class AnswerBucket(Model):
    """How many first answers of an hour took about so long; see `spread` for the width of a bucket.

    Counts in buckets add up over hours and days, which medians do not.
    """

    __table_args__ = (CheckConstraint("asked IN ('person', 'lead')", name="asked"),)

    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    asked: Mapped[str] = mapped_column(primary_key=True)
    recipient_kind: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    language: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    bucket: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
