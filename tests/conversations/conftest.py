from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium

from app.db import transaction
from catalog.models import StockItem
from partners.models import Slot
from tests.browser import browsing, serving
from tests.checkout.builders import a_car, a_dealer
from tests.conversations.builders import Browser, the_desks
from tests.partners.builders import a_member_of_staff, a_slot


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browsing() as running:
        yield running


@pytest.fixture
def address(flask_app: Flask, house: None) -> Iterator[str]:
    with serving(flask_app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def house(database: None) -> Iterator[None]:
    """The desks that answer, and Zhou Min who sits at one."""
    with transaction():
        the_desks()
        a_member_of_staff("zhou.min@tarn.example", role="agent", name="Zhou Min", name_zh="周敏")
        a_member_of_staff("ben@tarn.example", role="dealer", recipient=a_dealer())
    yield


@pytest.fixture
def ada(flask_app: Flask, house: None) -> Browser:
    return Browser(flask_app.test_client())


@pytest.fixture
def cleo(flask_app: Flask, house: None) -> Browser:
    return Browser(flask_app.test_client())


@pytest.fixture
def agent(flask_app: Flask, house: None) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("zhou.min@tarn.example")
    return browser


@pytest.fixture
def car(house: None) -> StockItem:
    with transaction():
        return a_car()


@pytest.fixture
def slot(car: StockItem) -> Slot:
    with transaction():
        return a_slot(a_dealer())
