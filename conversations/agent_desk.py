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
from app.i18n import _, speaking
from app.pages import page, see_other, wants_fragment
from catalog.models import StockItem
from conversations import (
    agent_facts,
    agent_tools,
    calling,
    cart_mail,
    drive_offers,
    forms,
    helping,
    notes,
    to_dealer,
)
from conversations.console import conversation_page, locked
from conversations.desks import Window
from conversations.events import PrivateNoteWritten
from conversations.hand_overs import HandOver
from conversations.models import Conversation
from conversations.refusals import CarToDriveNotChosen, ColleagueNotFound, TimeHasPassed, TimeNotOurs
from conversations.views import blueprint
from customers.models import Customer
from partners.models import Staff


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


@blueprint.post("/agent/conversations/<public_id>/cart-letter")
def send_cart(public_id: str) -> Response:
    """The way back to their own cart, by mail, and a line in the thread that says so."""

    def send(mine: Conversation, form: forms.SendCart, at: datetime) -> None:
        cart = helping.cart_of(mine)
        customer = session().get(Customer, mine.customer_id) if mine.customer_id else None
        sent = cart_mail.send(
            cart,
            customer,
            sessions.staff_here().id,
            mine.language,
            form.client_key,
            actor_now(),
            at,
        )
        with speaking(mine.language):
            said = _("We sent the way back to your cart to %(email)s.", email=cart_mail.address_of(customer))
        mine.note(said, sent.id, at)

    return _use(public_id, "link", forms.SendCart, send)


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


@blueprint.post("/agent/conversations/<public_id>/drives")
def keep_drive(public_id: str) -> Response:
    def keep(mine: Conversation, form: forms.KeepDrive, at: datetime) -> None:
        offered = dict(agent_facts.cars_to_drive(mine))
        if form.car not in offered:
            raise CarToDriveNotChosen()
        drive_offers.hold(
            mine,
            sessions.staff_here().id,
            StockItem.by_public_id(form.car),
            form.slot,
            form.words or "",
            form.client_key,
            actor_now(),
            at,
        )

    return _use(public_id, "drive", forms.KeepDrive, keep)


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
        choices = agent_facts.snooze_choices(at, agent_tools.week_of(mine))
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
        mine.resolve(sessions.staff_here().id, form.outcome, form.note, form.seen, actor_now(), at)

    return _use(public_id, "other", forms.Settle, settle, then=".console")


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _AGENTS
    for name in (
        "agent_tool",
        "agent_cart",
        "send_link",
        "send_cart",
        "suggest_in_cart",
        "hold_time",
        "keep_drive",
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
        return page("conversations/_tool.html", **agent_tools.tool_facts(found, tool, state))
    return conversation_page(found, FormState(None), status, tool, state)


def chosen_window(windows: Sequence[Window], value: str | None) -> Window | None:
    """None for as soon as possible. Raises TimeNotOurs for a time that is not among them."""
    if value is None:
        return None
    found = next((window for window in windows if window.value == value), None)
    if found is None:
        raise TimeNotOurs()
    return found


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
    found = get_or_404(Conversation, public_id=public_id)
    return conversation_page(found, FormState(None), status, tool, state)


def _person() -> Staff:
    return session().get_one(Staff, sessions.staff_here().id)
