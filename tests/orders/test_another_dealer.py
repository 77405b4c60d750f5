"""A dealer sees nothing of another dealer's: the page is not there, and the try is written down."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.db import close_reading, session, transaction
from orders.models import OrderMove
from orders.order import Order
from partners.models import Recipient
from tests.orders.builders import a_car_order, a_dealer
from tests.partners.builders import a_member_of_staff
from tests.partners.colleagues import Colleague, facts, hire, nobody_tried_before, who

BEN = "ben@tarn.example"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def theirs() -> Order:
    """An order at Binjiang, while Ben works for West Lake."""
    with transaction():
        a_member_of_staff(BEN, recipient=a_dealer())
        return a_car_order(dealer=a_dealer("binjiang"))


@pytest.fixture
def ben(flask_app: Flask, theirs: Order) -> Iterator[Colleague]:
    browser = Colleague(flask_app)
    assert browser.sign_in(BEN).status_code == 303
    yield browser


def moves() -> int:
    close_reading()
    return session().query(OrderMove).count()


def test_another_dealers_order_is_not_there_and_the_try_is_written_down(
    flask_app: Flask, ben: Colleague, theirs: Order
) -> None:
    answer = ben.client.get(f"/dealer/orders/{theirs.public_id}")

    assert answer.status_code == 404
    assert "There is no such order" in answer.get_data(as_text=True)
    (fact,) = facts("partners.access_refused")
    assert (fact.staff_id, fact.endpoint, fact.subject) == (who(BEN).id, "dealer.order", theirs.public_id)
    admin = hire(flask_app, name="He Yan")
    html = admin.see("/admin/audit?kind=refused")
    assert theirs.public_id in html and "Ben Sells" in html


def test_another_dealers_order_does_not_move(ben: Colleague, theirs: Order) -> None:
    before = moves()

    path = f"/dealer/orders/{theirs.public_id}/moves"
    answer = ben.post(path, on="/staff/me", to="cancelled", why="mine now")

    assert answer.status_code == 404
    assert moves() == before
    close_reading()
    assert session().get_one(Order, theirs.id).status == theirs.status
    assert len(facts("partners.access_refused")) == 1


def test_json_tells_no_more_than_the_page(ben: Colleague, theirs: Order) -> None:
    def told(public_id: str) -> tuple[object, object]:
        answer = ben.client.get(f"/dealer/orders/{public_id}", headers={"Accept": "application/json"})
        return answer.status_code, {**answer.get_json()["error"], "request_id": ""}

    assert told(theirs.public_id) == told("an-order-nobody-has-got")


def test_ones_own_order_opens_and_nothing_is_written_down(flask_app: Flask, ben: Colleague) -> None:
    with transaction():
        west = Recipient.by_code("west-lake")
        assert west is not None
        mine = a_car_order(dealer=west)

    assert ben.client.get(f"/dealer/orders/{mine.public_id}").status_code == 200
    assert facts("partners.access_refused") == []


def test_a_stranger_who_is_sent_to_sign_in_is_not_written_down(flask_app: Flask, theirs: Order) -> None:
    assert Colleague(flask_app).client.get(f"/dealer/orders/{theirs.public_id}").status_code == 303

    assert facts("partners.access_refused") == []
