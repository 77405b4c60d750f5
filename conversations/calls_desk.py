"""The queue of calls that are owed: who next, by when, and what each try came to. The number stays covered here; it is
told on the customer panel, with a reason.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, get_or_404, transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import _
from app.pages import datetime as shown_datetime
from app.pages import page, period, see_other, wants_fragment
from conversations import agent_facts, calling, showing
from conversations.agent_desk import chosen_window
from conversations.calling import Waiting
from conversations.calls import DISPOSITIONS, MOST_TRIES, CallBack
from conversations.console import LANGUAGE_NAMES
from conversations.forms import CallTry
from conversations.live_list import visitor_name
from conversations.models import Conversation
from conversations.views import blueprint
from customers import reveals
from customers.models import Customer

KEYS = {"reached": "1", "no_answer": "2", "voicemail": "3", "wrong_number": "4", "do_not_call": "5"}


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
    position: int
    barred: str
    current: bool


@blueprint.get("/agent/calls")
def calls() -> Response:
    return _page(request.args.get("call", ""), FormState(None))


@blueprint.get("/agent/calls/list")
def calls_list() -> Response:
    current = request.args.get("current", "")
    if not wants_fragment():
        return see_other(url_for(".calls", call=current or None))
    return page("conversations/_calls.html", rows=_rows(calling.queue(), current), current=current)


@blueprint.post("/agent/calls/<public_id>/tries")
def try_call(public_id: str) -> Response:
    """What a call came to."""
    state = parse(CallTry, request.form)
    if state.value is None:
        return _page(public_id, state, 422)
    form = state.value
    try:
        with transaction():
            at = clock.now()
            mine = Conversation.locked(get_or_404(CallBack, public_id=public_id).conversation_id)
            call = CallBack.locked(public_id)
            window = chosen_window(agent_facts.call_windows_for(mine, at), form.wished)
            calling.tried(
                call,
                mine,
                sessions.staff_here().id,
                form.disposition,
                window,
                form.client_key,
                actor_now(),
                at,
            )
    except Refusal as refused:
        if refused.status == 404:
            raise
        close_reading()
        return _page(public_id, state.with_error(refused.field or "", refused.text), refused.status)
    return see_other(url_for(".calls"))


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _AGENTS for name in ("calls", "calls_list", "try_call")
}


def _page(named: str, state: FormState[Any], status: int = 200) -> Response:
    waiting = calling.queue()
    chosen = next((one for one in waiting if one.call.public_id == named), None)
    is_named = chosen is not None
    chosen = chosen or next((one for one in waiting if one.barred is None), None)
    at = clock.now()
    return page(
        "conversations/calls.html",
        status,
        rows=_rows(waiting, chosen.call.public_id if chosen else ""),
        current=chosen.call.public_id if chosen else "",
        call=_facts(chosen) if chosen else None,
        pane_shown="main" if is_named or state.errors else "list",
        windows=showing.window_options(agent_facts.call_windows_for(chosen.conversation, at))[1:]
        if chosen
        else [],
        dispositions=[(code, _(words), KEYS.get(code)) for code, words in DISPOSITIONS.items()][:5],
        values=dict(state.values),
        errors=dict(state.errors),
        panel_url=agent_facts.panel_url("thread", chosen.conversation.public_id) if chosen else "",
    )


def _facts(waiting: Waiting) -> dict[str, Any]:
    call, talk = waiting.call, waiting.conversation
    return {
        "public_id": call.public_id,
        "name": _name(waiting),
        "phone": _number(waiting.customer, talk.id),
        "wished": _wished(call),
        "due": shown_datetime(call.due_at),
        "tries": call.attempts,
        "most": MOST_TRIES,
        "language": _(LANGUAGE_NAMES.get(talk.language, talk.language)),
        "barred": waiting.barred.text if waiting.barred else "",
        "thread_url": url_for(".agent_conversation", public_id=talk.public_id),
        "asked_by": _("The buyer asked for it") if call.agreed_by is None else _("Promised by the desk"),
    }


def _number(customer: Customer | None, thread_id: uuid.UUID) -> str:
    """Covered, unless this person has just said why they need it."""
    return (
        reveals.shown(customer, sessions.staff_here().id, thread_id, clock.now()).phone
        if customer is not None
        else ""
    )


def _rows(waiting: list[Waiting], current: str) -> list[Row]:
    """Those who may be called, in the order of what was promised; then those who may not, with the reason."""
    at = clock.now()
    found = []
    for one in sorted(waiting, key=lambda one: (one.barred is not None, one.position)):
        call = one.call
        is_late = call.due_at < at
        has_begun = call.wished_from is not None and call.wished_from <= at
        found.append(
            Row(
                id=f"call-{call.public_id}",
                url=url_for(".calls", call=call.public_id),
                title=_name(one),
                aside=_(LANGUAGE_NAMES.get(one.conversation.language, one.conversation.language)),
                what=_wished(call),
                more=_("Try %(n)s of %(most)s", n=call.attempts + 1, most=MOST_TRIES),
                due=_("by %(when)s", when=shown_datetime(call.due_at)),
                due_kind="problem" if is_late else "waiting" if has_begun else "plain",
                position=one.position,
                barred=one.barred.text if one.barred else "",
                current=call.public_id == current,
            )
        )
    return found


def _wished(call: CallBack) -> str:
    if call.wished_from is not None and call.wished_until is not None:
        return period(call.wished_from, call.wished_until)
    return _("As soon as possible")


def _name(waiting: Waiting) -> str:
    customer = waiting.customer
    return customer.name if customer and customer.name else visitor_name(waiting.conversation.visitor_id)
