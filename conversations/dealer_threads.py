"""Conversations handed to a dealer, for that dealer's people: the list, the thread and an answer. Nobody reads one whose
buyer did not agree to this dealer, or took it back.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import nulls_last, select

from app import clock, sessions
from app.access import Policy, staff
from app.db import session, transaction
from app.errors import NotYours
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import _
from app.pages import datetime as shown_datetime
from app.pages import page, see_other, wants_fragment
from conversations import agent_facts, answering, showing
from conversations.console import LANGUAGE_NAMES, thread_part
from conversations.forms import Say
from conversations.hand_overs import REASONS, HandOver
from conversations.live_list import visitor_name
from conversations.models import Conversation
from conversations.views import blueprint
from customers import consents
from customers.models import Customer
from partners.models import Recipient, Staff

SHOWN = 100


@dataclass(frozen=True)
class Row:
    id: str
    url: str
    title: str
    aside: str
    what: str
    more: str
    due: str
    due_kind: str
    current: bool


@blueprint.get("/dealer/threads")
def dealer_threads() -> Response:
    return page("conversations/dealer_threads.html", rows=_rows(""), current="")


@blueprint.get("/dealer/threads/list")
def dealer_threads_list() -> Response:
    if not wants_fragment():
        return see_other(url_for(".dealer_threads"))
    current = request.args.get("current", "")
    return page("conversations/_dealer_list.html", rows=_rows(current), current=current)


@blueprint.get("/dealer/threads/<public_id>")
def dealer_thread(public_id: str) -> Response:
    return _page(_found(public_id), FormState(None))


@blueprint.get("/dealer/threads/<public_id>/thread")
def dealer_thread_part(public_id: str) -> Response:
    return thread_part(
        showing.dealer_thread(_found(public_id)), "dealer_thread_part", "dealer_thread", public_id
    )


@blueprint.post("/dealer/threads/<public_id>/messages")
def dealer_reply(public_id: str) -> Response:
    state = parse(Say, request.form)
    if state.value is None:
        return _page(_found(public_id), state, 422)
    with transaction():
        mine = Conversation.locked(_found(public_id).id)
        answering.answer(
            mine,
            sessions.staff_here().id,
            state.value.message,
            mine.key_of(state.value.message, state.value.client_key),
            actor_now(),
            clock.now(),
        )
    return see_other(url_for(".dealer_thread", public_id=public_id, _anchor="reply"))


_DEALERS = staff("dealer", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _DEALERS
    for name in (
        "dealer_threads",
        "dealer_threads_list",
        "dealer_thread",
        "dealer_thread_part",
        "dealer_reply",
    )
}


def _found(public_id: str) -> Conversation:
    """Raises NotYours for what was not handed to a place of this person, or is not covered by a consent any more."""
    found = Conversation.of_public_id(public_id)
    if found is None or found.handed_to_id is None:
        raise NotYours(subject=public_id)
    if (
        not sessions.staff_here().has("admin")
        and found.handed_to_id not in sessions.staff_here().recipient_ids
    ):
        raise NotYours(subject=public_id)
    dealer = session().get_one(Recipient, found.handed_to_id)
    if consents.covering(found.customer_id, dealer) is None:
        raise NotYours(subject=public_id)
    return found


def _rows(current: str) -> list[Row]:
    """Those who wait, longest first, then the others. Three statements."""
    wanted = (
        select(Conversation, Customer)
        .outerjoin(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.handed_to_id.is_not(None))
        .order_by(nulls_last(Conversation.waiting_since.asc()), Conversation.last_message_at.desc())
        .limit(SHOWN)
    )
    if not sessions.staff_here().has("admin"):
        wanted = wanted.where(Conversation.handed_to_id.in_(sessions.staff_here().recipient_ids))
    found = session().execute(wanted).all()
    places = {
        one.id: one
        for one in session().scalars(
            select(Recipient).where(Recipient.id.in_({talk.handed_to_id for talk, _who in found}))
        )
    }
    covered = consents.coverage({who.id for _talk, who in found if who}, list(places.values()))
    return [
        _row(talk, who, places[handed_id].name_shown, current)
        for talk, who in found
        if who is not None and (handed_id := talk.handed_to_id) and (who.id, handed_id) in covered
    ]


def _row(talk: Conversation, who: Customer, place: str, current: str) -> Row:
    due, kind = showing.waited(talk.waiting_since)
    settled = talk.state == "resolved"
    return Row(
        id=f"talk-{talk.public_id}",
        url=url_for(".dealer_thread", public_id=talk.public_id),
        title=who.name or visitor_name(talk.visitor_id),
        aside=_(LANGUAGE_NAMES.get(talk.language, talk.language)),
        what=place,
        more=_("Settled") if settled else _("Last word %(when)s", when=shown_datetime(talk.last_message_at)),
        due=due,
        due_kind=kind,
        current=talk.public_id == current,
    )


def _page(found: Conversation, state: FormState[Any], status: int = 200) -> Response:
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    given = next((one for one in HandOver.of(found.id) if one.state == "done"), None)
    return page(
        "conversations/dealer_thread.html",
        status,
        rows=_rows(found.public_id),
        current=found.public_id,
        thread=showing.dealer_thread(found),
        thread_endpoint="conversations.dealer_thread_part",
        name=customer.name if customer and customer.name else visitor_name(found.visitor_id),
        pane_shown="context" if request.args.get("pane") == "context" else "main",
        reason=_(REASONS[given.reason]) if given else "",
        summary=given.summary if given else "",
        given_by=_name_of(given.staff_id) if given else "",
        given_when=shown_datetime(given.decided_at) if given and given.decided_at else "",
        values=dict(state.values),
        errors=dict(state.errors),
        panel_url=agent_facts.panel_url("thread", found.public_id),
    )


def _name_of(staff_id: uuid.UUID) -> str:
    person = session().get(Staff, staff_id)
    return person.name_shown if person else ""
