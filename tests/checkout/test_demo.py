"""The fictional shop's buyers, made through the ordinary verbs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.db import close_reading, session
from catalog import demo as catalog_demo
from checkout import abandonment, demo
from checkout.cart import Cart
from checkout.payment import Payment
from orders.models import Order
from partners import demo as partners_demo
from tests.checkout.till import Till

pytestmark = pytest.mark.usefixtures("database")


def told() -> tuple[list[str], list[str], list[str]]:
    close_reading()
    orders = sorted(session().scalars(select(Order.status)))
    carts = sorted(session().scalars(select(Cart.state)))
    payments = sorted(session().scalars(select(Payment.state)))
    close_reading()
    return orders, carts, payments


def seed() -> None:
    at = clock.now()
    partners_demo.demo(at)
    catalog_demo.demo(at)
    close_reading()
    demo.demo(at)


def test_the_demo_has_orders_in_different_states_and_carts_that_were_left() -> None:
    seed()

    assert told() == (
        ["placed", "placed", "preparing", "ready"],
        ["open", "open", "ordered", "ordered", "ordered", "ordered", "paying"],
        ["captured", "captured", "captured", "captured", "created"],
    )
    assert abandonment.sweep() == 3


def test_the_demo_pays_at_the_sandbox_where_it_answers(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_base", lambda: till.url)
    seed()

    close_reading()
    references = list(
        session().scalars(select(Payment.provider_reference).where(Payment.state == "captured"))
    )
    assert len(references) == 4
    assert all(not str(reference).startswith("pi_demo") for reference in references)


def test_a_second_demo_changes_nothing() -> None:
    seed()
    before = told()

    demo.demo(clock.now() + timedelta(hours=1))

    assert told() == before
