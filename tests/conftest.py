"""Real servers for every test: one PostgreSQL and one Valkey per run, a database per worker from one template."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("FORECOURT_SECRET_KEY", "a-key-for-tests-only-" + "x" * 32)
os.environ.setdefault("FORECOURT_DATABASE_URL", "postgresql+psycopg://set-by-the-fixture/none")
os.environ.setdefault("FORECOURT_STRIPE_API_KEY", "sk_test_forecourt")
os.environ.setdefault("FORECOURT_STRIPE_WEBHOOK_SECRET", "whsec_forecourt_tests")
os.environ.setdefault("FORECOURT_STRIPE_API_BASE", "http://127.0.0.1:9")
os.environ.setdefault("FORECOURT_LEAD_HOLD_S", "0")

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

from flask import Flask
from flask.testing import FlaskClient

from app import clock, deliveries, rates, relay, settings
from app.db import Model, close_reading, engine
from app.embedded import Postgres, Valkey
from app.factory import assemble, create_app
from app.schema import load_models, migrate


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("servers")
    postgres, valkey = Postgres(folder / "postgres", durable=False), Valkey(folder / "valkey")
    postgres.start()
    valkey.start()
    os.environ["FORECOURT_DATABASE_URL"] = postgres.url
    os.environ["FORECOURT_REDIS_URL"] = valkey.url
    settings.settings.cache_clear()
    yield
    engine().dispose()
    valkey.stop()
    postgres.stop()


@pytest.fixture(scope="session")
def schema(servers: None) -> list[str]:
    load_models()
    migrate()
    assemble()
    return [*(table.name for table in Model.metadata.sorted_tables), "clock_offset"]


@pytest.fixture
def database(schema: list[str]) -> Iterator[None]:
    """A clean database; what the test commits is gone afterwards."""
    yield
    close_reading()
    with engine().begin() as connection:
        # Most tables are empty after most tests: deleting takes a fiftieth of the time that truncating takes.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(" ".join(f'DELETE FROM "{name}";' for name in schema))
    clock.agree()
    rates.forget()


@pytest.fixture(scope="session")
def flask_app(schema: list[str]) -> Flask:
    return create_app()


@pytest.fixture
def client(flask_app: Flask, database: None) -> FlaskClient:
    return flask_app.test_client()


@pytest.fixture
def run_relay(database: None) -> Callable[[], Any]:
    """Hands every event to its listeners and sends what is due, now."""

    def run() -> None:
        relay.relay()
        deliveries.deliver_due()
        close_reading()

    return run


def csrf_of(client: FlaskClient, path: str) -> str:
    """The token of the form on a page, as a browser would send it back."""
    import re

    html = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, f"no form on {path}"
    return found.group(1)


def key() -> str:
    return secrets.token_hex(8)
