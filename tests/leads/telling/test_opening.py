"""One lead per signal: there when the person is answered, and there once."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import close_reading, session, statement_count, transaction
from app.events import SYSTEM, EventRow, revive
from checkout import abandonment
from checkout.abandonment import AbandonmentEpisode
from conversations.models import HelpRequest
from leads import intake
from leads.intake import main_family
from leads.models import Lead, LeadMove
from tests.checkout.builders import a_car, a_cart, charge_250, credits_500
from tests.conversations.builders import Browser, new_key, place_of
from tests.leads.telling.builders import later, leads, leave, the_lead
from tests.leads.telling.conftest import House
from tests.partners.builders import a_slot


def count(model: type) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def test_the_lead_is_there_when_the_person_is_answered(ada: Browser) -> None:
    place_of(ada.ask(email="ada@example.com"))

    lead = the_lead()
    asked = session().scalars(select(HelpRequest)).one()
    assert (lead.kind, lead.source, lead.source_id) == ("help_request", "help_request", asked.id)
    assert (lead.status, lead.contactability, lead.consent_id) == ("new", "email", asked.consent_id)
    assert lead.due_at == asked.answer_due_at
    assert lead.conversation_id == asked.conversation_id


def test_help_asked_twice_with_one_key_is_one_lead(ada: Browser) -> None:
    key = new_key()

    assert place_of(ada.ask(client_key=key)) == place_of(ada.ask(client_key=key))

    assert len(leads()) == 1


def test_help_asked_in_many_tabs_at_once_with_one_key_is_one_lead(flask_app: Flask, ada: Browser) -> None:
    key = new_key()
    presses = [
        threading.Thread(target=lambda: Browser(flask_app.test_client()).ask(client_key=key))
        for _ in range(6)
    ]

    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert len(leads()) == 1


def test_two_questions_are_two_leads_of_one_matter(ada: Browser) -> None:
    place_of(ada.ask(message="Does it tow?"))
    place_of(ada.ask(message="And in winter?"))

    first, second = leads()
    assert second.primary_lead_id == first.id
    assert first.primary_lead_id is None


def test_a_refused_request_leaves_no_lead(ada: Browser) -> None:
    assert ada.ask(email="ada@example.com\nBcc: all@example.com").status_code == 422
    assert ada.ask(family="everything").status_code == 422

    assert leads() == []


def test_the_cart_in_hand_and_the_step_come_along(ada: Browser) -> None:
    with transaction():
        offer = credits_500()
    ada.post("/cart/lines", {"sku": offer.sku})

    place_of(ada.ask(page="/checkout/contact", family="credits"))

    lead = the_lead()
    assert (lead.step, lead.product_family, lead.value_minor) == ("contact", "credits", 45_000)
    assert [line["sku"] for line in lead.snapshot] == ["credits-500"]


@pytest.mark.parametrize(
    ("kind", "more"), [("message", {}), ("callback", {"phone": "138 0571 4420", "message": ""})]
)
def test_a_call_and_a_question_are_leads_of_their_own_kind(
    ada: Browser, kind: str, more: dict[str, str]
) -> None:
    place_of(ada.ask(kind=kind, **more))

    assert the_lead().source == {"message": "help_request", "callback": "callback"}[kind]
    assert the_lead().reason == kind


def test_a_test_drive_is_a_lead_that_names_the_dealer(ada: Browser, house: House) -> None:
    with transaction():
        car, slot = a_car(dealer=house.dealer), a_slot(house.dealer)

    place_of(ada.ask_to_drive(car.public_id, slot.public_id))

    lead = the_lead()
    assert (lead.source, lead.product_family) == ("test_drive", "vehicle_new")
    assert lead.named_recipient_id == house.dealer.id
    assert lead.value_minor == car.price_minor


def test_a_left_cart_is_a_lead_with_its_contents_reason_and_step(house: House) -> None:
    with transaction():
        car, charge = a_car(dealer=house.dealer), charge_250()
        vin = car.vehicle.vin

    cart = leave(car, charge)

    lead = the_lead()
    episode = session().scalars(select(AbandonmentEpisode)).one()
    assert (lead.kind, lead.source_id, lead.cart_id) == ("abandoned_cart", episode.id, cart.id)
    assert (lead.product_family, lead.reason, lead.step) == ("vehicle_new", "cart_left", "cart")
    assert lead.value_minor == episode.value_minor
    assert {line["vin"] for line in lead.snapshot} >= {vin}
    assert {line["family"] for line in lead.snapshot} == {"vehicle_new", "charging"}
    assert lead.named_recipient_id == house.dealer.id


def test_a_cart_left_once_is_one_lead_however_often_one_looks(house: House) -> None:
    with transaction():
        offer = credits_500()
    leave(offer)

    for minutes in (90, 600, 3000):
        later(timedelta(minutes=minutes))
        abandonment.sweep()

    assert len(leads()) == 1


def test_the_same_facts_told_again_add_nothing(house: House) -> None:
    with transaction():
        offer = credits_500()
    leave(offer)
    told = session().scalars(select(EventRow).where(EventRow.type == "checkout.cart_abandoned")).one()
    signal = intake.of_abandoned(revive(told))
    close_reading()

    with transaction():
        added = intake.open_leads([signal, signal], SYSTEM)

    assert added == 0
    assert (count(Lead), count(LeadMove)) == (1, 1)


def test_many_left_carts_take_as_many_statements_as_few(house: House) -> None:
    def statements(carts: int) -> int:
        with transaction():
            for _ in range(carts):
                a_cart(session().merge(offer))
        later(timedelta(hours=2))
        with statement_count() as taken:
            abandonment.sweep()
        return taken()

    with transaction():
        offer = credits_500()

    few, many = statements(2), statements(25)

    assert len(leads()) == 27
    assert len({lead.number for lead in leads()}) == 27
    assert many <= few


@pytest.mark.parametrize(
    ("families", "about"),
    [
        (["credits", "vehicle_used", "charging"], "vehicle_used"),
        (["partner_product", "vehicle_new"], "vehicle_new"),
        (["credits", "charging"], "charging"),
        (["partner_product"], "partner_product"),
        ([], "none"),
    ],
)
def test_a_mixed_cart_is_about_its_car(families: list[str], about: str) -> None:
    assert main_family(families) == about
