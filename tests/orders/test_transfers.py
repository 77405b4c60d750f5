"""A car follows its order to another dealer: both are told, and it is prepared once it is there."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import EventRow
from catalog.stock import StockItem
from orders import answers, rehoming, transfers
from orders.models import CarTransfer, Order
from orders.transfers import CarNotHere
from partners.models import Recipient
from tests.orders.builders import BEN, a_car_order, a_dealer
from tests.orders.test_dealer_pages import Clerk
from tests.partners.builders import a_member_of_staff


@pytest.fixture
def order(client: FlaskClient) -> Order:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        a_member_of_staff("lu@tarn.example", recipient=a_dealer("binjiang", name="Tarn Binjiang"))
        return a_car_order()


@pytest.fixture
def ben(flask_app: Flask, order: Order) -> Clerk:
    """Of the dealer that has the car."""
    return Clerk(flask_app.test_client(), "ben@tarn.example")


@pytest.fixture
def lu(flask_app: Flask, order: Order) -> Clerk:
    """Of the dealer that gets the order."""
    return Clerk(flask_app.test_client(), "lu@tarn.example")


def dealer(code: str) -> Recipient:
    found = Recipient.by_code(code)
    assert found is not None
    return found


def move(order: Order, to: str) -> None:
    with transaction():
        answers.decline(Order.locked(order.id), "no_capacity", None, BEN, clock.now())
        rehoming.move_to(order.id, dealer(to), None, BEN, clock.now())


def the_transfer() -> CarTransfer:
    close_reading()
    return session().scalars(select(CarTransfer).order_by(CarTransfer.id.desc()).limit(1)).one()


def path(what: str) -> str:
    return f"/dealer/transfers/{the_transfer().public_id}/{what}"


def stands_at() -> str:
    close_reading()
    wanted = select(Recipient.code).join(StockItem, StockItem.recipient_id == Recipient.id)
    return session().scalars(wanted).one()


def told() -> list[str]:
    close_reading()
    wanted = select(EventRow.type).where(EventRow.type.like("orders.car_%")).order_by(EventRow.id)
    return [kind.removeprefix("orders.car_") for kind in session().scalars(wanted)]


def test_both_dealers_are_told_and_the_car_is_prepared_once_it_is_there(
    ben: Clerk, lu: Clerk, order: Order
) -> None:
    move(order, "binjiang")

    page = f"/dealer/orders/{order.public_id}"
    assert "to Tarn Binjiang" in ben.see("/dealer/transfers")
    assert order.public_id not in ben.see("/dealer/transfers")
    assert "Waiting for the car" in lu.see(page) and "from Tarn West Lake" in lu.see(page)
    assert "Cars on the move" in ben.see("/dealer/lanes") and "Cars on the move" in lu.see("/dealer/lanes")

    early = lu.post(f"{page}/moves", to="preparing")
    assert early.status_code == 409
    assert "has not come from Tarn West Lake yet" in early.get_data(as_text=True)

    assert ben.post(path("sent")).status_code == 303
    assert "under way since" in lu.see("/dealer/transfers")
    assert stands_at() == "west-lake"
    assert lu.post(path("received"), back=order.public_id).headers["Location"].endswith(page)
    assert stands_at() == "binjiang"
    assert lu.post(f"{page}/moves", to="preparing").status_code == 303
    assert told() == ["asked_for", "sent", "received"]
    assert "Nothing is on the move" in ben.see("/dealer/transfers")


def test_a_car_that_came_unannounced_is_received_all_the_same(lu: Clerk, order: Order) -> None:
    move(order, "binjiang")

    lu.post(path("received"))
    lu.post(path("received"))

    assert (stands_at(), told()) == ("binjiang", ["asked_for", "received"])


def test_nobody_else_sends_or_receives_it(flask_app: Flask, ben: Clerk, lu: Clerk, order: Order) -> None:
    with transaction():
        a_member_of_staff("cleo@tarn.example", recipient=a_dealer("suzhou", name="Tarn Suzhou"))
    move(order, "binjiang")
    cleo = Clerk(flask_app.test_client(), "cleo@tarn.example")

    assert lu.post(path("sent")).status_code == 404
    assert ben.post(path("received")).status_code == 404
    assert cleo.post(path("sent")).status_code == 404
    assert "VIN" not in cleo.see("/dealer/transfers") and "Nothing is on the move" in cleo.see(
        "/dealer/transfers"
    )
    row = the_transfer()
    assert (row.sent_at, row.received_at) == (None, None)


def test_an_order_that_comes_back_leaves_its_car_where_it_is(lu: Clerk, order: Order) -> None:
    move(order, "binjiang")
    move(order, "west-lake")

    assert told() == ["asked_for", "stays"]
    with transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())


def test_a_car_under_way_is_sent_on_when_the_order_moves_again(ben: Clerk, order: Order) -> None:
    move(order, "binjiang")
    ben.post(path("sent"))
    with transaction():
        a_dealer("suzhou", name="Tarn Suzhou")
    move(order, "suzhou")

    row = the_transfer()
    assert row.to_recipient_id == dealer("suzhou").id and row.sent_at is not None
    move(order, "west-lake")
    row = the_transfer()
    assert (row.from_recipient_id, row.to_recipient_id) == (dealer("suzhou").id, dealer("west-lake").id)


def test_a_cancelled_order_calls_off_what_was_not_sent(lu: Clerk, order: Order) -> None:
    move(order, "binjiang")
    with transaction():
        Order.locked(order.id).cancel("changed their mind", BEN)

    assert the_transfer().called_off_at is not None
    assert lu.post(path("received")).status_code == 409
    assert stands_at() == "west-lake"


def test_a_car_on_the_road_is_received_although_its_order_was_cancelled(
    ben: Clerk, lu: Clerk, order: Order
) -> None:
    move(order, "binjiang")
    ben.post(path("sent"))
    with transaction():
        Order.locked(order.id).cancel("changed their mind", BEN)

    assert lu.post(path("received")).status_code == 303
    assert stands_at() == "binjiang"


def test_two_at_once_write_it_down_once(order: Order) -> None:
    move(order, "binjiang")
    public_id, begin = the_transfer().public_id, threading.Barrier(2)
    close_reading()
    faults: list[BaseException] = []

    def receive() -> None:
        begin.wait()
        try:
            with transaction():
                locked = Order.locked(order.id)
                transfers.receive(locked, transfers.by_public_id(public_id), BEN, clock.now())
        except Refusal as one:
            faults.append(one)
        finally:
            close_reading()

    workers = [threading.Thread(target=receive) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert faults == []
    assert told() == ["asked_for", "received"]


def test_preparing_says_where_the_car_is(order: Order) -> None:
    move(order, "binjiang")

    with pytest.raises(CarNotHere, match="CarNotHere"), transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())


def test_the_house_reads_why_nobody_else_brings_it_to_the_door(flask_app: Flask, order: Order) -> None:
    with transaction():
        a_member_of_staff("agent@tarn.example", role="agent")
        dealer("binjiang").home_delivery = False
        answers.decline(Order.locked(order.id), "no_capacity", None, BEN, clock.now())
    agent = Clerk(flask_app.test_client(), "agent@tarn.example")

    html = agent.see(f"/house/orders/{order.public_id}")

    assert "Nobody else fits" in html
    assert "Why not: it does not bring cars to the door" in html
