"""What is done with a lead from its page: outcomes, notes, snooze, whose it is, and what belongs to the same matter."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from sqlalchemy import select

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import Actor, actor_now
from app.forms import FormState, parse
from app.pages import see_other, zone_here
from app.sessions import StaffPrincipal
from leads import assignment, duplicates, inbox_file, inbox_page, ladder, lead_page, notes, snooze, touches
from leads.access import lead_of, visible_to
from leads.dispatching import ring
from leads.forms import Assign, LinkTo, Note, Snooze, Touch
from leads.models import Lead
from leads.refusals import OtherLeadNotFound
from leads.views import blueprint
from partners.models import Recipient

_HOUSE, _STAFF = staff("agent", "admin"), staff("agent", "admin", "dealer")
policies: Mapping[str, Policy] = {
    **{f"leads.{name}": _STAFF for name in ("touch", "note", "snooze", "assign")},
    **{f"leads.{name}": _HOUSE for name in ("link", "unlink", "undo_link", "export")},
}
SNOOZES = {
    "hour": timedelta(hours=1),
    "three_hours": timedelta(hours=3),
    "three_days": timedelta(days=3),
    "week": timedelta(days=7),
}
MORNING = time(9)

Verb = Callable[[Lead, StaffPrincipal, Actor, datetime], None]


@blueprint.post("/leads/<public_id>/outcomes")
def touch(public_id: str) -> Response:
    """How it went, in one tap."""

    def do(form: Touch) -> Verb:
        return lambda lead, me, actor, at: touches.touch(lead, form.code, form.suggested, me.id, actor, at)

    return _done(public_id, parse(Touch, request.form), do)


@blueprint.post("/leads/<public_id>/notes")
def note(public_id: str) -> Response:
    state = parse(Note, request.form)
    if state.value is None:
        return lead_page.shown(public_id, state, 422)
    form = state.value
    with transaction():
        me = sessions.staff_here()
        found = lead_of(public_id, me, locked=True)
        notes.add(found, form.body, form.client_key, me.id, actor_now(), clock.now())
        _ring(found)
    return _back(public_id, "note")


@blueprint.post("/leads/<public_id>/snooze", endpoint="snooze")
def put_aside(public_id: str) -> Response:
    def do(form: Snooze) -> Verb:
        return lambda lead, me, actor, at: snooze.until(lead, _moment(form.until, at), actor, at)

    return _done(public_id, parse(Snooze, request.form), do)


@blueprint.post("/leads/<public_id>/assignment")
def assign(public_id: str) -> Response:
    def do(form: Assign) -> Verb:
        return lambda lead, me, actor, at: assignment.assign(lead, form.colleague or "", me, actor, at)

    return _done(public_id, parse(Assign, request.form), do)


@blueprint.post("/leads/<public_id>/link")
def link(public_id: str) -> Response:
    """Behind another lead of the same matter, named by its number."""

    def do(form: LinkTo) -> Verb:
        return lambda lead, me, actor, at: duplicates.link(lead, _other(form.to, me), me.id, actor, at)

    return _done(public_id, parse(LinkTo, request.form), do, links=True)


@blueprint.post("/leads/<public_id>/unlink")
def unlink(public_id: str) -> Response:
    return _linked(public_id, lambda lead, me, actor, at: duplicates.unlink(lead, me.id, actor, at))


@blueprint.post("/leads/<public_id>/link/undo")
def undo_link(public_id: str) -> Response:
    return _linked(public_id, lambda lead, me, actor, at: duplicates.undo(lead, actor, at))


@blueprint.get("/leads.csv")
def export() -> Response:
    return inbox_file.answer(sessions.staff_here(), inbox_page.shown())


def _done(
    public_id: str, state: FormState[Any], verb: Callable[[Any], Verb], links: bool = False
) -> Response:
    """A refusal of one field is shown at the field; every other is an answer of its own. Nothing has moved then."""
    if state.value is None:
        return lead_page.shown(public_id, state, 422)
    try:
        _do(public_id, verb(state.value), links, _number(state.value.to) if links else "")
    except Refusal as refused:
        if refused.field is None or refused.status != 422:
            raise
        close_reading()
        return lead_page.shown(public_id, state.with_error(refused.field, refused.text), 422)
    return _back(public_id)


def _linked(public_id: str, verb: Verb) -> Response:
    _do(public_id, verb, links=True)
    return _back(public_id)


def _do(public_id: str, verb: Verb, links: bool, other: str = "") -> None:
    me = sessions.staff_here()
    with transaction():
        if links:
            duplicates.hold(public_id, other)
        found = lead_of(public_id, me, locked=True)
        at = clock.now()
        if not links and found.is_open:
            ladder.must_have(found, me, at)
        verb(found, me, actor_now(), at)
        _ring(found)


def _ring(lead: Lead) -> None:
    place = session().get(Recipient, lead.recipient_id) if lead.recipient_id else None
    ring(*([place.public_id] if place else []))


def _back(public_id: str, anchor: str | None = None) -> Response:
    """To the lead, with the same list beside it."""
    place: dict[str, Any] = lead_page.here_query()
    return see_other(url_for("leads.lead", public_id=public_id, _anchor=anchor, **place))


def _moment(until: str, at: datetime) -> datetime | None:
    if until == "now":
        return None
    if until != "tomorrow":
        return at + SNOOZES[until]
    zone = ZoneInfo(zone_here())
    return datetime.combine(at.astimezone(zone).date() + timedelta(days=1), MORNING, zone)


def _number(told: str) -> str:
    return told.strip().upper()


def _other(told: str, me: StaffPrincipal) -> Lead:
    wanted = (
        select(Lead)
        .where(Lead.number == _number(told), visible_to(me))
        .with_for_update(of=Lead, key_share=True)
    )
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise OtherLeadNotFound(number=told[:20])
    return found
