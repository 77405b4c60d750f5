"""What leads do about facts: two of them while they are being recorded, the others afterwards, once."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from app import clock
from app.db import session
from app.events import SYSTEM, Recorded
from checkout.events import CartAbandoned, ContactGiven
from conversations.events import ConversationAnswered, HelpRequested, TestDriveSettled
from conversations.models import Conversation
from customers import consents
from customers.events import AccountSignedIn, ConsentGiven, ConsentWithdrawn
from customers.models import Customer
from leads import outcomes, snooze
from leads.dispatching import call_back, route, tell_those_told
from leads.events import LeadOpened
from leads.identifying import identify, link_across_devices
from leads.intake import of_abandoned, of_help, open_leads
from leads.models import Dispatch, Lead
from leads.statuses import OPEN
from orders.events import OrderPlaced
from partners.models import Recipient


def open_for_abandoned(events: Sequence[Recorded[CartAbandoned]]) -> None:
    """Joined: the lead commits with the episode."""
    open_leads([of_abandoned(recorded) for recorded in events], events[0].actor)


def open_for_help(events: Sequence[Recorded[HelpRequested]]) -> None:
    """Joined: the lead is there when the person is thanked."""
    open_leads(of_help(events), events[0].actor)


def route_opened(events: Sequence[Recorded[LeadOpened]]) -> None:
    opened = [recorded.event.lead_id for recorded in events]
    link_across_devices(opened)
    route(opened)


def wake_leading(events: Sequence[Recorded[LeadOpened]]) -> None:
    """A lead that was put aside is back in the list when the same person acts again."""
    opened = [recorded.event.lead_id for recorded in events]
    leading = select(Lead.primary_lead_id).where(Lead.id.in_(opened), Lead.primary_lead_id.is_not(None))
    snooze.wake([lead_id for lead_id in session().scalars(leading) if lead_id])


def look_again_after_contact(events: Sequence[Recorded[ContactGiven]]) -> None:
    identify({recorded.event.customer_id for recorded in events if recorded.event.customer_id})


def look_again_after_consent(events: Sequence[Recorded[ConsentGiven]]) -> None:
    identify({recorded.event.customer_id for recorded in events})


def look_again_after_sign_in(events: Sequence[Recorded[AccountSignedIn]]) -> None:
    """What this browser did before is now the account's: its record of this visit, or else its own."""
    signed_in = {r.event.visitor_id: r.event.customer_id for r in events if r.event.visitor_id}
    told_here = session().execute(
        select(Customer.visitor_id, Customer.id)
        .where(Customer.visitor_id.in_(signed_in), Customer.account_id.in_(signed_in.values()))
        .order_by(Customer.created_at)
    )
    visitors = {**signed_in, **{visitor_id: who for visitor_id, who in told_here if visitor_id}}
    identify(set(visitors.values()), visitors)


def stop_after_withdrawal(events: Sequence[Recorded[ConsentWithdrawn]]) -> None:
    """Nobody is told any more who may not know; who knows already hears of it; the rest is routed anew."""
    for lead in _open_of({recorded.event.customer_id for recorded in events}):
        told = session().scalars(
            select(Recipient)
            .join(Dispatch, Dispatch.recipient_id == Recipient.id)
            .where(Dispatch.lead_id == lead.id, Dispatch.purpose == "opened")
            .distinct()
        )
        for recipient in told.all():
            if consents.covering(lead.customer_id, recipient) is None:
                call_back(lead.id, recipient.id, "no_consent")
                tell_those_told(lead, "withdrawn", recipient.id)
        if not _was_shown(lead):
            route([lead.id])


def _open_of(customer_ids: Collection[uuid.UUID]) -> Sequence[Lead]:
    mine = select(Lead).where(Lead.customer_id.in_(customer_ids), Lead.status.in_(OPEN))
    return session().scalars(mine.order_by(Lead.id).with_for_update(key_share=True)).all()


def _was_shown(lead: Lead) -> bool:
    shown = select(Dispatch.id).where(Dispatch.lead_id == lead.id, Dispatch.state == "sent")
    return session().scalar(shown.limit(1)) is not None


def close_bought(events: Sequence[Recorded[OrderPlaced]]) -> None:
    """Whoever buys need not be called: the leads of that cart, visitor and customer, and those linked, are won."""
    for recorded in events:
        for lead in _leads_of(recorded.event, recorded.at):
            outcomes.convert(
                lead, recorded.event.order_id, _was_helped(lead, recorded.at), SYSTEM, recorded.at
            )


def _leads_of(event: OrderPlaced, at: datetime) -> Sequence[Lead]:
    account = select(Customer.account_id).where(Customer.id == event.customer_id).scalar_subquery()
    records = select(Customer.id).where(Customer.account_id == account)
    who = [
        Lead.cart_id == event.cart_id,
        Lead.customer_id == event.customer_id,
        Lead.customer_id.in_(records),
    ]
    if event.visitor_id is not None:
        who.append(Lead.visitor_id == event.visitor_id)
    open_before = and_(Lead.status.in_(OPEN), Lead.signalled_at <= at, Lead.about_order_id.is_(None))
    matters = select(func.coalesce(Lead.primary_lead_id, Lead.id)).where(or_(*who), open_before)
    linked = or_(Lead.id.in_(matters), Lead.primary_lead_id.in_(matters))
    theirs = (
        select(Lead).where(or_(*who, linked), open_before).order_by(Lead.id).with_for_update(key_share=True)
    )
    return session().scalars(theirs).all()


def _was_helped(lead: Lead, at: datetime) -> bool:
    """A person had taken the lead up, or had answered this visitor, before the order."""
    if lead.status in ("accepted", "contacted"):
        return True
    who = [Conversation.id == lead.conversation_id, Conversation.visitor_id == lead.visitor_id]
    answered = select(Conversation.id).where(or_(*who), Conversation.first_reply_at <= at)
    return session().scalar(answered.limit(1)) is not None


def note_answers(events: Sequence[Recorded[ConversationAnswered]]) -> None:
    """Answered in the conversation is contacted."""
    answered = {
        recorded.event.help_request_id: recorded for recorded in events if recorded.event.help_request_id
    }
    for lead in _asked_in(answered):
        recorded = answered[lead.source_id]
        outcomes.contacted(lead, recorded.event.staff_id, recorded.actor, clock.now())


def _asked_in(requests: Collection[uuid.UUID]) -> Sequence[Lead]:
    """The leads of these requests that nobody has reached yet, locked."""
    wanted = (
        select(Lead)
        .where(
            Lead.kind == "help_request",
            Lead.source_id.in_(requests),
            Lead.status.in_(("new", "routed", "held", "accepted")),
        )
        .order_by(Lead.id)
        .with_for_update(key_share=True)
    )
    return session().scalars(wanted).all()


def note_drives(events: Sequence[Recorded[TestDriveSettled]]) -> None:
    """Whoever drove the car was met in person."""
    driven = {
        recorded.event.help_request_id: recorded for recorded in events if recorded.event.outcome == "driven"
    }
    if not driven:
        return
    for lead in _asked_in(driven):
        recorded = driven[lead.source_id]
        met_by = (
            uuid.UUID(recorded.actor.id) if recorded.actor.kind == "staff" and recorded.actor.id else None
        )
        outcomes.contacted(lead, met_by, recorded.actor, clock.now())
