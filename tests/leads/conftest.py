from collections.abc import Iterator

import pytest
from flask import Flask

from app.db import transaction
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_places
from tests.partners.builders import a_member_of_staff
from tests.receiver import Receiver


@pytest.fixture
def places(database: None) -> Places:
    with transaction():
        found = the_places()
        a_member_of_staff("zhou.min@tarn.example", role="agent", name="Zhou Min", name_zh="周敏")
        a_member_of_staff("ben@tarn.example", role="dealer", recipient=found.dealer)
    return found


@pytest.fixture
def agent(flask_app: Flask, places: Places) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("zhou.min@tarn.example")
    return browser


@pytest.fixture
def ben(flask_app: Flask, places: Places) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("ben@tarn.example")
    return browser


@pytest.fixture
def admin(flask_app: Flask, places: Places) -> Browser:
    with transaction():
        a_member_of_staff("he.yan@tarn.example", role="admin", name="He Yan")
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


@pytest.fixture
def ada(flask_app: Flask, places: Places) -> Browser:
    return Browser(flask_app.test_client())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()
