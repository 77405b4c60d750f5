"""The garage shows a visitor what is theirs, and nobody else's."""

import uuid
from datetime import timedelta

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import clock, sessions
from app.db import session, statement_count, transaction
from app.events import SYSTEM
from app.sessions import AuthSession
from catalog.models import Model, Vehicle
from customers.account import prove
from garage import activation
from tests.customers.builders import ada, cleo
from tests.garage.builders import a_credits_line, a_line, some_line

ADDRESS = "/garage"


def a_vehicle(vin: str = "LTMAA1B20TN000001") -> Vehicle:
    model = Model(
        slug="mere", origin="house", make_slug="tarn", make_name="Tarn", name="Mere", name_zh="澄", year=2026
    )
    session().add(model)
    session().flush()
    vehicle = Vehicle(
        vin=vin, model_id=model.id, model_year=2026, paint="tarn", wheels="blade", interior="sand"
    )
    session().add(vehicle)
    session().flush()
    return vehicle


@pytest.fixture
def visitor(client: FlaskClient) -> uuid.UUID:
    with client.application.test_request_context(), transaction():
        made = sessions.ensure().visitor_id
        client.set_cookie(sessions.cookie_name(), g.session_cookie)
    assert made is not None
    return made


def test_a_stranger_finds_an_empty_garage_and_leaves_no_row(client: FlaskClient) -> None:
    html = client.get(ADDRESS).get_data(as_text=True)

    assert "Nothing here yet" in html
    assert session().scalars(select(AuthSession)).all() == []


def test_the_garage_shows_cars_services_and_credits(client: FlaskClient, visitor: uuid.UUID) -> None:
    at = clock.now()
    with transaction():
        buyer, vehicle = ada(visitor), a_vehicle()
        activation.own_vehicle(vehicle.id, buyer.id, some_line(), at)
        activation.activate(a_line(buyer, vehicle_id=vehicle.id), SYSTEM, at)
        waiting = a_line(buyer, "feature", name={"en": "O'Brien & Söhne <x>", "zh": "领航"})
        activation.plan(waiting, SYSTEM, at)
        activation.activate(a_credits_line(buyer, 1240), SYSTEM, at)

    with statement_count() as count:
        english = client.get(ADDRESS).get_data(as_text=True)
    statements = count()
    chinese = client.get("/zh" + ADDRESS).get_data(as_text=True)

    assert statements <= 5
    assert "VIN LTMAA1B20TN000001" in english and "Your car" in english
    assert "Charge 250" in english and ", in your Mere" in english and "¥199 a month" in english
    assert "O&#39;Brien &amp; Söhne &lt;x&gt;" in english and "Waiting for the handover" in english
    assert "1,240" in english
    assert "澄 Mere" in chinese and "充电 250" in chinese and "领航" in chinese and "出行点数" in chinese


def test_what_is_over_is_not_shown(client: FlaskClient, visitor: uuid.UUID) -> None:
    at = clock.now() - timedelta(days=2)
    with transaction():
        buyer = ada(visitor)
        over = a_line(buyer, "feature", billing="daily", name={"en": "Track boost", "zh": "赛道加速"})
        activation.activate(over, SYSTEM, at)
    activation.expire_due(clock.now())

    html = client.get(ADDRESS).get_data(as_text=True)

    assert "Track boost" not in html


def test_nobody_sees_another_persons_garage(client: FlaskClient, visitor: uuid.UUID) -> None:
    at = clock.now()
    with transaction():
        ada(visitor)
        stranger = cleo(email="ada@example.com")
        activation.own_vehicle(a_vehicle().id, stranger.id, some_line(), at)
        activation.activate(a_credits_line(stranger, 500), SYSTEM, at)
        activation.activate(a_line(stranger), SYSTEM, at)

    html = client.get(ADDRESS).get_data(as_text=True)

    assert "Nothing here yet" in html
    assert "LTMAA1B20TN000001" not in html


def test_a_car_sold_on_leaves_the_first_garage(client: FlaskClient, visitor: uuid.UUID) -> None:
    at = clock.now()
    with transaction():
        buyer, vehicle = ada(visitor), a_vehicle()
        line = some_line()
        first = activation.own_vehicle(vehicle.id, buyer.id, line, at)
        again = activation.own_vehicle(vehicle.id, buyer.id, line, at)
        activation.own_vehicle(vehicle.id, cleo().id, some_line(), at + timedelta(days=1))

    assert again.id == first.id
    assert "LTMAA1B20TN000001" not in client.get(ADDRESS).get_data(as_text=True)


def test_the_garage_of_an_account_opens_on_every_device(client: FlaskClient, visitor: uuid.UUID) -> None:
    at = clock.now()
    with transaction():
        buyer, stranger = ada(), cleo()
        activation.own_vehicle(a_vehicle().id, buyer.id, some_line(), at)
        activation.activate(a_credits_line(stranger, 500), SYSTEM, at)
    assert "Nothing here yet" in client.get(ADDRESS).get_data(as_text=True)
    with transaction():
        account = prove("ada@example.com", "en", buyer.market_key, visitor, at)
        session().execute(update(AuthSession).values(account_id=account.id))

    html = client.get(ADDRESS).get_data(as_text=True)

    assert "VIN LTMAA1B20TN000001" in html
    assert "Mobility credits" not in html


def test_a_car_shows_its_odometer_what_runs_on_it_and_the_way_to_its_papers(
    client: FlaskClient, visitor: uuid.UUID
) -> None:
    at, line = clock.now(), some_line()
    with transaction():
        buyer, vehicle = ada(visitor), a_vehicle()
        activation.own_vehicle(vehicle.id, buyer.id, line, at, odometer_km=12)
        activation.activate(a_line(buyer, vehicle_id=vehicle.id), SYSTEM, at)

    html = client.get(ADDRESS).get_data(as_text=True)

    assert "12 km on that day" in html and f"/orders/lines/{line}" in html
    assert html.count("service-name") == 1
