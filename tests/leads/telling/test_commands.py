"""The operators' three verbs: send what is due, send again, and prove that nothing is missing."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from leads.commands import leads as group
from leads.models import Dispatch, Lead, LeadMove, LeadOffer, RoutingDecision
from tests.checkout.builders import charge_250, credits_500
from tests.conversations.builders import Browser
from tests.journeys.waiting import eventually
from tests.leads.telling.builders import later, leads, leave, mails_to, states, the_lead
from tests.leads.telling.conftest import LINE_MAIL, House
from tests.leads.telling.test_telling import ADA_SAYS, listening, withdraw
from tests.receiver import Receiver

GoOn = Callable[[], None]


def run(*words: str) -> tuple[int, str]:
    close_reading()
    done = CliRunner().invoke(group, list(words))
    close_reading()
    return done.exit_code, done.output


def missing() -> dict[str, int]:
    _, told = run("reconcile", "--json")
    return {name: count for name, count in json.loads(told).items() if count}


def forget(lead: Lead) -> None:
    with transaction():
        for model in (Dispatch, RoutingDecision, LeadMove, LeadOffer):
            session().execute(delete(model).where(model.lead_id == lead.id))
        session().execute(delete(Lead).where(Lead.id == lead.id))


def test_dispatch_routes_and_sends_what_waits(house: House) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)

    code, _ = run("dispatch")

    assert code == 0
    assert the_lead().status == "routed"
    assert set(states(the_lead()).values()) == {"sent"}
    assert len(mails_to(LINE_MAIL)) == 1


def test_a_cart_waits_its_two_minutes_and_is_then_shown_and_sent(house: House, holding: None) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)

    run("dispatch")
    waiting = states(the_lead())
    later(timedelta(minutes=3))
    run("dispatch")

    assert waiting == {"console": "queued", "mail": "queued"}
    assert states(the_lead()) == {"console": "sent", "mail": "sent"}


def test_all_is_zero_when_nothing_is_missing(house: House, ada: Browser) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)
    leave(offer)
    ada.ask()
    run("dispatch")

    code, told = run("reconcile", "--json")

    assert code == 0
    assert set(json.loads(told).values()) == {0}


@pytest.mark.parametrize("kind", ["abandoned_cart", "help_request"])
def test_a_signal_without_its_lead_is_told_and_made_good(house: House, ada: Browser, kind: str) -> None:
    if kind == "help_request":
        ada.ask(email="ada@example.com")
    else:
        with transaction():
            offer = credits_500()
        leave(offer, customer=ADA_SAYS)
    run("dispatch")
    before = the_lead()
    forget(before)

    code, _ = run("reconcile", "--json")
    assert code == 1
    assert missing() == {"signals_without_lead": 1}
    run("dispatch")
    run("dispatch")

    (lead,) = leads()
    assert (lead.kind, lead.source_id, lead.status) == (kind, before.source_id, "routed")
    assert missing() == {}


def test_a_dispatch_that_stands_still_is_told(house: House) -> None:
    with transaction():
        offer = credits_500()
    leave(offer)
    run("dispatch")
    with transaction():
        session().execute(update(Dispatch).values(next_at=clock.now() - timedelta(minutes=6)))

    assert missing() == {"stuck_dispatches": 1}


def test_replay_sends_again_under_the_same_id(house: House, go_on: GoOn, receiver: Receiver) -> None:
    listening(house.line, receiver)
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)
    go_on()
    assert len(receiver.got) == 1

    counted = run("replay", "--since", "2h", "--dry-run")
    assert len(receiver.got) == 1
    code, told = run("replay", "--since", "2h")

    def both_came() -> bool:
        """They go out a little apart."""
        go_on()
        return len(receiver.got) == 2 and len(mails_to(LINE_MAIL)) == 2

    assert eventually(both_came)

    assert counted[1].startswith("would replay 2")
    assert code == 0 and told.startswith("replayed 2")
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


def test_replay_looks_at_the_consent_again(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)
    go_on()
    withdraw(the_lead(), "answer_me")
    run("replay", "--since", (clock.now() - timedelta(days=1)).isoformat())
    go_on()

    assert len([mail for mail in mails_to(LINE_MAIL) if "ada@example.com" in mail.text]) == 1


def test_replay_of_a_later_time_touches_nothing(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)
    go_on()

    _, told = run("replay", "--since", (clock.now() + timedelta(hours=1)).isoformat())

    assert told.startswith("replayed 0")
    close_reading()
    assert {d.state for d in session().scalars(select(Delivery))} == {"delivered"}


@pytest.mark.parametrize("since", ["yesterday", "2 weeks", "", "-2h"])
def test_a_time_that_is_none_is_refused(house: House, since: str) -> None:
    code, told = run("replay", "--since", since)

    assert code == 2
    assert "ISO 8601" in told or "No such option" in told
