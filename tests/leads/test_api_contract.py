"""What partners programme against is what the house does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from app import deliveries
from app.db import transaction
from leads.api_contract import contract
from leads.dispatching import tell_those_told
from leads.models import Lead
from partners.models import Recipient
from tests.leads.builders import Places, all_leads, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.leads.test_dispatch_channels import told_to
from tests.leads.test_ladder import a_lead, binjiang, tuesday_morning
from tests.leads.test_outcome_api import body_of, report
from tests.receiver import Receiver

__all__ = ["binjiang", "tuesday_morning"]

Relay = Callable[[], None]


@pytest.fixture
def lead(places: Places, run_relay: Relay, binjiang: Recipient) -> Lead:
    return a_lead(places, run_relay, binjiang)


def fits(schema: dict[str, Any], told: Any) -> None:
    known = contract()["components"]
    Draft202012Validator({**schema, "components": known}).validate(told)


def answered(path: str, status: str) -> dict[str, Any]:
    schema: dict[str, Any] = contract()["paths"][path]["post"]["responses"][status]["content"][
        "application/json"
    ]["schema"]
    return schema


def of_call(type: str) -> dict[str, Any]:
    schema: dict[str, Any] = contract()["webhooks"][type]["post"]["requestBody"]["content"][
        "application/json"
    ]["schema"]
    return schema


def test_anybody_may_read_it(client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.get_json() == contract()
    assert answer.get_json()["openapi"] == "3.1.0"


def test_every_route_for_partners_stands_in_it_and_no_other(flask_app: Flask) -> None:
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in flask_app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "leads_contract.document"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == {(path, verb) for path, verbs in contract()["paths"].items() for verb in verbs}


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    told = contract()
    for schema in told["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    referred = [part.split('"')[0] for part in json.dumps(told).split('"#/components/schemas/')[1:]]

    assert referred and set(referred) <= set(told["components"]["schemas"])


@pytest.mark.parametrize(
    ("told", "changed", "status"),
    [
        ({"outcome": "accepted"}, {}, "200"),
        ({"outcome": "declined", "reason": "nothing of this"}, {}, "422"),
        ({"outcome": "accepted"}, {"signed_at": datetime(2020, 1, 1, tzinfo=UTC)}, "401"),
    ],
)
def test_answers_are_as_it_says(
    client: FlaskClient, places: Places, lead: Lead, told: Any, changed: dict[str, Any], status: str
) -> None:
    answer = report(client, places.dealer, lead, told, **changed)

    assert str(answer.status_code) == status
    fits(answered("/api/v1/leads/{number}/outcome", status), body_of(answer))


def test_calls_are_as_it_says(places: Places, run_relay: Relay, receiver: Receiver) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    a_left_car(places)
    run_relay()
    with transaction():
        tell_those_told(the_lead(), "withdrawn", places.dealer.id)
    deliveries.deliver_due()

    calls = [json.loads(body) for _headers, body in receiver.got]
    assert [call["type"] for call in calls] == ["lead.created", "lead.consent_withdrawn"]
    for call in calls:
        fits(of_call(call["type"]), call)
        assert len(json.dumps(call)) < 20_000


def test_a_report_that_was_overheard_says_nothing_about_another_lead(
    client: FlaskClient, places: Places, run_relay: Relay, lead: Lead
) -> None:
    a_left_car(places)
    run_relay()
    other = next(one for one in all_leads() if one.id != lead.id)
    signed_at = datetime.now(UTC)

    first = report(client, places.dealer, lead, {"outcome": "accepted"}, signed_at=signed_at)
    again = report(client, places.dealer, other, {"outcome": "accepted"}, signed_at=signed_at)

    assert (first.status_code, again.status_code) == (200, 401)
    assert other.status == next(one for one in all_leads() if one.id == other.id).status
