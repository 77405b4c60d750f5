"""The recipient says it was in touch; the buyer says whether that is so, with one tap."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import close_reading, session, transaction
from app.events import EventRow
from app.mail import MailboxMessage
from conversations.models import Message
from leads.claims import ContactClaim
from leads.models import Lead, LeadMove
from tests.conversations.builders import Browser
from tests.leads.builders import Places, decisions, the_lead
from tests.leads.test_ladder import a_lead, it_is, on, tuesday_morning

__all__ = ["tuesday_morning"]

Relay = Callable[[], None]


@pytest.fixture
def lead(ben: Browser, places: Places, run_relay: Relay) -> Lead:
    """West Lake took it up at eleven and says at 11:04 that Ada was reached."""
    found = a_lead(places, run_relay)
    ben.post(f"/leads/{found.public_id}/accept", {})
    it_is(on(24, 11, 4))
    ben.post(f"/leads/{found.public_id}/moves", {"to": "contacted"})
    close_reading()
    return found


def the_claim() -> ContactClaim:
    close_reading()
    return session().scalars(select(ContactClaim)).one()


def link_in_mail(run_relay: Relay) -> str:
    run_relay()
    mail = session().scalars(select(MailboxMessage).where(MailboxMessage.to == "ada@example.com")).all()
    found = re.search(r"https?://[^/]+(/\S+/link/\S+)", mail[-1].text)
    assert found, mail[-1].text
    return found.group(1)


@pytest.fixture
def cleo(flask_app: Flask) -> Browser:
    return Browser(flask_app.test_client())


def opened(browser: Browser, run_relay: Relay) -> str:
    """The claim's page, opened by the link of the mail."""
    answer = browser.client.get(link_in_mail(run_relay))
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_the_buyer_is_asked_by_mail_and_says_yes(ada: Browser, lead: Lead, run_relay: Relay) -> None:
    path = opened(ada, run_relay)
    page = ada.see(path)
    assert "Tarn West Lake says they reached you at" in page and "11:04" in page

    answer = ada.post(f"{path}/answer", {"answer": "yes"})

    assert answer.status_code == 303
    assert the_claim().answer == "yes"
    assert (the_lead().status, the_lead().recipient_id) == ("contacted", lead.recipient_id)
    assert "You confirmed it." in ada.see(path)


def test_a_no_gives_it_to_somebody_else_and_starts_the_clock_anew(
    ada: Browser, places: Places, lead: Lead, run_relay: Relay
) -> None:
    path = opened(ada, run_relay)
    it_is(on(24, 12))

    ada.post(f"{path}/answer", {"answer": "no"})

    found = the_lead()
    assert (found.status, found.recipient_id, found.staff_id) == ("routed", places.calls.id, None)
    assert found.due_at > on(24, 12)
    assert ("dealer", "denied_before") in [(c["kind"], c["why"]) for c in decisions(found)[-1].candidates]
    moves = session().scalars(select(LeadMove.why).where(LeadMove.from_status == "contacted")).all()
    assert moves == ["buyer_says_no"]
    assert session().scalar(select(EventRow.id).where(EventRow.type == "leads.claim_denied")) is not None
    assert "Somebody else looks after it now" in ada.see(path)


def test_once_answered_it_stays(ada: Browser, lead: Lead, run_relay: Relay) -> None:
    path = opened(ada, run_relay)
    ada.post(f"{path}/answer", {"answer": "yes"})

    again = ada.post(f"{path}/answer", {"answer": "yes"})
    other = ada.post(f"{path}/answer", {"answer": "no"})

    assert (again.status_code, other.status_code) == (303, 409)
    assert (the_claim().answer, the_lead().status) == ("yes", "contacted")


@pytest.mark.parametrize("form", [{}, {"answer": "maybe"}, {"answer": "no", "lead": "x"}])
def test_nothing_else_is_an_answer(ada: Browser, lead: Lead, run_relay: Relay, form: dict[str, str]) -> None:
    path = opened(ada, run_relay)

    answer = ada.post(f"{path}/answer", form)

    assert answer.status_code == 422
    assert (the_claim().answer, the_lead().status) == (None, "contacted")


def test_a_stranger_is_not_asked(cleo: Browser, lead: Lead) -> None:
    path = f"/claims/{the_claim().public_id}"

    cleo.see(path, 404)
    assert cleo.post(f"{path}/answer", {"answer": "no"}).status_code == 404
    assert the_claim().answer is None


def test_a_lead_that_is_settled_stays_settled_whatever_the_answer(
    ada: Browser, ben: Browser, lead: Lead, run_relay: Relay
) -> None:
    path = opened(ada, run_relay)
    ben.post(f"/leads/{lead.public_id}/moves", {"to": "won"})

    ada.post(f"{path}/answer", {"answer": "no"})

    assert (the_claim().answer, the_lead().status) == ("no", "won")


def test_in_a_conversation_the_question_stands_in_the_thread(
    ada: Browser, agent: Browser, places: Places, run_relay: Relay
) -> None:
    asked = ada.ask(name="Ada Buys", email="ada@example.com")
    thread = str(asked.headers["Location"])
    run_relay()
    with transaction():
        session().execute(update(Lead).values(recipient_id=places.dealer.id))

    agent.post(f"/leads/{the_lead().public_id}/moves", {"to": "contacted"})

    close_reading()
    words = session().scalars(select(Message.body).where(Message.author_kind == "system")).all()
    assert any("Tarn West Lake says they reached you" in body for body in words)
    fragment = ada.see(f"{thread}/claims", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert 'id="claims"' in fragment and "No, nobody did" in fragment
    assert "Right?" in ada.see(f"{thread}/claims")
    answer = ada.post(f"/claims/{the_claim().public_id}/answer?place=conversation", {"answer": "yes"})
    assert answer.headers["Location"] == thread


def test_the_house_itself_is_not_asked_about(agent: Browser, ada: Browser, run_relay: Relay) -> None:
    ada.ask(name="Ada Buys", email="ada@example.com")
    run_relay()

    agent.post(f"/leads/{the_lead().public_id}/moves", {"to": "contacted"})

    close_reading()
    assert session().scalars(select(ContactClaim)).all() == []
