from collections.abc import Iterator

import pytest
from flask import Flask

from app.db import transaction
from catalog.models import StockItem
from partners.models import Slot
from tests.checkout.builders import a_car, a_dealer
from tests.conversations.builders import Browser, the_desks
from tests.partners.builders import a_member_of_staff, a_slot


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
