"""What a buyer does on an order of their own: cancels, moves the handover, prints, shares where it stands."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock, grants, i18n, rates
from app.access import Policy, Subject, grant
from app.db import close_reading, get_or_404, session, transaction
from app.errors import InvalidInput, NotFound, Refusal
from app.events import actor_now
from app.forms import parse
from app.pages import page, see_other
from customers.models import Customer
from orders import (
    cancelling,
    changing,
    handover_choice,
    papers,
    photos,
    protocol,
    sheet,
    tracking,
)
from orders.changing import Wish
from orders.forms import Cancel, ChangeHandover, Empty
from orders.handing_views import pdf_answer, picture_answer
from orders.order import Order
from orders.records import Handover, OrderLine
from orders.refusals import (
    AddressNeeded,
    CancelWindowOver,
    DayTooEarly,
    MoveNotAllowed,
    NoSuchWay,
    OrderChangedMeanwhile,
    OrderClosed,
    TooLateToMove,
)
from partners.here import market_of
from partners.models import Slot
from partners.refusals import SlotNotFound, SlotTaken
from partners.slot_choice import asked_day

VIEW = "order_view"
"""The grant of a shared link: where the order stands and its date, nothing else."""
NOT_MOVABLE = (OrderClosed, TooLateToMove)
CHOOSE_AGAIN = (DayTooEarly, NoSuchWay, SlotNotFound, SlotTaken)

blueprint = Blueprint("order_buyer", __name__)


@blueprint.get("/orders/<public_id>/cancel")
def cancelling_page(public_id: str) -> Response:
    found = sheet.load(public_id)
    if found.order.is_cancelled:
        return see_other(_order_url(public_id))
    return _cancel_page(found)


@blueprint.post("/orders/<public_id>/cancel")
def cancel(public_id: str) -> Response:
    form = parse(Cancel, request.form).get()
    if not form.agreed:
        return _cancel_page(sheet.load(public_id), is_unticked=True, status=422)
    try:
        with transaction():
            changing.cancel(Order.by_public_id(public_id).id, actor_now(), clock.now())
    except (CancelWindowOver, MoveNotAllowed) as refused:
        close_reading()
        return _cancel_page(sheet.load(public_id), refused=refused, status=refused.status)
    return see_other(_order_url(public_id))


@blueprint.get("/orders/<public_id>/handover")
def choose(public_id: str) -> Response:
    return _choice_page(public_id, request.args.get("method"), request.args.get("day"))


@blueprint.get("/orders/<public_id>/handover/change")
def change(public_id: str) -> Response:
    """What the chosen time and place change, line by line, before anything is done."""
    method, slot_id = request.args.get("method", ""), request.args.get("slot", "")
    if not slot_id:
        return _choice_page(public_id, method, None, SlotNotFound())
    try:
        return _change_page(public_id, method, slot_id, {}, None)
    except CHOOSE_AGAIN as refused:
        return _choice_page(public_id, method, None, refused)
    except NOT_MOVABLE:
        return _choice_page(public_id, method, None)


@blueprint.post("/orders/<public_id>/handover/change")
def confirm_change(public_id: str) -> Response:
    state = parse(ChangeHandover, request.form)
    if state.value is None:
        raise InvalidInput(state.errors)
    form = state.value
    order = Order.by_public_id(public_id)
    fields = market_of(order.market_key).address_fields
    typed = {name: getattr(form, name) or "" for name in fields}
    try:
        with transaction():
            address = typed if form.method == "home_delivery" and all(typed.values()) else None
            wish = Wish(form.method, Slot.by_public_id(form.slot), address)
            changing.move_handover(order.id, wish, form.expected_total, actor_now(), clock.now())
    except (AddressNeeded, OrderChangedMeanwhile) as refused:
        close_reading()
        return _change_page(public_id, form.method, form.slot, typed, refused)
    except (*CHOOSE_AGAIN, *NOT_MOVABLE) as refused:
        close_reading()
        return _choice_page(public_id, form.method, None, refused)
    return see_other(_order_url(public_id))


@blueprint.get("/orders/<public_id>/papers/<kind>")
def paper(public_id: str, kind: str) -> Response:
    found = sheet.load(public_id)
    done = session().scalars(select(Handover).where(Handover.order_id == found.order.id)).one_or_none()
    parts = papers.parts(found, kind, done)
    if not parts:
        raise NotFound()
    return page("orders/papers.html", parts=parts, number=found.order.number, public_id=public_id)


@blueprint.get("/orders/<public_id>/handover.pdf")
def protocol_pdf(public_id: str) -> Response:
    return pdf_answer(protocol.of_order(public_id))


@blueprint.get("/orders/<public_id>/photos/<photo_id>.jpg")
def photo(public_id: str, photo_id: str) -> Response:
    """Only those that the dealer marked for the buyer."""
    is_small = request.args.get("size") == "small"
    order = Order.by_public_id(public_id)
    return picture_answer(photos.bytes_of(order, photo_id, is_small, only_for_buyer=True))


@blueprint.post("/orders/<public_id>/share")
def share(public_id: str) -> Response:
    """The link is shown once, on this answer: only its hash is kept."""
    parse(Empty, request.form).get()
    order = Order.by_public_id(public_id)
    rates.limit("share", str(order.id), per_minute=10)
    with transaction():
        token = grants.mint(VIEW, order.id)
    return page(
        "orders/shared.html",
        number=order.number,
        public_id=public_id,
        link=grants.link(token, i18n.language()),
    )


@blueprint.post("/orders/<public_id>/share/stop")
def stop_sharing(public_id: str) -> Response:
    parse(Empty, request.form).get()
    with transaction():
        grants.revoke(VIEW, Order.by_public_id(public_id).id)
    return see_other(_order_url(public_id))


@blueprint.get("/orders/<public_id>/status")
def status(public_id: str) -> Response:
    return page("orders/status.html", order=tracking.glance(sheet.load(public_id)))


@blueprint.get("/orders/lines/<line_id>")
def of_line(line_id: str) -> Response:
    """From a car in the garage to the order it came with."""
    order = session().scalars(select(Order).join(OrderLine).where(OrderLine.id == uuid.UUID(line_id))).one()
    return see_other(_order_url(order.public_id))


def status_page_of(order_id: uuid.UUID) -> str:
    return url_for("order_buyer.status", public_id=get_or_404(Order, id=order_id).public_id)


def _subject(arguments: dict[str, Any]) -> Subject | None:
    return Order.owners(arguments["public_id"])


def _subject_of_line(arguments: dict[str, Any]) -> Subject | None:
    try:
        line_id = uuid.UUID(arguments["line_id"])
    except ValueError:
        return None
    row = (
        session()
        .execute(
            select(Order.id, Order.visitor_id, Customer.account_id)
            .join(OrderLine, OrderLine.order_id == Order.id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(OrderLine.id == line_id)
        )
        .one_or_none()
    )
    return (row[0], row[1], row[2]) if row else None


OWN = grant("order", _subject)

policies: Mapping[str, Policy] = {
    **{
        f"order_buyer.{name}": OWN
        for name in (
            "cancelling_page",
            "cancel",
            "choose",
            "change",
            "confirm_change",
            "paper",
            "photo",
            "protocol_pdf",
            "share",
            "stop_sharing",
        )
    },
    "order_buyer.status": grant(VIEW, _subject),
    "order_buyer.of_line": grant("order", _subject_of_line),
}


def _order_url(public_id: str) -> str:
    return url_for("orders.order", public_id=public_id)


def _cancel_page(
    found: sheet.Sheet, refused: Refusal | None = None, is_unticked: bool = False, status: int = 200
) -> Response:
    return page(
        "orders/cancel.html",
        status=status,
        cancel=cancelling.show(found, clock.now()),
        refused=refused.text if refused else "",
        is_unticked=is_unticked,
    )


def _choice_page(
    public_id: str, method: str | None, day: str | None, refused: Refusal | None = None
) -> Response:
    return page(
        "orders/handover.html",
        status=refused.status if refused else 200,
        choice=handover_choice.show(sheet.load(public_id), method, asked_day(day), clock.now()),
        refused=refused.text if refused else "",
    )


def _change_page(
    public_id: str, method: str, slot_id: str, typed: Mapping[str, str], refused: Refusal | None
) -> Response:
    found, at = sheet.load(public_id), clock.now()
    place = changing.refuse_unless_movable(found.order, found.slot, found.dealer, at)
    wish = Wish(method, Slot.by_public_id(slot_id))
    effect = changing.look_ahead(found.order, wish, place, at)
    return page(
        "orders/change.html",
        status=refused.status if refused else 200,
        change=handover_choice.effect(found, wish, effect, typed),
        refused=refused.text if refused else "",
        is_address_missing=isinstance(refused, AddressNeeded),
    )
