"""Where somebody stands when they ask: the page, the step, and what they have in hand. Found, never told: the form
carries only the page's path, and what it names counts only when it is the asker's own.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from app.db import session
from app.i18n import LANGUAGES
from app.sessions import SessionState
from catalog.models import StockItem
from checkout.cart import STEPS, Cart, CartLine
from orders.models import Order
from partners.here import market_here

_STEP_PAGES = {f"/checkout/{step}": step for step in STEPS} | {"/cart": "cart", "/checkout": "contact"}
_ORDER_PAGE = re.compile(r"^/orders/([A-Za-z0-9_-]{8,40})(?:/|$)")
_STOCK_PAGE = re.compile(r"^/stock/([A-Za-z0-9_-]{8,40})$")
_MODEL_PAGE = re.compile(r"^/(?:models|designs)/[A-Za-z0-9-]+(?:/|$)")
_BUILD_PAGE = re.compile(r"^/models/[a-z0-9-]+/configure$")
_BUILD_CHOICES = ("trim", "paint", "wheels", "interior", "extra")
_CHOICE = re.compile(r"^[a-z0-9-]{1,40}$")
LANGUAGE_PREFIX = re.compile(rf"^/(?:{'|'.join(LANGUAGES)})(?=/|$)")
LONGEST_PAGE = 300


@dataclass(frozen=True)
class Standing:
    page: str
    step: str
    """A step of checkout, `order` on an order's pages, `configure` while a car is built, `browse` anywhere else."""
    cart: Cart | None = None
    order: Order | None = None
    stock_item: StockItem | None = None
    snapshot: tuple[dict[str, Any], ...] = field(default=())

    @property
    def value_minor(self) -> int | None:
        if self.stock_item is not None:
            return self.stock_item.price_minor
        return self.cart.value_minor if self.cart is not None and self.cart.value_minor else None

    @property
    def currency(self) -> str | None:
        if self.stock_item is not None:
            return self.stock_item.currency
        return self.cart.currency if self.value_minor is not None and self.cart is not None else None

    @property
    def family(self) -> str:
        """What it is about, as far as the place tells."""
        if self.stock_item is not None:
            return family_of(self.stock_item)
        if _MODEL_PAGE.match(self.page):
            return "vehicle_new"
        families = [str(line["family"]) for line in self.snapshot]
        return families[0] if families else "none"


def stand(page: str, state: SessionState, stock_item: StockItem | None = None) -> Standing:
    """`stock_item` is the car that is asked about, when the page is not the car's own."""
    page = safe_page(page)
    cart = Cart.live_of(state.visitor_id, market_here().key)
    return Standing(
        page=page,
        step=step_of(page),
        cart=cart,
        order=_order_on(page, state),
        stock_item=stock_item or car_on(page),
        snapshot=tuple(_entry(line) for line in cart.lines()) if cart is not None else (),
    )


def stand_of(visitor_id: uuid.UUID, car: StockItem) -> Standing:
    """Somebody at the page of this car, with what they have in hand, whoever looks it up."""
    cart = Cart.live_of(visitor_id)
    lines = cart.lines() if cart is not None else ()
    return Standing(
        page=f"/stock/{car.public_id}",
        step="browse",
        cart=cart,
        stock_item=car,
        snapshot=tuple(_entry(line) for line in lines),
    )


def safe_page(told: str | None) -> str:
    """A path of this shop as the form brought it; anything else counts as the first page.

    What stands behind the question mark may be a secret and is dropped, but for the choices of a car being built.
    """
    page, _, query = (told or "").split("#")[0].partition("?")
    page = LANGUAGE_PREFIX.sub("", page) or "/"
    if not page.startswith("/") or page.startswith("//") or "\\" in page or not page.isprintable():
        return "/"
    if page == "/ask" or page.startswith("/ask/"):
        return "/"
    if _BUILD_PAGE.match(page):
        return f"{page}{_build(query)}"[:LONGEST_PAGE]
    return page[:LONGEST_PAGE]


def _build(query: str) -> str:
    chosen = [
        (name, value) for name, value in parse_qsl(query) if name in _BUILD_CHOICES and _CHOICE.match(value)
    ]
    return f"?{urlencode(chosen)}" if chosen else ""


def step_of(page: str) -> str:
    if _ORDER_PAGE.match(page):
        return "order"
    if _BUILD_PAGE.match(page.partition("?")[0]):
        return "configure"
    return _STEP_PAGES.get(page.rstrip("/") or "/", "browse")


def family_of(stock_item: StockItem) -> str:
    return "vehicle_used" if stock_item.condition == "used" else "vehicle_new"


def _order_on(page: str, state: SessionState) -> Order | None:
    named = _ORDER_PAGE.match(page)
    order = Order.find(named[1]) if named else None
    if order is None:
        return None
    is_own = order.visitor_id is not None and order.visitor_id == state.visitor_id
    may_see = is_own or state.holds_grant("order", order.id) or order.is_of_account(state.account_id)
    return order if may_see else None


def car_on(page: str) -> StockItem | None:
    named = _STOCK_PAGE.match(page)
    if named is None:
        return None
    return session().scalars(select(StockItem).where(StockItem.public_id == named[1])).one_or_none()


def _entry(line: CartLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "family": line.family,
        "sku": line.sku,
        "title": line.title,
        "detail": line.detail,
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "vin": line.vin,
        "stock_item_id": _text(line.stock_item_id),
        "configuration_id": _text(line.configuration_id),
    }


def _text(value: uuid.UUID | None) -> str | None:
    return str(value) if value is not None else None
