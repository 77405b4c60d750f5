"""An order goes to another dealer while somebody of the first one has its page open, or waits for its lock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.db import close_reading, engine, session, transaction
from orders.handover_records import OrderAnswer, OrderNote
from orders.models import Order, OrderMove
from tests.conftest import csrf_of
from tests.journeys.waiting import eventually
from tests.orders.builders import a_car_order, a_dealer, ada
from tests.orders.test_dealer_pages import Clerk
from tests.partners.builders import a_member_of_staff


@pytest.fixture
def order(client: FlaskClient) -> Order:
    with transaction():
        return a_car_order(customer=ada())


@pytest.fixture
def ben(flask_app: Flask, order: Order) -> Clerk:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
    return Clerk(flask_app.test_client(), "ben@tarn.example")


@contextmanager
def going_to_another_dealer(order: Order) -> Iterator[Callable[[], None]]:
    """The house has written it, and commits when told to."""
    with transaction():
        other = a_dealer("binjiang").id
    close_reading()
    with engine().connect() as house:
        house.execute(
            text("UPDATE customer_order SET recipient_id = :to WHERE id = :id"), {"to": other, "id": order.id}
        )
        yield house.commit


def somebody_waits() -> bool:
    with engine().connect() as watcher:
        return bool(
            watcher.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            )
        )


def count(model: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("moves", {"to": "preparing"}),
        ("moves", {"to": "cancelled", "why": "No car"}),
        ("answer", {"answer": "accept"}),
        ("notes", {"body": "The blue one"}),
    ],
)
def test_who_waited_for_an_order_that_went_to_another_dealer_finds_nothing(
    ben: Clerk, order: Order, path: str, form: dict[str, str]
) -> None:
    said: list[int] = []
    before = count(OrderMove)
    token = csrf_of(ben.client, f"/dealer/orders/{order.public_id}")

    def act() -> None:
        answer = ben.client.post(
            f"/dealer/orders/{order.public_id}/{path}", data={"csrf_token": token, **form}
        )
        said.append(answer.status_code)
        close_reading()

    with going_to_another_dealer(order) as commit:
        acting = threading.Thread(target=act)
        acting.start()
        assert eventually(somebody_waits, every_s=0.02)
        commit()
        acting.join()

    close_reading()
    assert said == [404]
    assert session().scalars(select(Order.status).where(Order.id == order.id)).one() == "placed"
    assert (count(OrderMove), count(OrderAnswer), count(OrderNote)) == (before, 0, 0)
