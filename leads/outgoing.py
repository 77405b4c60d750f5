"""What leaves the house, read for the desk: in bounded statements, newest first, page by page."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from app import clock
from app.db import session
from app.deliveries import Delivery, DeliveryAttempt
from leads.models import Dispatch, Lead
from leads.replays import first_id_of
from leads.trials import KINDS as TRIAL_KINDS
from partners.models import Recipient

PAGE_SIZE = 50
LOOK_BACK = timedelta(days=7)
NOT_ARRIVED = ("pending", "sending", "parked", "dead")

SHOWN: Mapping[str, ColumnElement[bool]] = {
    "problems": Delivery.state.in_(("parked", "dead")),
    "parked": Delivery.state == "parked",
    "dead": Delivery.state == "dead",
    "retrying": and_(Delivery.state.in_(("pending", "sending")), Delivery.attempts > 0),
    "waiting": and_(Delivery.state.in_(("pending", "sending")), Delivery.attempts == 0),
    "arrived": Delivery.state == "delivered",
    "cancelled": Delivery.state == "cancelled",
    "all": Delivery.id.is_not(None),
}
"""What a list shows, by the word in its address."""

_is_trial = Delivery.kind.in_(TRIAL_KINDS.values())


@dataclass(frozen=True)
class Counts:
    parked: int
    dead: int
    retrying: int
    waiting: int
    oldest_at: datetime | None
    """Since when the oldest one that should have arrived has been waiting."""


@dataclass(frozen=True)
class Success:
    code: str
    arrived: int
    failed: int
    waiting: int
    latency_ms: int | None
    """Of those that arrived, the median."""

    @property
    def percent(self) -> int | None:
        settled = self.arrived + self.failed
        return self.arrived * 100 // settled if settled else None


def counts() -> Counts:
    """One statement, over what has not arrived."""
    due = and_(
        Delivery.state.in_(("pending", "sending", "parked")),
        ~_is_trial,
        or_(Delivery.next_at <= clock.sql_now, Delivery.attempts > 0, Delivery.state == "parked"),
    )
    row = session().execute(
        select(
            func.count().filter(SHOWN["parked"]),
            func.count().filter(SHOWN["dead"]),
            func.count().filter(SHOWN["retrying"]),
            func.count().filter(SHOWN["waiting"]),
            func.min(Delivery.created_at).filter(due),
        ).where(Delivery.state.in_(NOT_ARRIVED))
    )
    parked, dead, retrying, waiting, oldest_at = row.one()
    return Counts(parked, dead, retrying, waiting, oldest_at)


def listed(shown: str, to: str, before: uuid.UUID | None) -> tuple[Sequence[Delivery], uuid.UUID | None]:
    """A page of deliveries, and where the next one begins."""
    wanted = select(Delivery).where(SHOWN[shown]).order_by(Delivery.id.desc()).limit(PAGE_SIZE + 1)
    if to:
        wanted = wanted.where(Delivery.recipient_key == to)
    if before is not None:
        wanted = wanted.where(Delivery.id < before)
    rows = session().scalars(wanted).all()
    following = rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None
    return rows[:PAGE_SIZE], following


def success() -> list[Success]:
    """Of the last week, by recipient; most trouble first. One statement."""
    since = first_id_of(clock.now() - LOOK_BACK)
    failed = func.count().filter(Delivery.state.in_(("parked", "dead")))
    median = func.percentile_cont(0.5).within_group(DeliveryAttempt.latency_ms)
    rows = session().execute(
        select(
            Delivery.recipient_key,
            func.count().filter(Delivery.state == "delivered"),
            failed,
            func.count().filter(Delivery.state.in_(("pending", "sending"))),
            median,
        )
        .outerjoin(
            DeliveryAttempt,
            and_(DeliveryAttempt.delivery_id == Delivery.id, DeliveryAttempt.outcome == "delivered"),
        )
        .where(Delivery.id >= since, Delivery.kind.startswith("leads."), ~_is_trial)
        .where(Delivery.recipient_key.not_like("customer:%"))
        .group_by(Delivery.recipient_key)
        .order_by(failed.desc(), Delivery.recipient_key)
        .limit(PAGE_SIZE)
    )
    return [
        Success(code, arrived, bad, waiting, round(latency) if latency is not None else None)
        for code, arrived, bad, waiting, latency in rows
    ]


def held() -> Sequence[Row[str | None, int, datetime]]:
    """Leads that nobody has been told of, by reason: how many, and since when the first."""
    rows = session().execute(
        select(Dispatch.reason, func.count(), func.min(Dispatch.created_at))
        .where(Dispatch.state == "held")
        .group_by(Dispatch.reason)
        .order_by(func.count().desc())
    )
    return rows.all()


def one(delivery_id: uuid.UUID) -> tuple[Delivery, Sequence[DeliveryAttempt], Lead | None] | None:
    delivery = session().get(Delivery, delivery_id)
    if delivery is None:
        return None
    tries = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    lead = session().get(Lead, delivery.subject_id) if delivery.subject_id else None
    return delivery, session().scalars(tries.order_by(DeliveryAttempt.number.desc()).limit(100)).all(), lead


def numbers_of(rows: Sequence[Delivery]) -> dict[uuid.UUID | None, str]:
    """Lead numbers by the deliveries' subjects."""
    ids = {row.subject_id for row in rows if row.subject_id and row.kind.startswith("leads.")}
    if not ids:
        return {}
    found: dict[uuid.UUID | None, str] = {}
    for lead_id, number in session().execute(select(Lead.id, Lead.number).where(Lead.id.in_(ids))):
        found[lead_id] = number
    return found


def names() -> dict[str, str]:
    """Recipients by code, as they are called."""
    return {one.code: one.name_shown for one in session().scalars(select(Recipient))}
