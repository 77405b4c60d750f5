"""Where somebody stands when they ask: the page, the step, and what they have in hand. Found, never told: the form
carries only the page's path, and what it names counts only when it is the asker's own.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.db import session
from app.sessions import SessionState
from catalog.models import StockItem
from checkout.cart import STEPS, Cart, CartLine
from orders.models import Order

_STEP_PAGES = {f"/checkout/{step}": step for step in STEPS} | {"/cart": "cart", "/checkout": "contact"}
_ORDER_PAGE = re.compile(r"^/orders/([A-Za-z0-9_-]{8,40})(?:/|$)")
_STOCK_PAGE = re.compile(r"^/stock/([A-Za-z0-9_-]{8,40})$")
LONGEST_PAGE = 300


@dataclass(frozen=True)
class Standing:
    page: str
    step: str
    """A step of checkout, `order` on an order's pages, `browse` anywhere else."""
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
        families = [str(line["family"]) for line in self.snapshot]
        return families[0] if families else "none"


def stand(page: str, state: SessionState, stock_item: StockItem | None = None) -> Standing:
    """`stock_item` is the car that is asked about, when the page is not the car's own."""
    page = safe_page(page)
    cart = Cart.live_of(state.visitor_id)
    return Standing(
        page=page,
        step=step_of(page),
        cart=cart,
        order=_order_on(page, state),
        stock_item=stock_item or car_on(page),
        snapshot=tuple(_entry(line) for line in cart.lines()) if cart is not None else (),
    )


def safe_page(told: str | None) -> str:
    """A path of this shop as the form brought it; anything else counts as the first page."""
    page = (told or "").split("?")[0].split("#")[0]
    if not page.startswith("/") or page.startswith("//") or "\\" in page or not page.isprintable():
        return "/"
    if page == "/ask" or page.startswith("/ask/"):
        return "/"
    return page[:LONGEST_PAGE]


def step_of(page: str) -> str:
    if _ORDER_PAGE.match(page):
        return "order"
    return _STEP_PAGES.get(page.rstrip("/") or "/", "browse")


def family_of(stock_item: StockItem) -> str:
    return "vehicle_used" if stock_item.condition == "used" else "vehicle_new"


def _order_on(page: str, state: SessionState) -> Order | None:
    named = _ORDER_PAGE.match(page)
    order = Order.find(named[1]) if named else None
    if order is None:
        return None
    is_own = order.visitor_id is not None and order.visitor_id == state.visitor_id
    return order if is_own or state.holds_grant("order", order.id) else None


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
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "vin": line.vin,
        "stock_item_id": _text(line.stock_item_id),
    }


def _text(value: uuid.UUID | None) -> str | None:
    return str(value) if value is not None else None
