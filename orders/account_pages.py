"""The orders of whoever is signed in: a part of the account page, or a page of its own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from app import sessions
from app.access import ACCOUNT
from app.db import session
from app.i18n import translate
from app.pages import page_or_fragment
from catalog.configuration import Configuration
from catalog.stock import Look, Vehicle
from customers.models import Customer
from orders import statuses
from orders.order import Order
from orders.records import OrderLine
from orders.sheet import told

MOST_SHOWN = 50

blueprint = Blueprint("account_orders", __name__)

policies = {"account_orders.show": ACCOUNT}


@dataclass(frozen=True)
class OwnOrder:
    """One line of the list, ready to show."""

    public_id: str
    number: str
    title: str
    placed_at: datetime
    state: str
    is_open: bool
    look: Look | None


@blueprint.get("/account/orders")
def show() -> Response:
    account_id = sessions.current().account_id
    orders = of_account(account_id) if account_id is not None else []
    return page_or_fragment("orders/account_orders.html", "orders/_account_orders.html", orders=orders)


def of_account(account_id: uuid.UUID) -> list[OwnOrder]:
    """The latest first, in three statements."""
    orders = session().scalars(
        select(Order)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Customer.account_id == account_id)
        .order_by(Order.placed_at.desc())
        .limit(MOST_SHOWN)
    )
    found = orders.all()
    ids = [order.id for order in found]
    lines = session().execute(
        select(OrderLine, Vehicle, Configuration)
        .outerjoin(Vehicle, Vehicle.id == OrderLine.vehicle_id)
        .outerjoin(Configuration, Configuration.id == OrderLine.configuration_id)
        .where(OrderLine.order_id.in_(ids))
        .options(joinedload(Vehicle.model, innerjoin=False), lazyload(Vehicle.trim))
        .options(joinedload(Configuration.model, innerjoin=False), lazyload(Configuration.trim))
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    of_order: dict[uuid.UUID, list[tuple[OrderLine, Look | None]]] = {}
    for line, vehicle, build in lines:
        of_order.setdefault(line.order_id, []).append((line, _look(line, vehicle, build)))
    return [_shown(order, of_order.get(order.id, [])) for order in found]


def _look(line: OrderLine, vehicle: Vehicle | None, build: Configuration | None) -> Look | None:
    """Of a car: as it stands, else as its build is drawn."""
    if not line.is_vehicle:
        return None
    if vehicle is not None:
        return Look(vehicle.model.slug, vehicle.paint, vehicle.wheels)
    return build.look() if build is not None else None


def _shown(order: Order, lines: Sequence[tuple[OrderLine, Look | None]]) -> OwnOrder:
    first = next((pair for pair in lines if pair[0].is_vehicle), lines[0] if lines else None)
    return OwnOrder(
        public_id=order.public_id,
        number=order.number,
        title=told(first[0].title) if first else "",
        placed_at=order.placed_at,
        state=translate(statuses.NAMES[order.status]),
        is_open=order.is_open,
        look=first[1] if first else None,
    )
