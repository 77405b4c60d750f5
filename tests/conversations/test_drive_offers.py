"""A time for a test drive that the desk keeps: one tap books it, it lapses by itself, and no car goes out twice."""

import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, transaction
from catalog.models import StockItem
from conversations.cards import ThreadCard
from conversations.demo_cars import DemoCar, TestDrive
from conversations.models import Conversation, HelpRequest
from customers.models import Consent
from leads.models import Lead
from partners.models import Booking, Slot
from tests.conversations.builders import Browser, new_key


@pytest.fixture
def talk(ada: Browser, car: StockItem) -> Conversation:
    """Ada told her address and asks about a car that stands at the dealer's."""
    ada.ask(page=f"/stock/{car.public_id}", email="ada@example.com", name="Ada Buys")
    close_reading()
    return session().scalars(select(Conversation)).one()


def a_demo_car(car: StockItem) -> None:
    with transaction():
        model_id = session().get_one(StockItem, car.id).vehicle.model_id
        session().add(DemoCar(recipient_id=car.recipient_id, model_id=model_id, name="Mere in Mist"))


def room_for_two(slot: Slot) -> None:
    with transaction():
        session().execute(update(Slot).where(Slot.id == slot.id).values(capacity=2))


def keep(agent: Browser, talk: Conversation, car: StockItem, slot: Slot, key: str | None = None) -> int:
    told = {"client_key": key or new_key(), "car": car.public_id, "slot": slot.public_id}
    status = agent.post(f"/agent/conversations/{talk.public_id}/drives", told).status_code
    close_reading()
    return status


def the_card() -> ThreadCard:
    close_reading()
    return session().scalars(select(ThreadCard).order_by(ThreadCard.id.desc()).limit(1)).one()


def answer(buyer: Browser, talk: Conversation, yes: bool = True, **more: str) -> tuple[int, str]:
    card = the_card()
    told = {"answer": "yes" if yes else "no", **more}
    got = buyer.post(f"/ask/{talk.public_id}/cards/{card.public_id}", told)
    close_reading()
    return got.status_code, got.get_data(as_text=True)


def bookings() -> list[tuple[str, bool]]:
    close_reading()
    rows = session().scalars(select(Booking).where(Booking.state != "released"))
    return [(row.state, row.until is not None) for row in rows]


def count(model: type) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def lapse() -> None:
    with transaction():
        past = clock.now() - timedelta(seconds=1)
        session().execute(update(ThreadCard).values(held_until=past))
        session().execute(update(Booking).where(Booking.state == "held").values(until=past))


def test_the_desk_keeps_a_time_and_the_buyer_books_it_with_one_tap(
    ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    tool = agent.see(f"/agent/conversations/{talk.public_id}/tools/drive")
    assert slot.public_id in tool and car.public_id in tool

    assert keep(agent, talk, car, slot) == 303
    page = ada.see(f"/ask/{talk.public_id}")
    assert "Book this time" in page and "Held until" in page
    assert bookings() == [("held", True)] and count(Lead) == 1

    assert answer(ada, talk, share="1")[0] == 303
    assert answer(ada, talk)[0] == 303

    drive = session().scalars(select(TestDrive)).one()
    asked = session().get_one(HelpRequest, drive.help_request_id)
    assert (asked.conversation_id, asked.stock_item_id, asked.slot_id) == (talk.id, car.id, slot.id)
    assert bookings() == [("booked", False)]
    assert count(Lead) == 2, "the question and the test drive, each one"
    shared = select(Consent).where(Consent.recipient_id == slot.recipient_id, Consent.granted)
    assert len(session().scalars(shared).all()) == 1
    page = ada.see(f"/ask/{talk.public_id}")
    assert "Test drive booked" in page and "Book this time" not in page


def test_the_dealer_hears_no_name_unless_the_box_is_ticked(
    ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    keep(agent, talk, car, slot)
    answer(ada, talk)

    assert count(TestDrive) == 1
    assert session().scalars(select(Consent).where(Consent.recipient_id.is_not(None))).all() == []


def test_a_kept_time_lapses_and_is_everybodys_again(
    flask_app: Flask, ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    a_demo_car(car)
    keep(agent, talk, car, slot)
    cleo = Browser(flask_app.test_client())
    assert cleo.ask_to_drive(car.public_id, slot.public_id).status_code == 409
    lapse()

    status, html = answer(ada, talk)

    assert status == 409 and "not kept any more" in html
    assert count(TestDrive) == 0
    assert cleo.ask_to_drive(car.public_id, slot.public_id).status_code == 303
    assert "No longer held" in ada.see(f"/ask/{talk.public_id}")


def test_what_is_kept_for_one_buyer_is_kept_from_the_others_also_where_the_place_has_room(
    flask_app: Flask, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    room_for_two(slot)
    keep(agent, talk, car, slot)
    cleo = Browser(flask_app.test_client())

    assert cleo.ask_to_drive(car.public_id, slot.public_id).status_code == 409
    assert count(TestDrive) == 0


def test_one_car_is_driven_by_one_at_a_time(
    flask_app: Flask, house: None, car: StockItem, slot: Slot
) -> None:
    """Without demo cars it is the car itself that goes out."""
    room_for_two(slot)
    answers: list[int] = []

    def book() -> None:
        answers.append(
            Browser(flask_app.test_client()).ask_to_drive(car.public_id, slot.public_id).status_code
        )
        close_reading()

    those = [threading.Thread(target=book) for _ in range(3)]
    for one in those:
        one.start()
    for one in those:
        one.join()

    assert sorted(answers) == [303, 409, 409]
    assert count(TestDrive) == 1


def test_leaving_it_frees_the_time_at_once(
    ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    keep(agent, talk, car, slot)

    assert answer(ada, talk, yes=False)[0] == 303

    assert bookings() == [] and count(TestDrive) == 0
    assert "is free again" in agent.see(f"/agent/conversations/{talk.public_id}")


def test_the_same_form_twice_is_one_card_and_another_time_lets_the_former_go(
    ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    with transaction():
        other = Slot(
            recipient_id=slot.recipient_id,
            purpose="test_drive",
            starts_at=slot.starts_at + timedelta(days=1),
            ends_at=slot.ends_at + timedelta(days=1),
            capacity=1,
        )
        session().add(other)
    key = new_key()
    keep(agent, talk, car, slot, key)
    keep(agent, talk, car, slot, key)
    assert count(ThreadCard) == 1

    keep(agent, talk, car, other)

    assert bookings() == [("held", True)]
    page = ada.see(f"/ask/{talk.public_id}")
    assert page.count("Book this time") == 1 and "No longer held" in page


def test_somebody_who_told_no_way_to_be_reached_is_asked_for_one_and_the_time_stays(
    cleo: Browser, agent: Browser, car: StockItem, slot: Slot
) -> None:
    cleo.ask(page=f"/stock/{car.public_id}")
    talk = session().scalars(select(Conversation)).one()
    keep(agent, talk, car, slot)

    status, html = answer(cleo, talk)

    assert status == 409 and "Leave an e-mail address or a phone number below first" in html
    assert bookings() == [("held", True)]
    cleo.post(f"/ask/{talk.public_id}/contact", {"email": "cleo@example.com"})
    assert answer(cleo, talk)[0] == 303
    assert count(TestDrive) == 1


def test_two_taps_at_once_book_once(
    ada: Browser, agent: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    keep(agent, talk, car, slot)
    card = the_card()
    page = ada.client.get("/ask").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    cookie = ada.client.get_cookie("forecourt")
    assert cookie is not None
    answers: list[int] = []

    def tap() -> None:
        with ada.client.application.test_client() as other:
            for name in ("forecourt", "forecourt-csrf"):
                known = ada.client.get_cookie(name)
                if known is not None:
                    other.set_cookie(name, known.value)
            told = {"csrf_token": token, "answer": "yes"}
            answers.append(other.post(f"/ask/{talk.public_id}/cards/{card.public_id}", data=told).status_code)
            close_reading()

    those = [threading.Thread(target=tap) for _ in range(2)]
    for one in those:
        one.start()
    for one in those:
        one.join()

    assert answers == [303, 303]
    assert count(TestDrive) == 1 and bookings() == [("booked", False)]


def test_only_the_desk_keeps_times_and_only_where_a_car_stands_free(
    agent: Browser, ada: Browser, talk: Conversation, car: StockItem, slot: Slot
) -> None:
    told = {"client_key": new_key(), "car": car.public_id, "slot": slot.public_id}

    assert ada.post(f"/agent/conversations/{talk.public_id}/drives", told).status_code == 401
    assert (
        agent.post(
            f"/agent/conversations/{talk.public_id}/drives", told | {"car": uuid.uuid4().hex}
        ).status_code
        == 422
    )
    with transaction():
        session().execute(update(StockItem).values(state="sold"))
    assert keep(agent, talk, car, slot) == 422
    assert bookings() == [] and count(ThreadCard) == 0
