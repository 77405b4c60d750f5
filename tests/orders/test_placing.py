"""One cart, one order: what placing takes, starts, plans and tells."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import EventRow
from app.money import Money
from catalog.models import Hold, StockItem
from catalog.refusals import VehicleAlreadyHeld, VehicleGone
from garage.models import Entitlement, LedgerEntry
from orders.models import ChecklistItem, NumberSeries, Order, OrderAmount, OrderLine, OrderMove
from orders.placing import OrderDraft, place
from orders.refusals import NothingOrdered
from partners.models import Booking, Slot
from partners.refusals import SlotTaken
from tests.orders.builders import (
    ADA,
    BALANCE,
    DEPOSIT,
    a_car,
    a_draft,
    a_service_line,
    a_slot,
    an_order,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def fresh_reads() -> Iterator[None]:
    yield
    close_reading()


def count(model: Any) -> int:
    close_reading()
    found = session().scalar(select(func.count()).select_from(model)) or 0
    close_reading()
    return found


def at_once(times: int, press: Callable[[], str]) -> list[Any]:
    """What became of that many presses started together: what each returned, or the class of its refusal."""
    start = threading.Barrier(times)

    def run(_: int) -> Any:
        start.wait()
        try:
            return press()
        except Refusal as refused:
            return type(refused)
        finally:
            close_reading()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def a_cart(**told: Any) -> OrderDraft:
    """A car with a charging plan from the handover and credits today, agreed and committed."""
    with transaction():
        car = told.pop("car", None) or a_car()
        return a_draft(car, a_service_line("charging"), a_service_line("credits"), **told)


def placed(draft: OrderDraft) -> Order:
    with transaction():
        return place(draft, ADA, clock.now())


def test_an_order_keeps_every_amount_word_for_word() -> None:
    draft = a_cart()

    placed(draft)

    order = Order.of_cart(draft.cart_id)
    assert order is not None
    kept = session().scalars(select(OrderAmount).order_by(OrderAmount.position)).all()
    assert [(row.due, row.key, row.label, row.reason, row.amount_minor, row.due_on) for row in kept] == [
        (row.when, row.key, row.label, row.reason, row.amount_minor, row.due_on) for row in draft.amounts
    ]
    assert order.total("today") == Money(DEPOSIT + 45_000, "CNY")
    assert order.total("by_date") == Money(BALANCE, "CNY")
    assert order.balance() == order.value() == Money(BALANCE + DEPOSIT + 45_000, "CNY")


def test_an_order_takes_the_car_and_the_slot_that_the_cart_held() -> None:
    cart_id = uuid.uuid4()
    with transaction():
        car, slot = a_car(), a_slot()
        until = clock.now().replace(year=2100)
        car.hold(cart_id, "payment", until, actor=ADA)
        slot.hold(cart_id, until, ADA)
        draft = a_draft(car, slot=slot, cart_id=cart_id)

    order = placed(draft)

    close_reading()
    assert session().get_one(StockItem, car.id).state == "reserved"
    assert session().scalars(select(Hold.holder).where(Hold.released_at.is_(None))).all() == [order.id]
    live = session().scalars(select(Booking).where(Booking.state != "released")).all()
    assert [(row.holder, row.state) for row in live] == [(order.id, "booked")]


def test_what_starts_today_runs_and_what_waits_for_the_car_is_planned() -> None:
    placed(a_cart())

    states = {row.sku: row.state for row in session().scalars(select(Entitlement))}
    assert states == {"credits-1": "active", "charging-1": "pending"}
    assert (
        session().scalar(select(func.sum(LedgerEntry.amount)).where(LedgerEntry.account.like("cust:%")))
        == 500
    )


def test_an_order_with_a_car_opens_its_checklist_and_waits() -> None:
    order = placed(a_cart())

    assert order.status == "placed"
    assert len(order.checklist()) == 12
    assert all(row.is_open for row in order.checklist().values())


def test_an_order_without_a_car_is_complete_at_once() -> None:
    with transaction():
        order = place(
            a_draft(None, a_service_line("credits"), a_service_line("charging", "today")), ADA, clock.now()
        )

    assert order.status == "completed"
    assert count(ChecklistItem) == 0
    assert set(session().scalars(select(Entitlement.state))) == {"active"}
    moves = session().execute(select(OrderMove.from_status, OrderMove.to_status).order_by(OrderMove.id)).all()
    assert [tuple(move) for move in moves] == [(None, "placed"), ("placed", "completed")]


def test_placing_a_cart_again_is_the_same_order() -> None:
    draft = a_cart()

    first, second = placed(draft), placed(draft)

    assert second.id == first.id
    assert count(Order) == 1
    assert count(OrderLine) == 3


def test_twenty_placings_of_one_cart_are_one_order() -> None:
    draft = a_cart()

    placed_ids = at_once(20, lambda: str(placed(draft).id))

    assert len(placed_ids) == 20 and len(set(placed_ids)) == 1
    assert count(Order) == 1
    assert count(Entitlement) == 2
    assert session().scalar(select(func.count()).where(EventRow.type == "orders.order_placed")) == 1


def test_numbers_follow_one_another_without_a_hole() -> None:
    drafts = [a_cart() for _ in range(6)]

    def try_to(draft: OrderDraft) -> str:
        return placed(draft).number

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(try_to, [*drafts, *drafts]))

    month = clock.now().strftime("%y%m")
    assert sorted(set(numbers)) == [f"T-{month}-{n:05d}" for n in range(1, 7)]
    assert session().scalars(select(NumberSeries.next)).one() == 7


def test_two_carts_for_one_car_are_one_order_and_one_refusal() -> None:
    with transaction():
        car = a_car()
        drafts = [a_draft(car), a_draft(car)]

    def try_to(draft: OrderDraft) -> str:
        try:
            return placed(draft).status
        except Refusal as refused:
            return refused.code

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(try_to, drafts))

    assert told == ["VehicleGone", "placed"]
    assert count(Order) == 1


def test_a_car_held_by_somebody_else_leaves_nothing_behind() -> None:
    with transaction():
        car = a_car()
        car.hold(uuid.uuid4(), "payment", clock.now().replace(year=2100), actor=ADA)
        draft = a_draft(car=car)

    with pytest.raises(VehicleAlreadyHeld):
        placed(draft)

    assert [count(model) for model in (Order, OrderLine, OrderAmount, Entitlement, LedgerEntry)] == [0] * 5
    assert session().scalar(select(func.count()).where(Booking.state == "booked")) == 0


def test_a_slot_that_went_to_somebody_else_leaves_nothing_behind() -> None:
    with transaction():
        slot = a_slot()
        slot.book(uuid.uuid4(), ADA)
        draft = a_draft(a_car(), slot=slot)

    with pytest.raises(SlotTaken):
        placed(draft)

    assert count(Order) == 0
    assert set(session().scalars(select(StockItem.state))) == {"available"}


def test_a_slot_of_another_dealer_is_refused() -> None:
    with transaction():
        draft = a_draft(a_car())
        elsewhere = a_slot(purpose="test_drive")

    with pytest.raises(Refusal):
        placed(replace(draft, slot_id=elsewhere.id))

    assert count(Order) == 0
    assert session().get_one(Slot, elsewhere.id).capacity == 1


def test_a_sold_car_is_refused() -> None:
    with transaction():
        car = a_car()
        an_order(car)
        draft = a_draft(car=car)

    with pytest.raises(VehicleGone):
        placed(draft)

    assert count(Order) == 1


def test_an_empty_cart_is_no_order() -> None:
    with pytest.raises(NothingOrdered):
        placed(replace(a_cart(), lines=(), amounts=()))


def test_placing_tells_who_bought_and_what_it_is_worth() -> None:
    order = placed(a_cart())

    row = session().scalars(select(EventRow).where(EventRow.type == "orders.order_placed")).one()
    assert row.subject_id == order.id
    assert row.customer_id == order.customer_id
    assert row.payload["number"] == order.number
    assert row.payload["value_minor"] == BALANCE + DEPOSIT + 45_000
    assert "Ada" not in str(row.payload)
