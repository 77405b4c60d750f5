"""What partners report, signed, once per key; and what they are told when it does not fit."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from app import clock
from app.db import close_reading, session
from leads.claims import ContactClaim
from leads.models import Lead, LeadMove, OutcomeReport
from leads.offers import LeadOffer
from partners.models import Recipient
from tests.leads.builders import Places, the_lead
from tests.leads.test_ladder import a_lead, binjiang, it_is, on, rounds, tuesday_morning

__all__ = ["binjiang", "tuesday_morning"]

Relay = Callable[[], None]


def report(
    client: FlaskClient, place: Recipient, lead: Lead | str, told: Any, key: str | None = "", **changed: Any
) -> TestResponse:
    """As a partner's system sends it."""
    body = told if isinstance(told, str) else json.dumps(told)
    signed_at = changed.pop("signed_at", datetime.now(UTC))
    secret = changed.pop("secret", place.webhook_secret)
    headers = {
        "Forecourt-Recipient": place.code,
        "Content-Type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", signed_at, body),
        **changed,
    }
    if key is not None:
        headers["Idempotency-Key"] = key or uuid.uuid4().hex
    number = lead if isinstance(lead, str) else lead.number
    close_reading()
    answer = client.post(f"/api/v1/leads/{number}/outcome", data=body, headers=headers)
    close_reading()
    return answer


def body_of(answer: TestResponse) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.get_data())
    return told


@pytest.fixture
def lead(places: Places, run_relay: Relay, binjiang: Recipient) -> Lead:
    return a_lead(places, run_relay, binjiang)


def moved() -> int:
    return session().scalar(select(func.count()).select_from(LeadMove)) or 0


def test_a_partner_takes_it_up_and_sees_it_through(client: FlaskClient, places: Places, lead: Lead) -> None:
    said = [
        report(client, places.dealer, lead, {"outcome": "accepted"}),
        report(client, places.dealer, lead, {"outcome": "contacted", "at": clock.now().isoformat()}),
        report(client, places.dealer, lead, {"outcome": "appointment", "at": on(25, 10).isoformat()}),
        report(client, places.dealer, lead, {"outcome": "won"}),
    ]

    assert [answer.status_code for answer in said] == [200, 200, 200, 200]
    assert [body_of(answer)["status"] for answer in said] == ["accepted", "contacted", "contacted", "won"]
    assert the_lead().outcome == "won"
    assert rounds(lead) == [(1, places.dealer.id, "accepted")]


def test_the_same_report_again_changes_nothing(client: FlaskClient, places: Places, lead: Lead) -> None:
    first = report(client, places.dealer, lead, {"outcome": "accepted"}, "one")
    moves = moved()

    again = report(client, places.dealer, lead, {"outcome": "accepted"}, "one")

    assert (body_of(first), first.status_code) == (body_of(again), again.status_code)
    assert moved() == moves
    assert session().scalar(select(func.count()).select_from(OutcomeReport)) == 1


def test_a_key_used_for_something_else_is_refused(client: FlaskClient, places: Places, lead: Lead) -> None:
    report(client, places.dealer, lead, {"outcome": "accepted"}, "one")

    other = report(client, places.dealer, lead, {"outcome": "lost", "reason": "gone"}, "one")

    assert (other.status_code, body_of(other)["error"]["field"]) == (409, "Idempotency-Key")
    assert the_lead().status == "accepted"


def test_a_partner_says_no_and_the_next_is_asked(
    client: FlaskClient, places: Places, binjiang: Recipient, lead: Lead
) -> None:
    answer = report(client, places.dealer, lead, {"outcome": "declined", "reason": "no_capacity"})

    assert answer.status_code == 200
    assert the_lead().recipient_id == binjiang.id
    assert session().scalars(select(LeadOffer.reason).where(LeadOffer.round == 1)).one() == "no_capacity"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ("not json", ""),
        ("[1, 2]", ""),
        ({}, "outcome"),
        ({"outcome": "sold"}, "outcome"),
        ({"outcome": "declined"}, "reason"),
        ({"outcome": "declined", "reason": "bored"}, "reason"),
        ({"outcome": "declined", "reason": "other"}, "note"),
        ({"outcome": "lost"}, "reason"),
        ({"outcome": "contacted"}, "at"),
        ({"outcome": "contacted", "at": "10:40"}, "at"),
        ({"outcome": "contacted", "at": "2026-11-24T10:40:00"}, "at"),
        ({"outcome": "contacted", "at": "2030-01-01T00:00:00Z"}, "at"),
        ({"outcome": "contacted", "at": "2020-01-01T00:00:00Z"}, "at"),
        ({"outcome": "accepted", "price": 1}, "price"),
        ({"outcome": "lost", "reason": "x" * 201}, "reason"),
    ],
)
def test_what_does_not_fit_names_its_field_and_moves_nothing(
    client: FlaskClient, places: Places, lead: Lead, told: Any, field: str
) -> None:
    moves = moved()

    answer = report(client, places.dealer, lead, told)

    error = body_of(answer)["error"]
    assert answer.status_code == 422
    assert field in (error["errors"] or {error["field"]: ""})
    assert error["message"]
    assert (moved(), the_lead().status) == (moves, "routed")
    assert session().scalar(select(func.count()).select_from(OutcomeReport)) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "whsec_" + "QUJD" * 8},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-timestamp": "yesterday"},
        {"Forecourt-Recipient": "nobody"},
        {"signed_at": datetime.now(UTC) - timedelta(hours=1)},
    ],
)
def test_whoever_did_not_sign_is_not_heard(
    client: FlaskClient, places: Places, lead: Lead, changed: dict[str, Any]
) -> None:
    answer = report(client, places.dealer, lead, {"outcome": "accepted"}, **changed)

    assert (answer.status_code, body_of(answer)["error"]["code"]) == (401, "SignatureNotValid")
    assert the_lead().status == "routed"


@pytest.mark.parametrize("key", [None, "x" * 101, "two words"])
def test_every_report_has_its_key(client: FlaskClient, places: Places, lead: Lead, key: str | None) -> None:
    answer = report(client, places.dealer, lead, {"outcome": "accepted"}, key)

    assert (answer.status_code, body_of(answer)["error"]["field"]) == (422, "Idempotency-Key")


def test_a_lead_of_another_place_is_not_there(client: FlaskClient, binjiang: Recipient, lead: Lead) -> None:
    theirs = report(client, binjiang, lead, {"outcome": "accepted"})
    unknown = report(client, binjiang, "L-2611-99999", {"outcome": "accepted"})

    assert (theirs.status_code, unknown.status_code) == (404, 404)
    assert body_of(theirs)["error"]["code"] == body_of(unknown)["error"]["code"]
    assert the_lead().status == "routed"


def test_too_late_is_told_who_has_it(
    client: FlaskClient, places: Places, binjiang: Recipient, lead: Lead
) -> None:
    it_is(on(24, 11, 15))

    late = report(client, places.dealer, lead, {"outcome": "accepted"})
    again = report(client, places.dealer, lead, {"outcome": "won"})

    assert (late.status_code, again.status_code) == (409, 409)
    assert "Tarn Binjiang" in body_of(late)["error"]["message"]
    assert the_lead().recipient_id == binjiang.id


def test_a_closed_lead_takes_no_outcome(client: FlaskClient, places: Places, lead: Lead) -> None:
    report(client, places.dealer, lead, {"outcome": "lost", "reason": "Bought elsewhere"})

    answer = report(client, places.dealer, lead, {"outcome": "won"})

    assert (answer.status_code, body_of(answer)["error"]["code"]) == (409, "LeadIsClosed")
    assert the_lead().outcome == "lost"


def test_saying_when_somebody_was_reached_asks_the_buyer(
    client: FlaskClient, places: Places, lead: Lead
) -> None:
    when = clock.now() + timedelta(minutes=1)

    report(client, places.dealer, lead, {"outcome": "contacted", "at": when.isoformat()})

    claim = session().scalars(select(ContactClaim)).one()
    assert (claim.lead_id, claim.recipient_id, claim.contacted_at) == (lead.id, places.dealer.id, when)
    assert claim.answer is None
