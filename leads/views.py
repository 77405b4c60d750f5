"""The lead inbox of the staff console."""

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.db import transaction
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import translate
from app.pages import page, see_other
from leads import confirming, inbox_page, ladder, lead_page, outcomes
from leads.access import lead_of
from leads.forms import Move
from leads.refusals import ReasonNeeded

blueprint = Blueprint("leads", __name__)

_STAFF = staff("agent", "admin", "dealer")
policies: Mapping[str, Policy] = {
    f"leads.{name}": _STAFF for name in ("inbox", "look_again", "more", "lead", "move")
}


@blueprint.get("/leads")
def inbox() -> Response:
    return page("leads/inbox.html", **inbox_page.facts(sessions.staff_here(), ""))


@blueprint.get("/leads/rows")
def look_again() -> Response:
    return inbox_page.look_again()


@blueprint.get("/leads/more")
def more() -> Response:
    return inbox_page.more()


@blueprint.get("/leads/<public_id>")
def lead(public_id: str) -> Response:
    return lead_page.shown(public_id, FormState(None))


@blueprint.post("/leads/<public_id>/moves")
def move(public_id: str) -> Response:
    """One step on: taken up, contacted, won, or lost with a reason."""
    state = parse(Move, request.form)
    if state.value is None:
        return lead_page.shown(public_id, state, 422)
    told, me = state.value, sessions.staff_here()
    if told.to == "lost" and not told.reason:
        return lead_page.shown(public_id, state.with_error("reason", translate(ReasonNeeded.says)), 422)
    with transaction():
        found = lead_of(public_id, me, locked=True)
        at, actor = clock.now(), actor_now()
        if found.is_open:
            ladder.must_have(found, me, at)
        if told.to == "accepted":
            ladder.accept(found, me, actor, at)
        elif told.to == "contacted":
            confirming.contacted(found, me.id, at, actor, at)
        elif told.to == "won":
            outcomes.win(found, actor, at, told.reason)
        else:
            outcomes.lose(found, actor, at, told.reason)
    return see_other(url_for(".lead", public_id=public_id))
