"""What agents do in a conversation beside writing: each post locks the conversation and calls one verb.

A tool is an address of its own, so that it opens without script too; what was refused opens it again with the reason.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, make_response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, get_or_404, session, transaction
from app.errors import NotFound, Refusal
from app.events import actor_now, record
from app.forms import Form, FormState, parse
from app.i18n import _
from app.pages import page, period, see_other, wants_fragment
from conversations import agent_facts, calling, forms, helping, notes, to_dealer
from conversations.calls import CallBack
from conversations.canned import CannedAnswer
from conversations.desks import Window
from conversations.events import PrivateNoteWritten
from conversations.hand_overs import REASONS, HandOver
from conversations.models import Conversation
from conversations.refusals import ColleagueNotFound, TimeHasPassed, TimeNotOurs
from conversations.views import blueprint
from customers.models import Customer
from orders.models import Order
from partners.models import Recipient, Staff


@blueprint.get("/agent/conversations/<public_id>/tools/<tool>")
def agent_tool(public_id: str, tool: str) -> Response:
    if tool not in agent_facts.TOOLS:
        raise NotFound()
    return tool_page(get_or_404(Conversation, public_id=public_id), tool, FormState(None))


@blueprint.get("/agent/conversations/<public_id>/cart")
def agent_cart(public_id: str) -> Response:
    """The cart as the buyer sees it; 204 while nothing in it has changed."""
    found = get_or_404(Conversation, public_id=public_id)
    if not wants_fragment():
        return see_other(url_for(".agent_conversation", public_id=public_id, pane="context"))
    if request.args.get("seen") == agent_facts.cart_tag(found):
        return make_response("", 204)
    return page(
        "conversations/_agent_cart.html", cart=agent_facts.cart_now(found, clock.now()), public_id=public_id
    )


@blueprint.post("/agent/conversations/<public_id>/links")
def send_link(public_id: str) -> Response:
    def send(mine: Conversation, form: forms.SendLink, at: datetime) -> None:
        helping.send_link(
            mine, sessions.staff_here().id, form.wanted, form.words or "", form.client_key, actor_now(), at
        )

    return _use(public_id, "link", forms.SendLink, send)


@blueprint.post("/agent/conversations/<public_id>/suggestions")
def suggest_in_cart(public_id: str) -> Response:
    def put(mine: Conversation, form: forms.SuggestInCart, at: datetime) -> None:
        what = helping.Suggest(form.line, form.look, form.design, form.car, form.sku)
        helping.suggest(mine, _person(), what, form.words or "", form.client_key, actor_now(), at)

    return _use(public_id, "suggest", forms.SuggestInCart, put)


@blueprint.post("/agent/conversations/<public_id>/slots")
def hold_time(public_id: str) -> Response:
    def hold(mine: Conversation, form: forms.HoldTime, at: datetime) -> None:
        helping.hold_slot(
            mine, sessions.staff_here().id, form.slot, form.words or "", form.client_key, actor_now(), at
        )

    return _use(public_id, "slot", forms.HoldTime, hold)


@blueprint.post("/agent/conversations/<public_id>/calls")
def agree_call(public_id: str) -> Response:
    def agree(mine: Conversation, form: forms.AgreeCall, at: datetime) -> None:
        window = chosen_window(agent_facts.call_windows_for(mine, at), form.wished)
        calling.agree(mine, sessions.staff_here().id, window, actor_now(), at)

    return _use(public_id, "call", forms.AgreeCall, agree)


@blueprint.post("/agent/conversations/<public_id>/hand-over")
def hand_to_dealer(public_id: str) -> Response:
    def hand(mine: Conversation, form: forms.HandToDealer, at: datetime) -> None:
        offered = {one.public_id: one for one in to_dealer.dealers_for(mine)}
        to_dealer.hand_over(
            mine,
            offered.get(form.dealer),
            form.reason,
            form.summary,
            sessions.staff_here().id,
            form.client_key,
            actor_now(),
            at,
        )

    return _use(public_id, "dealer", forms.HandToDealer, hand)


@blueprint.post("/agent/conversations/<public_id>/hand-over/withdrawal")
def withdraw_hand_over(public_id: str) -> Response:
    with transaction():
        mine = locked(public_id)
        to_dealer.take_back(mine, HandOver.asked_in(mine.id), clock.now())
    return see_other(url_for(".agent_conversation", public_id=public_id))


@blueprint.post("/agent/conversations/<public_id>/notes")
def write_note(public_id: str) -> Response:
    def write(mine: Conversation, form: forms.WriteNote, at: datetime) -> None:
        note, is_new = notes.write(mine.id, sessions.staff_here().id, form.note, form.client_key, at)
        if is_new:
            record(
                PrivateNoteWritten(
                    conversation_id=mine.id, note_id=note.id, staff_id=sessions.staff_here().id
                ),
                actor_now(),
                at,
            )
            mine.ring()

    return _use(public_id, "note", forms.WriteNote, write)


@blueprint.post("/agent/conversations/<public_id>/snooze")
def snooze(public_id: str) -> Response:
    def put_off(mine: Conversation, form: forms.Snooze, at: datetime) -> None:
        choices = agent_facts.snooze_choices(at, _week(mine))
        until = next((when for value, _words, when in choices if value == form.until), None)
        if until is None or until <= at:
            raise TimeHasPassed()
        mine.snooze(sessions.staff_here().id, until, actor_now(), at)

    return _use(public_id, "snooze", forms.Snooze, put_off, then=".console")


@blueprint.post("/agent/conversations/<public_id>/transfer")
def transfer(public_id: str) -> Response:
    def give(mine: Conversation, form: forms.Transfer, at: datetime) -> None:
        offered = dict(agent_facts.colleagues(sessions.staff_here().id))
        if form.colleague not in offered:
            raise ColleagueNotFound()
        to = get_or_404(Staff, public_id=form.colleague)
        mine.give(sessions.staff_here().id, to.id, actor_now(), at)

    return _use(public_id, "transfer", forms.Transfer, give)


@blueprint.post("/agent/conversations/<public_id>/resolution")
def resolve(public_id: str) -> Response:
    """Settled, with what it came to: no outcome, no end."""

    def settle(mine: Conversation, form: forms.Settle, at: datetime) -> None:
        mine.resolve(sessions.staff_here().id, form.outcome, form.note, actor_now(), at)

    return _use(public_id, "other", forms.Settle, settle, then=".console")


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _AGENTS
    for name in (
        "agent_tool",
        "agent_cart",
        "send_link",
        "suggest_in_cart",
        "hold_time",
        "agree_call",
        "hand_to_dealer",
        "withdraw_hand_over",
        "write_note",
        "snooze",
        "transfer",
        "resolve",
    )
}


def tool_page(found: Conversation, tool: str, state: FormState[Any], status: int = 200) -> Response:
    """The tool alone for the page that has the rest, else the whole page with the tool open in it."""
    if wants_fragment() and status == 200:
        return page("conversations/_tool.html", **tool_facts(found, tool, state))
    return _page_with(found, tool, state, status)


_draw: Callable[[Conversation, str, FormState[Any], int], Response]


def drawn_by(draw: Callable[[Conversation, str, FormState[Any], int], Response]) -> None:
    """The page of a conversation is drawn by the console, which knows the rest of it."""
    global _draw
    _draw = draw


def _page_with(found: Conversation, tool: str, state: FormState[Any], status: int) -> Response:
    return _draw(found, tool, state, status)


def tool_facts(found: Conversation, tool: str, state: FormState[Any]) -> dict[str, Any]:
    """What the open tool shows; nothing is read for those that are closed."""
    at = clock.now()
    more: dict[str, Any] = {}
    if tool == "link":
        asked = found.requests()[0]
        order = session().get(Order, asked.order_id) if asked.order_id else None
        more["pages"] = agent_facts.pages_to_send(found, asked, None, order)
    elif tool == "suggest":
        more["choices"] = agent_facts.suggestions_for(found, at)
    elif tool == "slot":
        more["place"], more["slots"] = agent_facts.slots_for(found, at)
    elif tool == "call":
        more |= _call_facts(found, at)
    elif tool == "dealer":
        more["dealers"] = [(one.public_id, one.name_shown) for one in to_dealer.dealers_for(found)]
        more["reasons"] = [(code, _(words)) for code, words in REASONS.items()]
    elif tool == "snooze":
        more["choices"] = [
            (value, words) for value, words, _when in agent_facts.snooze_choices(at, _week(found))
        ]
    elif tool == "transfer":
        more["colleagues"] = agent_facts.colleagues(sessions.staff_here().id)
    return {
        "tool": tool,
        "public_id": found.public_id,
        "tool_values": dict(state.values),
        "tool_errors": dict(state.errors),
        "tool_facts": more,
    }


def _call_facts(found: Conversation, at: datetime) -> dict[str, Any]:
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    barred = calling.bar(customer, None)
    call = CallBack.open_in(found.id)
    return {
        "barred": barred.text if barred else "",
        "promised": agent_facts.call_words(call) if call else "",
        "windows": window_options(agent_facts.call_windows_for(found, at)),
    }


def window_options(windows: Sequence[Window]) -> list[tuple[str, str]]:
    soon = [("", _("As soon as possible"))]
    return soon + [(window.value, period(window.starts_at, window.ends_at)) for window in windows]


def chosen_window(windows: Sequence[Window], value: str | None) -> Window | None:
    """None for as soon as possible. Raises TimeNotOurs for a time that is not among them."""
    if value is None:
        return None
    found = next((window for window in windows if window.value == value), None)
    if found is None:
        raise TimeNotOurs()
    return found


def answer_asked(found: Conversation, values: Mapping[str, str]) -> str:
    """The words of the answer kept ready that the address names, for pages without script."""
    named = request.args.get("answer", "")
    if not named:
        return ""
    kept = session().query(CannedAnswer).filter_by(public_id=named[:40]).one_or_none()
    return kept.filled(values) if kept is not None else ""


def _use(
    public_id: str,
    tool: str,
    form: type[Form],
    verb: Callable[[Conversation, Any, datetime], None],
    then: str = ".agent_conversation",
) -> Response:
    """Reads the form, calls the verb under the lock, and goes back; a refusal opens the tool again and says why."""
    state: FormState[Any] = parse(form, request.form)
    if state.value is None:
        return _again(public_id, tool, state, 422)
    try:
        with transaction():
            verb(locked(public_id), state.value, clock.now())
    except Refusal as refused:
        if refused.status == 404 and refused.field is None:
            raise
        close_reading()
        return _again(public_id, tool, state.with_error(refused.field or "", refused.text), refused.status)
    if then == ".console":
        return see_other(url_for(then))
    return see_other(url_for(then, public_id=public_id, _anchor="reply"))


def _again(public_id: str, tool: str, state: FormState[Any], status: int) -> Response:
    return _page_with(get_or_404(Conversation, public_id=public_id), tool, state, status)


def locked(public_id: str) -> Conversation:
    return Conversation.locked(get_or_404(Conversation, public_id=public_id).id)


def _person() -> Staff:
    return session().get_one(Staff, sessions.staff_here().id)


def _week(found: Conversation) -> Any:
    desk = calling.desk_of(found)
    return desk.week if desk else None


def handed_to(found: Conversation) -> str:
    dealer = session().get(Recipient, found.handed_to_id) if found.handed_to_id else None
    return dealer.name_shown if dealer else ""
