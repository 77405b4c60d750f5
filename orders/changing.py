"""What a buyer changes after ordering: cancels within the time for it, moves the handover to another day or place.

The order is locked first, then the slots, both of them in one order for all.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import i18n
from app.db import session
from app.events import Actor, record
from app.i18n import N_, speaking, translate
from app.ids import uuid7
from app.money import Money
from app.pages import date as shown_date
from catalog.build import delivery_window
from catalog.configuration import Configuration, priced
from catalog.stock import StockItem
from orders import board_room, statuses
from orders.events import HandoverMoved, OrderAmountChanged
from orders.order import Order
from orders.records import OrderAmount, OrderChange
from orders.refusals import (
    AddressNeeded,
    CancelWindowOver,
    DayTooEarly,
    MoveNotAllowed,
    NoSuchWay,
    OrderChangedMeanwhile,
    OrderClosed,
    TooLateToMove,
)
from partners.here import market_of
from partners.models import Recipient, Slot
from partners.refusals import SlotNotFound

PURPOSES = {"home_delivery": "delivery", "dealer_handover": "handover"}
DELIVERY = "delivery"
DELIVERY_KEYS = (DELIVERY, "delivery_promotion")
"""The price of the delivery, and what came off it."""
DELIVERY_LABEL = N_("Home delivery")
BY_THE_BUYER = "By the buyer, within the time to cancel."


@dataclass(frozen=True)
class Wish:
    """Where and when the buyer wants the car. `address` is for home delivery only."""

    method: str
    slot: Slot
    address: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Effect:
    """What a wish does to the money: the delivery comes to the order or leaves it, everything else stays."""

    delivery: Money
    """Added, or below zero when taken off."""
    value_after: Money
    balance_before: Money
    balance_after: Money
    back: Money
    """What is more than owed afterwards, and goes back."""
    due_on: date


def last_day_to_cancel(placed_at: datetime, cancel_days: int, zone: str) -> date:
    """Pure: the last day, on the market's clock, on which the buyer cancels without a word."""
    return placed_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=cancel_days)


def due_on(handover_on: date, days_before: int, today: date) -> date:
    """Pure: when the balance is to be here; never a day that is over."""
    return max(today, handover_on - timedelta(days=days_before))


def effect(
    value: Money, paid: Money, delivery_now: Money, delivery_wanted: Money, handover_on: date, due: date
) -> Effect:
    """Pure: the figures before and after."""
    delta = delivery_wanted - delivery_now
    zero = Money.zero(value.currency)
    after = value + delta
    return Effect(
        delivery=delta,
        value_after=after,
        balance_before=max(value - paid, zero),
        balance_after=max(after - paid, zero),
        back=max(paid - after, zero),
        due_on=due,
    )


def free_until(order: Order) -> date:
    market = market_of(order.market_key)
    return last_day_to_cancel(order.placed_at, market.cancel_days, market.time_zone)


def can_still_cancel(order: Order, at: datetime) -> bool:
    zone = market_of(order.market_key).time_zone
    return order.is_open and at.astimezone(ZoneInfo(zone)).date() <= free_until(order)


def cancel(order_id: uuid.UUID, actor: Actor, at: datetime) -> Order:
    """By the buyer. A repeat changes nothing. Raises MoveNotAllowed, and CancelWindowOver with the day it ended."""
    order = Order.locked(order_id)
    if order.is_cancelled:
        return order
    if not order.is_open:
        raise MoveNotAllowed(
            status=translate(statuses.NAMES[order.status]),
            wanted=translate(statuses.NAMES[statuses.CANCELLED]),
        )
    if not can_still_cancel(order, at):
        raise CancelWindowOver(date=shown_date(free_until(order)))
    order.cancel(BY_THE_BUYER, actor, at)
    return order


def cars_of(order: Order) -> Sequence[StockItem]:
    wanted = [line.stock_item_id for line in order.lines if line.stock_item_id is not None]
    return session().scalars(select(StockItem).where(StockItem.id.in_(wanted)).order_by(StockItem.id)).all()


def ways(order: Order, dealer: Recipient, cars: Sequence[StockItem]) -> tuple[str, ...]:
    """How this order can be handed over; what was agreed stays possible."""
    may_drive = dealer.home_delivery and all(car.home_delivery for car in cars)
    if may_drive or order.method == "home_delivery":
        return ("home_delivery", "dealer_handover")
    return ("dealer_handover",)


def earliest(order: Order, cars: Sequence[StockItem], today: date) -> date:
    """When the last car is ready, with the days for an open balance; tomorrow at the soonest."""
    days = market_of(order.market_key).balance_days_before_handover if order.balance() else 0
    return max([today + timedelta(days=days + 1), *(car.ready_on for car in cars), *_built_by(order)])


def _built_by(order: Order) -> list[date]:
    """When the plant has the cars that wait for their VIN, counted from the day of the order."""
    market = market_of(order.market_key)
    kept = [
        Configuration.by_id(line.configuration_id)
        for line in order.lines
        if line.awaits_vin and line.configuration_id is not None
    ]
    day = order.placed_at.astimezone(ZoneInfo(market.time_zone)).date()
    return [delivery_window(price.lead_days, day)[0] for price in priced(kept, market).values()]


def refuse_unless_movable(
    order: Order, slot: Slot | None, dealer: Recipient | None, at: datetime
) -> Recipient:
    """Until the day before the handover that stands. Raises OrderClosed, TooLateToMove."""
    if not order.is_open or order.method not in PURPOSES or dealer is None:
        raise OrderClosed(status=translate(statuses.NAMES[order.status]))
    zone = ZoneInfo(dealer.time_zone)
    if slot is not None and at.astimezone(zone).date() >= slot.starts_at.astimezone(zone).date():
        called = f"{dealer.name_shown}, {dealer.phone}" if dealer.phone else dealer.name_shown
        raise TooLateToMove(dealer=called)
    return dealer


def look_ahead(order: Order, wish: Wish, dealer: Recipient, at: datetime) -> Effect:
    """What the wish would do, without doing it. Raises NoSuchWay, SlotNotFound, DayTooEarly."""
    cars = cars_of(order)
    if wish.method not in ways(order, dealer, cars):
        raise NoSuchWay(dealer=dealer.name_shown)
    if wish.slot.recipient_id != dealer.id or wish.slot.purpose != PURPOSES[wish.method]:
        raise SlotNotFound()
    zone = ZoneInfo(dealer.time_zone)
    today, day = at.astimezone(zone).date(), wish.slot.starts_at.astimezone(zone).date()
    if day < earliest(order, cars, today):
        raise DayTooEarly()
    market = market_of(order.market_key)
    now = Money.total((row.amount for row in _delivery_rows(order)), order.currency)
    wanted = now
    if wish.method != order.method:
        price = Money(market.delivery_minor, order.currency) * sum(
            1 for line in order.lines if line.is_vehicle
        )
        wanted = price if wish.method == "home_delivery" else Money.zero(order.currency)
    due = due_on(day, market.balance_days_before_handover, today)
    return effect(order.value(), order.paid(), now, wanted, day, due)


def move_handover(
    order_id: uuid.UUID, wish: Wish, expected_minor: int, actor: Actor, at: datetime
) -> OrderChange | None:
    """The new time is taken, the old one freed, the balance and its day follow; None when nothing is different.

    `expected_minor` is the order's value that the buyer saw. Raises what refuse_unless_movable and look_ahead raise,
    AddressNeeded, SlotTaken, and OrderChangedMeanwhile; then nothing has moved.
    """
    order = Order.locked(order_id)
    session().expire(order, ["amounts"])
    slots = lock_slots(order.slot_id, wish.slot.id)
    before, after = slots.get(order.slot_id), slots[wish.slot.id]
    dealer = session().get(Recipient, order.recipient_id) if order.recipient_id else None
    place = refuse_unless_movable(order, before, dealer, at)
    told = look_ahead(order, wish, place, at)
    if told.value_after.amount_minor != expected_minor:
        raise OrderChangedMeanwhile()
    address = _address(order, wish)
    if order.method == wish.method and order.slot_id == after.id and address == order.address:
        return None
    after.book(order.id, actor)
    if before is not None and before.id != after.id:
        before.release(order.id, actor)
    change = OrderChange(
        id=uuid7(),
        order_id=order.id,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        from_method=order.method,
        to_method=wish.method,
        from_starts_at=before.starts_at if before is not None else None,
        to_starts_at=after.starts_at,
        delta_minor=told.delivery.amount_minor,
    )
    session().add(change)
    order.method, order.slot_id, order.due_on = wish.method, after.id, told.due_on
    order.address = dict(address) if address else None
    _reprice(order, told)
    session().flush()
    _tell(order, change, told, actor, at)
    board_room.ring(order.recipient_id)
    return change


def lock_slots(*ids: uuid.UUID | None) -> dict[uuid.UUID | None, Slot]:
    wanted = (
        select(Slot)
        .where(Slot.id.in_([id for id in ids if id is not None]))
        .order_by(Slot.id)
        .with_for_update(key_share=True, of=Slot)
    )
    return {slot.id: slot for slot in session().scalars(wanted.execution_options(populate_existing=True))}


def _address(order: Order, wish: Wish) -> Mapping[str, str] | None:
    if wish.method != "home_delivery":
        return None
    address = wish.address or (order.address if order.method == "home_delivery" else None)
    if not address:
        raise AddressNeeded()
    return address


def _delivery_rows(order: Order) -> list[OrderAmount]:
    return [row for row in order.amounts if row.key in DELIVERY_KEYS and row.due != "monthly"]


def _reprice(order: Order, told: Effect) -> None:
    """The printed amounts: the delivery joins or leaves, and what is due by a date is due by the new one."""
    rows = list(order.amounts)
    for row in rows:
        if row.due == "by_date":
            row.due_on = told.due_on
    if order.method != "home_delivery":
        for row in _delivery_rows(order):
            session().delete(row)
    elif told.delivery:
        session().add(
            OrderAmount(
                order_id=order.id,
                line_id=None,
                position=max((row.position for row in rows), default=-1) + 1,
                due="by_date",
                due_on=told.due_on,
                key=DELIVERY,
                label=_both(DELIVERY_LABEL),
                reason=None,
                amount_minor=told.delivery.amount_minor,
                currency=order.currency,
            )
        )


def _tell(order: Order, change: OrderChange, told: Effect, actor: Actor, at: datetime) -> None:
    record(
        HandoverMoved(
            order_id=order.id,
            customer_id=order.customer_id,
            visitor_id=order.visitor_id,
            recipient_id=order.recipient_id,
            change_id=change.id,
            from_method=change.from_method,
            to_method=change.to_method,
            from_starts_at=change.from_starts_at,
            to_starts_at=change.to_starts_at,
        ),
        actor,
        at,
    )
    if not told.delivery:
        return
    order.match_balance(actor, at)
    record(
        OrderAmountChanged(
            order_id=order.id,
            customer_id=order.customer_id,
            visitor_id=order.visitor_id,
            key=DELIVERY,
            before_minor=(told.value_after - told.delivery).amount_minor,
            after_minor=told.value_after.amount_minor,
            currency=order.currency,
        ),
        actor,
        at,
    )


def _both(message: str) -> dict[str, str]:
    told = {}
    for language in i18n.LANGUAGES:
        with speaking(language):
            told[language] = translate(message)
    return told
