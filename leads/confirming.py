"""The recipient says that it was in touch; the buyer says whether that is so. A no puts the lead back to waiting."""

import uuid
from datetime import datetime

from sqlalchemy import select

from app import deliveries
from app.db import session
from app.events import Actor, record
from app.i18n import _, speaking
from app.pages import time_or_date
from conversations.models import Conversation
from leads import outcomes
from leads.claims import ContactClaim
from leads.dispatching import ring, route
from leads.events import ClaimConfirmed, ClaimDenied, ContactClaimed
from leads.models import Lead, RoutingRule
from leads.refusals import ClaimAnswered
from partners.models import Recipient

NOTE_KEYS = uuid.UUID("5b0c3f2e-7a3b-4a7d-9a59-8f1be2f0c6a4")
DENIED = "buyer_says_no"


def contacted(
    lead: Lead,
    staff_id: uuid.UUID | None,
    contacted_at: datetime,
    actor: Actor,
    at: datetime,
) -> ContactClaim | None:
    """The person was reached then; whoever is not of the house is taken at the person's word only.

    The row must be locked. Raises LeadIsClosed or MoveNotPossible. None when there is nobody to ask.
    """
    outcomes.contacted(lead, staff_id, actor, at)
    recipient = session().get(Recipient, lead.recipient_id) if lead.recipient_id else None
    if recipient is None or recipient.is_house_desk or lead.customer_id is None:
        return None
    known = ContactClaim.open_of(lead.id)
    if known is not None:
        return known
    claim = ContactClaim(
        lead_id=lead.id,
        recipient_id=recipient.id,
        staff_id=staff_id,
        contacted_at=contacted_at,
        claimed_at=at,
    )
    session().add(claim)
    session().flush()
    record(
        ContactClaimed(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            claim_id=claim.id,
            recipient_id=recipient.id,
            contacted_at=contacted_at,
        ),
        actor,
        at,
    )
    _ask(lead, claim, recipient, at)
    return claim


def answer(claim_id: uuid.UUID, said: str, actor: Actor, at: datetime) -> ContactClaim:
    """yes or no, once: the same again changes nothing. Raises ClaimAnswered for the opposite."""
    lead_id = session().scalars(select(ContactClaim.lead_id).where(ContactClaim.id == claim_id)).one()
    lead = Lead.locked(lead_id)
    claim = session().get_one(
        ContactClaim, claim_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if claim.answer == said:
        return claim
    if claim.answer is not None:
        raise ClaimAnswered()
    claim.answer, claim.answered_at = said, at
    session().flush()
    kind = ClaimConfirmed if said == "yes" else ClaimDenied
    record(
        kind(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            claim_id=claim.id,
            recipient_id=claim.recipient_id,
        ),
        actor,
        at,
    )
    if said == "no" and lead.status == "contacted" and lead.recipient_id == claim.recipient_id:
        _begin_anew(lead, actor, at)
    recipient = session().get_one(Recipient, claim.recipient_id)
    ring(recipient.public_id)
    return claim


def _begin_anew(lead: Lead, actor: Actor, at: datetime) -> None:
    """The clock starts again, with somebody else; a promise that was not kept is no measure any more."""
    lead.move("held", actor, at, DENIED)
    lead.staff_id = None
    if lead.answer_within_s is None and lead.rule_id is not None:
        lead.answer_within_s = session().get_one(RoutingRule, lead.rule_id).answer_within_s
    session().flush()
    route([lead.id], at, counts_from=at)


def question(claim: ContactClaim, recipient: Recipient) -> str:
    """West Lake says they called at 10:40. Right?"""
    when = time_or_date(claim.contacted_at, recipient.time_zone)
    return _("%(who)s says they reached you at %(when)s. Right?", who=recipient.name_shown, when=when)


def _ask(lead: Lead, claim: ContactClaim, recipient: Recipient, at: datetime) -> None:
    """In the conversation where there is one, and by mail where there is an address."""
    if lead.conversation_id is not None:
        with speaking(lead.language):
            words = question(claim, recipient)
        Conversation.locked(lead.conversation_id).note(words, uuid.uuid5(NOTE_KEYS, str(claim.id)), at)
    deliveries.queue(
        "leads.claim",
        recipient_key=f"customer:{lead.customer_id}",
        subject_id=claim.id,
        payload={"claim_id": str(claim.id)},
        key=f"leads.claim:{claim.id}",
        group=f"claim:{claim.id}",
    )
