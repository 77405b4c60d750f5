"""Signals: names and codes of whoever has a session; nothing of staff, of robots, of a first look."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from app import clock, signals
from app.db import close_reading, session, transaction
from app.sessions import AuthSession
from app.settings import settings
from app.signals import Signal, VisitDay
from catalog import assortments
from tests.catalog.builders import a_shelf
from tests.checkout.builders import a_car
from tests.checkout.buyer import Buyer

ROBOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}
TYPED = "4417 1234 5678 9113"


@pytest.fixture
def ada(client: FlaskClient) -> Buyer:
    return Buyer(client)


def noted() -> list[Signal]:
    close_reading()
    return list(session().scalars(select(Signal).order_by(Signal.at, Signal.id)))


def with_car(buyer: Buyer) -> None:
    with transaction():
        car = a_car()
    buyer.add_car(car)


@pytest.mark.parametrize("path", ["/", "/stock", "/stock?q=nothing-like-this", "/services", "/cart"])
def test_a_first_look_writes_no_row(client: FlaskClient, path: str) -> None:
    with_car_in_shop()
    client.get(path)

    assert noted() == []
    assert session().scalars(select(AuthSession)).all() == []


def with_car_in_shop() -> None:
    with transaction():
        a_car()


def test_the_way_to_the_review_is_noted_step_by_step(ada: Buyer) -> None:
    with_car(ada)
    ada.see("/checkout/contact")
    ada.give_contact()
    ada.see("/checkout/handover")

    found = [(one.kind, one.step) for one in noted()]

    assert found == [("cart", "cart"), ("checkout", "contact"), ("step", "handover")]
    assert all(one.value_minor and one.currency == "CNY" and one.cart_id for one in noted())


def test_a_refused_field_is_noted_by_name_and_never_by_value(ada: Buyer) -> None:
    with_car(ada)
    ada.give_contact(phone=TYPED + " or so", email="ada at home")
    ada.give_contact(**{TYPED: "x", "secret@example.com": "y"})

    found = [one for one in noted() if one.kind == "refused"]

    assert [(one.step, one.detail) for one in found][:2] == [("contact", "email"), ("contact", "phone")]
    assert {one.detail for one in found[2:]} == {signals.UNKNOWN_FIELD}
    close_reading()
    kept = str(session().execute(select(*Signal.__table__.columns)).all())
    assert "4417" not in kept and "home" not in kept and "secret" not in kept


def test_a_refusal_of_a_verb_is_noted_by_its_name(ada: Buyer) -> None:
    with_car(ada)
    ada.give_contact()
    form = ada.post("/checkout/handover", method="home_delivery", street="1 Lake Road")

    assert form.status_code == 422
    assert {one.detail for one in noted() if one.kind == "refused"} >= {"slot-picker", "city"}


def test_robots_leave_nothing(ada: Buyer) -> None:
    with_car(ada)
    before = len(noted())

    ada.client.get("/checkout/contact", headers=ROBOT)

    assert len(noted()) == before


def test_the_device_is_one_word(ada: Buyer) -> None:
    with_car(ada)
    ada.client.get("/checkout/contact", headers=PHONE)

    assert [one.device for one in noted()] == ["desktop", "phone"]


def test_a_model_is_configured_once_a_session(ada: Buyer) -> None:
    a_shelf()
    assortments.forget()
    close_reading()
    for _ in range(2):
        ada.see("/models/mere/configure")
    assert noted() == [], "nobody is remembered for looking"
    ada.post("/cart/lines", sku="charge-250")

    for path in ("/models/mere/configure", "/models/mere/configure?paint=tarn", "/models/rill/configure"):
        ada.see(path)

    configured = [(one.step, one.detail) for one in noted() if one.kind == "configure"]
    assert configured == [("configure", "mere"), ("configure", "rill")]
    assortments.forget()


def test_visits_of_a_day_are_counted_without_any_id(client: FlaskClient) -> None:
    with_car_in_shop()
    Redis.from_url(settings().redis_url).flushdb()
    signals._remembered.clear()
    for _ in range(3):
        client.get("/stock")
    client.get("/stock", headers=PHONE)
    client.get("/zh/stock", headers=PHONE)
    client.get("/stock", headers=ROBOT)

    signals.fold(clock.now())
    signals.fold(clock.now())

    close_reading()
    rows = session().scalars(select(VisitDay).order_by(VisitDay.device, VisitDay.language)).all()
    assert [(row.market_key, row.device, row.language) for row in rows] == [
        ("CN", "desktop", "en"),
        ("CN", "phone", "en"),
        ("CN", "phone", "zh"),
    ]
    assert all(row.visits >= 1 for row in rows)
    assert {column.name for column in VisitDay.__table__.columns} == {
        "on",
        "market_key",
        "device",
        "language",
        "visits",
        "configured",
    }


def test_ninety_days_later_they_are_gone(ada: Buyer) -> None:
    with_car(ada)
    assert noted()

    with transaction():
        assert signals.purge(clock.now() + timedelta(days=89)) == 0
        assert signals.purge(clock.now() + timedelta(days=91)) > 0

    assert noted() == []
