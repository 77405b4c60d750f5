"""Help beside the page: who answers and how soon, what comes along with the words, and who may look."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask

from app import clock
from app.db import close_reading, session, transaction
from catalog.models import StockItem
from conversations.models import Conversation, HelpRequest, Message
from conversations.presence import FEWEST, typical_answer
from conversations.standing import safe_page, step_of
from customers.models import Consent, Customer
from partners.models import OpeningHours, Recipient
from tests.conversations.builders import HTMX, Browser, new_key

SHEET = re.compile(r'<aside class="help-sheet" id="help-sheet"')


def the_desk() -> Recipient:
    desk = Recipient.of_kind("agent_desk")
    assert desk is not None
    return desk


def open_all_day() -> None:
    with transaction():
        desk = the_desk()
        for weekday in range(1, 8):
            session().add(
                OpeningHours(
                    recipient_id=desk.id,
                    purpose="visit",
                    weekday=weekday,
                    opens_at=time(0),
                    closes_at=time(23, 59, 59),
                )
            )


def ask_in_sheet(who: Browser, **changed: str) -> str:
    form = {"client_key": new_key(), "page": "/stock", "kind": "message", "message": "Does it tow?"}
    answer = who.post("/ask", form | changed, HTMX)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def the_conversation() -> Conversation:
    close_reading()
    return session().query(Conversation).one()


def test_the_sheet_is_a_fragment_and_without_script_a_page(ada: Browser) -> None:
    fragment = ada.see("/ask/sheet?page=/cart", headers=HTMX)
    whole = ada.client.get("/ask/sheet?page=/cart")

    assert SHEET.search(fragment)
    assert "<html" not in fragment
    assert whole.status_code == 303
    assert whole.headers["Location"] == "/ask?page=/cart"


def test_looking_at_the_sheet_writes_nothing(ada: Browser) -> None:
    ada.see("/ask/sheet?page=/", headers=HTMX)

    assert session().query(Conversation).count() == 0
    assert ada.client.get_cookie("forecourt") is None


def test_it_says_who_answers_and_by_when(ada: Browser) -> None:
    open_all_day()

    sheet = ada.see("/en/ask/sheet?page=/", headers=HTMX)

    assert "Tarn online" in sheet
    assert re.search(r"Answers by \d\d:\d\d|Answers by", sheet)
    assert "The answer comes into this sheet by itself." in sheet


def test_out_of_hours_it_says_when_somebody_is_back_and_offers_a_call(ada: Browser) -> None:
    with transaction():
        local = clock.now() + timedelta(hours=10)
        session().query(OpeningHours).delete()
        session().add(
            OpeningHours(
                recipient_id=the_desk().id,
                purpose="visit",
                weekday=(local + timedelta(days=2)).isoweekday(),
                opens_at=time(9),
                closes_at=time(18),
            )
        )

    sheet = ada.see("/en/ask/sheet?page=/cart", headers=HTMX)

    assert "Nobody is there now, back" in sheet
    assert "09:00" in sheet
    assert "Choose a time for a call" in sheet
    assert 'name="email"' in sheet


@pytest.mark.parametrize(
    ("minutes", "expected"), [([], None), ([1] * (FEWEST - 1), None), ([1, 2, 3, 40, 90], 3), ([4] * 9, 4)]
)
def test_what_is_typical_is_the_middle_of_enough_answers(minutes: list[int], expected: int | None) -> None:
    typical = typical_answer([timedelta(minutes=taken) for taken in minutes])

    assert typical == (timedelta(minutes=expected) if expected is not None else None)


def test_answers_that_were_given_say_how_soon_the_next_one_comes(
    ada: Browser, agent: Browser, flask_app: Flask
) -> None:
    open_all_day()
    for _one in range(FEWEST):
        ada.ask()
    with transaction():
        for request in session().query(HelpRequest):
            request.first_reply_at = request.created_at + timedelta(minutes=2, seconds=30)

    sheet = Browser(flask_app.test_client()).see("/en/ask/sheet?page=/", headers=HTMX)

    assert "Usually answers within 3 minutes" in sheet


def test_a_first_question_needs_no_contact_and_its_thread_stands_in_the_sheet(ada: Browser) -> None:
    sheet = ask_in_sheet(ada)

    assert SHEET.search(sheet)
    assert 'id="thread"' in sheet
    assert "Does it tow?" in sheet
    assert 'id="leave-contact"' in sheet
    assert session().query(Customer).count() == 0
    assert "Does it tow?" in ada.see("/ask/sheet?page=/services", headers=HTMX)


def test_a_message_brings_its_page_and_step_and_the_agent_reads_them(ada: Browser, agent: Browser) -> None:
    ask_in_sheet(ada, page="/models/mere/configure?trim=long-range&paint=tarn&token=secret")
    talk = the_conversation()

    ada.post(
        f"/ask/{talk.public_id}/messages?place=sheet",
        {"client_key": new_key(), "message": "And now?", "page": "/checkout/pay"},
        HTMX,
    )

    close_reading()
    first, second = session().query(Message).order_by(Message.seq)
    request = session().query(HelpRequest).one()
    assert (first.page, first.step) == ("/models/mere/configure?trim=long-range&paint=tarn", "configure")
    assert (request.page, request.step, request.family) == (first.page, "configure", "none")
    assert (second.page, second.step) == ("/checkout/pay", "pay")
    seen = agent.see(f"/en/agent/conversations/{talk.public_id}")
    assert "Checkout, payment, /checkout/pay" in seen


def test_a_car_that_is_looked_at_comes_along(ada: Browser, car: StockItem) -> None:
    sheet = ada.see(f"/ask/sheet?page=/stock/{car.public_id}", headers=HTMX)
    ask_in_sheet(ada, page=f"/en/stock/{car.public_id}")

    assert "context-line" in sheet
    assert session().query(HelpRequest).one().stock_item_id == car.id


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("/checkout/pay?session=cs_1", "/checkout/pay"),
        ("/zh/cart", "/cart"),
        ("/en", "/"),
        ("/models/mere/configure?paint=ink&extra=tow-bar&extra=shade&x=1", None),
        ("/models/mere/configure?paint=%3Cscript%3E", "/models/mere/configure"),
        ("//elsewhere.example/", "/"),
        ("/ask/abc", "/"),
    ],
)
def test_a_page_is_kept_without_what_may_be_secret(told: str, kept: str | None) -> None:
    assert safe_page(told) == (kept or "/models/mere/configure?paint=ink&extra=tow-bar&extra=shade")


def test_building_a_car_is_a_step_of_its_own() -> None:
    assert step_of("/models/mere/configure?paint=ink") == "configure"
    assert step_of("/models/mere") == "browse"


def test_an_empty_message_is_told_in_the_sheet(ada: Browser) -> None:
    form = {"client_key": new_key(), "page": "/", "kind": "message", "message": " "}

    answer = ada.post("/ask", form, HTMX)

    assert answer.status_code == 422
    assert SHEET.search(answer.get_data(as_text=True))
    assert 'id="help-message-error"' in answer.get_data(as_text=True)
    assert session().query(Conversation).count() == 0


def test_an_address_left_later_reaches_the_conversation_with_its_consent(ada: Browser) -> None:
    ask_in_sheet(ada)
    talk = the_conversation()

    answer = ada.post(f"/ask/{talk.public_id}/contact", {"email": "ada@example.com", "page": "/"}, HTMX)

    assert answer.status_code == 200
    assert 'id="leave-contact"' not in answer.get_data(as_text=True)
    close_reading()
    customer = session().query(Customer).one()
    consent = session().query(Consent).one()
    assert the_conversation().customer_id == customer.id
    assert (consent.purpose, consent.granted, consent.customer_id) == ("answer_me", True, customer.id)
    assert session().query(HelpRequest).one().consent_id == consent.id


def test_no_address_is_told_and_nothing_is_kept(ada: Browser) -> None:
    ask_in_sheet(ada)
    talk = the_conversation()

    answer = ada.post(f"/ask/{talk.public_id}/contact", {"email": "", "page": "/"}, HTMX)

    assert answer.status_code == 422
    assert 'id="contact-email-error"' in answer.get_data(as_text=True)
    assert session().query(Customer).count() == 0
    assert session().query(Consent).count() == 0


def test_news_are_told_once_there_are_some_and_looking_reads_nothing(ada: Browser, agent: Browser) -> None:
    ask_in_sheet(ada)
    talk = the_conversation()
    quiet = ada.client.get(f"/ask/{talk.public_id}/news")
    agent.post(
        f"/agent/conversations/{talk.public_id}/messages", {"client_key": new_key(), "message": "It does."}
    )

    told = ada.client.get(f"/en/ask/{talk.public_id}/news")
    again = ada.client.get(f"/en/ask/{talk.public_id}/news")
    ada.see("/ask/sheet?page=/", headers=HTMX)
    after = ada.client.get(f"/ask/{talk.public_id}/news")

    assert quiet.status_code == 204
    assert told.get_data(as_text=True) == again.get_data(as_text=True) == "New answer"
    assert after.status_code == 204


def test_cleo_sees_nothing_of_adas_conversation(ada: Browser, cleo: Browser) -> None:
    ask_in_sheet(ada)
    talk = the_conversation()

    sheet = cleo.see("/ask/sheet?page=/", headers=HTMX)
    news = cleo.client.get(f"/ask/{talk.public_id}/news")

    assert "Does it tow?" not in sheet
    assert news.status_code == 404


def test_a_settled_conversation_stays_for_a_day_and_then_a_new_one_begins(ada: Browser) -> None:
    ask_in_sheet(ada)
    with transaction():
        talk = session().query(Conversation).one()
        talk.state, talk.waiting_since, talk.resolved_at = "resolved", None, clock.now()

    today = ada.see("/ask/sheet?page=/", headers=HTMX)
    with transaction():
        session().query(Conversation).one().resolved_at = datetime.now(UTC) - timedelta(days=2)
    later = ada.see("/ask/sheet?page=/", headers=HTMX)

    assert 'id="thread"' in today
    assert 'id="thread"' not in later


@pytest.mark.parametrize("path", ["/en/", "/en/stock", "/en/cart", "/en/nowhere"])
def test_help_is_the_first_tool_of_every_page(ada: Browser, path: str) -> None:
    page = ada.client.get(path).get_data(as_text=True)

    tools = page.split('class="site-tools"', 1)[1]
    assert re.search(r"<a\b[^>]*>", tools)[0].endswith("data-help>")  # type: ignore[index]
    assert 'id="help-sheet" data-url="/en/ask/sheet"' in page
