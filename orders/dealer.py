"""The dealer's console: the board, one order, its checklist, its moves and the handover."""

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from app import clock
from app.access import Policy, staff
from app.db import transaction
from app.errors import InvalidInput
from app.events import actor_now
from app.forms import parse
from app.pages import see_other
from catalog.refusals import VinInUse
from orders import board_pages, desk_page, own
from orders.forms import AssignVin, CloseItem, Empty, Move
from orders.refusals import (
    ArrivalNotProved,
    CarNotBuilt,
    ChargeOutOfRange,
    ChecklistOpen,
    DealerDeclined,
    DoorPhotoMissing,
    ItemNeedsValue,
    MoreThanOwed,
    MoveNotAllowed,
    NotBuiltHere,
    OdometerOutOfRange,
    OrderClosed,
    ReasonNeeded,
    ReferenceNeeded,
    ReferenceUsed,
    SignBelow,
    TasksOpen,
    VinAlreadyAssigned,
    VinIsFixed,
    VinMistyped,
    VinNotValid,
)
from orders.transfers import CarNotHere

blueprint = Blueprint("dealer", __name__, url_prefix="/dealer")

DEALER = staff("dealer", "admin")

policies: Mapping[str, Policy] = {
    "dealer.show_board": DEALER,
    "dealer.order": DEALER,
    "dealer.move": DEALER,
    "dealer.assign_vin": DEALER,
    "dealer.close_item": DEALER,
    "dealer.reopen_item": DEALER,
    "dealer.hand_over": DEALER,
}

SHOWN_IN_PLACE = (
    ArrivalNotProved,
    CarNotBuilt,
    CarNotHere,
    ChargeOutOfRange,
    ChecklistOpen,
    DealerDeclined,
    DoorPhotoMissing,
    InvalidInput,
    ItemNeedsValue,
    MoreThanOwed,
    MoveNotAllowed,
    OdometerOutOfRange,
    OrderClosed,
    ReasonNeeded,
    ReferenceNeeded,
    ReferenceUsed,
    SignBelow,
    TasksOpen,
    VinAlreadyAssigned,
    VinInUse,
    VinIsFixed,
    VinMistyped,
    VinNotValid,
)
"""Refusals that are read best on the order itself, with how it stands now."""


@blueprint.get("")
def show_board() -> Response:
    return board_pages.show()


@blueprint.get("/orders/<public_id>")
def order(public_id: str) -> Response:
    return desk_page.render(public_id)


@blueprint.post("/orders/<public_id>/moves")
def move(public_id: str) -> Response:
    try:
        form = parse(Move, request.form).get()
        with transaction():
            mine = own.locked(public_id)
            if form.to == "cancelled":
                mine.cancel(form.why or "", actor_now(), clock.now())
            else:
                mine.move(form.to, actor_now(), clock.now())
    except SHOWN_IN_PLACE as refused:
        return desk_page.render(public_id, refused)
    return _back(public_id)


@blueprint.post("/orders/<public_id>/cars/<int:place>/vin")
def assign_vin(public_id: str, place: int) -> Response:
    """The car of this line is built. Raises NotBuiltHere for any other line."""
    try:
        form = parse(AssignVin, request.form).get()
        with transaction():
            mine = own.locked(public_id)
            line = next((line for line in mine.lines if line.position == place and line.is_built), None)
            if line is None:
                raise NotBuiltHere()
            mine.assign_vin(line.id, form.vin, actor_now(), clock.now(), form.instead_of)
    except SHOWN_IN_PLACE as refused:
        return desk_page.render(public_id, refused, place=place)
    return see_other(url_for(".order", public_id=public_id, _anchor=f"car-{place}"))


@blueprint.post("/orders/<public_id>/checklist/<key>")
def close_item(public_id: str, key: str) -> Response:
    try:
        form = parse(CloseItem, request.form).get()
        with transaction():
            own.locked(public_id).close_item(key, actor_now(), clock.now(), form.value, form.reference)
    except SHOWN_IN_PLACE as refused:
        return desk_page.render(public_id, refused, key)
    return _back(public_id, key)


@blueprint.post("/orders/<public_id>/checklist/<key>/reopen")
def reopen_item(public_id: str, key: str) -> Response:
    try:
        parse(Empty, request.form).get()
        with transaction():
            own.locked(public_id).reopen_item(key, actor_now(), clock.now())
    except SHOWN_IN_PLACE as refused:
        return desk_page.render(public_id, refused, key)
    return _back(public_id, key)


@blueprint.post("/orders/<public_id>/handover")
def hand_over(public_id: str) -> Response:
    try:
        parse(Empty, request.form).get()
        with transaction():
            own.locked(public_id).hand_over(actor_now(), clock.now())
    except SHOWN_IN_PLACE as refused:
        return desk_page.render(public_id, refused)
    return _back(public_id)


def _back(public_id: str, key: str | None = None) -> Response:
    return see_other(url_for("dealer.order", public_id=public_id, _anchor=f"item-{key}" if key else None))
