"""Save for later: a line leaves the cart and its hold is let go; what was put aside stays in sight and comes back.

A saved line is a line that is out of the cart, so nothing that counts a cart counts it: not the badge, the quote, the
content hash or an abandonment.
"""

import contextlib
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select

from app.db import session
from app.errors import Refusal
from app.events import Actor, record
from catalog.models import Configuration, StockItem
from checkout import comments, journey
from checkout.cart import MOST, Cart, CartLine
from checkout.sharing_events import CartLineSaved
from checkout.sharing_refusals import SavedLineNotFound


def save_for_later(cart: Cart, line_public_id: str, actor: Actor, at: datetime) -> None:
    """Takes the line out and keeps it in sight; features of a car go with it, as they do when it is removed."""
    before = cart.lines()
    journey.remove(cart, line_public_id, actor, at)
    for line in before:
        if line.removed_at is not None:
            line.saved_at = at
            record(CartLineSaved(**cart.names(), line_id=line.id, sku=line.sku), actor, at)


def put_back(cart: Cart, line_public_id: str, actor: Actor, at: datetime) -> CartLine:
    """Puts the line back by the ordinary verbs: they hold a car again, or say why not. What left with it returns too."""
    cart.refuse_unless_open()
    line = _saved(line_public_id, *of_visitor(cart.visitor_id, cart.market_key))
    with_it = _left_with(line)
    back = _again(cart, line, actor, at)
    for other in with_it:
        # What is not sold any more stays below; the car comes back without it.
        with contextlib.suppress(Refusal):
            _again(cart, other, actor, at)
    return back


def forget(visitor_id: uuid.UUID, line_public_id: str) -> None:
    _saved(line_public_id, CartLine.cart_id.in_(_carts(visitor_id))).saved_at = None


def of_visitor(visitor_id: uuid.UUID, market_key: str) -> tuple[ColumnElement[bool], ...]:
    """Which lines this visitor has put aside, in whichever of their carts in this market."""
    carts = _carts(visitor_id).where(Cart.market_key == market_key)
    return (CartLine.saved_at.is_not(None), CartLine.cart_id.in_(carts))


def _carts(visitor_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Cart.id).where(Cart.visitor_id == visitor_id)


def _saved(line_public_id: str, *which: ColumnElement[bool]) -> CartLine:
    found = select(CartLine).where(
        CartLine.public_id == line_public_id, CartLine.saved_at.is_not(None), *which
    )
    line = session().scalars(found).one_or_none()
    if line is None:
        raise SavedLineNotFound()
    return line


def _left_with(line: CartLine) -> Sequence[CartLine]:
    if line.kind != "vehicle":
        return []
    along = select(CartLine).where(
        CartLine.cart_id == line.cart_id,
        CartLine.saved_at == line.saved_at,
        CartLine.kind == "feature",
        CartLine.id != line.id,
    )
    return session().scalars(along.order_by(CartLine.position, CartLine.id)).all()


def _again(cart: Cart, line: CartLine, actor: Actor, at: datetime) -> CartLine:
    was_there = {other.id for other in cart.lines()}
    back = put_in(cart, line, actor, at)
    if back.id not in was_there:
        # The buyer still knows the price from when it was first put in; a change since is told beside it.
        back.price_minor = line.price_minor
        session().flush()
        cart.changed(at)
    line.saved_at = None
    comments.move_to(cart, line, back)
    return back


def put_in(cart: Cart, line: CartLine, actor: Actor, at: datetime) -> CartLine:
    """The same thing as this line, by the ordinary verbs: they hold a car, or say why not."""
    if line.stock_item_id is not None:
        return journey.add_vehicle(cart, session().get_one(StockItem, line.stock_item_id), actor, at)
    if line.is_build and line.configuration_id is not None:
        return journey.add_configuration(cart, Configuration.by_id(line.configuration_id), actor, at)
    car_id = line.configuration_id or line.vehicle_id
    vehicle = str(car_id) if car_id else None
    quantity = line.quantity if line.kind in MOST else 1
    return journey.add_offer(cart, line.sku, quantity, vehicle, actor, at)
