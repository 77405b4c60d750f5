"""Taking a lead or declining it, on its page."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import select

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import Actor, actor_now
from app.forms import Form, FormState, parse
from app.i18n import _, translate
from app.pages import datetime as shown_datetime
from app.pages import page, see_other
from app.sessions import StaffPrincipal
from leads import ladder
from leads.access import lead_of
from leads.models import Lead, RoutingDecision
from leads.offers import LONGEST_NOTE, REASONS, LeadOffer
from leads.refusals import OfferIsGone
from partners.models import Recipient

blueprint = Blueprint("ladder", __name__)

_STAFF = staff("agent", "admin", "dealer")
policies: Mapping[str, Policy] = {f"ladder.{name}": _STAFF for name in ("accept", "decline", "declining")}


class Answer(Form):
    """`round` is the offer that the page showed: an answer to it is none to the next place's."""

    round: int | None = None


class Decline(Answer):
    reason: str | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None


@dataclass(frozen=True)
class OfferShown:
    """What stands on the lead's page about its offer; `mine` when the reader may answer it."""

    public_id: str
    mine: bool
    heading: str
    words: str
    round: int = 0
    accept_by: str = ""
    """An instant for the running clock; empty when nothing lapses."""
    accept_by_words: str = ""
    missed: str = ""
    reasons: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.post("/leads/<public_id>/accept")
def accept(public_id: str) -> Response:
    told = parse(Answer, request.form).get()

    def take(lead: Lead, me: StaffPrincipal, actor: Actor, at: datetime) -> None:
        if lead.is_open:
            ladder.must_be_round(lead, told.round)
        ladder.accept(lead, me, actor, at)

    _answer(public_id, take)
    return see_other(url_for("leads.lead", public_id=public_id))


@blueprint.get("/leads/<public_id>/decline")
def declining(public_id: str) -> Response:
    return _decline_page(public_id, FormState(None))


@blueprint.post("/leads/<public_id>/decline")
def decline(public_id: str) -> Response:
    state = parse(Decline, request.form)
    if state.value is None:
        return _decline_page(public_id, state, 422)
    told = state.value

    def refuse(lead: Lead, me: StaffPrincipal, actor: Actor, at: datetime) -> None:
        if lead.is_open:
            ladder.must_have(lead, me, at)
            ladder.must_be_round(lead, told.round)
        ladder.decline(lead, told.reason, told.note, actor, at)

    try:
        _answer(public_id, refuse)
    except Refusal as refused:
        if refused.status != 422 or refused.field is None:
            raise
        close_reading()
        return _decline_page(public_id, state.with_error(refused.field, refused.text), 422)
    return see_other(url_for("leads.lead", public_id=public_id))


def _answer(public_id: str, verb: Callable[[Lead, StaffPrincipal, Actor, datetime], None]) -> None:
    """Whoever comes too late is told who has it now, and it goes on at once."""
    me = sessions.staff_here()
    with transaction():
        found = lead_of(public_id, me, locked=True)
        at = clock.now()
        too_late = ladder.is_late(found, at) and not me.has("agent", "admin")
        if too_late:
            ladder.lapse_now([found.id], at)
        else:
            verb(found, me, actor_now(), at)
    if too_late:
        raise OfferIsGone(who=ladder.holder(lead_of(public_id, me)))


def shown(
    lead: Lead,
    me: StaffPrincipal,
    decision: RoutingDecision | None,
    state: FormState[Decline] | None = None,
) -> OfferShown | None:
    """None when there is nothing to say yes or no to, and the reader has not lost it either.

    `decision` is the latest about this lead.
    """
    is_house = me.has("agent", "admin")
    if not is_house and lead.is_open and lead.recipient_id not in me.recipient_ids:
        return _gone(lead, me)
    if lead.status != "routed" or lead.recipient_id is None:
        return None
    place = session().get_one(Recipient, lead.recipient_id)
    is_late = ladder.is_late(lead, clock.now())
    return OfferShown(
        public_id=lead.public_id,
        mine=is_house or not is_late,
        heading=_("Offered to %(who)s", who=place.name_shown),
        words=_("Round %(n)s.", n=lead.round) if lead.round > 1 else "",
        round=lead.round,
        accept_by=lead.accept_by.isoformat() if lead.accept_by else "",
        accept_by_words=shown_datetime(lead.accept_by, place.time_zone) if lead.accept_by else "",
        missed=_missed(decision) if lead.accept_by else _("Nobody comes after; it waits here."),
        reasons=tuple((code, translate(words)) for code, words in REASONS.items()),
        values=state.values if state else {},
        errors=state.errors if state else {},
    )


def _gone(lead: Lead, me: StaffPrincipal) -> OfferShown:
    last = session().scalars(
        select(LeadOffer)
        .where(LeadOffer.lead_id == lead.id, LeadOffer.recipient_id.in_(me.recipient_ids))
        .order_by(LeadOffer.round.desc())
        .limit(1)
    )
    offer = last.one_or_none()
    how = {"declined": _("You declined it."), "expired": _("Nobody here took it in time.")}
    return OfferShown(
        public_id=lead.public_id,
        mine=False,
        heading=_("%(who)s has it now", who=ladder.holder(lead) or _("Our own desk")),
        words=how.get(offer.state, "") if offer else "",
    )


def _missed(decision: RoutingDecision | None) -> str:
    """Who is asked next, as the decision in force weighed it."""
    following = [c for c in decision.candidates if c["why"] == "not_reached"] if decision else []
    if not following:
        return _("If nobody takes it by then, it goes to our own desk.")
    place = session().get_one(Recipient, uuid.UUID(str(following[0]["recipient_id"])))
    return _("If nobody takes it by then, %(who)s is asked.", who=place.name_shown)


def _decline_page(public_id: str, state: FormState[Decline], status: int = 200) -> Response:
    me = sessions.staff_here()
    lead = lead_of(public_id, me)
    offer = shown(lead, me, _latest(lead), state)
    if offer is None or not offer.mine:
        raise OfferIsGone(who=ladder.holder(lead))
    return page("leads/decline.html", status, offer=offer, number=lead.number)


def _latest(lead: Lead) -> RoutingDecision | None:
    decided = select(RoutingDecision).where(RoutingDecision.lead_id == lead.id)
    return session().scalars(decided.order_by(RoutingDecision.seq.desc()).limit(1)).one_or_none()
