"""Letters on the way to a handover: the code for the door, and another dealer that has the order."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app import clock
from app.db import transaction
from app.mail import MailboxMessage
from orders import answers, door, handover_records, rehoming
from orders.models import Order
from partners.models import Slot
from tests.conversations.test_letters import a_placed_order, mails
from tests.orders import builders as orders

pytestmark = pytest.mark.usefixtures("flask_app")


def the_letter(subject: str) -> MailboxMessage:
    told = {mail.subject: mail for mail in mails()}
    assert subject in told, list(told)
    return told[subject]


def ready_to_drive() -> Order:
    order = a_placed_order()
    with transaction():
        found = Order.locked(order.id)
        found.move("preparing", orders.BEN, clock.now())
        orders.close_all(found)
        found.move("ready", orders.BEN, clock.now())
    return order


def drive(order: Order) -> None:
    with transaction():
        found = Order.locked(order.id)
        door.set_off(found, clock.now() + timedelta(minutes=40), orders.BEN, clock.now())


def test_the_buyer_is_told_when_the_car_comes_and_the_code(run_relay: Callable[[], None]) -> None:
    order = ready_to_drive()
    drive(order)

    run_relay()

    run = handover_records.run_of(order.id)
    letter = the_letter(f"Your car is on the way, order {order.number}")
    assert run is not None
    assert f"Your arrival code: {door.code_of(run)}" in letter.text


def test_a_car_that_turned_back_is_not_announced_any_more(run_relay: Callable[[], None]) -> None:
    order = ready_to_drive()
    drive(order)
    with transaction():
        door.turn_back(Order.locked(order.id), "Wrong street", orders.BEN, clock.now())

    run_relay()

    assert not [mail for mail in mails() if "on the way" in mail.subject]


def test_the_buyer_is_told_of_another_dealer(run_relay: Callable[[], None]) -> None:
    order = a_placed_order()
    with transaction():
        other = orders.a_dealer("binjiang", name="Tarn Binjiang")
        slot: Slot = orders.a_slot(other)
        answers.decline(Order.locked(order.id), "no_capacity", None, orders.BEN, clock.now())
        rehoming.move_to(order.id, other, slot, orders.BEN, clock.now())

    run_relay()

    letter = the_letter(f"Another dealer prepares your car, order {order.number}")
    assert "Tarn Binjiang" in letter.text and "/link/" in letter.text
