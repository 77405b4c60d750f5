from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from checkout import payments
from checkout.stripe_gateway import StripeGateway
from tests.checkout import till as tills
from tests.checkout.buyer import Buyer
from tests.checkout.till import Till


@pytest.fixture(scope="session")
def running_till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with tills.running(tmp_path_factory.mktemp("till")) as started:
        yield started


@pytest.fixture
def gateway(running_till: Till) -> StripeGateway:
    return StripeGateway(tills.API_KEY, tills.WEBHOOK_SECRET, running_till.url)


@pytest.fixture
def till(running_till: Till, gateway: StripeGateway) -> Iterator[Till]:
    """The sandbox, with the house's gateway pointed at it."""
    running_till.faults()
    before = payments._make
    payments.install_gateway(lambda: gateway)
    yield running_till
    if before is not None:
        payments.install_gateway(before)


@pytest.fixture
def ada(client: FlaskClient) -> Buyer:
    return Buyer(client)


@pytest.fixture
def cleo(flask_app: Flask, database: None) -> Buyer:
    return Buyer(flask_app.test_client())
