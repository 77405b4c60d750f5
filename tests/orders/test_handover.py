"""A car changes hands once, when everything on the list is closed, and what was bought with it begins."""

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import Model, close_reading, session, transaction
from app.events import EventRow
from catalog.models import StockItem
from garage.models import Entitlement, OwnedVehicle
from orders.checklist import BY_KEY
from orders.models import Handover, Order, OrderMove
from orders.refusals import (
    ChecklistOpen,
    ItemNeedsValue,
    ItemNotFound,
    MoveNotAllowed,
    OdometerOutOfRange,
    OrderClosed,
)
from partners.models import Booking
from tests.orders.builders import BEN, a_car_order, a_service_line, an_order, close_all, ready
from tests.orders.test_placing import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(database: None) -> Order:
    """Ada's car with a charging plan that starts with it; the deposit is paid."""
    with transaction():
        return a_car_order(a_service_line("charging"))


def fresh(order: Order) -> Order:
    return Order.locked(order.id)


def counted(model: type[Model]) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def moves(order: Order) -> list[str]:
    close_reading()
    wanted = select(OrderMove.to_status).where(OrderMove.order_id == order.id).order_by(OrderMove.id)
    return list(session().scalars(wanted))


def status(order: Order) -> str:
    close_reading()
    return session().scalars(select(Order.status).where(Order.id == order.id)).one()


def told(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0


def test_a_car_that_is_handed_over_is_the_buyers(order: Order) -> None:
    with transaction():
        ready(fresh(order))
    with transaction():
        done = fresh(order).hand_over(BEN, clock.now())

    assert (done.recipient_id, done.odometer_km, done.actor_id) == (order.recipient_id, 12, "ben")
    assert moves(order) == ["placed", "preparing", "ready", "handed_over"]
    owned = session().scalars(select(OwnedVehicle)).one()
    car = session().scalars(select(StockItem)).one()
    assert (owned.customer_id, owned.vehicle_id) == (order.customer_id, car.vehicle_id)
    assert car.state == "sold"
    service = session().scalars(select(Entitlement)).one()
    assert (service.state, service.due) == ("active", True)
    assert session().scalars(select(Booking.state)).one() == "booked"
    assert told("orders.order_handed_over") == 1


@pytest.mark.parametrize("key", sorted(BY_KEY))
def test_one_open_point_stops_the_handover(order: Order, key: str) -> None:
    with transaction():
        ready(fresh(order))
    if key == "balance_received":
        with transaction():
            fresh(order).mark_refunded(order.paid(), "re_all", BEN, clock.now())
    else:
        with transaction():
            fresh(order).reopen_item(key, BEN, clock.now())

    with pytest.raises(ChecklistOpen) as refused, transaction():
        fresh(order).hand_over(BEN, clock.now())

    assert BY_KEY[key].name in refused.value.text
    assert (status(order), counted(Handover), counted(OwnedVehicle)) == ("ready", 0, 0)
    assert session().scalars(select(StockItem.state)).one() == "reserved"
    assert session().scalars(select(Entitlement.state)).one() == "pending"


def test_a_car_is_not_ready_while_something_is_missing(order: Order) -> None:
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())
        close_all(fresh(order), "papers_ready")

    with pytest.raises(ChecklistOpen), transaction():
        fresh(order).move("ready", BEN, clock.now())

    assert status(order) == "preparing"


@pytest.mark.parametrize("wanted", ["ready", "handed_over", "completed", "cancelled", "lost", "placed; --"])
def test_a_placed_order_does_not_jump(order: Order, wanted: str) -> None:
    with pytest.raises(MoveNotAllowed), transaction():
        fresh(order).move(wanted, BEN, clock.now())

    assert (status(order), moves(order)) == ("placed", ["placed"])


def test_an_order_that_is_not_ready_is_not_handed_over(order: Order) -> None:
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())
        close_all(fresh(order))

    with pytest.raises(MoveNotAllowed), transaction():
        fresh(order).hand_over(BEN, clock.now())

    assert (status(order), counted(Handover)) == ("preparing", 0)


def test_an_order_that_was_ready_can_go_back_to_the_workshop(order: Order) -> None:
    with transaction():
        ready(fresh(order))
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())

    assert moves(order) == ["placed", "preparing", "ready", "preparing"]


def test_moving_to_where_it_stands_is_no_move(order: Order) -> None:
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())
    with transaction():
        fresh(order).move("preparing", BEN, clock.now())

    assert moves(order) == ["placed", "preparing"]


def test_two_who_hand_over_at_once_hand_over_once(order: Order) -> None:
    with transaction():
        ready(fresh(order))

    def press() -> str:
        with transaction():
            return str(session().get_one(Order, order.id).hand_over(BEN, clock.now()).id)

    outcomes = at_once(2, press)

    assert len(outcomes) == 2 and len(set(outcomes)) == 1
    assert (counted(Handover), counted(OwnedVehicle)) == (1, 1)
    assert (
        told("orders.order_handed_over")
        == told("garage.service_activated")
        == told("catalog.vehicle_sold")
        == 1
    )


def test_a_handover_and_a_cancellation_at_once_leave_one_of_them(order: Order) -> None:
    with transaction():
        ready(fresh(order))
    doings = ["hand over", "cancel"]

    def press() -> str:
        doing = doings.pop()
        with transaction():
            known = session().get_one(Order, order.id)
            if doing == "cancel":
                known.cancel("changed my mind", BEN)
            else:
                known.hand_over(BEN, clock.now())
        return doing

    outcomes = at_once(2, press)

    assert MoveNotAllowed in outcomes and len(outcomes) == 2
    ended = status(order)
    car = session().scalars(select(StockItem.state)).one()
    assert (ended, car, counted(OwnedVehicle)) in {
        ("handed_over", "sold", 1),
        ("cancelled", "available", 0),
    }


def test_closing_a_point_twice_keeps_who_closed_it_first(order: Order) -> None:
    with transaction():
        fresh(order).close_item("keys_counted", BEN, clock.now(), value=2)
    with transaction():
        fresh(order).close_item("keys_counted", BEN, clock.now(), value=3)

    assert order.checklist()["keys_counted"].value == 2
    assert told("orders.checklist_item_closed") == 1


@pytest.mark.parametrize(
    ("key", "value", "refusal"),
    [
        ("keys_counted", None, ItemNeedsValue),
        ("keys_counted", 0, ItemNeedsValue),
        ("keys_counted", 10, ItemNeedsValue),
        ("odometer_read", None, ItemNeedsValue),
        ("odometer_read", -1, OdometerOutOfRange),
        ("odometer_read", 1_000_000, OdometerOutOfRange),
        ("champagne", None, ItemNotFound),
        ("", None, ItemNotFound),
    ],
)
def test_what_does_not_fit_closes_nothing(
    order: Order, key: str, value: int | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), transaction():
        fresh(order).close_item(key, BEN, clock.now(), value=value)

    assert all(item.is_open for item in order.checklist().values())
    assert told("orders.checklist_item_closed") == 0


def test_after_the_handover_nothing_changes_any_more(order: Order) -> None:
    with transaction():
        ready(fresh(order)).hand_over(BEN, clock.now())

    with pytest.raises(OrderClosed), transaction():
        fresh(order).reopen_item("signatures", BEN, clock.now())
    with pytest.raises(MoveNotAllowed), transaction():
        fresh(order).cancel("too late", BEN)
    with pytest.raises(MoveNotAllowed), transaction():
        fresh(order).move("preparing", BEN, clock.now())

    assert status(order) == "handed_over"


def test_an_order_without_a_car_is_not_handed_over() -> None:
    with transaction():
        order = an_order(None, a_service_line("subscription"))

    with pytest.raises(MoveNotAllowed), transaction():
        fresh(order).hand_over(BEN, clock.now())

    assert (status(order), counted(Handover)) == ("completed", 0)
