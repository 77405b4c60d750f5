"""The letters about an order: what they say, and that each goes once."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventHandling
from app.mail import MailboxMessage
from orders.models import Order
from tests.conversations.builders import Browser
from tests.orders import builders as orders

CONFIRM = "conversations.listeners.confirm_orders"


def mails() -> list[MailboxMessage]:
    close_reading()
    return list(session().scalars(select(MailboxMessage).order_by(MailboxMessage.sent_at)))


def a_placed_order() -> Order:
    with transaction():
        return orders.a_car_order(orders.a_service_line("charging"))


def test_the_confirmation_tells_what_was_bought_and_what_is_due_when(run_relay: Callable[[], None]) -> None:
    order = a_placed_order()

    run_relay()

    (mail,) = mails()
    assert mail.to == "ada@example.com"
    assert mail.subject == f"Your order {order.number}"
    assert "Mere Long Range" in mail.text
    assert "¥5,000" in mail.text and "¥268,620" in mail.text and "¥199" in mail.text
    assert "brings the car to your door" in mail.text
    assert "{" not in mail.text and "&#" not in mail.text


def test_the_confirmation_speaks_the_language_of_the_order(run_relay: Callable[[], None]) -> None:
    order = a_placed_order()
    with transaction():
        session().get_one(Order, order.id).language = "zh"

    run_relay()

    (mail,) = mails()
    assert mail.subject == f"你的订单 {order.number}"
    assert "澄 Mere 长续航" in mail.text and "/zh/link/" in mail.text


def test_a_confirmation_told_twice_goes_once(run_relay: Callable[[], None]) -> None:
    a_placed_order()
    run_relay()
    with transaction():
        for handling in session().scalars(select(EventHandling).where(EventHandling.listener == CONFIRM)):
            handling.state = "pending"

    run_relay()

    assert len(mails()) == 1


def test_the_link_of_the_confirmation_opens_the_order_for_whoever_holds_it(
    client: FlaskClient, run_relay: Callable[[], None]
) -> None:
    order = a_placed_order()
    run_relay()
    link = re.search(r"https?://[^/]+(/en/link/\S+)", mails()[0].text)
    assert link

    opened = client.get(link[1])

    assert opened.status_code == 303
    assert order.number in Browser(client).see(opened.headers["Location"])


def test_the_handover_is_followed_by_a_note(run_relay: Callable[[], None]) -> None:
    order = a_placed_order()
    with transaction():
        found = Order.locked(order.id)
        found.move("preparing", orders.BEN, clock.now())
        orders.close_all(found)
        found.move("ready", orders.BEN, clock.now())
        orders.at_the_door(found)
        found.hand_over(orders.BEN, clock.now())

    run_relay()

    assert [mail.subject for mail in mails()] == [
        f"Your order {order.number}",
        f"The car is yours, order {order.number}",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_letter_has_a_hole(run_relay: Callable[[], None], language: str) -> None:
    with transaction():
        order = orders.an_order(None, orders.a_service_line("credits"))
        session().get_one(Order, order.id).language = language

    run_relay()

    (mail,) = mails()
    assert "None" not in mail.text and "%(" not in mail.text
    assert "\n\n\n" not in mail.text
