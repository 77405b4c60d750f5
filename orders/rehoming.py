"""An order that its dealer cannot do goes to another one: the old time is freed, a new one taken, the buyer is told.

What the buyer agreed to and paid stays as it is. A car from stock stays reserved for the order and stands where it
stood: the two dealers bring it over, and no day is offered before they could.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import session
from app.events import Actor, record
from app.i18n import _, translate
from orders import answers, board_room, changing, statuses, transfers
from orders.changing import PURPOSES
from orders.handover_events import OrderMovedToDealer, ids_of
from orders.handover_records import ACCEPTED, MOVED, OrderAnswer
from orders.order import Order
from orders.refusals import AnswerGiven, DayTooEarly, DealerNotFit, OrderClosed, SameDealer
from partners import calendar
from partners.calendar import SlotView
from partners.here import market_of
from partners.models import Recipient, Slot
from partners.refusals import SlotNotFound

DAYS_TO_BRING_A_CAR = 2
DAYS_LOOKED_AT = 28


@dataclass(frozen=True)
class Candidate:
    """A dealer that could take the order; `why_not` is empty when it can. `slots` are its next free times."""

    dealer: Recipient
    why_not: str
    slots: Sequence[SlotView]


def waiting_for_house() -> list[tuple[Order, OrderAnswer]]:
    """Orders that a dealer declined, with its last answer, the oldest first. One statement."""
    last = (
        select(OrderAnswer.id)
        .where(OrderAnswer.order_id == Order.id, OrderAnswer.answer == "declined")
        .order_by(OrderAnswer.at.desc())
        .limit(1)
        .correlate(Order)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Order, OrderAnswer)
        .join(OrderAnswer, OrderAnswer.id == last)
        .where(Order.status == statuses.PLACED, Order.answer == "declined")
        .order_by(OrderAnswer.at)
        .limit(100)
    )
    return [(order, answer) for order, answer in rows]


def answers_of(order_id: uuid.UUID) -> Sequence[OrderAnswer]:
    """The latest first."""
    wanted = select(OrderAnswer).where(OrderAnswer.order_id == order_id)
    return session().scalars(wanted.order_by(OrderAnswer.at.desc(), OrderAnswer.id.desc())).all()


def can_move(order: Order) -> bool:
    return order.status == statuses.PLACED and order.answer != ACCEPTED and order.recipient_id is not None


def no_dealer() -> str:
    return _("it is no dealer of this market")


def candidates(order: Order, at: datetime) -> list[Candidate]:
    """Every other dealer of the market: those that can take it first, and of these the ones of the same city."""
    found = []
    now = session().get(Recipient, order.recipient_id) if order.recipient_id else None
    city = now.city if now is not None else ""
    for dealer in Recipient.dealers(order.market_key):
        if dealer.id == order.recipient_id:
            continue
        why_not = _why_not(order, dealer)
        slots = () if why_not else free_slots(order, dealer, at)
        found.append(Candidate(dealer, why_not, slots))
    return sorted(
        found, key=lambda one: (bool(one.why_not), not one.slots, one.dealer.city != city, one.dealer.code)
    )


def free_slots(order: Order, dealer: Recipient, at: datetime) -> Sequence[SlotView]:
    day = earliest(order, dealer, at)
    return calendar.open_slots(dealer.id, PURPOSES[order.method], day, days=DAYS_LOOKED_AT, limit=12)


def earliest(order: Order, dealer: Recipient, at: datetime) -> date:
    """When the car is ready, and has been brought over where it stands elsewhere."""
    today = at.astimezone(ZoneInfo(dealer.time_zone)).date()
    cars = changing.cars_of(order)
    stands_elsewhere = any(car.recipient_id != dealer.id for car in cars)
    return changing.earliest(order, cars, today) + timedelta(
        days=DAYS_TO_BRING_A_CAR if stands_elsewhere else 0
    )


def move_to(
    order_id: uuid.UUID, dealer: Recipient, slot: Slot | None, actor: Actor, at: datetime
) -> OrderAnswer:
    """All of it or nothing. Without a slot the day is to be agreed.

    Raises OrderClosed once preparation began, AnswerGiven for an order that its dealer accepted, SameDealer,
    DealerNotFit, SlotNotFound, SlotTaken and DayTooEarly.
    """
    order = Order.locked(order_id)
    session().expire(order, ["amounts"])
    if order.status != statuses.PLACED or order.recipient_id is None:
        raise OrderClosed(status=statuses.told(order.status))
    if order.answer == ACCEPTED:
        raise AnswerGiven(answer=translate(answers.NAMES[order.answer]))
    if dealer.id == order.recipient_id:
        raise SameDealer(dealer=dealer.name_shown)
    if why_not := _why_not(order, dealer):
        raise DealerNotFit(dealer=dealer.name_shown, why=why_not)
    _take_time(order, dealer, slot, actor, at)
    before, order.recipient_id = order.recipient_id, dealer.id
    row = answers.write(order, dealer.id, MOVED, actor, at)
    answers.ask(order, at)
    session().flush()
    record(
        OrderMovedToDealer(
            **ids_of(order),
            from_recipient_id=before,
            answer_id=row.id,
            starts_at=slot.starts_at if slot is not None else None,
        ),
        actor,
        at,
    )
    transfers.ask(order, changing.cars_of(order), actor, at)
    board_room.ring(before)
    return row


def _take_time(order: Order, dealer: Recipient, slot: Slot | None, actor: Actor, at: datetime) -> None:
    changing.lock_slots(order.slot_id, slot.id if slot is not None else None)
    if slot is not None:
        if slot.recipient_id != dealer.id or slot.purpose != PURPOSES.get(order.method):
            raise SlotNotFound()
        day = slot.starts_at.astimezone(ZoneInfo(dealer.time_zone)).date()
        if day < earliest(order, dealer, at):
            raise DayTooEarly()
        slot.book(order.id, actor)
    if order.slot_id is not None:
        session().get_one(Slot, order.slot_id).release(order.id, actor)
    order.slot_id = slot.id if slot is not None else None
    if slot is None:
        return
    market = market_of(order.market_key)
    today = at.astimezone(ZoneInfo(dealer.time_zone)).date()
    order.due_on = changing.due_on(day, market.balance_days_before_handover, today)
    for row in order.amounts:
        if row.due == "by_date":
            row.due_on = order.due_on


def _why_not(order: Order, dealer: Recipient) -> str:
    if not dealer.is_dealer or not dealer.active or dealer.market_key != order.market_key:
        return no_dealer()
    if order.method == "home_delivery" and not dealer.home_delivery:
        return _("it does not bring cars to the door")
    if order.method not in PURPOSES:
        return _("there is nothing to hand over")
    return ""
