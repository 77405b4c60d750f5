"""An order opens to the account of the address it was placed with, on any device, and to no stranger who types it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.db import statement_count, transaction
from orders.models import Order
from tests.customers.builders import cleo
from tests.customers.visitors import Visitor, nobody_tried_before
from tests.orders.builders import a_car_order, a_service_line, an_order
from tests.orders.builders import ada as introduced


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def order(client: FlaskClient) -> Order:
    """Placed as a guest, somewhere else."""
    with transaction():
        return a_car_order(a_service_line("charging"))


@pytest.fixture
def laptop(flask_app: Flask, order: Order) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def phone(flask_app: Flask, order: Order) -> Visitor:
    return Visitor(flask_app)


def test_an_order_placed_as_a_guest_opens_on_every_device_that_signs_in(
    laptop: Visitor, phone: Visitor, order: Order
) -> None:
    laptop.see(f"/orders/{order.public_id}", 404)

    for device in (laptop, phone):
        device.sign_in()
        assert order.number in device.see(f"/orders/{order.public_id}")
        assert device.client.get(f"/orders/{order.public_id}/balance").status_code == 200


def test_a_stranger_who_types_the_address_sees_nothing(laptop: Visitor, phone: Visitor, order: Order) -> None:
    visitor = phone.arrive()
    with transaction():
        introduced(visitor)

    phone.see(f"/orders/{order.public_id}", 404)
    phone.sign_in("cleo@example.com")
    phone.see(f"/orders/{order.public_id}", 404)
    phone.see(f"/orders/{order.public_id}/balance", 404)
    assert order.number not in phone.see("/account/orders")


def test_the_list_shows_every_order_of_the_address_and_no_other(laptop: Visitor, order: Order) -> None:
    with transaction():
        second = an_order(None, a_service_line("credits"))
        strangers = an_order(None, a_service_line("credits"), customer=cleo())
    laptop.sign_in()

    with statement_count() as count:
        whole = laptop.see("/account/orders")
    part = laptop.client.get("/account/orders", headers={"HX-Request": "true"}).get_data(as_text=True)

    assert count() <= 6
    for html in (whole, part):
        assert order.number in html and second.number in html and strangers.number not in html
        assert f"/orders/{order.public_id}" in html and "placed" in html and "Mere Long Range" in html
    assert "<html" in whole and "<html" not in part


def test_an_order_placed_while_signed_in_belongs_to_the_account(laptop: Visitor, phone: Visitor) -> None:
    laptop.sign_in()
    state = laptop.state
    with transaction():
        mine = introduced(state.visitor_id)
        mine.account_id, mine.email = state.account_id, "work@example.com"
        placed = an_order(None, a_service_line("credits"), customer=mine)

    phone.sign_in()

    assert placed.number in phone.see(f"/orders/{placed.public_id}")


def test_a_session_that_was_ended_opens_no_order(laptop: Visitor, phone: Visitor, order: Order) -> None:
    laptop.sign_in()
    phone.sign_in()

    laptop.post("/account/sessions/end", on="/account")

    phone.see(f"/orders/{order.public_id}", 404)


def test_the_order_page_offers_to_keep_it_and_leads_back(flask_app: Flask, laptop: Visitor) -> None:
    visitor = laptop.arrive()
    with transaction():
        mine = a_car_order(customer=introduced(visitor))
    html = laptop.see(f"/orders/{mine.public_id}")

    entered = laptop.sign_in(next=f"/orders/{mine.public_id}")

    assert "Keep this for later" in html
    assert f"/account/sign-in?next=/orders/{mine.public_id}" in html
    assert entered.headers["Location"].endswith(f"/orders/{mine.public_id}")
    assert "Keep this for later" not in laptop.see(f"/orders/{mine.public_id}")


def test_an_order_stays_when_its_account_goes(laptop: Visitor, order: Order) -> None:
    laptop.sign_in()
    laptop.post("/account/delete", on="/account/delete")

    laptop.see(f"/orders/{order.public_id}", 404)
    laptop.sign_in()

    assert order.number in laptop.see("/account/orders")
