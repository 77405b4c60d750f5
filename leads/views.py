"""The lead inbox of the staff console."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock, sessions
from app.access import Policy, staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, translate
from app.pages import page, see_other
from app.sessions import StaffPrincipal
from customers import consents
from leads import outcomes, queries, showing
from leads.access import visible_to
from leads.forms import Move
from leads.models import Lead
from leads.refusals import ReasonNeeded

blueprint = Blueprint("leads", __name__)

TABS: Mapping[str, str] = {
    "due": N_("Due soonest"),
    "mine": N_("Mine"),
    "cars": N_("Cars"),
    "services": N_("Services"),
    "partners": N_("Partners"),
    "settled": N_("Settled"),
}

_STAFF = staff("agent", "admin", "dealer")
policies: Mapping[str, Policy] = {f"leads.{name}": _STAFF for name in ("inbox", "lead", "move")}


@blueprint.get("/leads")
def inbox() -> Response:
    return page("leads/inbox.html", **_list(_me(), ""))


@blueprint.get("/leads/<public_id>")
def lead(public_id: str) -> Response:
    return _lead_page(public_id, FormState(None))


@blueprint.post("/leads/<public_id>/moves")
def move(public_id: str) -> Response:
    """One step on: taken up, contacted, won, or lost with a reason."""
    state = parse(Move, request.form)
    if state.value is None:
        return _lead_page(public_id, state, 422)
    told, me = state.value, _me()
    if told.to == "lost" and not told.reason:
        return _lead_page(public_id, state.with_error("reason", translate(ReasonNeeded.says)), 422)
    with transaction():
        found = _locked(public_id, me)
        at, actor = clock.now(), actor_now()
        if told.to == "accepted":
            outcomes.accept(found, me.id, actor, at)
        elif told.to == "contacted":
            outcomes.contacted(found, me.id, actor, at)
        elif told.to == "won":
            outcomes.win(found, actor, at, told.reason)
        else:
            outcomes.lose(found, actor, at, told.reason)
    return see_other(url_for(".lead", public_id=public_id))


def _locked(public_id: str, me: StaffPrincipal) -> Lead:
    wanted = select(Lead).where(Lead.public_id == public_id, visible_to(me)).with_for_update(of=Lead)
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _lead_page(public_id: str, state: FormState[Move], status: int = 200) -> Response:
    me = _me()
    found = queries.whole(me, public_id)
    if found is None:
        raise NotFound()
    lead, customer = found.lead, found.customer
    places = queries.places()
    states = consents.state(customer.id) if customer else []
    is_house = me.has("agent", "admin")
    name = showing.name_of(lead, customer.name if customer else None)
    due_words, due_kind = showing.due_sentence(lead, clock.now())
    return page(
        "leads/lead.html",
        status,
        **_list(me, public_id),
        public_id=public_id,
        lead_open=lead.is_open,
        name=name,
        initials=_initials(name),
        subtitle=showing.what_of(lead),
        due_words=due_words,
        due_kind=due_kind,
        next_words=showing.next_step(lead, name),
        buttons=showing.buttons(lead),
        may_lose=lead.is_open,
        outcome_reason=lead.outcome_reason or "",
        errors=state.errors,
        values=state.values,
        facts=showing.facts(found),
        why_here=showing.why_here(lead, found.rule.reason_shown if found.rule else ""),
        recipient=places[lead.recipient_id].name_shown if lead.recipient_id else "",
        lines=showing.lines(lead),
        reason=showing.reason_of(lead),
        timeline=showing.timeline(queries.happened(lead, is_house), queries.moves(lead.id)),
        candidates=showing.candidates(found, places),
        dispatches=showing.dispatches(queries.told(lead.id), places),
        agreed=showing.agreed(states),
        contact=customer
        if customer and showing.may_see_contact(states, me.recipient_ids, is_house)
        else None,
        contact_withheld=customer is not None,
        conversation_url=url_for("conversations.agent_conversation", public_id=found.conversation_id)
        if found.conversation_id and is_house
        else "",
        order_number=found.order.number if found.order else "",
        primary_number=found.primary.number if found.primary else "",
        primary_url=url_for(".lead", public_id=found.primary.public_id) if found.primary else "",
    )


def _list(me: StaffPrincipal, current: str) -> dict[str, Any]:
    show = request.args.get("show", "due")
    show = show if show in TABS else "due"
    listed, count = queries.inbox(me, show)
    return {
        "rows": showing.rows(listed, current, show),
        "count": count,
        "show": show,
        "tabs": [
            (url_for(".inbox", show=None if key == "due" else key), translate(words), key == show)
            for key, words in TABS.items()
        ],
    }


def _initials(name: str) -> str:
    words = name.split()
    if len(words) > 1 and name.isascii():
        return (words[0][0] + words[-1][0]).upper()
    return name[:1].upper()


def _me() -> StaffPrincipal:
    principal = sessions.current().staff
    assert principal is not None, "the policy lets nobody else in"
    return principal
