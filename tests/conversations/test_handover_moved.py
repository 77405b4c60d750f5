"""The letter that says that the handover is at another time or place."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from orders import changing
from orders.changing import Wish
from partners.models import Recipient
from tests.orders.builders import ADA, ADDRESS, TOGETHER, a_car_order
from tests.partners.builders import a_slot

pytestmark = pytest.mark.usefixtures("database")


def test_a_moved_handover_is_told_by_mail_once_for_each_move(run_relay: Callable[[], None]) -> None:
    with transaction():
        order = a_car_order()
        dealer = session().get_one(Recipient, order.recipient_id)
        slots = [a_slot(dealer, "delivery", clock.now() + timedelta(days=days), 1) for days in (14, 16)]

    for slot in slots:
        with transaction():
            changing.move_handover(order.id, Wish("home_delivery", slot, ADDRESS), TOGETHER, ADA, clock.now())
        run_relay()
        run_relay()

    close_reading()
    sent = session().scalars(select(Delivery).where(Delivery.kind == "orders.handover_moved")).all()
    assert len(sent) == 2
    assert {row.state for row in sent} == {"delivered"}
