"""The queue of calls: who stands in it and where, what each try does, and who is not called."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from conversations import calling
from conversations.calls import CallAttempt, CallBack, DoNotCall, outcome_after
from conversations.models import Conversation, Message
from customers import consents
from customers.models import Customer
from partners.models import OpeningHours, Recipient
from tests.checkout.builders import ADA
from tests.conversations.builders import HTMX, Browser, new_key, place_of

PHONE = "+8613812344420"


def the_call() -> CallBack:
    close_reading()
    return session().scalars(select(CallBack)).one()


def talk() -> Conversation:
    close_reading()
    return session().scalars(select(Conversation).order_by(Conversation.id.desc()).limit(1)).one()


def count(what: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(what)) or 0


def want_call(buyer: Browser, **changed: Any) -> Any:
    return buyer.ask(**{"kind": "callback", "name": "Ada Buys", "phone": PHONE} | changed)


def came_to(agent: Browser, disposition: str, **more: Any) -> Any:
    form = {"client_key": new_key(), "disposition": disposition} | more
    return agent.post(f"/agent/calls/{the_call().public_id}/tries", form)


@pytest.fixture
def open_desk(house: None) -> None:
    """The line is there every day from nine to nine."""
    from datetime import time

    with transaction():
        line = session().scalars(select(Recipient).where(Recipient.kind == "call_centre")).one()
        for weekday in range(1, 8):
            session().add(
                OpeningHours(
                    recipient_id=line.id,
                    purpose="visit",
                    weekday=weekday,
                    opens_at=time(9),
                    closes_at=time(21),
                )
            )


@pytest.mark.parametrize(
    ("disposition", "tries", "outcome"),
    [
        ("reached", 0, "reached"),
        ("no_answer", 1, None),
        ("voicemail", 2, None),
        ("no_answer", 3, "not_reached"),
        ("voicemail", 3, "not_reached"),
        ("wrong_number", 0, "wrong_number"),
        ("do_not_call", 0, "do_not_call"),
        ("new_time", 2, None),
    ],
)
def test_what_a_try_ends_with(disposition: str, tries: int, outcome: str | None) -> None:
    assert outcome_after(disposition, tries) == outcome


def test_a_wish_to_be_called_stands_in_the_queue_with_its_number_covered(
    ada: Browser, agent: Browser
) -> None:
    want_call(ada)

    html = agent.see("/agent/calls")

    assert "Ada Buys" in html and "138 •••• 4420" in html and "As soon as possible" in html
    assert "13812344420" not in html and "138 1234 4420" not in html


def test_a_second_click_makes_no_second_request(ada: Browser, agent: Browser, open_desk: None) -> None:
    key = new_key()

    want_call(ada, client_key=key)
    want_call(ada, client_key=key)
    promise = agent_promises(agent)
    agent_promises(agent)

    assert promise.status_code == 303
    assert count(CallBack) == 1


def agent_promises(agent: Browser, **form: Any) -> Any:
    return agent.post(f"/agent/conversations/{talk().public_id}/calls", form)


def test_an_agent_promises_a_call_in_opening_hours_and_the_buyer_reads_when(
    ada: Browser, agent: Browser, open_desk: None
) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com", phone=PHONE))
    window = calling.desk_of(talk()).call_windows(clock.now())[0]  # type: ignore[union-attr]

    assert agent_promises(agent, wished=window.value).status_code == 303
    assert agent_promises(agent, wished=window.value).status_code == 303

    call = the_call()
    assert (call.wished_from, call.due_at) == (
        window.starts_at,
        window.ends_at,
    ) and call.agreed_by is not None
    assert ada.see(place).count("A call is agreed: ") == 1


def test_a_time_out_of_hours_is_refused_by_name(ada: Browser, agent: Browser, open_desk: None) -> None:
    ada.ask(name="Ada Buys", phone=PHONE)

    refused = agent_promises(agent, wished="2026-11-22T03:00+08:00")

    html = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "not one of ours" in html and 'id="wished-error"' in html
    assert count(CallBack) == 0


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"email": "ada@example.com"}, "There is no phone number of this person."),
        ({}, "There is no phone number of this person."),
    ],
)
def test_whoever_left_no_number_is_promised_no_call(
    ada: Browser, agent: Browser, told: dict[str, str], why: str
) -> None:
    ada.ask(**told)

    refused = agent_promises(agent)

    assert refused.status_code == 409 and why in refused.get_data(as_text=True)
    assert count(CallBack) == 0


def test_without_a_consent_nobody_is_called_and_the_queue_says_why(ada: Browser, agent: Browser) -> None:
    want_call(ada)
    customer_id = talk().customer_id
    assert customer_id is not None
    with transaction():
        consents.withdraw(customer_id, "answer_me", None, language="en", actor=ADA)

    html = agent.see("/agent/calls")
    refused = came_to(agent, "reached")

    assert "did not agree to be called" in html
    assert refused.status_code == 409 and the_call().is_open and count(CallAttempt) == 0


def test_three_tries_in_vain_close_it(ada: Browser, agent: Browser) -> None:
    place = place_of(want_call(ada))
    first_due = the_call().due_at

    assert came_to(agent, "no_answer").status_code == 303
    assert the_call().is_open and the_call().due_at > first_due
    came_to(agent, "voicemail")
    assert the_call().is_open
    came_to(agent, "no_answer")

    call = the_call()
    assert (call.state, call.outcome, call.attempts) == ("closed", "not_reached", 3)
    assert "called three times" in ada.see(place)
    assert came_to(agent, "reached").status_code == 409
    assert count(CallAttempt) == 3
    assert "Ada Buys" not in agent.see("/agent/calls")


def test_reached_is_answered(ada: Browser, agent: Browser) -> None:
    want_call(ada)

    came_to(agent, "reached")

    assert (the_call().outcome, talk().state) == ("reached", "open")
    assert talk().first_reply_at is not None
    kinds = list(
        session().scalars(
            select(EventRow.type).where(EventRow.type.like("conversations.%")).order_by(EventRow.id)
        )
    )
    assert "conversations.answered" in kinds and "conversations.call_closed" in kinds


def test_one_press_sent_twice_is_one_try(ada: Browser, agent: Browser) -> None:
    want_call(ada)
    key = new_key()

    came_to(agent, "no_answer", client_key=key)
    came_to(agent, "no_answer", client_key=key)

    assert count(CallAttempt) == 1 and the_call().attempts == 1


def test_another_time_agreed_moves_the_promise_and_needs_a_time(
    ada: Browser, agent: Browser, open_desk: None
) -> None:
    want_call(ada)
    came_to(agent, "no_answer")
    window = calling.desk_of(talk()).call_windows(clock.now())[1]  # type: ignore[union-attr]

    assert came_to(agent, "new_time").status_code == 422
    assert came_to(agent, "new_time", wished="soon").status_code == 422
    assert came_to(agent, "new_time", wished=window.value).status_code == 303

    call = the_call()
    assert (call.wished_from, call.attempts, call.is_open) == (window.starts_at, 0, True)


def test_who_wants_no_calls_gets_none_by_that_number_until_asking_again(
    ada: Browser, cleo: Browser, agent: Browser
) -> None:
    want_call(ada)
    came_to(agent, "do_not_call")
    assert the_call().outcome == "do_not_call" and count(DoNotCall) == 1

    refused = agent_promises(agent)
    assert refused.status_code == 409 and "do not want calls" in refused.get_data(as_text=True)
    cleo.ask(name="Ada at work", phone=PHONE)
    assert agent_promises(agent).status_code == 409

    want_call(cleo, name="Ada at work")
    close_reading()
    customer = session().scalars(select(Customer).where(Customer.name == "Ada at work")).first()
    call = session().scalars(select(CallBack).where(CallBack.state == "open")).one()
    assert calling.bar(customer, call) is None


def test_the_earliest_promise_stands_first(ada: Browser, cleo: Browser, agent: Browser) -> None:
    want_call(ada, name="Ada Buys")
    want_call(cleo, name="Cleo Looks", phone="+8613900001111")
    with transaction():
        late = session().scalars(select(CallBack).order_by(CallBack.id).limit(1)).one()
        late.due_at += timedelta(hours=5)

    html = agent.see("/agent/calls/list", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert html.index("1. Cleo Looks") < html.index("2. Ada Buys")


def test_what_is_no_disposition_is_refused(ada: Browser, agent: Browser) -> None:
    want_call(ada)

    assert came_to(agent, "shouted").status_code == 422
    missing = {"client_key": new_key(), "disposition": "reached"}
    assert agent.post(f"/agent/calls/{uuid.uuid4().hex}/tries", missing).status_code == 404

    assert count(CallAttempt) == 0 and the_call().is_open


def test_the_queue_is_for_agents(ada: Browser) -> None:
    assert ada.client.get("/agent/calls").status_code == 303
    ada.sign_in("ben@tarn.example")
    assert ada.client.get("/agent/calls").status_code == 403
    assert count(Message) == 0


def test_who_waits_sees_their_place_in_line_and_when_we_call(
    ada: Browser, cleo: Browser, agent: Browser, open_desk: None
) -> None:
    want_call(ada)
    with transaction():
        session().scalars(select(CallBack)).one().due_at = clock.now() + timedelta(minutes=5)
    waiting = place_of(want_call(cleo, phone="+8613912344421", name="Cleo", email="cleo@example.com"))
    with transaction():
        of_cleo = session().scalars(select(CallBack).order_by(CallBack.id.desc()).limit(1)).one()
        of_cleo.due_at = clock.now() + timedelta(minutes=20)

    assert "One person is before you." in cleo.see(waiting)
    with transaction():
        session().execute(update(CallBack).where(CallBack.id != of_cleo.id).values(attempts=0))
        first = session().scalars(select(CallBack).where(CallBack.id != of_cleo.id)).one()
        first.close("reached", clock.now())

    part = cleo.see(f"{waiting}/call", headers=HTMX)
    assert "You are next in line." in part and "calls you by" in part


def test_after_a_missed_call_the_page_says_when_the_next_try_comes(
    ada: Browser, agent: Browser, open_desk: None
) -> None:
    waiting = place_of(want_call(ada))
    came_to(agent, "no_answer")

    page = ada.see(waiting)

    assert "and did not reach you" in page and "We try again by" in page and "try 2 of 3" in page


def test_a_promised_window_is_told_and_a_late_call_is_owned_up_to(
    ada: Browser, agent: Browser, open_desk: None
) -> None:
    waiting = place_of(want_call(ada))
    starts_at = clock.now() + timedelta(days=1)
    with transaction():
        call = session().scalars(select(CallBack)).one()
        call.wished_from, call.wished_until = starts_at, starts_at + timedelta(hours=2)
        call.due_at = call.wished_until
    assert "calls you" in ada.see(waiting) and "next in line" not in ada.see(waiting)

    with transaction():
        call = session().scalars(select(CallBack)).one()
        call.wished_from = call.wished_until = None
        call.due_at = clock.now() - timedelta(minutes=3)

    assert "We are late with this call" in ada.see(waiting)


def test_who_needs_no_call_any_more_says_so_once(ada: Browser, agent: Browser, cleo: Browser) -> None:
    waiting = place_of(want_call(ada))

    assert cleo.post(f"{waiting}/call/withdrawal", {}).status_code == 404
    assert the_call().is_open
    for _ in range(2):
        assert ada.post(f"{waiting}/call/withdrawal", {}).status_code == 303

    assert (the_call().state, the_call().outcome) == ("closed", "withdrawn")
    page = ada.see(waiting)
    assert page.count("No call is needed any more.") == 1 and "next in line" not in page
