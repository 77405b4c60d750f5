"""A cart, agreed and paid for, becomes one order: once, however often and from wherever it is asked."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import session
from app.events import Actor, record
from app.ids import uuid7
from app.money import Money
from catalog.stock import StockItem
from orders import answers, board_room, fulfilment, statuses
from orders.checklist import ITEMS
from orders.events import OrderPlaced
from orders.order import Order
from orders.records import ChecklistItem, NumberSeries, OrderAmount, OrderLine, OrderMove
from orders.refusals import NothingOrdered
from partners.here import market_of
from partners.models import Slot
from partners.refusals import SlotNotFound

SERIES = "order"


@dataclass(frozen=True)
class LineDraft:
    """One thing bought. `starts` is today or handover; price_minor is of one piece."""

    kind: str
    sku: str
    title: dict[str, str]
    detail: dict[str, str]
    stock_item_id: uuid.UUID | None = None
    configuration_id: uuid.UUID | None = None
    vehicle_id: uuid.UUID | None = None
    vin: str | None = None
    quantity: int = 1
    offer_id: uuid.UUID | None = None
    grants: dict[str, Any] = field(default_factory=dict)
    billing: str = "once"
    starts: str = "today"
    seller_id: uuid.UUID | None = None
    price_minor: int = 0


@dataclass(frozen=True)
class AmountDraft:
    """One printed amount as the buyer agreed to it; `when` is today, by_date or monthly."""

    line_index: int | None
    when: str
    due_on: date | None
    key: str
    label: dict[str, str]
    reason: dict[str, str] | None
    amount_minor: int


@dataclass(frozen=True)
class OrderDraft:
    cart_id: uuid.UUID
    market_key: str
    currency: str
    language: str
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    lines: tuple[LineDraft, ...]
    amounts: tuple[AmountDraft, ...]
    method: str = "none"
    recipient_id: uuid.UUID | None = None
    slot_id: uuid.UUID | None = None
    address: dict[str, Any] | None = None
    start_agreed_at: datetime | None = None


def place(draft: OrderDraft, actor: Actor, at: datetime) -> Order:
    """The order of this cart, made now unless it is there already.

    Books the slot and the car for it (one that is to be built has neither VIN nor stock item yet), starts what starts
    today, plans what starts at the handover. Raises what those refuse (SlotTaken, VehicleGone, VehicleAlreadyHeld),
    and then there is no order.
    """
    if not draft.lines:
        raise NothingOrdered()
    market = market_of(draft.market_key)
    day = at.astimezone(ZoneInfo(market.time_zone)).date()
    series = NumberSeries.locked(draft.market_key, SERIES, f"{day:%y%m}")
    known = Order.of_cart(draft.cart_id)
    if known is not None:
        return known
    order = _written(draft, f"T{market.number_prefix}-{day:%y%m}-{series.take():05d}", at)
    lines = _lines(order, draft)
    _amounts(order, draft, lines)
    session().add(
        OrderMove(
            order_id=order.id,
            from_status=None,
            to_status=statuses.PLACED,
            at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
        )
    )
    session().flush()
    _take_slot(order, draft, actor)
    fulfilment.start_today(order, lines, actor, at)
    _take_cars(order, draft, lines, actor)
    has_vehicle = any(line.is_vehicle for line in lines)
    if has_vehicle:
        session().add_all(ChecklistItem(order_id=order.id, key=item.key) for item in ITEMS)
        session().flush()
        answers.ask(order, at)
    _tell(order, draft, has_vehicle, actor, at)
    board_room.ring(order.recipient_id)
    if not has_vehicle:
        order.complete(actor, at)
    return order


def _written(draft: OrderDraft, number: str, at: datetime) -> Order:
    due = [amount.due_on for amount in draft.amounts if amount.due_on is not None]
    order = Order(
        id=uuid7(),
        number=number,
        cart_id=draft.cart_id,
        market_key=draft.market_key,
        currency=draft.currency,
        language=draft.language,
        customer_id=draft.customer_id,
        visitor_id=draft.visitor_id,
        status=statuses.PLACED,
        method=draft.method,
        recipient_id=draft.recipient_id,
        slot_id=draft.slot_id,
        address=draft.address,
        due_on=min(due, default=None),
        start_agreed_at=draft.start_agreed_at,
        placed_at=at,
    )
    session().add(order)
    session().flush()
    return order


def _lines(order: Order, draft: OrderDraft) -> list[OrderLine]:
    lines = [
        OrderLine(
            id=uuid7(),
            order_id=order.id,
            position=position,
            kind=line.kind,
            sku=line.sku,
            title=line.title,
            detail=line.detail,
            stock_item_id=line.stock_item_id,
            configuration_id=line.configuration_id,
            vehicle_id=line.vehicle_id,
            vin=line.vin,
            quantity=line.quantity,
            offer_id=line.offer_id,
            grants=line.grants,
            billing=line.billing,
            starts=line.starts,
            seller_id=line.seller_id,
            price_minor=line.price_minor,
        )
        for position, line in enumerate(draft.lines)
    ]
    session().add_all(lines)
    session().flush()
    return lines


def _amounts(order: Order, draft: OrderDraft, lines: list[OrderLine]) -> None:
    session().add_all(
        OrderAmount(
            order_id=order.id,
            line_id=lines[amount.line_index].id if amount.line_index is not None else None,
            position=position,
            due=amount.when,
            due_on=amount.due_on,
            key=amount.key,
            label=amount.label,
            reason=amount.reason,
            amount_minor=amount.amount_minor,
            currency=draft.currency,
        )
        for position, amount in enumerate(draft.amounts)
    )


def _take_slot(order: Order, draft: OrderDraft, actor: Actor) -> None:
    """The time that the cart held becomes the order's; under the slot's lock nobody comes between the two."""
    if draft.slot_id is None:
        return
    slot = session().get(Slot, draft.slot_id)
    if slot is None or slot.recipient_id != draft.recipient_id or slot.purpose != order.visits:
        raise SlotNotFound()
    slot.release(draft.cart_id, actor)
    session().flush()
    slot.book(order.id, actor)


def _take_cars(order: Order, draft: OrderDraft, lines: list[OrderLine], actor: Actor) -> None:
    wanted = sorted(line.stock_item_id for line in lines if line.stock_item_id is not None)
    cars = session().scalars(select(StockItem).where(StockItem.id.in_(wanted)).order_by(StockItem.id))
    for car in cars.all():
        car.reserve(order.id, actor, held_by=draft.cart_id)


def _tell(order: Order, draft: OrderDraft, has_vehicle: bool, actor: Actor, at: datetime) -> None:
    value = Money.total(
        (Money(row.amount_minor, draft.currency) for row in draft.amounts if row.when != "monthly"),
        draft.currency,
    )
    record(
        OrderPlaced(
            order_id=order.id,
            public_id=order.public_id,
            cart_id=order.cart_id,
            customer_id=order.customer_id,
            visitor_id=order.visitor_id,
            number=order.number,
            value_minor=value.amount_minor,
            currency=value.currency,
            recipient_id=order.recipient_id,
            has_vehicle=has_vehicle,
        ),
        actor,
        at,
    )
