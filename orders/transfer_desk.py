"""Cars on the move between two dealers: the one hands them to transport, the other writes down that they came."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select

from app import clock, sessions
from app.access import Policy, require_recipient, staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import Form, parse
from app.i18n import _
from app.pages import datetime as shown_datetime
from app.pages import page, see_other
from orders import transfers
from orders.order import Order
from orders.transfers import CarTransfer, Moving
from partners import places

blueprint = Blueprint("transfers", __name__, url_prefix="/dealer/transfers")

STAFF = staff("dealer", "admin")

policies: Mapping[str, Policy] = {f"transfers.{name}": STAFF for name in ("listed", "send", "receive")}


class Done(Form):
    """`back` is the order whose page it was pressed on; without it, the list."""

    back: str = ""


@dataclass(frozen=True)
class MovingRow:
    """`way` is out or in, as those see it who look. `order` is empty for whoever has nothing to do with the order."""

    public_id: str
    way: str
    car: str
    vin: str
    words: str
    state: str
    is_sent: bool
    order: str


@blueprint.get("")
def listed() -> Response:
    mine = places.shown_to(sessions.staff_here())
    found = transfers.moving(mine)
    rows = rows_of(found, mine)
    return page(
        "orders/transfers.html",
        going=[row for row in rows if row.way == "out"],
        coming=[row for row in rows if row.way == "in"],
    )


@blueprint.post("/<public_id>/sent")
def send(public_id: str) -> Response:
    told = parse(Done, request.form).get()
    with transaction():
        transfers.send(*_locked(public_id, attrgetter("from_recipient_id")), actor_now(), clock.now())
    return _back(told.back)


@blueprint.post("/<public_id>/received")
def receive(public_id: str) -> Response:
    told = parse(Done, request.form).get()
    with transaction():
        transfers.receive(*_locked(public_id, attrgetter("to_recipient_id")), actor_now(), clock.now())
    return _back(told.back)


def _locked(public_id: str, place_of: Callable[[CarTransfer], uuid.UUID]) -> tuple[Order, CarTransfer]:
    """Theirs when it is asked for, and still when the lock is: it may go elsewhere meanwhile. Raises NotFound."""
    row = transfers.by_public_id(public_id)
    require_recipient(place_of(row), NotFound)
    order = Order.locked(row.order_id)
    row = transfers.by_public_id(public_id)
    require_recipient(place_of(row), NotFound)
    return order, row


def rows_of(found: Sequence[Moving], mine: Sequence[object] | None) -> list[MovingRow]:
    """Ready to show. Somebody of both places has both to do; the order opens for whom it is."""
    orders = _public_ids(found)
    rows = []
    for one in found:
        sent = one.sent_at is not None
        if mine is None or one.from_id in mine:
            state = (
                _("handed to transport %(when)s", when=shown_datetime(one.sent_at))
                if one.sent_at is not None
                else _("asked for %(when)s", when=shown_datetime(one.asked_at))
            )
            words = _("to %(dealer)s", dealer=one.to_name)
            rows.append(MovingRow(one.public_id, "out", one.car, one.vin, words, state, sent, ""))
        if mine is None or one.to_id in mine:
            state = (
                _("under way since %(when)s", when=shown_datetime(one.sent_at))
                if one.sent_at is not None
                else _("still stands there")
            )
            words = _("from %(dealer)s", dealer=one.from_name)
            order = orders[one.order_id]
            rows.append(MovingRow(one.public_id, "in", one.car, one.vin, words, state, sent, order))
    return rows


def _public_ids(found: Sequence[Moving]) -> Mapping[object, str]:
    if not found:
        return {}
    wanted = select(Order.id, Order.public_id).where(Order.id.in_([one.order_id for one in found]))
    return {row.id: row.public_id for row in session().execute(wanted)}


def _back(order: str) -> Response:
    if order:
        return see_other(url_for("dealer.order", public_id=order[:40]))
    return see_other(url_for(".listed"))
