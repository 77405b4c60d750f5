"""What the lines of an order set going in the garage, at once or at the handover."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from app.events import Actor
from app.money import Money
from garage import activation
from garage.activation import ActivationLine
from orders.records import OrderLine
from partners.models import Market


class Ordered(Protocol):
    """The part of an order that its services need."""

    customer_id: uuid.UUID
    currency: str
    market_key: str
    lines: list[OrderLine]


def start_today(order: Ordered, lines: Sequence[OrderLine], actor: Actor, at: datetime) -> None:
    """What starts today runs at once; what waits for the car is planned."""
    waits_for_car = any(line.is_vehicle for line in lines)
    for line in lines:
        if line.is_vehicle:
            continue
        due = _activation(order, line, _day(order, at))
        if line.starts == "handover" and waits_for_car:
            activation.plan(due, actor, at)
        else:
            activation.activate(due, actor, at)


def start_at_handover(order: Ordered, actor: Actor, at: datetime) -> None:
    for line in order.lines:
        if not line.is_vehicle and line.starts == "handover":
            activation.activate(_activation(order, line, _day(order, at)), actor, at)


def _activation(order: Ordered, line: OrderLine, starts_on: date) -> ActivationLine:
    return ActivationLine(
        order_line_id=line.id,
        customer_id=order.customer_id,
        family=line.kind,
        sku=line.sku,
        name=line.title,
        grants=line.grants,
        vehicle_id=line.vehicle_id,
        price=Money(line.price_minor, order.currency),
        billing=line.billing,
        starts_on=starts_on,
        market_key=order.market_key,
        quantity=line.quantity,
    )


def _day(order: Ordered, at: datetime) -> date:
    return at.astimezone(ZoneInfo(Market.get(order.market_key).time_zone)).date()
