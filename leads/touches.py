"""How a try to reach somebody went, in one tap, and what follows from it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.db import session
from app.events import Actor, record
from leads import confirming, outcomes, snooze
from leads.events import LeadTouched
from leads.models import Lead
from leads.records import LeadTouch
from leads.touch_words import LOSING, WORKED
from partners.models import Staff

TRY_AGAIN_IN = timedelta(hours=2)
COUNTED = 1000
TWICE_WITHIN = timedelta(seconds=10)
ENOUGH = 20
"""Fewer cases than this say nothing about an advice."""


def touch(lead: Lead, code: str, suggested: str, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Writes it down and does what it means. The row must be locked. Raises LeadIsClosed, and then nothing has moved.

    Whoever says how it went has the lead in hand, unless somebody else has: an offer is taken by trying to reach the
    person. The same said twice within seconds is a button pressed twice, and said once.
    """
    lead.must_be_open()
    if _said_just_now(lead.id, code, staff_id, at):
        return
    session().add(LeadTouch(lead_id=lead.id, staff_id=staff_id, code=code, suggested=suggested, at=at))
    lead.staff_id = lead.staff_id or staff_id
    session().flush()
    record(
        LeadTouched(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            code=code,
            suggested=suggested,
        ),
        actor,
        at,
    )
    if code in ("reached", "test_drive_agreed") and lead.status != "contacted":
        confirming.contacted(lead, staff_id, at, actor, at)
    elif code == "no_answer":
        if lead.status == "routed":
            outcomes.accept(lead, staff_id, actor, at)
        snooze.until(lead, at + TRY_AGAIN_IN, actor, at)
    elif code == "won":
        outcomes.win(lead, actor, at)
    elif code in LOSING:
        outcomes.lose(lead, actor, at, code)


def _said_just_now(lead_id: uuid.UUID, code: str, staff_id: uuid.UUID, at: datetime) -> bool:
    before = select(LeadTouch.id).where(
        LeadTouch.lead_id == lead_id,
        LeadTouch.staff_id == staff_id,
        LeadTouch.code == code,
        LeadTouch.at > at - TWICE_WITHIN,
    )
    return session().scalar(before.limit(1)) is not None


def of(lead_id: uuid.UUID) -> Sequence[tuple[LeadTouch, Staff | None]]:
    """Newest first."""
    rows = session().execute(
        select(LeadTouch, Staff)
        .outerjoin(Staff, Staff.id == LeadTouch.staff_id)
        .where(LeadTouch.lead_id == lead_id)
        .order_by(LeadTouch.at.desc(), LeadTouch.id.desc())
        .limit(50)
    )
    return [(tried, staff) for tried, staff in rows]


@dataclass(frozen=True)
class Worked:
    """Of so many tries after this advice, how many percent reached the person or won."""

    percent: int
    cases: int


def worked(suggested: str) -> Worked | None:
    """From the latest thousand tries; None while there are too few to say."""
    latest = (
        select(LeadTouch.code)
        .where(LeadTouch.suggested == suggested)
        .order_by(LeadTouch.at.desc())
        .limit(COUNTED)
        .subquery()
    )
    cases, good = (
        session().execute(select(func.count(), func.count().filter(latest.c.code.in_(WORKED)))).one()
    )
    return Worked(good * 100 // cases, cases) if cases >= ENOUGH else None
