"""A car of an order comes into being: what its VIN must be, and the vehicle and stock item that it then is."""

import uuid
from datetime import date
from typing import Protocol

from app.events import Actor
from app.money import Money
from catalog import vin as vins
from catalog.configuration import Configuration
from catalog.stock import StockItem, Vehicle
from orders.records import OrderLine
from orders.refusals import NotBuiltHere, VinMistyped, VinNotValid


class Ordered(Protocol):
    """The part of an order that its car needs."""

    id: uuid.UUID
    market_key: str
    currency: str
    recipient_id: uuid.UUID | None
    lines: list[OrderLine]


def checked(typed: str) -> str:
    """The VIN as it is written. Raises VinNotValid, and VinMistyped when its check digit does not fit."""
    number = vins.normalized(typed)
    if not vins.is_well_formed(number):
        raise VinNotValid(length=len(number))
    if vins.fault(number) is not None:
        raise VinMistyped()
    return number


def line_to_build(order: Ordered, line_id: uuid.UUID) -> OrderLine:
    """Raises NotBuiltHere."""
    for line in order.lines:
        if line.id == line_id and line.is_built:
            return line
    raise NotBuiltHere()


def make(order: Ordered, line: OrderLine, number: str, on: date, actor: Actor) -> StockItem:
    """The car, reserved for the order from its first moment. Raises VinInUse, and then there is no car."""
    assert line.configuration_id is not None and order.recipient_id is not None
    build = Configuration.by_id(line.configuration_id)
    vehicle = Vehicle.made(
        number,
        model_id=build.model_id,
        trim_id=build.trim_id,
        model_year=build.model.year,
        paint=build.paint,
        wheels=build.wheels,
        interior=build.interior,
    )
    price = Money(line.price_minor, order.currency)
    return StockItem.made_for(order.id, vehicle, order.recipient_id, order.market_key, price, on, actor)
