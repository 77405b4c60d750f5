"""Where the mailed way back to a cart leads: to the cart itself in its own browser; elsewhere to what is in it, without a
name, an address or a word, and a button that puts the same things into the cart of this browser.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, url_for

from app import clock, rates, sessions
from app.access import Policy, grant
from app.db import session, transaction
from app.errors import LinkNotValid, Refusal
from app.events import actor_now
from app.pages import page, see_other
from checkout import basket, own_cart, saving
from checkout import showing as cart_showing
from checkout.cart import Cart
from conversations.cart_letter import GRANT, CartLetter
from partners.here import choose

PER_VISITOR = 20

blueprint = Blueprint("cart_again", __name__)


@blueprint.get("/cart/again/<public_id>")
def show(public_id: str) -> Response:
    found = _found(public_id)
    cart = session().get_one(Cart, found.cart_id)
    if cart.visitor_id == sessions.current().visitor_id:
        return see_other(url_for("checkout.cart"))
    return _page(found, cart)


@blueprint.post("/cart/again/<public_id>/taking")
def take(public_id: str) -> Response:
    """What can be had goes into the cart here. What cannot, such as a car still kept for the other browser, says why."""
    rates.limit("cart-again", str(sessions.current().visitor_id), per_minute=PER_VISITOR)
    found = _found(public_id)
    left: list[tuple[str, str]] = []
    with transaction():
        source = session().get_one(Cart, found.cart_id)
        if source.visitor_id == sessions.current().visitor_id:
            return see_other(url_for("checkout.cart"))
        choose(source.market_key)
        mine = own_cart.begun()
        # Whoever puts a cart into another one holds the one being filled first, then the letter.
        letter = CartLetter.locked(found.id)
        if not letter.is_good(clock.now()) or source.state not in ("open", "paying"):
            return _page(letter, source, status=409)
        left = _put(mine, source)
        if not left:
            letter.taken_at = clock.now()
        own_cart.keep_badge(mine)
    if left:
        return _page(_found(public_id), session().get_one(Cart, found.cart_id), left, 409)
    return see_other(url_for("checkout.cart"))


def _put(mine: Cart, source: Cart) -> list[tuple[str, str]]:
    """Once each: what is here already is not put in again. Tells what stayed behind, and why."""
    here = {line.sku for line in mine.lines()}
    left = []
    for line in source.lines():
        if line.sku in here:
            continue
        try:
            with session().begin_nested():
                saving.put_in(mine, line, actor_now(), clock.now())
        except Refusal as refused:
            left.append((cart_showing.localized_title(line.title), refused.text))
    return left


def owner(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    found = CartLetter.of_public_id(arguments["public_id"])
    if found is None:
        return None
    return found.id, session().get_one(Cart, found.cart_id).visitor_id


def page_of(letter_id: uuid.UUID) -> str:
    """Where a mail's link leads. Raises LinkNotValid."""
    found = session().get(CartLetter, letter_id)
    if found is None:
        raise LinkNotValid()
    return url_for("cart_again.show", public_id=found.public_id)


policies: Mapping[str, Policy] = {
    "cart_again.show": grant(GRANT, owner),
    "cart_again.take": grant(GRANT, owner),
}


def _found(public_id: str) -> CartLetter:
    found = CartLetter.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    return found


def _page(
    found: CartLetter, cart: Cart, left: list[tuple[str, str]] | None = None, status: int = 200
) -> Response:
    at = clock.now()
    is_good = found.is_good(at) and cart.state in ("open", "paying")
    now = basket.load(cart, at) if is_good else None
    return page(
        "conversations/cart_again.html",
        status,
        public_id=found.public_id,
        is_good=is_good and now is not None and bool(now.lines),
        until=found.expires_at,
        lines=cart_showing.lines(now, at) if now is not None else [],
        pay=cart_showing.pay(now) if now is not None and now.lines else None,
        left=left or [],
    )
