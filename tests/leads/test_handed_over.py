"""A conversation handed to a dealer takes its lead along."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import close_reading, session, transaction
from conversations.cards import ThreadCard
from conversations.models import Conversation
from leads.models import Dispatch, Lead
from leads.rules import plant
from partners.models import Recipient
from tests.checkout.builders import a_dealer
from tests.conversations.builders import Browser, new_key, place_of, the_desks
from tests.partners.builders import a_member_of_staff


@pytest.fixture
def house(database: None) -> Iterator[None]:
    with transaction():
        the_desks()
        a_dealer()
        a_member_of_staff("zhou.min@tarn.example", role="agent", name="Zhou Min", name_zh="周敏")
        plant("CN")
    yield


def the_lead() -> Lead:
    close_reading()
    return session().scalars(select(Lead)).one()


def hand_over(flask_app: Flask) -> tuple[Browser, str]:
    ada, agent = Browser(flask_app.test_client()), Browser(flask_app.test_client())
    agent.sign_in("zhou.min@tarn.example")
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))
    close_reading()
    talk = session().scalars(select(Conversation)).one()
    dealer = session().scalars(select(Recipient).where(Recipient.kind == "dealer")).one()
    form = {
        "client_key": new_key(),
        "dealer": dealer.public_id,
        "reason": "stock",
        "summary": "The blue one.",
    }
    assert agent.post(f"/agent/conversations/{talk.public_id}/hand-over", form).status_code == 303
    return ada, place


def decide(ada: Browser, place: str, answer: str) -> None:
    close_reading()
    card = session().scalars(select(ThreadCard)).one()
    assert ada.post(f"{place}/cards/{card.public_id}", {"answer": answer}).status_code == 303


def test_the_lead_follows_once_the_buyer_agreed(
    flask_app: Flask, house: None, run_relay: Callable[[], None]
) -> None:
    ada, place = hand_over(flask_app)
    run_relay()
    before = the_lead()

    decide(ada, place, "yes")
    run_relay()

    lead = the_lead()
    dealer = session().scalars(select(Recipient).where(Recipient.kind == "dealer")).one()
    assert before.recipient_id != dealer.id
    assert (lead.recipient_id, lead.why, lead.status) == (dealer.id, "handed_over", "routed")
    told = session().scalars(select(Dispatch).where(Dispatch.recipient_id == dealer.id)).all()
    assert told and all(row.consent_id == lead.consent_id for row in told)


def test_a_no_leaves_the_lead_where_it_was(
    flask_app: Flask, house: None, run_relay: Callable[[], None]
) -> None:
    ada, place = hand_over(flask_app)
    run_relay()
    before = the_lead()

    decide(ada, place, "no")
    run_relay()

    lead = the_lead()
    assert (lead.recipient_id, lead.status) == (before.recipient_id, before.status)
