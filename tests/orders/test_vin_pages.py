"""The VIN at the dealer's: on the board, in the order, entered by a form, refused in place."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.db import close_reading, transaction
from orders.models import Order
from partners.models import Recipient
from tests.catalog.builders import a_vin
from tests.orders.test_building import a_built_order, shelf, the_car  # noqa: F401
from tests.orders.test_dealer_pages import Clerk, nobody_tried_before  # noqa: F401
from tests.partners.builders import a_member_of_staff


@pytest.fixture
def order(client: FlaskClient, shelf: None) -> Order:  # noqa: F811
    with transaction():
        return a_built_order()


@pytest.fixture
def ben(client: FlaskClient, order: Order) -> Clerk:
    with transaction():
        a_member_of_staff(recipient=Recipient.by_code("hangzhou-west-lake"))
    return Clerk(client, "ben@tarn.example")


def vin_of(order: Order) -> str | None:
    close_reading()
    found = the_car(Order.by_public_id(order.public_id)).vin
    close_reading()
    return found


def send(ben: Clerk, order: Order, number: str, **more: str) -> Any:
    return ben.post(f"/dealer/orders/{order.public_id}/cars/0/vin", vin=number, **more)


def test_the_board_and_the_order_say_what_is_missing(ben: Clerk, order: Order) -> None:
    assert "Plant: being built" in ben.see("/dealer")

    html = ben.see(f"/dealer/orders/{order.public_id}")

    assert "Waiting for its VIN" in html
    assert "Mere Long Range" in html
    assert 'name="vin"' in html
    assert "Start preparing" not in html


def test_the_vin_is_entered_and_preparation_can_begin(ben: Clerk, order: Order) -> None:
    answer = send(ben, order, a_vin(7))

    assert answer.status_code == 303
    html = ben.see(answer.headers["Location"])
    assert a_vin(7) in html
    assert "Start preparing" in html
    assert "Waiting for its VIN" not in html


@pytest.mark.parametrize(
    ("number", "says"),
    [("LTM", "A VIN has 17 capitals"), (a_vin(7)[:16] + "X", "This has"), ("", "")],
)
def test_a_wrong_vin_is_refused_beside_its_field(ben: Clerk, order: Order, number: str, says: str) -> None:
    answer = send(ben, order, number if number != a_vin(7)[:16] + "X" else "LTM3A2E40TS00000I")

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert says in html
    assert 'aria-invalid="true"' in html
    assert 'href="#vin-0"' in html
    assert vin_of(order) is None


def test_preparation_before_the_vin_is_refused(ben: Clerk, order: Order) -> None:
    answer = ben.post(f"/dealer/orders/{order.public_id}/moves", to="preparing")

    assert answer.status_code == 409
    assert "has no VIN yet" in answer.get_data(as_text=True)


def test_a_second_vin_is_told_which_one_stands(ben: Clerk, order: Order) -> None:
    send(ben, order, a_vin(7))

    answer = send(ben, order, a_vin(8))

    assert answer.status_code == 409
    assert a_vin(7) in answer.get_data(as_text=True)
    assert vin_of(order) == a_vin(7)


def test_a_correction_says_what_it_corrects(ben: Clerk, order: Order) -> None:
    send(ben, order, a_vin(7))

    assert send(ben, order, a_vin(8), instead_of=a_vin(7)).status_code == 303

    assert vin_of(order) == a_vin(8)


def test_another_dealer_and_another_line_get_nothing(flask_app: Flask, ben: Clerk, order: Order) -> None:
    with transaction():
        a_member_of_staff("cleo@tarn.example", name="Cleo", recipient=Recipient.by_code("hangzhou-binjiang"))
    cleo = Clerk(flask_app.test_client(), "cleo@tarn.example")

    assert send(cleo, order, a_vin(7)).status_code in (403, 404)
    assert ben.post(f"/dealer/orders/{order.public_id}/cars/4/vin", vin=a_vin(7)).status_code == 404

    assert vin_of(order) is None
