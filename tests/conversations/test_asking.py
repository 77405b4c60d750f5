"""Asking for a person: from any page, once per key, with everything in one transaction."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import close_reading, session, statement_count, transaction
from app.events import EventRow
from catalog.models import StockItem
from checkout.cart import Cart
from conversations.models import Conversation, HelpRequest, Message
from customers.models import Consent, Customer
from partners.models import Booking, Recipient, Slot
from tests.checkout.builders import a_dealer, credits_500
from tests.conversations.builders import Browser, new_key, place_of
from tests.partners.builders import a_slot


def count(model: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def the_request() -> HelpRequest:
    close_reading()
    return session().scalars(select(HelpRequest)).one()


def facts(event_type: str) -> list[EventRow]:
    close_reading()
    return list(session().scalars(select(EventRow).where(EventRow.type == event_type).order_by(EventRow.id)))


def nothing_moved() -> bool:
    tables = (Conversation, Message, HelpRequest, Customer, Consent, Booking)
    return all(count(model) == 0 for model in tables) and not facts("conversations.help_requested")


def test_a_question_without_a_name_opens_a_conversation_and_tells_the_house(ada: Browser) -> None:
    place = place_of(ada.ask())

    asked, (fact,) = the_request(), facts("conversations.help_requested")
    html = ada.see(place)
    assert (asked.kind, asked.family, asked.step, asked.customer_id) == (
        "message",
        "vehicle_new",
        "browse",
        None,
    )
    assert fact.payload["help_request_id"] == str(asked.id)
    assert fact.visitor_id == asked.visitor_id
    assert "Does it tow?" in html
    assert "Tarn online answers by" in html


def test_a_request_with_contact_writes_its_own_consent_to_be_answered(ada: Browser) -> None:
    place_of(ada.ask(name="O’Brien & Söhne <x>", email="Ada@Example.com"))

    asked = the_request()
    consent = session().scalars(select(Consent)).one()
    assert asked.consent_id == consent.id
    assert (consent.purpose, consent.granted, consent.method) == ("answer_me", True, "help")
    assert consent.evidence == {"help_request": str(asked.id)}
    assert session().get_one(Customer, asked.customer_id).email == "ada@example.com"


def test_a_name_alone_is_no_way_to_be_reached_and_gives_no_consent(ada: Browser) -> None:
    place_of(ada.ask(name="Ada"))

    assert the_request().consent_id is None
    assert count(Consent) == 0


def test_the_same_form_sent_twice_is_one_conversation(ada: Browser) -> None:
    key = new_key()

    first, second = ada.ask(client_key=key), ada.ask(client_key=key, message="Changed meanwhile")

    assert place_of(first) == place_of(second)
    assert (count(Conversation), count(HelpRequest), count(Message)) == (1, 1, 1)
    assert len(facts("conversations.help_requested")) == 1


def test_a_form_pressed_in_many_tabs_at_once_is_one_conversation(flask_app: Flask, ada: Browser) -> None:
    key, places = new_key(), []

    def press() -> None:
        places.append(place_of(Browser(flask_app.test_client()).ask(client_key=key)))

    presses = [threading.Thread(target=press) for _ in range(6)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert len(places) == 6 and len(set(places)) == 1
    assert (count(HelpRequest), count(Message)) == (1, 1)


def test_the_cart_and_the_step_come_along(ada: Browser) -> None:
    with transaction():
        offer = credits_500()
    ada.post("/cart/lines", {"sku": offer.sku})

    place_of(ada.ask(page="/checkout/contact", family="credits"))

    asked = the_request()
    cart = session().scalars(select(Cart)).one()
    assert (asked.cart_id, asked.step, asked.value_minor) == (cart.id, "contact", 45_000)
    assert [line["sku"] for line in asked.snapshot] == ["credits-500"]


def test_what_another_page_is_named_gives_nothing_away(cleo: Browser) -> None:
    place_of(cleo.ask(page="https://example.org/orders/aaaaaaaaaaaaaaaaaaaaaa"))

    asked = the_request()
    assert (asked.page, asked.order_id, asked.cart_id) == ("/", None, None)


def test_a_question_needs_words(ada: Browser) -> None:
    answer = ada.ask(message="  ")

    assert answer.status_code == 422
    assert "Write what you would like to know." in answer.get_data(as_text=True)
    assert nothing_moved()


@pytest.mark.parametrize(
    "forged",
    [
        {"kind": "test_drive"},
        {"family": "everything"},
        {"client_key": "1"},
        {"email": "nobody"},
        {"visitor_id": new_key()},
        {"message": "a\x00b"},
        {"message": "x" * 2001},
    ],
)
def test_forged_input_is_refused_and_nothing_moves(ada: Browser, forged: dict[str, str]) -> None:
    assert ada.ask(**forged).status_code == 422

    assert nothing_moved()


def test_a_call_needs_a_number_and_keeps_the_wished_time(ada: Browser) -> None:
    html = ada.see("/ask?kind=callback")
    refused = ada.ask(kind="callback", message="")
    wished = next(part for part in html.split('<option value="')[1:] if part[:2] == "20").split('"')[0]

    place = place_of(ada.ask(kind="callback", message="", phone="138 0571 4420", wished=wished))

    assert refused.status_code == 422 and "Leave the number" in refused.get_data(as_text=True)
    asked = the_request()
    assert asked.wished_from is not None and asked.answer_due_at == asked.wished_until
    assert "calls you" in ada.see(place)


def test_a_wished_time_that_was_not_offered_is_refused(ada: Browser) -> None:
    forged = ada.ask(kind="callback", phone="138 0571 4420", wished="2026-01-01T03:00+08:00")

    assert forged.status_code == 422
    assert nothing_moved()


def test_a_test_drive_books_its_time_at_the_dealer_of_the_car(
    ada: Browser, car: StockItem, slot: Slot
) -> None:
    place = place_of(ada.ask_to_drive(car.public_id, slot.public_id))

    asked = the_request()
    booking = session().scalars(select(Booking)).one()
    assert (booking.slot_id, booking.holder, booking.state) == (slot.id, asked.id, "booked")
    assert (asked.recipient_id, asked.stock_item_id) == (car.recipient_id, car.id)
    assert asked.value_minor == car.price_minor
    assert asked.page == f"/stock/{car.public_id}"
    assert "Your test drive is booked" in ada.see(place)


def test_the_box_to_share_with_the_dealer_is_not_ticked_and_names_it(
    ada: Browser, car: StockItem, slot: Slot
) -> None:
    html = ada.see(f"/ask/test-drive?vehicle={car.public_id}")
    box = html.split('name="share"')[1].split(">")[0]

    assert "checked" not in box
    assert "Share with Tarn West Lake" in html


def test_without_the_tick_only_the_wish_to_be_answered_is_written(
    ada: Browser, car: StockItem, slot: Slot
) -> None:
    ada.ask_to_drive(car.public_id, slot.public_id)

    close_reading()
    assert [c.purpose for c in session().scalars(select(Consent))] == ["answer_me"]


def test_with_the_tick_the_dealer_is_named_by_a_consent_of_its_own(
    ada: Browser, car: StockItem, slot: Slot
) -> None:
    ada.ask_to_drive(car.public_id, slot.public_id, share="1")

    asked = the_request()
    shared = session().get_one(Consent, asked.consent_id)
    assert (shared.purpose, shared.recipient_id, shared.method) == (
        "share_with_recipient",
        car.recipient_id,
        "test_drive",
    )


def test_the_last_time_goes_to_one_of_two(ada: Browser, cleo: Browser, car: StockItem, slot: Slot) -> None:
    place_of(ada.ask_to_drive(car.public_id, slot.public_id))
    before = count(HelpRequest)

    late = cleo.ask_to_drive(car.public_id, slot.public_id, name="Cleo")

    html = late.get_data(as_text=True)
    assert late.status_code == 409 and 'value="Cleo"' in html and 'id="error-summary"' in html
    assert (count(HelpRequest), count(Booking), count(Customer)) == (before, 1, 1)


def test_a_time_of_another_dealer_is_refused(ada: Browser, car: StockItem) -> None:
    with transaction():
        other = a_slot(a_dealer("binjiang"))

    refused = ada.ask_to_drive(car.public_id, other.public_id)

    assert refused.status_code == 404
    assert nothing_moved()


def test_a_sold_car_cannot_be_driven(ada: Browser, car: StockItem, slot: Slot) -> None:
    with transaction():
        session().get_one(StockItem, car.id).state = "sold"

    assert ada.see(f"/ask/test-drive?vehicle={car.public_id}", status=409)
    assert ada.ask_to_drive(car.public_id, slot.public_id).status_code == 409
    assert nothing_moved()


def test_a_test_drive_needs_a_way_to_be_reached(ada: Browser, car: StockItem, slot: Slot) -> None:
    refused = ada.ask_to_drive(car.public_id, slot.public_id, email="")

    assert refused.status_code == 422
    assert nothing_moved()


def test_looking_makes_no_session_and_takes_few_statements(ada: Browser) -> None:
    with statement_count() as taken:
        ada.see("/ask?page=/stock")

    assert taken() <= 8
    assert "forecourt=" not in str(ada.client.get("/ask").headers.get("Set-Cookie", ""))


def test_the_pages_speak_chinese(ada: Browser, car: StockItem, slot: Slot) -> None:
    assert "找人问问" in ada.see("/zh/ask")
    assert "泰然西湖店" in ada.see(f"/zh/ask/test-drive?vehicle={car.public_id}")


def test_recipient_named_by_the_form_is_not_read(ada: Browser) -> None:
    with transaction():
        other = session().scalars(select(Recipient).where(Recipient.kind == "dealer")).first()
    assert other is not None

    assert ada.ask(recipient=other.public_id).status_code == 422


def test_the_sheet_stays_cheap_wherever_it_is_opened(ada: Browser, car: StockItem) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.ask(email="ada@example.com", name="Ada")

    for path in (
        "/ask",
        f"/ask?page=/stock/{car.public_id}",
        "/ask?page=/checkout/review",
        "/ask?kind=callback",
    ):
        with statement_count() as taken:
            html = ada.see(path)
            assert taken() <= 8, path
        assert "You have a conversation with us already." in html


@pytest.mark.parametrize("page", ["/", "/stock", "/cart", "/services", "/consents"])
def test_every_page_leads_to_a_person_and_says_where_from(ada: Browser, page: str) -> None:
    assert f'href="/ask?page={page}"' in ada.see(page)


def test_checkout_leads_to_a_person_with_its_step(ada: Browser) -> None:
    with transaction():
        offer = credits_500()
    ada.post("/cart/lines", {"sku": offer.sku})

    assert 'href="/ask?page=/checkout/contact"' in ada.see("/checkout/contact")
