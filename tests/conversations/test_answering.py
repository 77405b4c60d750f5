"""The thread: who may see it, what the agents see, and the letter that goes when nobody reads."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.deliveries import Delivery
from app.events import EventRow
from app.mail import MailboxMessage
from catalog.models import StockItem
from conversations.models import Conversation, HelpRequest, Message
from customers import consents
from partners.models import Slot
from tests.checkout.builders import ADA
from tests.conversations.builders import HTMX, Browser, new_key, place_of


def the_conversation() -> Conversation:
    close_reading()
    return session().scalars(select(Conversation)).one()


def messages() -> list[tuple[int, str, str]]:
    close_reading()
    return [(m.seq, m.author_kind, m.body) for m in session().scalars(select(Message).order_by(Message.seq))]


def mails() -> list[MailboxMessage]:
    close_reading()
    return list(session().scalars(select(MailboxMessage).order_by(MailboxMessage.sent_at)))


def reply(agent: Browser, words: str = "Yes, 750 kg.", **changed: Any) -> Any:
    public_id = the_conversation().public_id
    form = {"client_key": new_key(), "message": words} | changed
    return agent.post(f"/agent/conversations/{public_id}/messages", form)


def leave_the_page() -> None:
    with transaction():
        session().execute(update(Conversation).values(buyer_here_at=clock.now() - timedelta(minutes=3)))


def test_a_stranger_learns_nothing_of_a_conversation(ada: Browser, cleo: Browser) -> None:
    place = place_of(ada.ask())
    cleo.ask(message="Mine")

    assert "Does it tow?" not in cleo.see(place, status=404)
    assert "Does it tow?" not in cleo.see(place + "/thread", status=404, headers=HTMX)
    assert cleo.post(place + "/messages", {"client_key": new_key(), "message": "Hello"}).status_code == 404


def test_the_answer_appears_on_the_page(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())

    assert reply(agent).status_code == 303

    html = ada.see(place)
    assert "Yes, 750 kg." in html and "Zhou Min" in html
    assert "周敏" in ada.see("/zh" + place)


def test_an_unchanged_thread_is_not_sent_again(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    address = re.search(r'hx-get="([^"]+)" hx-trigger="ring, every 4s"', ada.see(place))
    assert address
    poll = address[1].replace("&amp;", "&")

    unchanged = ada.client.get(poll, headers=HTMX)
    reply(agent)
    changed = ada.client.get(poll, headers=HTMX)

    assert unchanged.status_code == 204
    assert changed.status_code == 200
    fragment = changed.get_data(as_text=True)
    assert fragment.lstrip().startswith('<div class="thread" id="thread"') and "Yes, 750 kg." in fragment


def test_looking_for_news_stays_cheap(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask(email="ada@example.com"))
    reply(agent)
    ada.see(place)

    with statement_count() as taken:
        ada.see(place)
        whole = taken()
    with statement_count() as taken:
        ada.see(place + "/thread?seen=0", headers=HTMX)
        part = taken()
    with statement_count() as taken:
        ada.see(place + "/thread?seen=2-open", status=204, headers=HTMX)
        nothing = taken()

    assert (whole <= 10, part <= 6, nothing <= 3) == (True, True, True), (whole, part, nothing)


def test_without_script_the_thread_address_leads_to_the_page(ada: Browser) -> None:
    place = place_of(ada.ask())

    assert ada.client.get(place + "/thread").status_code == 303


def test_the_buyer_writes_on_and_waits_again(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    reply(agent)
    form = {"client_key": new_key(), "message": "And <b>upwards</b>?"}

    plain = ada.post(place + "/messages", form)
    again = ada.post(place + "/messages", form, headers=HTMX)

    assert plain.status_code == 303
    assert again.status_code == 200 and 'id="conversation"' in again.get_data(as_text=True)
    assert messages() == [
        (1, "customer", "Does it tow?"),
        (2, "agent", "Yes, 750 kg."),
        (3, "customer", "And <b>upwards</b>?"),
    ]
    assert the_conversation().state == "waiting"
    assert "And &lt;b&gt;upwards" in again.get_data(as_text=True)


def test_messages_written_at_once_are_neither_lost_nor_doubled(flask_app: Flask, ada: Browser) -> None:
    place = place_of(ada.ask())
    token = ada.client.get_cookie("forecourt")
    assert token is not None

    def write(words: str) -> None:
        browser = Browser(flask_app.test_client())
        browser.client.set_cookie("forecourt", token.value)
        assert (
            browser.post(place + "/messages", {"client_key": new_key(), "message": words}).status_code == 303
        )

    writers = [threading.Thread(target=write, args=(f"Line {n}",)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [seq for seq, _, _ in messages()] == list(range(1, 10))
    assert {body for _, _, body in messages()} == {"Does it tow?", *(f"Line {n}" for n in range(8))}


def test_an_empty_message_is_refused_and_shown_again(ada: Browser) -> None:
    place = place_of(ada.ask())

    refused = ada.post(place + "/messages", {"client_key": new_key(), "message": " "})

    assert refused.status_code == 422
    assert len(messages()) == 1


def test_the_first_reply_is_kept_and_tells_which_request_it_answered(ada: Browser, agent: Browser) -> None:
    ada.ask()
    reply(agent)
    first = the_conversation().first_reply_at
    reply(agent, "And the brakes are its own.")

    assert first is not None and the_conversation().first_reply_at == first
    asked = session().scalars(select(HelpRequest)).one()
    told = session().scalars(
        select(EventRow).where(EventRow.type == "conversations.answered").order_by(EventRow.id)
    )
    assert asked.first_reply_at == first
    assert [row.payload["help_request_id"] for row in told] == [str(asked.id), None]


def test_a_reply_pressed_twice_is_one_reply(ada: Browser, agent: Browser) -> None:
    ada.ask(email="ada@example.com")
    key = new_key()

    reply(agent, client_key=key)
    reply(agent, client_key=key)

    assert len(messages()) == 2
    assert len(list(session().scalars(select(Delivery).where(Delivery.kind == "conversations.answer")))) == 1


def test_who_is_away_gets_the_answer_by_mail_with_a_link_that_opens_the_thread(
    flask_app: Flask, ada: Browser, agent: Browser, run_relay: Callable[[], None]
) -> None:
    ada.ask(name="O’Brien & Söhne <x>", email="ada@example.com")
    reply(agent)

    run_relay()

    (mail,) = mails()
    assert mail.to == "ada@example.com" and mail.subject == "You have an answer"
    assert "O’Brien & Söhne <x>" in mail.text and "Yes, 750 kg." in mail.text
    link = re.search(r"https?://[^/]+(/en/link/\S+)", mail.text)
    assert link
    elsewhere = Browser(flask_app.test_client())
    opened = elsewhere.client.get(link[1])
    assert opened.status_code == 303
    assert "Yes, 750 kg." in elsewhere.see(opened.headers["Location"])


def test_who_reads_on_the_page_gets_no_mail(
    ada: Browser, agent: Browser, run_relay: Callable[[], None]
) -> None:
    place = place_of(ada.ask(email="ada@example.com"))
    ada.see(place)
    reply(agent)
    run_relay()
    assert mails() == []

    ada.see(place)
    leave_the_page()
    with transaction():
        session().execute(update(Delivery).values(next_at=clock.now()))
    run_relay()

    assert mails() == []
    delivery = session().scalars(select(Delivery).where(Delivery.kind == "conversations.answer")).one()
    assert (delivery.state, delivery.reason) == ("cancelled", "read on the page")


def test_who_left_the_page_without_reading_gets_the_mail_after_all(
    ada: Browser, agent: Browser, run_relay: Callable[[], None]
) -> None:
    place = place_of(ada.ask(email="ada@example.com"))
    ada.see(place)
    reply(agent)
    run_relay()
    assert mails() == []

    leave_the_page()
    with transaction():
        session().execute(update(Delivery).values(next_at=clock.now()))
    run_relay()

    assert len(mails()) == 1


def test_a_consent_taken_back_stops_the_letter(
    ada: Browser, agent: Browser, run_relay: Callable[[], None]
) -> None:
    ada.ask(email="ada@example.com")
    reply(agent)
    customer_id = the_conversation().customer_id
    assert customer_id is not None
    with transaction():
        consents.withdraw(customer_id, "answer_me", None, language="en", actor=ADA)

    run_relay()

    assert mails() == []


@pytest.mark.parametrize("path", ["/agent", "/agent/conversations"])
def test_the_console_is_for_agents(ada: Browser, path: str) -> None:
    assert ada.client.get(path).status_code == 303
    ben = Browser(ada.client)
    ben.sign_in("ben@tarn.example")
    assert ben.client.get(path).status_code == 403


def test_who_has_waited_longest_stands_first(ada: Browser, cleo: Browser, agent: Browser) -> None:
    ada.ask(name="Ada Buys", message="First")
    cleo.ask(name="Cleo Looks", message="Second")

    html = agent.see("/agent")

    assert html.index("Ada Buys") < html.index("Cleo Looks")


def test_the_list_costs_the_same_whatever_it_holds(flask_app: Flask, ada: Browser, agent: Browser) -> None:
    ada.ask(name="Ada Buys")
    agent.see("/agent")
    with statement_count() as count:
        agent.see("/agent")
        few = count()
    for _ in range(4):
        Browser(flask_app.test_client()).ask()

    with statement_count() as count:
        agent.see("/agent")
        many = count()

    assert many == few <= 6


def test_the_agent_sees_where_the_buyer_stands(
    ada: Browser, agent: Browser, car: StockItem, slot: Slot
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.ask(page="/checkout/review", email="ada@example.com", name="Ada Buys")

    with statement_count() as taken:
        html = agent.see(f"/agent/conversations/{the_conversation().public_id}")

    assert "Checkout, review" in html and "/checkout/review" in html
    assert "¥260,800" in html and "a••@example.com" in html and "Answer me about this" in html
    assert "ada@example.com" not in html
    assert taken() <= 17


def test_the_agent_sees_the_booked_test_drive(
    ada: Browser, agent: Browser, car: StockItem, slot: Slot
) -> None:
    ada.ask_to_drive(car.public_id, slot.public_id)

    html = agent.see(f"/zh/agent/conversations/{the_conversation().public_id}")

    assert "泰然西湖店" in html and "试驾" in html


def test_a_conversation_is_taken_settled_and_opens_again_when_the_buyer_writes(
    ada: Browser, agent: Browser
) -> None:
    place = place_of(ada.ask())
    address = f"/agent/conversations/{the_conversation().public_id}"

    assert agent.post(address + "/taking", {}).status_code == 303
    taken = the_conversation()
    assert agent.post(address + "/resolution", {"outcome": "answered"}).status_code == 303
    settled = the_conversation()
    refused = agent.post(address + "/taking", {})
    ada.post(place + "/messages", {"client_key": new_key(), "message": "One more thing"})

    assert taken.staff_id is not None and taken.state == "waiting"
    assert settled.state == "resolved" and settled.waiting_since is None
    assert refused.status_code == 409
    assert the_conversation().state == "waiting"


def test_a_conversation_that_is_not_there_is_not_found(agent: Browser) -> None:
    assert agent.client.get("/agent/conversations/aaaaaaaaaaaaaaaaaaaaaa").status_code == 404
