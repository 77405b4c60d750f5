"""Carts that an account left on another of its devices: shown, and opened here; never mixed, never overwritten.

Which carts: of visits in which this account was signed in, unless the visit also told another address. A typed address
alone brings no cart, or its typist would lose it. Opening one, this browser goes on with that visit; the cart it had
before stays as it is and stands in the list in turn.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, url_for
from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, lazyload

from app import csrf, sessions
from app.access import ACCOUNT
from app.db import session, transaction
from app.i18n import localized
from app.pages import page, page_or_fragment, see_other, wants_fragment
from catalog.configuration import Configuration
from catalog.models import Vehicle
from catalog.stock import Look
from checkout.cart import Cart, CartLine
from checkout.refusals import CartEmpty
from customers.models import Customer
from partners.here import choose, market_here

MOST_SHOWN = 10

blueprint = Blueprint("account_carts", __name__)

policies = {
    "account_carts.show": ACCOUNT,
    "account_carts.elsewhere": ACCOUNT,
    "account_carts.open_cart": ACCOUNT,
}


@dataclass(frozen=True)
class LeftCart:
    """A cart with something in it, ready to show. `is_here` is the one of this browser."""

    public_id: str
    title: str
    others: int
    """How many lines beside the one that is named."""
    last_activity_at: datetime
    is_here: bool
    look: Look | None


@blueprint.get("/account/carts")
def show() -> Response:
    return page_or_fragment("checkout/account_carts.html", "checkout/_account_carts.html", carts=_own())


@blueprint.get("/account/carts/elsewhere")
def elsewhere() -> Response:
    """For the cart page: whether there is another one on another device."""
    if not wants_fragment():
        return see_other(url_for(".show"))
    return page("checkout/_carts_elsewhere.html", carts=[cart for cart in _own() if not cart.is_here])


@blueprint.post("/account/carts/<public_id>/open")
def open_cart(public_id: str) -> Response:
    with transaction():
        wanted = select(Cart).where(Cart.public_id == public_id, *_left())
        found = session().scalars(wanted).one_or_none()
        if found is None:
            raise CartEmpty(remedy_url=url_for("checkout.cart"))
        if found.visitor_id != sessions.current().visitor_id:
            count = sum(line.quantity for line in found.lines())
            sessions.go_on_as(found.visitor_id, found.id, count)
            csrf.rotate()
        choose(found.market_key)
    return see_other(url_for("checkout.cart"))


def _left() -> tuple[ColumnElement[bool], ...]:
    """Live carts of this account, this browser's among them."""
    state = sessions.current()
    if state.account_id is None:
        return (func.false(),)
    teller = aliased(Customer)
    is_anothers = exists().where(
        teller.visitor_id == Cart.visitor_id, teller.account_id.is_distinct_from(state.account_id)
    )
    return (
        Cart.state.in_(("open", "paying")),
        or_(
            Cart.visitor_id == state.visitor_id,
            Cart.visitor_id.in_(sessions.visitors_of(state.account_id)) & ~is_anothers,
        ),
    )


def _own() -> list[LeftCart]:
    """The latest first, in two statements."""
    carts = session().scalars(
        select(Cart).where(*_left()).order_by(Cart.last_activity_at.desc()).limit(MOST_SHOWN)
    )
    found = carts.all()
    rows = session().execute(
        select(CartLine, Vehicle, Configuration)
        .outerjoin(Vehicle, (Vehicle.id == CartLine.vehicle_id) & (CartLine.kind == "vehicle"))
        .outerjoin(
            Configuration, (Configuration.id == CartLine.configuration_id) & (CartLine.kind == "vehicle")
        )
        .where(CartLine.cart_id.in_([cart.id for cart in found]), CartLine.removed_at.is_(None))
        # Joined eagerly they would be inner joins, and a line without a car would be none.
        .options(joinedload(Vehicle.model, innerjoin=False), lazyload(Vehicle.trim))
        .options(joinedload(Configuration.model, innerjoin=False), lazyload(Configuration.trim))
        .order_by(CartLine.cart_id, CartLine.position, CartLine.id)
    )
    of_cart: dict[uuid.UUID, list[tuple[CartLine, Look | None]]] = {}
    for line, vehicle, build in rows:
        look = Look(vehicle.model.slug, vehicle.paint, vehicle.wheels) if vehicle else None
        of_cart.setdefault(line.cart_id, []).append((line, build.look() if build else look))
    here = (sessions.current().visitor_id, market_here().key)
    return [
        _shown(cart, of_cart[cart.id], (cart.visitor_id, cart.market_key) == here)
        for cart in found
        if cart.id in of_cart
    ]


def _shown(cart: Cart, lines: Sequence[tuple[CartLine, Look | None]], is_here: bool) -> LeftCart:
    line, look = next((pair for pair in lines if pair[0].kind == "vehicle"), lines[0])
    return LeftCart(
        public_id=cart.public_id,
        title=localized(line.title["en"], line.title.get("zh")),
        others=len(lines) - 1,
        last_activity_at=cart.last_activity_at,
        is_here=is_here,
        look=look,
    )
