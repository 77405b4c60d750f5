"""Keeps the score of open leads: read in sets, counted by the rules, written in one statement."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select, update

from app import clock
from app.db import session, transaction
from app.events import Recorded
from app.signals import Signal
from checkout.cart import Cart
from checkout.events import ContactGiven
from conversations.demo_cars import TestDrive
from leads.events import LeadOpened
from leads.models import Lead
from leads.score import RULES_VERSION, Score, ScoreFacts, score

FRESH_FOR = timedelta(hours=1)
FORTNIGHT = timedelta(days=14)
OF_THIS_VISIT = timedelta(days=2)
BATCH = 500
TROUBLE = ("refused", "declined", "stalled", "back_and_forth", "empty_search")


def count_opened(events: Sequence[Recorded[LeadOpened]]) -> None:
    """The new ones, and those that they came on top of."""
    opened = [recorded.event.lead_id for recorded in events]
    leading = session().scalars(
        select(Lead.primary_lead_id).where(Lead.id.in_(opened), Lead.primary_lead_id.is_not(None))
    )
    refresh([*opened, *(lead_id for lead_id in leading if lead_id)], clock.now())


def count_reachable(events: Sequence[Recorded[ContactGiven]]) -> None:
    people = {recorded.event.customer_id for recorded in events if recorded.event.customer_id}
    theirs = select(Lead.id).where(Lead.customer_id.in_(people), Lead.closed_at.is_(None))
    refresh(session().scalars(theirs).all(), clock.now())


def refresh_old() -> int:
    """Those never counted, counted by other rules, or not looked at for an hour; tells how many."""
    done = 0
    for stale in (Lead.scored_at.is_(None), Lead.scored_at < clock.now() - FRESH_FOR):
        with transaction():
            done += refresh(_stale(stale), clock.now())
    return done


def _stale(condition: ColumnElement[bool]) -> Sequence[uuid.UUID]:
    wanted = (
        select(Lead.id)
        .where(Lead.closed_at.is_(None), condition)
        .order_by(Lead.scored_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return session().scalars(wanted).all()


def refresh(lead_ids: Collection[uuid.UUID], at: datetime) -> int:
    """Counts these leads anew, in six statements whatever their number. In the open transaction."""
    if not lead_ids:
        return 0
    leads = session().execute(_facts_wanted(lead_ids)).all()
    visitors = {row.visitor_id for row in leads if row.visitor_id}
    seen = _seen(visitors, at)
    rows = []
    for row in leads:
        found = _count(row, seen.get(row.visitor_id, _Seen.none()), at)
        rows.append(
            {
                "id": row.id,
                "score": found.points,
                "score_version": RULES_VERSION,
                "score_parts": [{"code": part.code, "points": part.points} for part in found.parts],
                "scored_at": at,
            }
        )
    if rows:
        session().execute(update(Lead), rows)
    return len(rows)


def _facts_wanted(lead_ids: Collection[uuid.UUID]) -> Any:
    behind = Lead.__table__.alias("behind")
    more = select(func.count()).where(behind.c.primary_lead_id == Lead.id).scalar_subquery()
    drive = (
        select(func.count())
        .where(TestDrive.help_request_id == Lead.source_id, TestDrive.state == "booked")
        .scalar_subquery()
    )
    return (
        select(
            Lead.id,
            Lead.visitor_id,
            Lead.step,
            Lead.reason,
            Lead.source,
            Lead.value_minor,
            Lead.currency,
            Lead.contactability,
            Lead.signalled_at,
            Cart.last_activity_at,
            more.label("more"),
            drive.label("drives"),
        )
        .outerjoin(Cart, Cart.id == Lead.cart_id)
        .where(Lead.id.in_(lead_ids))
        .order_by(Lead.id)
    )


class _Seen:
    """What a visitor's signals tell."""

    def __init__(self, days: int, trouble: int, last_at: datetime | None) -> None:
        self.days, self.trouble, self.last_at = days, trouble, last_at

    @classmethod
    def none(cls) -> "_Seen":
        return cls(0, 0, None)


def _seen(visitors: Collection[uuid.UUID], at: datetime) -> Mapping[uuid.UUID, _Seen]:
    if not visitors:
        return {}
    trouble = func.count().filter(Signal.kind.in_(TROUBLE), Signal.at > at - OF_THIS_VISIT)
    rows = session().execute(
        select(
            Signal.visitor_id,
            func.count(func.distinct(cast(Signal.at, Date))),
            trouble,
            func.max(Signal.at),
        )
        .where(Signal.visitor_id.in_(visitors), Signal.at > at - FORTNIGHT)
        .group_by(Signal.visitor_id)
    )
    return {row[0]: _Seen(row[1], row[2], row[3]) for row in rows}


def _count(row: Any, seen: _Seen, at: datetime) -> Score:
    acted = max(moment for moment in (row.signalled_at, row.last_activity_at, seen.last_at) if moment)
    return score(
        ScoreFacts(
            step=row.step,
            reason=row.reason,
            source=row.source,
            value_minor=row.value_minor,
            currency=row.currency,
            contactability=row.contactability,
            has_test_drive=row.drives > 0,
            visit_days=seen.days,
            signals=1 + row.more,
            trouble=seen.trouble,
            idle_days=max(0, (at - acted).days),
        )
    )
