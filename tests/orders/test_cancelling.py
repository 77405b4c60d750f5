"""A cancelled order gives back what it took: the time, the car, what was to begin."""

import pytest
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from catalog.models import StockItem
from garage import wallet
from garage.models import Entitlement
from orders.models import Order, OrderMove
from orders.placing import place
from orders.refusals import MoveNotAllowed, ReasonNeeded
from partners.models import Booking, Slot
from tests.orders.builders import ADA, BEN, a_car_order, a_draft, a_service_line, an_order, ready
from tests.orders.test_placing import at_once

pytestmark = pytest.mark.usefixtures("database")

WHY = "O'Brien & Söhne <x> took another car"


@pytest.fixture
def order(database: None) -> Order:
    with transaction():
        return a_car_order(a_service_line("charging"), a_service_line("credits"))


def cancelled_facts() -> list[str]:
    close_reading()
    wanted = select(EventRow.payload).where(EventRow.type == "orders.order_cancelled")
    return [payload["order_id"] for payload in session().scalars(wanted)]


@pytest.mark.parametrize("stage", ["placed", "preparing", "ready"])
def test_an_order_can_be_cancelled_before_the_handover(order: Order, stage: str) -> None:
    with transaction():
        if stage == "preparing":
            Order.locked(order.id).move("preparing", BEN, clock.now())
        if stage == "ready":
            ready(Order.locked(order.id))

    with transaction():
        Order.locked(order.id).cancel(WHY, BEN)

    car = session().scalars(select(StockItem)).one()
    assert (car.state, car.live_hold()) == ("available", None)
    assert session().scalars(select(Booking.state)).one() == "released"
    assert set(session().scalars(select(Entitlement.state))) == {"revoked"}
    assert wallet.balance(order.customer_id, clock.now()) == 0
    last = session().scalars(select(OrderMove).order_by(OrderMove.id.desc()).limit(1)).one()
    assert (last.from_status, last.to_status, last.why, last.actor_id) == (stage, "cancelled", WHY, "ben")
    assert cancelled_facts() == [str(order.id)]


def test_cancelling_again_changes_nothing(order: Order) -> None:
    with transaction():
        Order.locked(order.id).cancel(WHY, BEN)
    with transaction():
        Order.locked(order.id).cancel("again", BEN)

    assert len(cancelled_facts()) == 1


def test_four_who_cancel_at_once_cancel_once(order: Order) -> None:
    def press() -> str:
        with transaction():
            session().get_one(Order, order.id).cancel(WHY, BEN)
            return "cancelled"

    outcomes = at_once(4, press)

    assert outcomes == ["cancelled"] * 4
    assert len(cancelled_facts()) == 1


@pytest.mark.parametrize("why", ["", "   ", "\n"])
def test_nobody_cancels_without_a_reason(order: Order, why: str) -> None:
    with pytest.raises(ReasonNeeded), transaction():
        Order.locked(order.id).cancel(why, BEN)

    assert session().scalars(select(Order.status)).one() == "placed"
    assert session().scalars(select(StockItem.state)).one() == "reserved"
    assert cancelled_facts() == []


def test_nothing_is_owed_on_a_cancelled_order_and_what_was_paid_stays_on_record(order: Order) -> None:
    paid = order.paid()

    with transaction():
        Order.locked(order.id).cancel(WHY, BEN)
        cancelled = Order.locked(order.id)

        assert (cancelled.balance().amount_minor, cancelled.paid()) == (0, paid)


def test_a_completed_order_is_not_cancelled() -> None:
    with transaction():
        order = an_order(None, a_service_line("subscription"))

    with pytest.raises(MoveNotAllowed), transaction():
        Order.locked(order.id).cancel(WHY, BEN)

    assert session().scalars(select(Entitlement.state)).one() == "active"


def test_the_car_and_the_time_can_be_had_by_the_next_buyer(order: Order) -> None:
    with transaction():
        Order.locked(order.id).cancel(WHY, BEN)

    with transaction():
        car = session().scalars(select(StockItem)).one()
        slot = session().scalars(select(Slot)).one()
        second = place(a_draft(car, slot=slot), ADA, clock.now())

    assert second.status == "placed"
    assert session().get_one(StockItem, car.id).state == "reserved"
