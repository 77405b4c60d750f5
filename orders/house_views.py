"""Orders that a dealer declined: the house gives each to another one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import parse
from app.i18n import translate
from app.pages import datetime as shown_datetime
from app.pages import page, see_other
from customers.models import Customer
from orders import answers, rehoming, sheet
from orders.desk import when, where
from orders.forms import MoveToDealer
from orders.handover_records import OrderAnswer
from orders.order import Order
from orders.refusals import DealerNotFit
from partners import queries
from partners.models import Recipient, Slot

blueprint = Blueprint("house_orders", __name__, url_prefix="/house/orders")

HOUSE = staff("agent", "admin")

policies: Mapping[str, Policy] = {
    "house_orders.waiting": HOUSE,
    "house_orders.choose": HOUSE,
    "house_orders.move": HOUSE,
}


@dataclass(frozen=True)
class WaitingRow:
    public_id: str
    number: str
    name: str
    dealer: str
    reason: str
    note: str
    since: str


@dataclass(frozen=True)
class SlotOption:
    value: str
    words: str


@dataclass(frozen=True)
class DealerOption:
    public_id: str
    name: str
    address: str
    why_not: str
    slots: Sequence[SlotOption]


@blueprint.get("")
def waiting() -> Response:
    rows = rehoming.waiting_for_house()
    places = queries.recipients([answer.recipient_id for _order, answer in rows])
    names = _names([order for order, _answer in rows])
    return page(
        "orders/house_orders.html",
        rows=[_row(order, answer, places[answer.recipient_id], names) for order, answer in rows],
    )


@blueprint.get("/<public_id>")
def choose(public_id: str) -> Response:
    return _page(public_id)


@blueprint.post("/<public_id>/dealer")
def move(public_id: str) -> Response:
    order_id = Order.by_public_id(public_id).id
    try:
        form = parse(MoveToDealer, request.form).get()
        with transaction():
            dealer = Recipient.by_public_id(form.recipient)
            if dealer is None:
                raise DealerNotFit(dealer="", why=rehoming.no_dealer())
            slot = Slot.by_public_id(form.slot) if form.slot else None
            rehoming.move_to(order_id, dealer, slot, actor_now(), clock.now())
    except Refusal as refused:
        close_reading()
        return _page(public_id, refused)
    return see_other(url_for(".waiting"))


def _page(public_id: str, refused: Refusal | None = None) -> Response:
    found = sheet.load(public_id)
    order = found.order
    given = rehoming.answers_of(order.id)
    places = queries.recipients({row.recipient_id for row in given})
    last = given[0] if given else None
    names = sheet.staff_names(found, *((row.actor_kind, row.actor_id) for row in given))
    can_move = rehoming.can_move(order)
    return page(
        "orders/house_order.html",
        status=refused.status if refused else 200,
        public_id=public_id,
        number=order.number,
        name=found.customer.name,
        car=found.car_name,
        dealer=found.dealer.name_shown if found.dealer else "",
        when=when(found),
        where=where(found),
        reason=translate(answers.REASONS[last.reason]) if last is not None and last.reason else "",
        note=(last.note or "") if last is not None else "",
        said=[
            (
                places[row.recipient_id].name_shown,
                answers.told(row),
                names.get(row.actor_id or "", ""),
                shown_datetime(row.at, found.zone),
                row.note or "",
            )
            for row in given
        ],
        can_move=can_move,
        dealers=[_option(one) for one in rehoming.candidates(order, clock.now())] if can_move else [],
        by_door=order.method == "home_delivery",
        refused=refused.text if refused else "",
    )


def _option(one: rehoming.Candidate) -> DealerOption:
    zone = one.dealer.time_zone
    return DealerOption(
        one.dealer.public_id,
        one.dealer.name_shown,
        one.dealer.address_shown,
        one.why_not,
        [SlotOption(slot.public_id, shown_datetime(slot.starts_at, zone)) for slot in one.slots],
    )


def _row(order: Order, answer: OrderAnswer, dealer: Recipient, names: Mapping[uuid.UUID, str]) -> WaitingRow:
    reason = answer.reason or "other"
    return WaitingRow(
        public_id=order.public_id,
        number=order.number,
        name=names[order.customer_id],
        dealer=dealer.name_shown,
        reason=translate(answers.REASONS[reason]),
        note=answer.note or "",
        since=shown_datetime(answer.at, dealer.time_zone),
    )


def _names(orders: Sequence[Order]) -> Mapping[uuid.UUID, str]:
    wanted = select(Customer.id, Customer.name).where(
        Customer.id.in_([order.customer_id for order in orders])
    )
    return {row.id: row.name for row in session().execute(wanted)} if orders else {}
