"""One order with all that belongs to it, read in a fixed number of statements."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from app.db import session
from app.i18n import language, localized
from app.money import Money
from catalog.configuration import Configuration
from catalog.stock import Look, Vehicle
from customers.models import Customer
from orders import statuses
from orders.order import Order
from orders.records import (
    ChecklistItem,
    OrderAmount,
    OrderChange,
    OrderLine,
    OrderMove,
    OrderRefund,
    Receipt,
)
from orders.refusals import OrderNotFound
from partners.here import market_of
from partners.models import Recipient, Slot, Staff


@dataclass(frozen=True)
class Sheet:
    order: Order
    customer: Customer
    dealer: Recipient | None
    slot: Slot | None
    lines: Sequence[tuple[OrderLine, Vehicle | None]]
    amounts: Sequence[OrderAmount]
    receipts: Sequence[Receipt]
    moves: Sequence[OrderMove]
    items: Mapping[str, ChecklistItem]
    changes: Sequence[OrderChange] = ()
    refunds: Sequence[OrderRefund] = ()
    builds: Mapping[uuid.UUID, Configuration] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return self.dealer.time_zone if self.dealer else market_of(self.order.market_key).time_zone

    @property
    def car(self) -> tuple[OrderLine, Vehicle | None] | None:
        """The first car; one that is not built yet has no vehicle."""
        return next(((line, vehicle) for line, vehicle in self.lines if line.is_vehicle), None)

    @property
    def look(self) -> Look | None:
        return self.look_of(*self.car) if self.car else None

    def look_of(self, line: OrderLine, vehicle: Vehicle | None) -> Look | None:
        """As the car stands, else as its build is drawn."""
        if vehicle is not None:
            return Look(vehicle.model.slug, vehicle.paint, vehicle.wheels)
        build = self.builds.get(line.configuration_id) if line.configuration_id else None
        return build.look() if build is not None else None

    @property
    def is_built(self) -> bool:
        """The car is made for this order, not taken from stock; whether it has its VIN yet is another question."""
        return self.car is not None and self.car[0].is_built

    @property
    def awaits_vin(self) -> bool:
        return any(line.awaits_vin for line, _vehicle in self.lines)

    @property
    def vin_at(self) -> datetime | None:
        """When the last of the cars made for this order got its VIN; None while one still waits, and for stock."""
        given = [line.vin_assigned_at for line, _vehicle in self.lines if line.is_built]
        return None if None in given else max((at for at in given if at is not None), default=None)

    @property
    def car_name(self) -> str:
        return told(self.car[0].title) if self.car else ""

    @property
    def paid(self) -> Money:
        return Money.total((row.amount for row in self.receipts), self.order.currency)

    @property
    def value(self) -> Money:
        return self.sum("today", "by_date")

    @property
    def open_balance(self) -> Money:
        none = Money.zero(self.order.currency)
        return none if self.order.is_cancelled else max(self.value - self.paid, none)

    @property
    def open_keys(self) -> list[str]:
        return [key for key, row in self.items.items() if row.is_open]

    def sum(self, *times: str) -> Money:
        return Money.total((row.amount for row in self.amounts if row.due in times), self.order.currency)

    def moved_at(self, status: str) -> datetime | None:
        """When it last came to this status."""
        return next((move.at for move in reversed(self.moves) if move.to_status == status), None)

    @property
    def received_all_at(self) -> datetime | None:
        return None if self.open_balance or not self.receipts else self.receipts[-1].received_at

    @property
    def is_past(self) -> bool:
        return self.order.status not in statuses.BEFORE_HANDOVER


def told(texts: Mapping[str, str]) -> str:
    """A text that the order keeps in both languages."""
    return texts.get(language()) or texts.get("en", "")


def load(public_id: str) -> Sheet:
    """Eight statements. Raises OrderNotFound."""
    found = (
        session()
        .execute(
            select(Order, Customer, Recipient, Slot)
            .join(Customer, Customer.id == Order.customer_id)
            .outerjoin(Recipient, Recipient.id == Order.recipient_id)
            .outerjoin(Slot, Slot.id == Order.slot_id)
            .where(Order.public_id == public_id)
            # Joined eagerly they would be inner joins, and an order without a slot would be none.
            .options(lazyload(Slot.recipient))
        )
        .one_or_none()
    )
    if found is None:
        raise OrderNotFound()
    order, customer, dealer, slot = found
    found_lines = session().execute(
        select(OrderLine, Vehicle, Configuration)
        .outerjoin(Vehicle, Vehicle.id == OrderLine.vehicle_id)
        .outerjoin(Configuration, Configuration.id == OrderLine.configuration_id)
        .where(OrderLine.order_id == order.id)
        .options(joinedload(Vehicle.model, innerjoin=False), lazyload(Vehicle.trim))
        .options(joinedload(Configuration.model, innerjoin=False), lazyload(Configuration.trim))
        .order_by(OrderLine.position)
        .execution_options(populate_existing=True)
    )
    lines = found_lines.all()
    amounts = select(OrderAmount).where(OrderAmount.order_id == order.id).order_by(OrderAmount.position)
    receipts = select(Receipt).where(Receipt.order_id == order.id).order_by(Receipt.received_at, Receipt.id)
    moves = select(OrderMove).where(OrderMove.order_id == order.id).order_by(OrderMove.at, OrderMove.id)
    items = select(ChecklistItem).where(ChecklistItem.order_id == order.id)
    changes = (
        select(OrderChange).where(OrderChange.order_id == order.id).order_by(OrderChange.at, OrderChange.id)
    )
    refunds = select(OrderRefund).where(OrderRefund.order_id == order.id).order_by(OrderRefund.id)
    return Sheet(
        order=order,
        customer=customer,
        dealer=dealer,
        slot=slot,
        lines=[(line, vehicle) for line, vehicle, _build in lines],
        builds={build.id: build for _line, _vehicle, build in lines if build is not None},
        amounts=session().scalars(amounts).all(),
        receipts=session().scalars(receipts).all(),
        moves=session().scalars(moves).all(),
        items={row.key: row for row in session().scalars(items)},
        changes=session().scalars(changes).all(),
        refunds=session().scalars(refunds).all(),
    )


def staff_names(sheet: Sheet, *others: tuple[str | None, str | None]) -> dict[str, str]:
    """Who of the staff did something on this order: actor id -> name. `others` are further actors, kind and id."""
    acted = [*others]
    acted += [(row.actor_kind, row.actor_id) for row in sheet.moves]
    acted += [(row.actor_kind, row.actor_id) for row in sheet.receipts]
    acted += [(row.actor_kind, row.actor_id) for row in sheet.items.values() if row.actor_kind]
    wanted = {actor_id for kind, actor_id in acted if kind == "staff"} - {None}
    if not wanted:
        return {}
    ids = [uuid.UUID(actor_id) for actor_id in wanted if _is_id(actor_id)]
    rows = session().execute(select(Staff.id, Staff.name, Staff.name_zh).where(Staff.id.in_(ids)))
    return {str(row.id): localized(row.name, row.name_zh or None) for row in rows}


def _is_id(value: str | None) -> bool:
    try:
        return value is not None and bool(uuid.UUID(value))
    except ValueError:
        return False
