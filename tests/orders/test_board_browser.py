"""The board in a real browser: by keyboard, with the line of now, and looking again without moving the card in hand."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from redis import Redis

from app import clock, sessions
from app.db import transaction
from app.settings import settings
from orders.models import Order
from tests.browser import browsing, serving
from tests.orders.builders import BEN, a_car_order, a_dealer, a_slot, ready
from tests.orders.test_board_pages import ZONE
from tests.orders.test_dealer_pages import Clerk
from tests.partners.builders import a_member_of_staff

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browsing() as running:
        yield running


@pytest.fixture(autouse=True)
def nobody_tried_before(servers: None) -> None:
    Redis.from_url(settings().redis_url).flushdb()


@pytest.fixture
def in_the_morning(database: None) -> Iterator[None]:
    """Tomorrow at 10:42 where the dealer is."""
    now = clock.now().astimezone(ZONE)
    wanted = (now + timedelta(days=1)).replace(hour=10, minute=42, second=0)
    clock.move(wanted - now)
    yield


@pytest.fixture
def orders(in_the_morning: None) -> list[Order]:
    """Coming, preparing, ready: one each, in that order of the columns."""
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        found = [a_car_order(), a_car_order(), a_car_order()]
        Order.locked(found[1].id).move("preparing", BEN, clock.now())
        ready(Order.locked(found[2].id))
    return found


@pytest.fixture
def board(flask_app: Flask, client: FlaskClient, orders: list[Order], chromium: Chromium) -> Iterator[Page]:
    Clerk(client, "ben@tarn.example")
    cookie = client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    with serving(flask_app) as port:
        address = f"http://127.0.0.1:{port}"
        window = chromium.new_context(
            base_url=address, locale="en-GB", reduced_motion="reduce", viewport={"width": 1440, "height": 900}
        )
        window.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
        page = window.new_page()
        page.goto("/dealer")
        yield page
        window.close()


def card(page: Page, order: Order) -> str:
    return f"#card-{order.public_id}"


def test_the_board_is_walked_and_opened_by_keyboard(board: Page, orders: list[Order]) -> None:
    coming, preparing, stands_ready = orders

    board.keyboard.press("j")
    expect(board.locator(card(board, coming))).to_be_focused()
    board.keyboard.press("ArrowRight")
    expect(board.locator(card(board, preparing))).to_be_focused()
    board.keyboard.press("j")
    expect(board.locator(card(board, stands_ready))).to_be_focused()
    board.keyboard.press("k")
    board.keyboard.press("ArrowLeft")
    expect(board.locator(card(board, coming))).to_be_focused()

    board.keyboard.press("Control+k")
    expect(board.locator("[data-find]")).to_be_focused()
    board.keyboard.type(stands_ready.number)
    board.keyboard.press("Enter")
    expect(board.locator(".board-card")).to_have_count(1)
    board.keyboard.press("s")
    board.wait_for_url(f"**/dealer/orders/{stands_ready.public_id}")


def test_the_line_of_now_stands_between_the_hours(board: Page) -> None:
    now = board.locator(".lane-now").bounding_box()
    ten = board.locator(".lane-hour", has_text="10:00").bounding_box()
    eleven = board.locator(".lane-hour", has_text="11:00").bounding_box()

    assert now is not None and ten is not None and eleven is not None
    share = (now["x"] - ten["x"]) / (eleven["x"] - ten["x"])
    assert 0.55 < share < 0.75
    seal = board.evaluate("() => getComputedStyle(document.querySelector('.lane-now')).stroke")
    assert seal == "rgb(189, 61, 34)"


def test_the_card_in_hand_stays_where_it_is_while_the_board_looks_again(
    board: Page, orders: list[Order]
) -> None:
    held = board.locator(card(board, orders[1]))
    held.focus()
    before = held.bounding_box()
    with transaction():
        dealer = a_dealer()
        sooner = a_car_order(slot=a_slot(dealer))
        Order.locked(sooner.id).move("preparing", BEN, clock.now())

    board.evaluate("() => document.getElementById('board').dispatchEvent(new CustomEvent('ring'))")

    expect(board.locator(card(board, sooner))).to_be_visible()
    expect(held).to_be_focused()
    expect(board.locator("#board-news")).to_have_text("1 new")
    after = held.bounding_box()
    assert before is not None and after is not None
    assert abs(after["x"] - before["x"]) < 1


def test_phones_read_the_day_as_a_list(board: Page) -> None:
    board.set_viewport_size({"width": 390, "height": 844})

    expect(board.locator(".lane-scroll")).to_be_hidden()
    expect(board.locator(".lane-list")).to_be_visible()
    assert board.evaluate("() => document.documentElement.scrollWidth") <= 390
