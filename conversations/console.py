"""The agents' console: who waits, oldest first, and the conversation in hand with everything that helps to answer it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, make_response, request, url_for
from sqlalchemy import nulls_last, select
from sqlalchemy.orm import aliased

from app import clock, sessions
from app.access import Policy, staff
from app.db import get_or_404, session, transaction
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import N_, _, language, localized
from app.pages import datetime as shown_datetime
from app.pages import page, period, see_other, wants_fragment
from catalog.models import StockItem
from conversations import answering, showing
from conversations.forms import Say
from conversations.models import Conversation, HelpRequest, Message
from conversations.views import blueprint
from customers import consent_texts, consents
from customers.models import Customer
from orders.models import Order
from partners.models import Slot

SHOWN = 100
LANGUAGE_NAMES = {"en": N_("English"), "zh": N_("Chinese")}
ICONS = {"message": "chat", "callback": "phone", "test_drive": "wheel"}
EXCERPT = 90


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: str
    url: str
    title: str
    aside: str
    what: str
    more: str
    icon: str
    due: str
    due_kind: str
    current: bool


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
    return page("conversations/console.html", rows=_rows(""), current="")


@blueprint.get("/agent/conversations")
def console_list() -> Response:
    """The list alone, for the console that looks every few seconds."""
    if not wants_fragment():
        return see_other(url_for(".console"))
    current = request.args.get("current", "")
    return page("conversations/_conversations.html", rows=_rows(current), current=current)


@blueprint.get("/agent/conversations/<public_id>")
def agent_conversation(public_id: str) -> Response:
    return _conversation_page(get_or_404(Conversation, public_id=public_id), FormState(None))


@blueprint.get("/agent/conversations/<public_id>/thread")
def agent_thread(public_id: str) -> Response:
    found = get_or_404(Conversation, public_id=public_id)
    if not wants_fragment():
        return see_other(url_for(".agent_conversation", public_id=public_id))
    if request.args.get("seen") == f"{found.last_seq}-{found.state}":
        return make_response("", 204)
    return page("conversations/_agent_thread.html", thread=showing.staff_thread(found))


@blueprint.post("/agent/conversations/<public_id>/messages")
def reply(public_id: str) -> Response:
    state = parse(Say, request.form)
    if state.value is None:
        return _conversation_page(get_or_404(Conversation, public_id=public_id), state, 422)
    with transaction():
        mine = _locked(public_id)
        answering.answer(mine, _me(), state.value.message, state.value.client_key, actor_now(), clock.now())
    return see_other(url_for(".agent_conversation", public_id=public_id, _anchor="reply"))


@blueprint.post("/agent/conversations/<public_id>/taking")
def take(public_id: str) -> Response:
    with transaction():
        _locked(public_id).take(_me(), actor_now(), clock.now())
    return see_other(url_for(".agent_conversation", public_id=public_id))


@blueprint.post("/agent/conversations/<public_id>/resolution")
def resolve(public_id: str) -> Response:
    with transaction():
        _locked(public_id).resolve(_me(), actor_now(), clock.now())
    return see_other(url_for(".console"))


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    f"conversations.{name}": _AGENTS
    for name in ("console", "console_list", "agent_conversation", "agent_thread", "reply", "take", "resolve")
}


def _locked(public_id: str) -> Conversation:
    return Conversation.locked(get_or_404(Conversation, public_id=public_id).id)


def _order_url(order: Order | None) -> str:
    """Only for those who may open the order's page."""
    principal = sessions.current().staff
    if order is None or principal is None or not principal.has("dealer", "admin"):
        return ""
    return f"{request.script_root}/dealer/orders/{order.public_id}"


def _me() -> uuid.UUID:
    principal = sessions.current().staff
    assert principal is not None, "the policy lets nobody else in"
    return principal.id


def _rows(current: str) -> list[Row]:
    """Those who wait, oldest first, then those who were answered, newest first. Two statements."""
    earliest = aliased(HelpRequest)
    first_request = (
        select(earliest.id)
        .where(earliest.conversation_id == Conversation.id)
        .order_by(earliest.id)
        .limit(1)
        .scalar_subquery()
    )
    found = (
        session()
        .execute(
            select(Conversation, HelpRequest, Customer.name, Message.body)
            .select_from(Conversation)
            .join(HelpRequest, HelpRequest.id == first_request)
            .outerjoin(Customer, Customer.id == Conversation.customer_id)
            .outerjoin(
                Message, (Message.conversation_id == Conversation.id) & (Message.seq == Conversation.last_seq)
            )
            .where(Conversation.state.in_(("waiting", "open")))
            .order_by(nulls_last(Conversation.waiting_since.asc()), Conversation.last_message_at.desc())
            .limit(SHOWN)
        )
        .all()
    )
    names = showing.names_of([row[0] for row in found])
    return [_row(*row, names, current) for row in found]


def _row(
    talk: Conversation,
    asked: HelpRequest,
    name: str | None,
    body: str | None,
    names: showing.Names,
    current: str,
) -> Row:
    due, due_kind = showing.waited(talk.waiting_since)
    where = _(showing.STEP_LABELS.get(asked.step, showing.STEP_LABELS["browse"]))
    value = showing.amount_of(asked.value_minor, asked.currency)
    taken_by = names.of(talk.staff_id)
    return Row(
        id=f"talk-{talk.public_id}",
        url=url_for(".agent_conversation", public_id=talk.public_id),
        title=name or visitor_name(talk.visitor_id),
        aside=_(showing.KIND_LABELS[asked.kind]),
        what=_excerpt(body or ""),
        more=" · ".join(part for part in (where, value, taken_by) if part),
        icon=ICONS[asked.kind],
        due=due,
        due_kind=due_kind,
        current=talk.public_id == current,
    )


def visitor_name(visitor_id: uuid.UUID) -> str:
    """Somebody who told no name, told apart by the last digits of the visit."""
    return _("Visitor %(digits)s", digits=visitor_id.hex[-4:])


def _excerpt(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def _conversation_page(found: Conversation, state: FormState[Say], status: int = 200) -> Response:
    asked = found.requests()[0]
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    order = session().get(Order, asked.order_id) if asked.order_id else None
    car = session().get(StockItem, asked.stock_item_id) if asked.stock_item_id else None
    slot = session().get(Slot, asked.slot_id) if asked.slot_id else None
    thread = showing.staff_thread(found)
    return page(
        "conversations/agent.html",
        status,
        thread=thread,
        pane_shown="context" if request.args.get("pane") == "context" else "main",
        values=state.values,
        errors=state.errors,
        rows=_rows(found.public_id),
        current=found.public_id,
        name=customer.name if customer and customer.name else visitor_name(found.visitor_id),
        initials=showing.initials(customer.name if customer else ""),
        about=_about(found, customer),
        is_mine=found.staff_id == _me(),
        is_taken=found.staff_id is not None,
        asked_pairs=_asked_pairs(found, asked, slot),
        entries=_entries(asked),
        value=showing.amount_of(asked.value_minor, asked.currency),
        car=showing.car_facts(car, None) if car else None,
        order_number=order.number if order else "",
        order_url=_order_url(order),
        agreed=_agreed(customer),
    )


def _about(found: Conversation, customer: Customer | None) -> str:
    language_name = _(LANGUAGE_NAMES.get(found.language, found.language))
    contact = [customer.email, customer.phone_e164] if customer else []
    return ", ".join([language_name, *(part for part in contact if part)])


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
