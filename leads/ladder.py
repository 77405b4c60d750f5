"""An offer is taken, refused or let pass; then the next one along the rule is asked, and the house's help line last."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.db import session, transaction
from app.deliveries import Delivery
from app.events import SYSTEM, Actor, record, record_many
from app.sessions import StaffPrincipal
from leads import offers
from leads.dispatching import ring, route, tell_those_told
from leads.events import LeadDeclined, LeadTaken, OfferLapsed
from leads.models import Dispatch, Lead
from leads.offers import LONGEST_NOTE, REASONS, LeadOffer
from leads.refusals import DeclineReasonNeeded, DeclineWordsNeeded, OfferIsGone
from partners.models import Recipient

BATCH = 200


def accept(lead: Lead, staff: StaffPrincipal, actor: Actor, at: datetime) -> None:
    """Somebody of the place that has it, or of the house, takes it up. The row must be locked.

    Raises OfferIsGone, LeadIsClosed or MoveNotPossible, and then nothing has moved.
    """
    if lead.is_open:
        must_have(lead, staff, at)
    take(lead, actor, at, staff.id)


def take(lead: Lead, actor: Actor, at: datetime, staff_id: uuid.UUID | None = None) -> None:
    """Taken up by the place that it is offered to; a partner's own system names no person."""
    lead.move("accepted", actor, at)
    lead.staff_id = staff_id
    offers.end_open(lead.id, "accepted", at, staff_id)
    record(LeadTaken(**_about(lead), round=lead.round), actor, at)
    _ring(lead.recipient_id)


def decline(lead: Lead, reason: str | None, note: str | None, actor: Actor, at: datetime) -> None:
    """The place that has the offer says no, and why; the next one is asked at once. The row must be locked.

    Raises DeclineReasonNeeded, DeclineWordsNeeded, OfferIsGone or LeadIsClosed, and then nothing has moved.
    """
    if reason is None or reason not in REASONS:
        raise DeclineReasonNeeded()
    if reason == "other" and not note:
        raise DeclineWordsNeeded()
    if lead.is_open and lead.status != "routed":
        raise OfferIsGone(who=holder(lead))
    lead.must_be_open()
    staff_id = uuid.UUID(actor.id) if actor.kind == "staff" and actor.id else None
    offer = LeadOffer.open_of(lead.id) or _offer_before_rounds(lead, at)
    offer.end(offers.DECLINED, at, staff_id, reason, note[:LONGEST_NOTE] if note else None)
    recipient_id = lead.recipient_id
    session().flush()
    record(LeadDeclined(**_about(lead), round=offer.round, reason=reason), actor, at)
    route([lead.id], at)
    _ring(recipient_id)


def must_have(lead: Lead, staff: StaffPrincipal, at: datetime) -> None:
    """Raises OfferIsGone for somebody of a place that does not have this lead, or not any more."""
    if not staff.has("agent", "admin"):
        must_be_of(lead, staff.recipient_ids, at)


def must_be_of(lead: Lead, recipient_ids: Collection[uuid.UUID], at: datetime) -> None:
    """The same for a partner's own system."""
    if is_late(lead, at):
        raise OfferIsGone(who="")
    if lead.recipient_id not in recipient_ids:
        raise OfferIsGone(who=holder(lead))


def must_be_round(lead: Lead, told: int | None) -> None:
    """Raises OfferIsGone for an answer to an offer that somebody else has answered meanwhile."""
    if told is not None and told != lead.round:
        raise OfferIsGone(who=holder(lead))


def is_late(lead: Lead, at: datetime) -> bool:
    """The time to say yes is over, though nobody may have looked yet."""
    return lead.status == "routed" and lead.accept_by is not None and lead.accept_by <= at


def holder(lead: Lead) -> str:
    """Who has it now, as the reader's language writes it."""
    found = session().get(Recipient, lead.recipient_id) if lead.recipient_id else None
    return found.name_shown if found is not None else ""


def lapse() -> int:
    """Every offer whose time is over goes on to the next place; tells how many did."""
    done = 0
    while True:
        with transaction():
            at = clock.now()
            late = _late(at)
            lapse_now(late, at)
        done += len(late)
        if len(late) < BATCH:
            return done


def _late(at: datetime, limit: int = BATCH) -> Sequence[uuid.UUID]:
    """Locked: of two that look at once, one steps on and the other finds nothing."""
    due = select(Lead.id).where(Lead.status == "routed", Lead.accept_by <= at)
    return (
        session()
        .scalars(
            due.order_by(Lead.accept_by)
            .limit(limit)
            .with_for_update(skip_locked=True, of=Lead, key_share=True)
        )
        .all()
    )


def lapse_now(lead_ids: Sequence[uuid.UUID], at: datetime) -> None:
    """One round on for these leads, whose rows are locked."""
    if not lead_ids:
        return
    lapsed = session().execute(
        update(LeadOffer)
        .where(LeadOffer.lead_id.in_(lead_ids), LeadOffer.state == "open", LeadOffer.accept_by <= at)
        .values(state=offers.EXPIRED, ended_at=at)
        .returning(LeadOffer.lead_id, LeadOffer.recipient_id, LeadOffer.round)
        .execution_options(synchronize_session=False)
    )
    rounds = {lead_id: (recipient_id, number) for lead_id, recipient_id, number in lapsed}
    leads = session().scalars(select(Lead).where(Lead.id.in_(lead_ids)).order_by(Lead.id)).all()
    record_many([OfferLapsed(**_about(lead), round=lead.round) for lead in leads], SYSTEM, at)
    route(list(rounds), at)
    _take_back(leads, {lead_id: recipient_id for lead_id, (recipient_id, _) in rounds.items()})


def _take_back(leads: Sequence[Lead], before: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Whoever was told by mail or webhook hears that it has gone on."""
    told = session().execute(
        select(Dispatch.lead_id, Dispatch.recipient_id)
        .join(Delivery, Delivery.id == Dispatch.delivery_id)
        .where(
            Dispatch.lead_id.in_(before),
            Dispatch.purpose == "opened",
            Delivery.state.in_(("delivered", "sending")),
        )
        .distinct()
    )
    knowing = {(lead_id, recipient_id) for lead_id, recipient_id in told}
    for lead in leads:
        recipient_id = before.get(lead.id)
        if recipient_id is None or lead.recipient_id == recipient_id:
            continue
        if (lead.id, recipient_id) in knowing:
            tell_those_told(lead, "withdrawn", recipient_id, "lapsed")
        _ring(recipient_id)


def _offer_before_rounds(lead: Lead, at: datetime) -> LeadOffer:
    """Of a lead that was routed before offers were counted."""
    assert lead.recipient_id is not None, "a routed lead is with somebody"
    lead.round += 1
    offer = LeadOffer(
        lead_id=lead.id,
        round=lead.round,
        recipient_id=lead.recipient_id,
        offered_at=lead.signalled_at,
        accept_by=lead.accept_by,
    )
    session().add(offer)
    return offer


def _ring(recipient_id: uuid.UUID | None) -> None:
    found = session().get(Recipient, recipient_id) if recipient_id else None
    ring(*([found.public_id] if found else []))


def _about(lead: Lead) -> dict[str, Any]:
    return {
        "lead_id": lead.id,
        "recipient_id": lead.recipient_id,
        "customer_id": lead.customer_id,
        "visitor_id": lead.visitor_id,
    }
