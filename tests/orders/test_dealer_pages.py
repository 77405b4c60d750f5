"""The dealer's console as a browser without script meets it: board, order, checklist, moves, handover."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.settings import settings
from orders.models import Handover, Order, OrderMove, Receipt
from tests.conftest import csrf_of
from tests.orders.builders import (
    BEN,
    a_car_order,
    a_dealer,
    a_service_line,
    ada,
    at_the_door,
    close_all,
    pay_balance,
    ready,
)
from tests.partners.builders import PASSWORD, a_member_of_staff

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NAME = "O'Brien & Söhne <x>"


class Clerk:
    """Somebody of the staff at a browser without script."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self.client = client
        token = csrf_of(client, "/staff/sign-in")
        form = {"csrf_token": token, "email": email, "password": PASSWORD}
        assert client.post("/staff/sign-in", data=form).status_code == 303

    def see(self, path: str, **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200, (path, answer.status_code)
        return str(answer.get_data(as_text=True))

    def post(self, path: str, **form: str) -> Any:
        page = self.client.get("/dealer").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return self.client.post(path, data={"csrf_token": found.group(1), **form})


@pytest.fixture(autouse=True)
def nobody_tried_before(servers: None) -> None:
    Redis.from_url(settings().redis_url).flushdb()


@pytest.fixture
def order(client: FlaskClient) -> Order:
    with transaction():
        return a_car_order(a_service_line("charging"), customer=ada(name=NAME))


@pytest.fixture
def ben(client: FlaskClient, order: Order) -> Clerk:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
    return Clerk(client, "ben@tarn.example")


@pytest.fixture
def cleo(flask_app: Flask, order: Order) -> Clerk:
    """Of another dealer."""
    with transaction():
        a_member_of_staff("cleo@tarn.example", name="Cleo", recipient=a_dealer("binjiang"))
    return Clerk(flask_app.test_client(), "cleo@tarn.example")


def now_is(order: Order) -> str:
    close_reading()
    return session().scalars(select(Order.status).where(Order.id == order.id)).one()


def count(model: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_a_dealer_takes_an_order_from_the_board_to_the_handover(ben: Clerk, order: Order) -> None:
    page = f"/dealer/orders/{order.public_id}"
    assert f'href="{page}"' in ben.see("/dealer")

    assert ben.post(f"{page}/moves", to="preparing").status_code == 303
    for key, more in {
        "papers_ready": {},
        "car_prepared": {},
        "keys_counted": {"value": "2"},
        "charging_kit": {},
        "balance_received": {"reference": "ICBC 8841"},
    }.items():
        assert ben.post(f"{page}/checklist/{key}", **more).status_code == 303, key
    assert ben.post(f"{page}/moves", to="ready").status_code == 303
    for key, more in {
        "identity_checked": {},
        "odometer_read": {"value": "14"},
        "charge_read": {"value": "81"},
        "walk_through": {},
        "charging_explained": {},
        "app_explained": {},
    }.items():
        assert ben.post(f"{page}/checklist/{key}", **more).status_code == 303, key
    for side in ("buyer", "dealer"):
        signed = ben.post(f"{page}/signatures/{side}", name=f"{side} name", way="typed", strokes="")
        assert signed.status_code == 303, side
    with transaction():
        at_the_door(Order.locked(order.id))
    assert "Hand over" in ben.see(page)
    assert ben.post(f"{page}/handover").headers["Location"].endswith(page)

    assert now_is(order) == "handed_over"
    told = ben.see(page)
    assert "14 km" in told and "Ben Sells" in told and "ICBC 8841" in told
    assert order.public_id in ben.see("/dealer").split('id="column-handed-over"')[1]


def test_a_name_is_shown_as_it_was_written(ben: Clerk, order: Order) -> None:
    for path in ("/dealer", f"/dealer/orders/{order.public_id}"):
        told = ben.see(path)
        assert "O&#39;Brien &amp; Söhne &lt;x&gt;" in told
        assert "<x>" not in told


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("get", "", {}),
        ("post", "/moves", {"to": "preparing"}),
        ("post", "/moves", {"to": "cancelled", "why": "mine"}),
        ("post", "/checklist/car_prepared", {}),
        ("post", "/checklist/balance_received", {"reference": "free"}),
        ("post", "/checklist/car_prepared/reopen", {}),
        ("post", "/handover", {}),
    ],
)
def test_a_dealer_of_another_place_finds_nothing(
    cleo: Clerk, order: Order, method: str, path: str, form: dict[str, str]
) -> None:
    address = f"/dealer/orders/{order.public_id}{path}"

    answer = cleo.client.get(address) if method == "get" else cleo.post(address, **form)

    assert answer.status_code == 404
    assert order.number not in answer.get_data(as_text=True)
    assert now_is(order) == "placed"
    assert (count(OrderMove), count(Receipt)) == (1, 1)


def test_the_board_of_another_place_is_empty(cleo: Clerk, order: Order) -> None:
    assert order.public_id not in cleo.see("/dealer")


def test_an_unknown_order_is_not_found(ben: Clerk) -> None:
    assert ben.client.get("/dealer/orders/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert ben.post("/dealer/orders/x/handover").status_code == 404


def test_a_stranger_and_an_agent_are_not_let_in(client: FlaskClient, order: Order, flask_app: Flask) -> None:
    with transaction():
        a_member_of_staff("agent@tarn.example", role="agent")
    agent = Clerk(flask_app.test_client(), "agent@tarn.example")
    page = f"/dealer/orders/{order.public_id}"

    assert "/staff/sign-in" in client.get(page).headers["Location"]
    assert agent.client.get(page).status_code == 403
    assert agent.client.get("/dealer").status_code == 403


def test_an_admin_sees_every_place_by_name(flask_app: Flask, order: Order) -> None:
    with transaction():
        a_member_of_staff("admin@tarn.example", role="admin")
        other = a_car_order(dealer=a_dealer("binjiang", name="Tarn Binjiang"))
    admin = Clerk(flask_app.test_client(), "admin@tarn.example")

    told = admin.see("/dealer")

    assert order.public_id in told and other.public_id in told
    assert "Tarn Binjiang" in told


def test_the_handover_is_refused_on_the_page_with_what_is_missing(ben: Clerk, order: Order) -> None:
    with transaction():
        ready(Order.locked(order.id), "signatures")

    answer = ben.post(f"/dealer/orders/{order.public_id}/handover")

    assert answer.status_code == 409
    assert "Still open: Both signatures." in answer.get_data(as_text=True)
    assert count(Handover) == 0


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("keys_counted", {}),
        ("keys_counted", {"value": "many"}),
        ("keys_counted", {"value": "0"}),
        ("odometer_read", {"value": "-5"}),
        ("odometer_read", {"value": "1000000"}),
        ("balance_received", {}),
        ("balance_received", {"reference": "x" * 201}),
        ("balance_received", {"reference": "a\x00b"}),
        ("car_prepared", {"price": "1"}),
    ],
)
def test_bad_input_is_told_at_its_point_and_moves_nothing(
    ben: Clerk, order: Order, key: str, form: dict[str, str]
) -> None:
    answer = ben.post(f"/dealer/orders/{order.public_id}/checklist/{key}", **form)

    assert answer.status_code == 422
    assert f'id="item-{key}"' in answer.get_data(as_text=True)
    assert all(item.is_open for item in order.checklist().values())
    assert count(Receipt) == 1


@pytest.mark.parametrize(
    "form", [{}, {"to": "handed_over"}, {"to": "cancelled"}, {"to": "cancelled", "why": " "}]
)
def test_a_forged_or_empty_move_is_refused(ben: Clerk, order: Order, form: dict[str, str]) -> None:
    answer = ben.post(f"/dealer/orders/{order.public_id}/moves", **form)

    assert answer.status_code == 422
    assert now_is(order) == "placed"


def test_an_unknown_point_is_not_found(ben: Clerk, order: Order) -> None:
    assert ben.post(f"/dealer/orders/{order.public_id}/checklist/champagne").status_code == 404


def test_staff_cancel_with_a_reason(ben: Clerk, order: Order) -> None:
    page = f"/dealer/orders/{order.public_id}"

    assert ben.post(f"{page}/moves", to="cancelled", why="Ada took another car").status_code == 303

    assert now_is(order) == "cancelled"
    assert "Ada took another car" in ben.see(page)
    assert order.public_id not in ben.see("/dealer")


def test_a_tick_is_taken_back(ben: Clerk, order: Order) -> None:
    page = f"/dealer/orders/{order.public_id}/checklist/car_prepared"
    ben.post(page)

    assert ben.post(f"{page}/reopen").status_code == 303

    assert order.checklist()["car_prepared"].is_open


def test_the_board_puts_each_order_where_it_stands(ben: Clerk, order: Order) -> None:
    with transaction():
        late = a_car_order(due_in_days=0)
        almost = a_car_order()
        Order.locked(almost.id).move("preparing", *_ben())
        close_all(Order.locked(almost.id), "papers_ready", "signatures")
        stands_ready = a_car_order()
        ready(Order.locked(stands_ready.id))
        done = a_car_order()
        ready(Order.locked(done.id)).hand_over(*_ben())

    told = ben.see("/dealer")

    columns = re.split(r'id="column-', told)[1:]
    found = {part.split('"')[0]: set(re.findall(r'id="card-([^"]+)"', part)) for part in columns}
    assert found == {
        "coming": {order.public_id, late.public_id},
        "preparing": set(),
        "almost": {almost.public_id},
        "ready": {stands_ready.public_id},
        "handed-over": {done.public_id},
    }
    assert "You: Papers ready" in told
    assert "Buyer: balance ¥268,620" in told


def test_the_board_is_one_fragment_for_htmx(ben: Clerk) -> None:
    told = ben.see("/dealer", headers=HTMX)

    assert told.lstrip().startswith("<section") and 'id="board"' in told
    assert "<html" not in told


def test_the_pages_speak_chinese(ben: Clerk, order: Order) -> None:
    with transaction():
        Order.locked(order.id).move("preparing", *_ben())
        pay_balance(Order.locked(order.id))

    board, page = ben.see("/zh/dealer"), ben.see(f"/zh/dealer/orders/{order.public_id}")

    assert "整备中" in board and "交车" in board
    assert "钥匙清点" in page and "长续航" in page
    for english in ("Preparing", "Coming", "Keys counted", "Papers ready", "Still missing", "Balance"):
        assert english not in board + page, english


def test_the_pages_cost_the_same_however_full_the_board_is(ben: Clerk, order: Order) -> None:
    def cost(path: str) -> int:
        with statement_count() as counted:
            ben.see(path)
        return counted()

    one = cost("/dealer")
    with transaction():
        for _ in range(5):
            ready(a_car_order())

    assert cost("/dealer") <= one <= 8
    assert cost(f"/dealer/orders/{order.public_id}") <= 19


def _ben() -> tuple[Any, Any]:
    return BEN, clock.now()
