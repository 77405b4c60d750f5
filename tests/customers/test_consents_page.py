"""A visitor sees their own consents, and only those, and takes them back."""

import uuid

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select

from app import sessions
from app.db import close_reading, session, statement_count, transaction
from app.sessions import AuthSession
from customers import consents
from customers.models import Customer
from partners.models import Recipient
from tests.conftest import csrf_of
from tests.customers.builders import a_consent, ada, cleo
from tests.partners.builders import a_recipient


def arrive(client: FlaskClient) -> uuid.UUID:
    """Gives the browser a visitor's session, as its first cart or question would."""
    with client.application.test_request_context(), transaction():
        visitor = sessions.ensure().visitor_id
        client.set_cookie(sessions.cookie_name(), g.session_cookie)
    assert visitor is not None
    return visitor


@pytest.fixture
def dealer(client: FlaskClient) -> Recipient:
    with transaction():
        return a_recipient(name="O'Brien & Söhne <x>")


def test_a_stranger_sees_nothing_and_leaves_no_row(client: FlaskClient) -> None:
    html = client.get("/consents").get_data(as_text=True)

    assert "You share nothing" in html
    assert session().scalars(select(AuthSession)).all() == []


def test_what_was_agreed_stands_in_the_readers_language(client: FlaskClient, dealer: Recipient) -> None:
    visitor = arrive(client)
    with transaction():
        a_consent(ada(visitor), "share_with_recipient", dealer)

    with statement_count() as count:
        english = client.get("/consents").get_data(as_text=True)
    statements = count()
    chinese = client.get("/zh/consents").get_data(as_text=True)

    assert "Share with O&#39;Brien &amp; Söhne &lt;x&gt;" in english
    assert "Take it back" in english
    assert "提供给泰然西湖店" in chinese
    assert "收回" in chinese and "Take it back" not in chinese
    assert statements <= 5


def test_taking_back_works_without_script(client: FlaskClient, dealer: Recipient) -> None:
    visitor = arrive(client)
    with transaction():
        buyer = ada(visitor)
        a_consent(buyer, "share_with_recipient", dealer)
        a_consent(buyer)
    token = csrf_of(client, "/consents")

    answer = client.post(
        "/consents/withdrawals",
        data={"csrf_token": token, "purpose": "share_with_recipient", "recipient": dealer.public_id},
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/consents")
    close_reading()
    assert [(state.purpose, state.granted) for state in consents.state(buyer.id)] == [
        ("answer_me", True),
        ("share_with_recipient", False),
    ]
    assert "No, since" in client.get("/consents").get_data(as_text=True)


@pytest.mark.parametrize(
    ("purpose", "recipient", "status"),
    [
        ("answer_me", "", 404),
        ("share_with_recipient", "AAAAAAAAAAAAAAAAAAAAAA", 404),
        ("everything", "", 422),
        ("marketing", "' OR 1=1 --", 422),
    ],
)
def test_a_forged_withdrawal_changes_nothing(
    client: FlaskClient, dealer: Recipient, purpose: str, recipient: str, status: int
) -> None:
    visitor = arrive(client)
    with transaction():
        hers = a_consent(cleo())
        a_consent(ada(visitor), "share_with_recipient", dealer)
    token = csrf_of(client, "/consents")

    answer = client.post(
        "/consents/withdrawals", data={"csrf_token": token, "purpose": purpose, "recipient": recipient}
    )

    assert answer.status_code == status
    close_reading()
    everybody = session().scalars(select(Customer.id)).all()
    assert all(state.granted for customer in everybody for state in consents.state(customer))
    assert consents.state(hers.customer_id)[0].granted
