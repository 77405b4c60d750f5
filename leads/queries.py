"""What the console reads, in a bounded number of statements."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import aliased

from app.db import session
from app.deliveries import Delivery, DeliveryAttempt
from app.events import EventRow
from app.sessions import StaffPrincipal
from conversations.models import Conversation, HelpRequest
from customers.models import Customer
from leads.access import visible_to
from leads.models import Dispatch, Lead, LeadMove, RoutingDecision, RoutingRule
from orders.models import Order
from partners.models import Recipient, Slot, Staff

HAPPENED = 40


@dataclass(frozen=True)
class Whole:
    """A lead and the single rows around it."""

    lead: Lead
    customer: Customer | None
    rule: RoutingRule | None
    decision: RoutingDecision | None
    conversation: Conversation | None
    order: Order | None
    staff: Staff | None
    primary: Lead | None
    wished: tuple[datetime, datetime] | None
    """When a call was wished."""
    booked: tuple[datetime, datetime] | None
    """The test drive's time."""


def whole(principal: StaffPrincipal, public_id: str) -> Whole | None:
    """None when there is no such lead for this member of staff. One statement."""
    primary = aliased(Lead)
    latest = (
        select(func.max(RoutingDecision.seq))
        .where(RoutingDecision.lead_id == Lead.id)
        .correlate(Lead)
        .scalar_subquery()
    )
    row = (
        session()
        .execute(
            select(
                Lead,
                Customer,
                RoutingRule,
                RoutingDecision,
                Conversation,
                Order,
                Staff,
                primary,
                HelpRequest.wished_from,
                HelpRequest.wished_until,
                Slot.starts_at,
                Slot.ends_at,
            )
            .outerjoin(Customer, Customer.id == Lead.customer_id)
            .outerjoin(RoutingRule, RoutingRule.id == Lead.rule_id)
            .outerjoin(RoutingDecision, RoutingDecision.seq == latest)
            .outerjoin(Conversation, Conversation.id == Lead.conversation_id)
            .outerjoin(Order, Order.id == Lead.order_id)
            .outerjoin(Staff, Staff.id == Lead.staff_id)
            .outerjoin(primary, primary.id == Lead.primary_lead_id)
            .outerjoin(HelpRequest, HelpRequest.id == Lead.source_id)
            .outerjoin(Slot, Slot.id == HelpRequest.slot_id)
            .where(Lead.public_id == public_id, visible_to(principal))
        )
        .one_or_none()
    )
    if row is None:
        return None
    wished_from, wished_until, starts_at, ends_at = row[8:]
    return Whole(
        lead=row[0],
        customer=row[1],
        rule=row[2],
        decision=row[3],
        conversation=row[4],
        order=row[5],
        staff=row[6],
        primary=row[7],
        wished=(wished_from, wished_until) if wished_from and wished_until else None,
        booked=(starts_at, ends_at) if starts_at else None,
    )


def places() -> dict[uuid.UUID, Recipient]:
    return {place.id: place for place in session().scalars(select(Recipient))}


@dataclass(frozen=True)
class Told:
    """One telling of one recipient over one channel, with its tries."""

    dispatch: Dispatch
    delivery: Delivery | None
    attempts: list[DeliveryAttempt]


def told(lead_id: uuid.UUID) -> list[Told]:
    rows = session().execute(
        select(Dispatch, Delivery, DeliveryAttempt)
        .outerjoin(Delivery, Delivery.id == Dispatch.delivery_id)
        .outerjoin(DeliveryAttempt, DeliveryAttempt.delivery_id == Delivery.id)
        .where(Dispatch.lead_id == lead_id)
        .order_by(Dispatch.created_at, Dispatch.id, DeliveryAttempt.number)
    )
    found: dict[uuid.UUID, Told] = {}
    for dispatch, delivery, attempt in rows:
        entry = found.setdefault(dispatch.id, Told(dispatch, delivery, []))
        if attempt is not None:
            entry.attempts.append(attempt)
    return list(found.values())


def happened(lead: Lead, everything: bool) -> Sequence[EventRow]:
    """What this person did and what was done about it, newest first; the lead's own steps are its moves.

    Without `everything` only what belongs to this matter: its signal, its cart, its conversation. That is what a
    dealer was agreed to for.
    """
    matter = [known for known in (lead.source_id, lead.cart_id, lead.conversation_id) if known]
    who: list[Any] = [EventRow.subject_id.in_(matter)]
    if everything and lead.customer_id is not None:
        who.append(EventRow.customer_id == lead.customer_id)
    if everything and lead.visitor_id is not None:
        who.append(EventRow.visitor_id == lead.visitor_id)
    wanted = (
        select(EventRow)
        .where(or_(*who), EventRow.type.not_like("leads.%"))
        .order_by(EventRow.at.desc(), EventRow.id.desc())
        .limit(HAPPENED)
    )
    return session().scalars(wanted).all()


def moves(lead_id: uuid.UUID) -> Sequence[tuple[LeadMove, str | None]]:
    """The steps with the name of whoever took them."""
    rows = session().execute(
        select(LeadMove, Staff.name)
        .outerjoin(Staff, cast(Staff.id, String) == LeadMove.actor_id)
        .where(LeadMove.lead_id == lead_id)
        .order_by(LeadMove.at.desc(), LeadMove.id.desc())
    )
    return [(move, name) for move, name in rows]
