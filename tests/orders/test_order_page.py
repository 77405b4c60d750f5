"""The buyer's page: opened by the link or in the session that ordered, and by nobody else."""

import re

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app import clock, grants, sessions
from app.db import statement_count, transaction
from orders.models import Order
from orders.placing import place
from tests.orders.builders import (
    ADA,
    BEN,
    a_car_order,
    a_draft,
    a_service_line,
    at_the_door,
    close_all,
    ready,
)
from tests.orders.builders import ada as introduced


@pytest.fixture
def order(client: FlaskClient) -> Order:
    with transaction():
        return a_car_order(a_service_line("charging"), a_service_line("credits"))


def open_link(client: FlaskClient, order: Order) -> None:
    """As the mail does: the link is exchanged for a place in the session."""
    with transaction():
        token = grants.mint("order", order.id, clock.now().replace(year=2100))
    answer = client.get(f"/link/{token}")
    assert answer.headers["Location"].endswith(f"/orders/{order.public_id}"), answer.headers


@pytest.fixture
def ada(client: FlaskClient, order: Order) -> FlaskClient:
    open_link(client, order)
    return client


def see(client: FlaskClient, order: Order, prefix: str = "") -> str:
    answer = client.get(f"{prefix}/orders/{order.public_id}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_the_page_tells_when_where_and_what_is_left(ada: FlaskClient, order: Order) -> None:
    told = see(ada, order)

    assert order.number in told and "Mere Long Range" in told
    assert "to your door in Gongshu" in told
    assert "Pay the balance, ¥268,620" in told
    assert f"/orders/{order.public_id}/balance" in told
    assert "Two things left for you" in told
    assert "Tarn West Lake" in told


def test_the_amounts_are_printed_with_their_sums(ada: FlaskClient, order: Order) -> None:
    told = re.sub(r"<[^>]+>", " ", see(ada, order))

    for amount in ("¥5,000", "¥450", "¥5,450", "−¥5,000", "¥260,800", "¥11,540", "¥980", "¥268,620", "¥199"):
        assert amount in told, amount


@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_a_stranger_learns_nothing(flask_app: Flask, order: Order, prefix: str) -> None:
    answer = flask_app.test_client().get(f"{prefix}/orders/{order.public_id}")
    unknown = flask_app.test_client().get(f"{prefix}/orders/AAAAAAAAAAAAAAAAAAAAAA")

    assert answer.status_code == unknown.status_code == 404
    assert order.number not in answer.get_data(as_text=True)


def test_a_link_for_one_order_opens_no_other(ada: FlaskClient) -> None:
    with transaction():
        other = a_car_order()

    assert ada.get(f"/orders/{other.public_id}").status_code == 404


def test_the_session_that_ordered_needs_no_link(client: FlaskClient, flask_app: Flask) -> None:
    with flask_app.test_request_context("/"), transaction():
        order = a_car_order(customer=introduced(sessions.ensure().visitor_id))
        token = g.session_cookie
    client.set_cookie("forecourt", token)

    assert order.number in see(client, order)


def test_the_tracker_follows_the_order(ada: FlaskClient, order: Order) -> None:
    def here() -> str:
        found = re.search(r'<li aria-current="step"><b>([^<]+)</b>', see(ada, order))
        return found.group(1) if found else "none"

    stations = [here()]
    with transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())
    stations.append(here())
    with transaction():
        close_all(Order.locked(order.id))
    stations.append(here())
    with transaction():
        Order.locked(order.id).move("ready", BEN, clock.now())
    stations.append(here())
    with transaction():
        at_the_door(Order.locked(order.id)).hand_over(BEN, clock.now())
    stations.append(here())

    assert stations == [
        "Balance to pay",
        "Balance to pay",
        "Being made ready",
        "Your handover",
        "none",
    ]


def test_the_page_after_the_handover_owes_nothing(ada: FlaskClient, order: Order) -> None:
    with transaction():
        ready(Order.locked(order.id)).hand_over(BEN, clock.now())

    told = see(ada, order)

    assert "Yours since" in told and "Nothing left for you to do" in told
    assert "Pay the balance" not in told


def test_a_cancelled_order_says_so(ada: FlaskClient, order: Order) -> None:
    with transaction():
        Order.locked(order.id).cancel("secret of the house", BEN)

    told = see(ada, order)

    assert "Cancelled" in told and "goes back" in told
    assert "secret of the house" not in told
    assert "Pay the balance" not in told


def test_services_without_a_car_have_no_tracker(client: FlaskClient) -> None:
    with transaction():
        order = place(a_draft(None, a_service_line("credits")), ADA, clock.now())
    open_link(client, order)

    told = see(client, order)

    assert "Thank you" in told and 'class="tracker"' not in told


def test_the_page_speaks_chinese(ada: FlaskClient, order: Order) -> None:
    told = see(ada, order, "/zh")

    assert "付余款" in told and "长续航" in told and "送车上门" in told
    for english in (
        "Everything so far",
        "Balance",
        "Ordered",
        "left for you",
        "Paid so far",
        "from handover",
    ):
        assert english not in told, english


def test_the_page_costs_a_bounded_number_of_statements(ada: FlaskClient, order: Order) -> None:
    with statement_count() as counted:
        see(ada, order)

    assert counted() <= 11
