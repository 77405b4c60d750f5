"""The visitor's own cart in the market they look at, for the pages: as it is, or under its lock."""

from flask import url_for

from app import sessions
from app.i18n import language
from checkout import basket
from checkout.basket import Basket
from checkout.cart import Cart
from checkout.refusals import CartEmpty
from partners.here import market_here


def seen() -> Cart | None:
    return Cart.live_of(sessions.current().visitor_id, market_here().key)


def basket_seen() -> Basket:
    """Raises CartEmpty."""
    found = seen()
    now = basket.load(found) if found is not None else None
    if now is None or not now.lines:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return now


def begun() -> Cart:
    """The visitor's cart under its lock, made now if there is none."""
    state = sessions.ensure()
    market = market_here()
    assert state.visitor_id is not None
    mine = Cart.begin(state.visitor_id, market.key, market.currency, language())
    if mine.customer_id is None:
        mine.customer_id = state.customer_id
    return mine


def locked() -> Cart:
    """Raises CartEmpty."""
    found = seen()
    if found is None:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return Cart.locked(found.id)


def named(public: str) -> Cart:
    """The cart that the form was about, whatever became of it since; only the visitor's own."""
    state = sessions.current()
    found = Cart.by_public_id(public)
    if found is None or state.visitor_id is None or found.visitor_id != state.visitor_id:
        raise CartEmpty(remedy_url=url_for("catalog.stock"))
    return Cart.locked(found.id)


def keep_badge(mine: Cart) -> None:
    sessions.set_cart(mine.id, sum(line.quantity for line in mine.lines()))
