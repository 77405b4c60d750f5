"""The agents' console: who waits, oldest first, and the conversation in hand with everything that helps to answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.characters import initials
from app.db import close_reading, get_or_404, session, transaction
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, _, language, localized
from app.pages import datetime as shown_datetime
from app.pages import page, period, see_other, wants_fragment
from catalog.models import StockItem
from conversations import agent_facts, agent_tools, answering, live_list, showing, stalls_showing
from conversations.forms import Reply, Take
from conversations.live_list import visitor_name
from conversations.models import Conversation, HelpRequest
from conversations.refusals import AnsweredMeanwhile, TakenMeanwhile
from conversations.views import blueprint
from customers import consent_texts, consents, reveals
from customers.models import Customer
from orders.models import Order
from partners.models import Slot, Staff

LANGUAGE_NAMES = {"en": N_("English"), "zh": N_("Chinese")}
OUTCOMES = (
    ("answered", N_("Answered"), "4"),
    ("bought", N_("Bought"), "5"),
    ("call_agreed", N_("Call agreed"), "6"),
    ("handed_over", N_("Given to a dealer"), "7"),
    ("no_answer", N_("No reply"), "8"),
)
"""What a talk came to, with the key that says so and settles it."""
OUTCOME_LABELS = {code: words for code, words, _key in OUTCOMES} | {"other": N_("Other")}


@dataclass(frozen=True)
class Entry:
    label: str
    amount: str


@dataclass(frozen=True)
class Agreed:
    label: str
    granted: bool


@blueprint.get("/agent")
def console() -> Response:
    live_list.note_reader(sessions.staff_here().id)
    return page("conversations/console.html", rows=live_list.listing(""), current="")


@blueprint.get("/agent/conversations")
def console_list() -> Response:
    """The list alone, for the console that looks every few seconds."""
    if not wants_fragment():
        return see_other(url_for(".console"))
    live_list.note_reader(sessions.staff_here().id)
    current = request.args.get("current", "")
    return page("conversations/_conversations.html", rows=live_list.listing(current), current=current)


@blueprint.get("/agent/conversations/<public_id>")
def agent_conversation(public_id: str) -> Response:
    return conversation_page(get_or_404(Conversation, public_id=public_id), FormState(None))


@blueprint.get("/agent/conversations/<public_id>/thread")
def agent_thread(public_id: str) -> Response:
    found = get_or_404(Conversation, public_id=public_id)
    return thread_part(showing.staff_thread(found), "agent_thread", "agent_conversation", public_id)


def thread_part(thread: showing.ThreadFacts, part: str, whole: str, public_id: str) -> Response:
    """The thread alone, for a page that looks again; nothing when there is nothing new. Both are endpoints here."""
    if not wants_fragment():
        return see_other(url_for(f".{whole}", public_id=public_id))
    if request.args.get("seen") == thread.tag:
        return make_response("", 204)
    return page("conversations/_agent_thread.html", thread=thread, thread_endpoint=f"conversations.{part}")


@blueprint.post("/agent/conversations/<public_id>/messages")
def reply(public_id: str) -> Response:
    state: FormState[Reply] = parse(Reply, request.form)
    if state.value is None:
        return conversation_page(get_or_404(Conversation, public_id=public_id), state, 422)
    form, me = state.value, sessions.staff_here().id
    try:
        with transaction():
            mine = locked(public_id)
            key = mine.key_of(form.message, form.client_key)
            mine.refuse_second_reply(me, form.seen, key)
            answering.answer(mine, me, form.message, key, actor_now(), clock.now())
    except AnsweredMeanwhile as warned:
        close_reading()
        found = get_or_404(Conversation, public_id=public_id)
        return conversation_page(found, state.with_error("message", warned.text), warned.status)
    return see_other(url_for(".agent_conversation", public_id=public_id, _anchor="reply"))


@blueprint.post("/agent/conversations/<public_id>/taking")
def take(public_id: str) -> Response:
    form = parse(Take, request.form).get()
    try:
        with transaction():
            locked(public_id).take(sessions.staff_here().id, form.holder or "", actor_now(), clock.now())
    except TakenMeanwhile as refused:
        close_reading()
        state: FormState[Any] = FormState(None, {}, {"": refused.text})
        return conversation_page(get_or_404(Conversation, public_id=public_id), state, refused.status)
    return see_other(url_for(".agent_conversation", public_id=public_id))


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _AGENTS
    for name in ("console", "console_list", "agent_conversation", "agent_thread", "reply", "take")
}


def locked(public_id: str) -> Conversation:
    return Conversation.locked(get_or_404(Conversation, public_id=public_id).id)


def _order_url(order: Order | None) -> str:
    """Only for those who may open the order's page."""
    principal = sessions.current().staff
    if order is None or principal is None or not principal.has("dealer", "admin"):
        return ""
    return f"{request.script_root}/dealer/orders/{order.public_id}"


def conversation_page(
    found: Conversation,
    state: FormState[Any],
    status: int = 200,
    tool: str = "",
    tool_state: FormState[Any] | None = None,
) -> Response:
    asked = found.requests()[0]
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    order = session().get(Order, asked.order_id) if asked.order_id else None
    car = session().get(StockItem, asked.stock_item_id) if asked.stock_item_id else None
    slot = session().get(Slot, asked.slot_id) if asked.slot_id else None
    thread = showing.staff_thread(found)
    filling = agent_facts.values_for(found, customer, asked)
    three, ready = agent_facts.ready_answers(found, asked, filling)
    contact = reveals.shown(customer, sessions.staff_here().id, found.id, clock.now()) if customer else None
    waiting = agent_facts.waiting_hand_over(found)
    return page(
        "conversations/agent.html",
        status,
        **agent_tools.tool_facts(found, tool, tool_state or FormState(None)),
        thread_endpoint="conversations.agent_thread",
        three=three,
        ready=ready,
        where=_(showing.STEP_LABELS.get(asked.step, showing.STEP_LABELS["browse"])),
        panel_url=agent_facts.panel_url("thread", found.public_id),
        outcomes=[(code, _(words), key) for code, words, key in OUTCOMES],
        outcome=_(OUTCOME_LABELS[found.outcome]) if found.outcome else "",
        outcome_note=found.outcome_note or "",
        handed_to=agent_tools.handed_to(found),
        asking=waiting[1].name_shown if waiting else "",
        snoozed=shown_datetime(found.snoozed_until)
        if found.snoozed_until and found.snoozed_until > clock.now()
        else "",
        thread=thread,
        pane_shown="context" if request.args.get("pane") == "context" else "main",
        values={"message": agent_tools.answer_asked(found, filling), **state.values},
        errors=state.errors,
        rows=live_list.listing(found.public_id),
        strip=stalls_showing.strip(found.visitor_id),
        current=found.public_id,
        name=customer.name if customer and customer.name else visitor_name(found.visitor_id),
        initials=initials(customer.name if customer else ""),
        about=_about(found, contact),
        is_mine=found.staff_id == sessions.staff_here().id,
        holder=_holder(found),
        people=agent_facts.people_here(found, customer.name if customer else "", sessions.staff_here().id),
        asked_pairs=_asked_pairs(found, asked, slot),
        entries=_entries(asked),
        value=showing.amount_of(asked.value_minor, asked.currency),
        car=showing.car_facts(car, None) if car else None,
        order_number=order.number if order else "",
        order_url=_order_url(order),
        agreed=_agreed(customer),
    )


def _holder(found: Conversation) -> str:
    """The public id of whoever has it."""
    person = session().get(Staff, found.staff_id) if found.staff_id else None
    return person.public_id if person is not None else ""


def _about(found: Conversation, contact: reveals.Contact | None) -> str:
    """Covered, unless the reader has just said why they need it."""
    language_name = _(LANGUAGE_NAMES.get(found.language, found.language))
    told = [contact.email, contact.phone] if contact else []
    return ", ".join([language_name, *(part for part in told if part)])


def _asked_pairs(found: Conversation, asked: HelpRequest, slot: Slot | None) -> list[tuple[str, str]]:
    pairs = [
        (_("Asked"), shown_datetime(asked.created_at)),
        (_("Wanted"), _(showing.KIND_LABELS[asked.kind])),
        (_("About"), _(showing.FAMILY_LABELS[asked.family])),
        (_("Step"), _(showing.STEP_LABELS.get(asked.step, showing.STEP_LABELS["browse"]))),
        (_("Page"), asked.page),
    ]
    if slot is not None:
        pairs.append((_("Test drive"), f"{showing.slot_words(slot)}, {slot.recipient.name_shown}"))
    if asked.wished_from is not None and asked.wished_until is not None:
        pairs.append((_("Call wished"), period(asked.wished_from, asked.wished_until)))
    if found.first_reply_at is None and asked.answer_due_at is not None:
        pairs.append((_("Promised by"), shown_datetime(asked.answer_due_at)))
    return pairs


def _entries(asked: HelpRequest) -> list[Entry]:
    """The cart as it was when the person asked."""
    entries = []
    for line in asked.snapshot:
        title = localized(line["title"]["en"], line["title"].get("zh"))
        label = f"{title} × {line['quantity']}" if line["quantity"] > 1 else title
        entries.append(
            Entry(label, showing.amount_of(line["price_minor"] * line["quantity"], asked.currency))
        )
    return entries


def _agreed(customer: Customer | None) -> list[Agreed]:
    if customer is None:
        return []
    return [
        Agreed(consent_texts.wording(told.purpose, language(), told.recipient).label, told.granted)
        for told in consents.state(customer.id)
    ]
