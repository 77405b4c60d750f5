"""The account: what it shows, what can be changed there, and that only its owner can."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.sessions import AuthSession
from customers import consents
from customers.models import Customer
from customers.proof import SignInRequest
from tests.customers.builders import a_consent, ada, cleo
from tests.customers.visitors import Visitor, account_rows, nobody_tried_before
from tests.partners.builders import a_recipient, the_market

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()
    with transaction():
        the_market()


@pytest.fixture
def laptop(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def phone(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


def the_account() -> Customer:
    close_reading()
    return session().scalars(select(Customer).where(Customer.verified_at.is_not(None))).one()


def test_the_account_is_shown_after_signing_in_only(laptop: Visitor) -> None:
    answer = laptop.client.get("/account?x=1")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/account/sign-in?next=/account?x%3D1"
    assert json.loads(laptop.client.get("/account", headers={"Accept": "application/json"}).get_data())
    assert session().scalars(select(AuthSession)).all() == []


def test_the_header_leads_to_the_entrance_and_then_to_the_account(laptop: Visitor) -> None:
    before = laptop.see("/consents")
    laptop.sign_in()
    after = laptop.see("/consents")

    assert 'href="/account/sign-in"' in before and 'href="/account"' not in before
    assert 'href="/account"' in after and 'href="/account/sign-in"' not in after


def test_the_page_takes_few_statements_and_is_kept_nowhere(laptop: Visitor) -> None:
    laptop.sign_in()

    with statement_count() as count:
        answer = laptop.client.get("/account")

    assert count() <= 6
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_one_is_called_and_reached_by_can_be_changed(laptop: Visitor) -> None:
    laptop.sign_in()

    answer = laptop.post(
        "/account/details",
        on="/account",
        name="Ada O'Brien & Söhne <x>",
        phone="138 0571 4420",
        language="zh",
    )

    assert answer.headers["Location"] == "/zh/account"
    account = the_account()
    assert (account.name, account.phone_e164, account.language) == (
        "Ada O'Brien & Söhne <x>",
        "+8613805714420",
        "zh",
    )
    assert "Söhne &lt;x&gt;" in laptop.see("/zh/account")


def test_what_does_not_fit_is_named_and_kept_as_typed(laptop: Visitor) -> None:
    laptop.sign_in()

    answer = laptop.post("/account/details", on="/account", name="", phone="12", language="en")

    assert answer.status_code == 422
    assert "There are 2 things to fix" in answer.get_data(as_text=True)
    assert 'value="12"' in answer.get_data(as_text=True)


def test_a_session_is_ended_from_elsewhere(laptop: Visitor, phone: Visitor) -> None:
    phone.client.environ_base["HTTP_USER_AGENT"] = MAC
    phone.sign_in()
    laptop.sign_in()
    there = phone.state.id
    assert "Chrome, Mac" in laptop.see("/account")

    laptop.post("/account/sessions/end", on="/account", session=str(there))

    assert phone.state.id is None
    assert phone.client.get("/account").status_code == 303
    assert laptop.state.account_id is not None


def test_all_sessions_but_this_one_end_at_once(laptop: Visitor, phone: Visitor, flask_app: Flask) -> None:
    tablet = Visitor(flask_app)
    for browser in (laptop, phone, tablet):
        browser.sign_in()

    laptop.post("/account/sessions/end", on="/account")

    assert [browser.state.account_id is not None for browser in (laptop, phone, tablet)] == [
        True,
        False,
        False,
    ]


def test_nobody_ends_anothers_session(laptop: Visitor, phone: Visitor) -> None:
    laptop.sign_in()
    phone.sign_in("cleo@example.com")

    answer = laptop.post("/account/sessions/end", on="/account", session=str(phone.state.id))

    assert answer.status_code == 404
    assert phone.state.account_id is not None


def test_consents_given_on_another_device_show_and_are_taken_back(laptop: Visitor, phone: Visitor) -> None:
    visitor = phone.arrive()
    with transaction():
        guest, dealer = ada(visitor), a_recipient()
        a_consent(guest, "share_with_recipient", dealer)
        strangers = a_consent(cleo(), "share_with_recipient", dealer)
    assert "You share nothing" in laptop.see("/consents")

    laptop.sign_in()
    shown = laptop.see("/consents")
    laptop.post(
        "/consents/withdrawals",
        on="/consents",
        purpose="share_with_recipient",
        recipient=dealer.public_id,
    )

    assert "Tarn West Lake" in shown
    close_reading()
    assert [state.granted for state in consents.state(guest.id)] == [False]
    assert [state.granted for state in consents.state(strangers.customer_id)] == [True]


def test_a_deleted_account_leaves_no_name_and_no_way_in(
    laptop: Visitor, phone: Visitor, run_relay: Callable[[], Any]
) -> None:
    visitor = laptop.arrive()
    with transaction():
        guest = ada(visitor, phone="+8613805714420")
        a_consent(guest, "share_with_recipient", a_recipient())
        a_consent(guest, "marketing")
    laptop.sign_in()
    phone.sign_in()
    account = the_account()
    assert "What must stay" in laptop.see("/account/delete")

    answer = laptop.post("/account/delete", on="/account/delete")
    run_relay()

    assert "The account is gone" in answer.get_data(as_text=True)
    assert [laptop.state.id, phone.state.id] == [None, None]
    close_reading()
    for customer in session().scalars(select(Customer).where(Customer.id.in_((account.id, guest.id)))):
        assert (customer.name, customer.email, customer.phone_e164, customer.verified_at) == (
            "",
            None,
            None,
            None,
        )
    assert [state.granted for state in consents.state(guest.id)] == [False, False]
    assert session().scalars(select(SignInRequest)).all() == []
    assert all(row.revoked_at is not None for row in account_rows())


def test_who_comes_back_after_deleting_begins_anew(laptop: Visitor) -> None:
    laptop.sign_in()
    first = the_account().id
    laptop.post("/account/delete", on="/account/delete")

    laptop.sign_in()

    assert the_account().id != first


def test_an_account_is_deleted_soon_after_the_proof_only(laptop: Visitor) -> None:
    laptop.sign_in()
    with transaction():
        session().execute(update(AuthSession).values(proved_at=clock.now() - timedelta(hours=2)))

    answer = laptop.post("/account/delete", on="/account/delete")

    assert answer.status_code == 403
    assert "/account/sign-in?again=1" in answer.get_data(as_text=True)
    assert the_account().email == "ada@example.com"


@pytest.mark.parametrize("path", ["/account/details", "/account/sessions/end", "/account/delete"])
def test_a_post_without_its_token_is_refused(laptop: Visitor, path: str) -> None:
    laptop.sign_in()

    assert laptop.client.post(path, data={"name": "Cleo"}).status_code == 403
    assert the_account().name == ""


@pytest.mark.parametrize("path", ["/account/x.css", "/account/orders/x.css", "/account/sign-in/x.css"])
def test_nothing_personal_stands_at_an_address_like_a_file(laptop: Visitor, path: str) -> None:
    laptop.sign_in()

    assert laptop.client.get(path).status_code == 404
