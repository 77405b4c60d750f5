"""Every staff route as every role: closed as its policy says, written down, and never an error of ours."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import rates
from app.db import Model, close_reading, session, transaction
from app.events import EventRow
from app.relay import relay
from orders.order import Order
from partners.models import Recipient
from tests.conftest import csrf_of
from tests.house.test_access import EXPECTED, address
from tests.leads.builders import the_lead, the_places
from tests.leads.test_abandoned_carts import a_left_car
from tests.orders.builders import a_car_order, a_dealer
from tests.partners.builders import a_member_of_staff, a_recipient
from tests.partners.colleagues import Colleague, facts, nobody_tried_before

ROLES = ("agent", "dealer", "admin")
STAFF = {
    endpoint: (methods, rule, frozenset(who.removeprefix("staff:").split(",")))
    for endpoint, (methods, rule, who) in EXPECTED.items()
    if who.startswith("staff:")
}
LEAD_BACK = {"stalls.stall_now"}
"""What is over already leads back to its list."""


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


def signed_in(app: Flask, role: str, place: Recipient | None = None) -> Colleague:
    email = f"{role}@tarn.example"
    with transaction():
        a_member_of_staff(email, role, recipient=place)
    colleague = Colleague(app)
    assert colleague.sign_in(email).status_code == 303
    return colleague


def call(who: Colleague, token: str, methods: str, path: str) -> TestResponse:
    rates.forget()
    method = methods.split(",")[0]
    return who.client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_of_another_role_is_closed_and_the_try_is_written_down(flask_app: Flask, role: str) -> None:
    with transaction():
        place = a_recipient("west-lake") if role == "dealer" else None
    who = signed_in(flask_app, role, place)
    token = csrf_of(who.client, "/staff/me")
    closed = {name: route for name, route in STAFF.items() if role not in route[2]}

    answers = {
        name: call(who, token, methods, address(rule)).status_code
        for name, (methods, rule, _roles) in closed.items()
    }

    assert {name: status for name, status in answers.items() if status != 403} == {}
    assert sorted(fact.endpoint for fact in facts("partners.access_refused")) == sorted(closed)


@pytest.mark.parametrize("role", ROLES)
def test_whatever_is_guessed_or_left_empty_is_refused_and_never_our_fault(
    flask_app: Flask, role: str
) -> None:
    with transaction():
        place = a_recipient("west-lake") if role == "dealer" else None
    who = signed_in(flask_app, role, place)
    token = csrf_of(who.client, "/staff/me")
    open_to = {name: route for name, route in STAFF.items() if role in route[2]}

    answers = {
        name: call(who, token, methods, address(rule)).status_code
        for name, (methods, rule, _roles) in open_to.items()
    }

    assert {name: status for name, status in answers.items() if status >= 500 or status == 403} == {}
    guessed = {name for name, (_methods, rule, _roles) in open_to.items() if "public_id>" in rule} - LEAD_BACK
    assert {name: answers[name] for name in guessed if answers[name] not in (404, 409, 422)} == {}


def counts() -> dict[str, int]:
    """Of every table but what the try itself leaves."""
    close_reading()
    own = {EventRow.__tablename__, "auth_session", "rate"}
    return {
        table.name: session().scalar(select(func.count()).select_from(table)) or 0
        for table in Model.metadata.sorted_tables
        if table.name not in own
    }


def with_ids(rule: str, public_id: str, **more: str) -> str:
    told = {
        "public_id": public_id,
        "kind": "order",
        "key": "call",
        "side": "buyer",
        "purpose": "visit",
    } | more
    return re.sub(
        r"<(?:(\w+):)?(\w+)>",
        lambda part: told.get(part[2]) or address(f"<{part[1]}:{part[2]}>" if part[1] else f"<{part[2]}>"),
        rule,
    )


def test_whatever_another_place_has_is_not_there_by_any_route(flask_app: Flask) -> None:
    with transaction():
        places = the_places()
        others = a_recipient("binjiang", name="Tarn Binjiang")
    a_left_car(places)
    while relay():
        pass
    lead = the_lead().public_id
    with transaction():
        order = a_car_order(dealer=a_dealer("west-lake")).public_id
    han = signed_in(flask_app, "dealer", others)
    token = csrf_of(han.client, "/staff/me")
    theirs = {"/dealer/orders/": order, "/leads/": lead, "/dealer/hours/": places.dealer.public_id}
    theirs |= {"/dealer/places/": places.dealer.public_id}
    before = counts()

    answers = {
        f"{methods} {with_ids(rule, public_id)}": call(
            han, token, methods, with_ids(rule, public_id)
        ).status_code
        for methods, rule, roles in STAFF.values()
        for start, public_id in theirs.items()
        if "dealer" in roles and rule.startswith(f"{start}<public_id>")
    }
    for kind, public_id in (("order", order), ("lead", lead)):
        for name in ("customer_panel.panel", "customer_panel.reveal"):
            methods, rule, _roles = STAFF[name]
            path = with_ids(rule, public_id, kind=kind)
            answers[f"{methods} {path}"] = call(han, token, methods, path).status_code

    assert len(answers) > 40
    assert {path: status for path, status in answers.items() if status != 404} == {}
    assert counts() == before
    assert len(facts("partners.access_refused")) == len(answers)
    close_reading()
    assert session().scalars(select(Order.status)).one() == "placed"
