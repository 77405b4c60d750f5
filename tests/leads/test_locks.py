"""Whoever locks a row lets others point at it: a message, a dispatch or a note written beside it waits for nobody.

A lock that stops foreign keys lets two who lock in good order wait for each other through a third row.
"""

import threading
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app import clock
from app.db import close_reading, engine, session, transaction
from checkout.cart import Cart
from conversations.models import Conversation
from leads.models import Lead
from orders.models import Order
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_lead
from tests.orders.builders import BEN, a_car_order, ada


def points_at(table: str, row_id: uuid.UUID) -> list[Exception]:
    """What a foreign key asks for when a row is written that names this one; it fails if it has to wait."""
    failed: list[Exception] = []

    def point() -> None:
        try:
            with engine().begin() as other:
                other.execute(text("SET LOCAL lock_timeout = '1s'"))
                other.execute(text(f"SELECT 1 FROM {table} WHERE id = :id FOR KEY SHARE"), {"id": row_id})
        except Exception as waited:
            failed.append(waited)

    pointing = threading.Thread(target=point)
    pointing.start()
    pointing.join()
    return failed


def of_an_order() -> tuple[str, uuid.UUID, Callable[[], object]]:
    with transaction():
        order = a_car_order(customer=ada())
        order.move("preparing", BEN, clock.now())
    return "customer_order", order.id, lambda: Order.locked(order.id)


def of_a_cart() -> tuple[str, uuid.UUID, Callable[[], object]]:
    with transaction():
        cart = a_cart(credits_500())
    return "cart", cart.id, lambda: Cart.locked(cart.id)


def of_a_conversation() -> tuple[str, uuid.UUID, Callable[[], object]]:
    found = session().scalars(select(Conversation.id)).one()
    return "conversation", found, lambda: Conversation.locked(found)


def of_a_lead() -> tuple[str, uuid.UUID, Callable[[], object]]:
    found = the_lead().id
    return "lead", found, lambda: Lead.locked(found)


@pytest.mark.parametrize("made", [of_an_order, of_a_cart, of_a_conversation, of_a_lead])
def test_a_locked_row_may_be_pointed_at(
    client: FlaskClient,
    places: Places,
    made: Callable[[], tuple[str, uuid.UUID, Callable[[], object]]],
) -> None:
    assert Browser(client).ask().status_code == 303
    close_reading()
    table, row_id, lock = made()
    close_reading()

    with transaction():
        lock()
        failed = points_at(table, row_id)

    assert failed == []
