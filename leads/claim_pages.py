"""Where the buyer says whether it is so: under a link in a mail, and in the conversation."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock
from app.access import Policy, grant
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import Form, parse
from app.i18n import _
from app.pages import page, see_other, wants_fragment
from conversations.models import Conversation
from leads import confirming
from leads.claims import ContactClaim
from leads.models import Lead
from partners.models import Recipient

blueprint = Blueprint("claims", __name__)


class Answer(Form):
    answer: Literal["yes", "no"]


@dataclass(frozen=True)
class Shown:
    public_id: str
    question: str
    answer: str
    outcome: str


@blueprint.get("/claims/<public_id>")
def claim(public_id: str) -> Response:
    return page("leads/claim.html", claims=[_shown(_found(public_id))], public_id="")


@blueprint.post("/claims/<public_id>/answer")
def answer(public_id: str) -> Response:
    told = parse(Answer, request.form).get()
    found = _found(public_id)
    with transaction():
        confirming.answer(found.id, told.answer, actor_now(), clock.now())
    lead = session().get_one(Lead, found.lead_id)
    if wants_fragment():
        return _fragment([_found(public_id)], "")
    thread = session().get(Conversation, lead.conversation_id) if lead.conversation_id else None
    if thread is not None and request.args.get("place") == "conversation":
        return see_other(url_for("conversations.conversation", public_id=thread.public_id))
    return see_other(url_for(".claim", public_id=public_id))


@blueprint.get("/ask/<public_id>/claims")
def of_conversation(public_id: str) -> Response:
    """What is asked of the buyer in this conversation, for the page that shows it."""
    claims = _asked_in(public_id)
    if not wants_fragment():
        return page("leads/claim.html", claims=[_shown(one) for one in claims], public_id=public_id)
    return _fragment(claims, public_id)


def _fragment(claims: Sequence[ContactClaim], conversation_id: str) -> Response:
    return page("leads/_claims.html", claims=[_shown(one) for one in claims], public_id=conversation_id)


def _found(public_id: str) -> ContactClaim:
    found = ContactClaim.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    return found


def _asked_in(public_id: str) -> Sequence[ContactClaim]:
    asked = (
        select(ContactClaim)
        .join(Lead, Lead.id == ContactClaim.lead_id)
        .join(Conversation, Conversation.id == Lead.conversation_id)
        .where(Conversation.public_id == public_id)
        .order_by(ContactClaim.claimed_at)
    )
    return session().scalars(asked).all()


def _shown(claim: ContactClaim) -> Shown:
    recipient = session().get_one(Recipient, claim.recipient_id)
    outcome = ""
    if claim.answer == "yes":
        outcome = _("You confirmed it.")
    elif claim.answer == "no":
        outcome = _("You said no. Somebody else looks after it now and gets in touch.")
    return Shown(claim.public_id, confirming.question(claim, recipient), claim.answer or "", outcome)


def _owner(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    found = ContactClaim.of_public_id(arguments["public_id"])
    return (found.id, session().get_one(Lead, found.lead_id).visitor_id) if found else None


def _owner_of_thread(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    found = Conversation.of_public_id(arguments["public_id"])
    return (found.id, found.visitor_id) if found else None


def _thread_owner(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    found = ContactClaim.of_public_id(arguments["public_id"])
    lead = session().get_one(Lead, found.lead_id) if found else None
    if lead is None or lead.conversation_id is None:
        return None
    return lead.conversation_id, lead.visitor_id


def _may_answer(arguments: dict[str, Any]) -> None:
    """Whoever holds the link of the question, or of the conversation that it was asked in."""
    try:
        _OF_CLAIM.check(arguments)
    except NotFound:
        _OF_THREAD.check(arguments)


_OF_CLAIM = grant("contact_claim", _owner)
_OF_THREAD = grant("conversation", _thread_owner)
_MINE = Policy("grant:contact_claim", _may_answer)

policies: Mapping[str, Policy] = {
    "claims.claim": _MINE,
    "claims.answer": _MINE,
    "claims.of_conversation": grant("conversation", _owner_of_thread),
}


def claim_url(claim_id: uuid.UUID) -> str:
    """Where a mail's link leads."""
    return url_for("claims.claim", public_id=session().get_one(ContactClaim, claim_id).public_id)
