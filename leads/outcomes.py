"""How a lead goes on and ends."""

import uuid
from datetime import datetime

from sqlalchemy import select

from app.db import session
from app.events import Actor, record
from leads import offers
from leads.dispatching import call_back, tell_those_told
from leads.events import LeadClosed
from leads.models import Dispatch, Lead
from leads.refusals import ReasonNeeded

CLOSING = {"won": "won", "lost": "lost", "expired": "closed"}


def accept(lead: Lead, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Somebody takes it up. Raises LeadIsClosed or MoveNotPossible."""
    lead.move("accepted", actor, at)
    lead.staff_id = staff_id
    offers.end_open(lead.id, "accepted", at, staff_id)


def contacted(lead: Lead, staff_id: uuid.UUID | None, actor: Actor, at: datetime) -> None:
    """The person was reached; what still waited to be told is settled by it."""
    lead.move("contacted", actor, at)
    lead.staff_id = lead.staff_id or staff_id
    offers.end_open(lead.id, "accepted", at, staff_id)
    _release_hold(lead)


def win(lead: Lead, actor: Actor, at: datetime, why: str | None = None) -> None:
    close(lead, "won", actor, at, why=why)


def lose(lead: Lead, actor: Actor, at: datetime, why: str | None) -> None:
    """Raises ReasonNeeded without a reason."""
    if not why:
        raise ReasonNeeded()
    close(lead, "lost", actor, at, why=why)


def convert(lead: Lead, order_id: uuid.UUID, was_helped: bool, actor: Actor, at: datetime) -> None:
    close(lead, "converted_assisted" if was_helped else "converted_self", actor, at, order_id=order_id)


def close(
    lead: Lead,
    outcome: str,
    actor: Actor,
    at: datetime,
    why: str | None = None,
    order_id: uuid.UUID | None = None,
) -> None:
    """The end. Nobody is told of it any more who was not; whoever was told hears how it ended. Raises LeadIsClosed."""
    step = lead.step_on(CLOSING.get(outcome, "won"), actor, at, why or outcome)
    lead.outcome, lead.outcome_reason, lead.closed_at = outcome, why, at
    lead.order_id = order_id or lead.order_id
    session().flush()
    record(step, actor, at)
    offers.end_open(lead.id, "settled", at)
    call_back(lead.id, None, outcome)
    _leave_a_trace(lead, outcome)
    tell_those_told(lead, "closed")
    record(
        LeadClosed(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            outcome=outcome,
            order_id=lead.order_id,
        ),
        actor,
        at,
    )


def _release_hold(lead: Lead) -> None:
    held = session().scalars(select(Dispatch).where(Dispatch.lead_id == lead.id, Dispatch.state == "held"))
    for row in held:
        row.state, row.reason, row.next_at = "cancelled", "answered", None


def _leave_a_trace(lead: Lead, outcome: str) -> None:
    """A lead that ended before anybody could be told says so."""
    if session().scalar(select(Dispatch.id).where(Dispatch.lead_id == lead.id).limit(1)) is None:
        session().add(Dispatch(lead_id=lead.id, channel="console", state="cancelled", reason=outcome))
