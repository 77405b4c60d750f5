"""What a buyer changes after ordering: cancelling in time, moving the day and the place, with the money that follows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from orders import changing
from orders.changing import Wish
from orders.models import ChecklistItem, Order, OrderAmount, OrderChange
from orders.refusals import (
    AddressNeeded,
    CancelWindowOver,
    DayTooEarly,
    MoveNotAllowed,
    OrderChangedMeanwhile,
    OrderClosed,
    TooLateToMove,
)
from partners.models import Booking, Recipient, Slot
from partners.refusals import SlotNotFound, SlotTaken
from tests.orders.builders import (
    ADA,
    ADDRESS,
    BEN,
    DELIVERY,
    TOGETHER,
    a_car_order,
    pay_balance,
    ready,
    yuan,
)
from tests.orders.test_placing import at_once
from tests.partners.builders import a_slot as a_partners_slot

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(database: None) -> Order:
    with transaction():
        return a_car_order()


def a_later_slot(order: Order, purpose: str = "delivery", days: int = 14, capacity: int = 1) -> Slot:
    dealer = session().get_one(Recipient, order.recipient_id)
    return a_partners_slot(dealer, purpose, clock.now() + timedelta(days=days), capacity)


def move(
    order: Order, slot: Slot, method: str = "home_delivery", expected: int = TOGETHER
) -> OrderChange | None:
    address = ADDRESS if method == "home_delivery" else None
    with transaction():
        wish = Wish(method, session().get_one(Slot, slot.id), address)
        return changing.move_handover(order.id, wish, expected, ADA, clock.now())


def now(order: Order) -> Order:
    close_reading()
    return session().get_one(Order, order.id, populate_existing=True)


def facts(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0


def booked() -> list[object]:
    close_reading()
    return list(session().scalars(select(Booking.slot_id).where(Booking.state == "booked")))


def balance_is_open(order: Order) -> bool:
    close_reading()
    wanted = select(ChecklistItem).where(
        ChecklistItem.order_id == order.id, ChecklistItem.key == "balance_received"
    )
    return session().scalars(wanted).one().is_open


def test_the_last_day_to_cancel_is_counted_on_the_markets_clock() -> None:
    late_in_hangzhou = clock.now().replace(year=2026, month=11, day=22, hour=17, minute=0)

    found = changing.last_day_to_cancel(late_in_hangzhou, 7, "Asia/Shanghai")

    assert found == date(2026, 11, 30)


def test_a_buyer_cancels_in_time_and_again_changes_nothing(order: Order) -> None:
    with transaction():
        changing.cancel(order.id, ADA, clock.now())
    with transaction():
        changing.cancel(order.id, ADA, clock.now())

    assert now(order).is_cancelled
    assert facts("orders.order_cancelled") == 1
    assert booked() == []


def test_after_the_window_the_day_it_ended_is_told_and_nothing_moves(order: Order) -> None:
    ended = changing.free_until(now(order))

    with pytest.raises(CancelWindowOver) as refused, transaction():
        changing.cancel(order.id, ADA, clock.now() + timedelta(days=60))

    assert str(ended.day) in refused.value.text
    assert now(order).status == "placed"
    assert facts("orders.order_cancelled") == 0


def test_a_car_that_was_handed_over_is_not_cancelled(order: Order) -> None:
    with transaction():
        ready(Order.locked(order.id)).hand_over(BEN, clock.now())

    with pytest.raises(MoveNotAllowed), transaction():
        changing.cancel(order.id, ADA, clock.now())

    assert now(order).status == "handed_over"


def test_cancelling_and_handing_over_at_once_is_one_of_the_two(order: Order) -> None:
    with transaction():
        ready(Order.locked(order.id))
    wishes = iter(range(2))

    def press() -> str:
        mine = next(wishes)
        try:
            with transaction():
                if mine == 0:
                    changing.cancel(order.id, ADA, clock.now())
                else:
                    Order.locked(order.id).hand_over(BEN, clock.now())
        except MoveNotAllowed:
            return "refused"
        return "done"

    outcomes = at_once(2, press)

    assert sorted(outcomes) == ["done", "refused"]
    assert now(order).status in ("cancelled", "handed_over")
    assert facts("orders.order_cancelled") + facts("orders.order_handed_over") == 1


def test_another_day_takes_the_new_time_and_frees_the_old(order: Order) -> None:
    with transaction():
        later = a_later_slot(order)
    before = order.due_on

    change = move(order, later)

    moved = now(order)
    assert change is not None and change.delta_minor == 0
    assert (moved.slot_id, moved.method) == (later.id, "home_delivery")
    assert moved.due_on is not None and before is not None and moved.due_on > before
    assert {row.due_on for row in moved.amounts if row.due == "by_date"} == {moved.due_on}
    assert booked() == [later.id]
    assert (facts("orders.handover_moved"), facts("orders.amount_changed")) == (1, 0)


def test_the_same_time_again_is_no_change(order: Order) -> None:
    assert order.slot_id is not None
    slot = session().get_one(Slot, order.slot_id)

    assert move(order, slot) is None
    assert facts("orders.handover_moved") == 0


def test_a_time_that_is_taken_moves_nothing(order: Order) -> None:
    with transaction():
        later = a_later_slot(order)
        a_car_order(slot=later)
    was = order.slot_id

    with pytest.raises(SlotTaken):
        move(order, later)

    assert now(order).slot_id == was and was in booked()
    assert facts("orders.handover_moved") == 0


def test_two_orders_after_one_time_are_one_move_and_one_refusal(order: Order) -> None:
    with transaction():
        other = a_car_order()
        later = a_later_slot(order)
    wishes = iter([order, other])

    def press() -> str:
        try:
            move(next(wishes), later)
        except SlotTaken:
            return "taken"
        return "moved"

    outcomes = at_once(2, press)

    assert sorted(outcomes) == ["moved", "taken"]
    assert booked().count(later.id) == 1 and len(booked()) == 2


def test_a_day_before_the_car_is_ready_is_refused(order: Order) -> None:
    with transaction():
        soon = a_later_slot(order, days=1)

    with pytest.raises(DayTooEarly):
        move(order, soon)

    assert now(order).slot_id == order.slot_id


def test_a_time_of_another_purpose_is_not_known(order: Order) -> None:
    with transaction():
        later = a_later_slot(order, "test_drive")

    with pytest.raises(SlotNotFound):
        move(order, later)

    assert facts("orders.handover_moved") == 0


def test_on_the_day_itself_it_is_too_late(order: Order) -> None:
    with transaction():
        later = a_later_slot(order)
        assert order.slot_id is not None
        session().execute(
            update(Slot)
            .where(Slot.id == order.slot_id)
            .values(starts_at=clock.now() + timedelta(minutes=1), ends_at=clock.now() + timedelta(hours=1))
        )

    with pytest.raises(TooLateToMove):
        move(order, later)

    assert now(order).slot_id == order.slot_id


@pytest.mark.parametrize("end", ["cancelled", "handed over"])
def test_an_order_that_is_over_is_not_moved(order: Order, end: str) -> None:
    with transaction():
        later = a_later_slot(order)
        if end == "cancelled":
            Order.locked(order.id).cancel("why not", BEN)
        else:
            ready(Order.locked(order.id)).hand_over(BEN, clock.now())

    with pytest.raises(OrderClosed):
        move(order, later)

    assert facts("orders.handover_moved") == 0


def test_picking_up_instead_takes_the_delivery_off_the_price(order: Order) -> None:
    with transaction():
        later = a_later_slot(order, "handover")

    change = move(order, later, "dealer_handover", TOGETHER - DELIVERY)

    moved = now(order)
    assert change is not None and change.delta_minor == -DELIVERY
    assert moved.value() == yuan(TOGETHER - DELIVERY) and moved.address is None
    assert "delivery" not in {row.key for row in moved.amounts}
    assert facts("orders.amount_changed") == 1


@pytest.mark.parametrize(("off", "left"), [(DELIVERY // 2, DELIVERY - DELIVERY // 2), (DELIVERY, 0)])
def test_what_a_promotion_took_off_the_delivery_leaves_with_it(order: Order, off: int, left: int) -> None:
    with transaction():
        session().add(
            OrderAmount(
                order_id=order.id,
                position=99,
                due="by_date",
                key="delivery_promotion",
                label={"en": "Half", "zh": "减半"},
                amount_minor=-off,
                currency="CNY",
            )
        )
        later = a_later_slot(order, "handover")

    move(order, later, "dealer_handover", TOGETHER - DELIVERY)

    moved = now(order)
    assert moved.value() == yuan(TOGETHER - DELIVERY)
    assert not {row.key for row in moved.amounts} & {"delivery", "delivery_promotion"}


def test_delivery_instead_opens_a_balance_that_was_paid(order: Order) -> None:
    with transaction():
        pick_up = a_later_slot(order, "handover")
    move(order, pick_up, "dealer_handover", TOGETHER - DELIVERY)
    with transaction():
        pay_balance(Order.locked(order.id))
    assert not balance_is_open(order)
    with transaction():
        later = a_later_slot(order, days=16)

    move(order, later)

    moved = now(order)
    assert moved.balance() == yuan(DELIVERY) and balance_is_open(order)
    row = session().scalars(select(OrderAmount).where(OrderAmount.key == "delivery")).one()
    assert (row.amount_minor, row.label["zh"]) == (DELIVERY, "送车上门")


def test_picking_up_a_paid_car_leaves_money_to_give_back_and_no_debt(order: Order) -> None:
    with transaction():
        pay_balance(Order.locked(order.id))
        later = a_later_slot(order, "handover")

    move(order, later, "dealer_handover", TOGETHER - DELIVERY)

    moved = now(order)
    assert (moved.overpaid(), moved.balance()) == (yuan(DELIVERY), yuan(0))
    assert not balance_is_open(order)


def test_delivery_without_an_address_asks_for_it(order: Order) -> None:
    with transaction():
        pick_up = a_later_slot(order, "handover")
    move(order, pick_up, "dealer_handover", TOGETHER - DELIVERY)
    with transaction():
        later = a_later_slot(order, days=16)

    with pytest.raises(AddressNeeded), transaction():
        wish = Wish("home_delivery", session().get_one(Slot, later.id))
        changing.move_handover(order.id, wish, TOGETHER, ADA, clock.now())

    assert now(order).method == "dealer_handover"


def test_another_total_than_the_one_seen_is_refused(order: Order) -> None:
    with transaction():
        later = a_later_slot(order, "handover")

    with pytest.raises(OrderChangedMeanwhile):
        move(order, later, "dealer_handover", TOGETHER)

    assert now(order).method == "home_delivery" and facts("orders.handover_moved") == 0
