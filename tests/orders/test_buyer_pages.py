"""The buyer's own pages: cancelling, moving, papers and the shared glance, as a browser without scripts uses them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.db import close_reading, session, transaction
from orders.models import Order
from partners.models import Recipient, Slot
from tests.conftest import csrf_of
from tests.orders.builders import BEN, a_car_order, a_service_line, pay_balance, ready
from tests.orders.test_order_page import open_link
from tests.partners.builders import a_slot as a_partners_slot


@pytest.fixture
def order(client: FlaskClient) -> Order:
    with transaction():
        return a_car_order(a_service_line("charging"))


@pytest.fixture
def ada(client: FlaskClient, order: Order) -> FlaskClient:
    open_link(client, order)
    return client


def see(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    return str(answer.get_data(as_text=True))


def now(order: Order) -> Order:
    close_reading()
    return session().get_one(Order, order.id, populate_existing=True)


def a_later_slot(order: Order, purpose: str = "delivery") -> Slot:
    with transaction():
        dealer = session().get_one(Recipient, order.recipient_id)
        return a_partners_slot(dealer, purpose, clock.now() + timedelta(days=14), 1)


def test_the_cancel_page_names_what_ends_and_what_comes_back(ada: FlaskClient, order: Order) -> None:
    told = see(ada, f"/orders/{order.public_id}/cancel")

    assert "Mere Long Range is free for other buyers" in told
    assert "¥5,000" in told and "5 to 10 days" in told
    assert f"Yes, end order {order.number}" in told


def test_cancelling_needs_the_tick_and_happens_once(ada: FlaskClient, order: Order) -> None:
    path = f"/orders/{order.public_id}/cancel"
    token = csrf_of(ada, path)

    unticked = ada.post(path, data={"csrf_token": token})
    assert unticked.status_code == 422 and not now(order).is_cancelled
    for _ in range(2):
        assert ada.post(path, data={"csrf_token": token, "agreed": "on"}).status_code == 303

    assert now(order).is_cancelled
    assert "Cancelled" in see(ada, f"/orders/{order.public_id}")


def test_after_the_window_the_page_leads_to_a_person(ada: FlaskClient, order: Order) -> None:
    with transaction():
        Order.locked(order.id).placed_at = clock.now() - timedelta(days=60)

    told = see(ada, f"/orders/{order.public_id}/cancel")

    assert "After that it takes a person" in told and "/ask" in told
    assert 'name="agreed"' not in told


def test_moving_the_day_is_shown_and_then_confirmed(ada: FlaskClient, order: Order) -> None:
    later = a_later_slot(order)
    choice = see(ada, f"/orders/{order.public_id}/handover")
    path = f"/orders/{order.public_id}/handover/change"
    preview = see(ada, f"{path}?method=home_delivery&slot={later.public_id}")
    total = re.search(r'name="expected_total" value="(\d+)"', preview)
    assert total is not None
    form = {
        "csrf_token": csrf_of(ada, f"{path}?method=home_delivery&slot={later.public_id}"),
        "method": "home_delivery",
        "slot": later.public_id,
        "expected_total": total.group(1),
    }

    answer = ada.post(path, data=form)

    assert "Handed over at the dealer" in choice and "See what changes" in choice
    assert "Still to pay" in preview
    assert answer.status_code == 303
    assert now(order).slot_id == later.id
    assert "Handover moved to" in see(ada, f"/orders/{order.public_id}")


def test_picking_up_a_paid_car_names_what_goes_back(ada: FlaskClient, order: Order) -> None:
    with transaction():
        pay_balance(Order.locked(order.id))
    later = a_later_slot(order, "handover")

    told = see(
        ada, f"/orders/{order.public_id}/handover/change?method=dealer_handover&slot={later.public_id}"
    )

    assert "¥980 goes back to the card you paid with" in told
    assert now(order).method == "home_delivery"


def test_another_total_shows_the_change_as_it_is_now(ada: FlaskClient, order: Order) -> None:
    later = a_later_slot(order, "handover")
    path = f"/orders/{order.public_id}/handover/change"
    token = csrf_of(ada, f"{path}?method=dealer_handover&slot={later.public_id}")
    form = {"csrf_token": token, "method": "dealer_handover", "slot": later.public_id, "expected_total": "1"}

    answer = ada.post(path, data=form)

    assert answer.status_code == 409 and "What changes" in answer.get_data(as_text=True)
    assert now(order).method == "home_delivery"


@pytest.mark.parametrize("kind", ["order", "receipt-1", "all"])
def test_a_paper_that_exists_is_a_page_of_its_own(ada: FlaskClient, order: Order, kind: str) -> None:
    told = see(ada, f"/orders/{order.public_id}/papers/{kind}")

    assert order.number in told and "¥5,000" in told


@pytest.mark.parametrize("kind", ["handover", "refund-1", "receipt-9", "x"])
def test_a_paper_that_does_not_exist_is_none(ada: FlaskClient, order: Order, kind: str) -> None:
    see(ada, f"/orders/{order.public_id}/papers/{kind}", 404)


def test_the_handover_protocol_names_what_was_read(ada: FlaskClient, order: Order) -> None:
    with transaction():
        ready(Order.locked(order.id)).hand_over(BEN, clock.now())

    told = see(ada, f"/orders/{order.public_id}/papers/handover")

    assert "12 km" in told and "Handover protocol" in told


def test_a_shared_link_shows_the_way_and_nothing_else(
    ada: FlaskClient, flask_app: Flask, order: Order
) -> None:
    path = f"/orders/{order.public_id}"
    shared = ada.post(f"{path}/share", data={"csrf_token": csrf_of(ada, path)}).get_data(as_text=True)
    found = re.search(r"/link/[\w-]+", shared)
    assert found is not None
    cleo = flask_app.test_client()

    opened = cleo.get(found.group(0))
    told = see(cleo, f"{path}/status")

    assert opened.headers["Location"].endswith(f"{path}/status")
    assert "Mere Long Range" in told
    for secret in ("¥2", "¥5", "Lake Road", "Gongshu", "Ada", "+86", order.number):
        assert secret not in told, secret
    see(cleo, path, 404)
    see(cleo, f"{path}/papers/order", 404)


def test_sharing_that_was_stopped_opens_nothing(ada: FlaskClient, flask_app: Flask, order: Order) -> None:
    path = f"/orders/{order.public_id}"
    token = csrf_of(ada, path)
    shared = ada.post(f"{path}/share", data={"csrf_token": token}).get_data(as_text=True)
    found = re.search(r"/link/[\w-]+", shared)
    assert found is not None

    ada.post(f"{path}/share/stop", data={"csrf_token": token})

    assert flask_app.test_client().get(found.group(0)).status_code == 404


def test_the_garage_leads_to_the_order_of_a_car(ada: FlaskClient, order: Order) -> None:
    close_reading()
    line = now(order).lines[0].id

    answer = ada.get(f"/orders/lines/{line}")

    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/orders/{order.public_id}")
