"""Whoever asks is a lead when thanked; asking twice is one matter, answering it moves it on."""

from collections.abc import Callable

from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM
from app.ids import uuid7
from conversations.models import Conversation, HelpRequest
from leads import reconcile
from leads.models import Dispatch, Lead
from partners.models import Staff
from tests.checkout.builders import a_car
from tests.conversations.builders import Browser, new_key
from tests.leads.builders import Places, all_leads, bought, decisions, dispatches, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.partners.builders import a_slot

Relay = Callable[[], None]
CONTACT = {"name": "Ada Buys", "email": "ada@example.com"}


def test_a_question_is_a_lead_at_once_and_asked_twice_it_is_one(ada: Browser, run_relay: Relay) -> None:
    key = new_key()

    ada.ask(client_key=key, **CONTACT)
    ada.ask(client_key=key, **CONTACT)

    lead = the_lead()
    assert (lead.kind, lead.source, lead.status) == ("help_request", "help_request", "new")
    assert lead.source_id == session().scalars(select(HelpRequest.id)).one()
    run_relay()
    assert the_lead().status == "routed"
    assert not any(reconcile.counts().values())


def test_a_second_question_of_the_same_person_follows_the_first(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    ada.ask(**CONTACT)
    ada.ask(kind="callback", phone="138 0571 4420", **CONTACT)
    run_relay()

    first, second = all_leads()
    assert second.primary_lead_id == first.id
    assert first.primary_lead_id is None
    assert [lead.source for lead in (first, second)] == ["help_request", "callback"]
    assert second.recipient_id == places.calls.id


def test_a_test_drive_goes_to_the_dealer_only_when_that_was_agreed_to(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    with transaction():
        car = a_car(dealer=session().merge(places.dealer))
        slot = a_slot(session().merge(places.dealer))
        vin = car.vehicle.vin

    ada.ask_to_drive(car.public_id, slot.public_id, share="on")
    run_relay()

    lead = the_lead()
    assert (lead.source, lead.recipient_id, lead.why) == ("test_drive", places.dealer.id, "by_rule")
    assert lead.named_recipient_id == places.dealer.id
    assert (lead.snapshot[0]["vin"], lead.snapshot[0]["seller_id"]) == (
        vin,
        str(places.dealer.id),
    )


def test_a_question_without_contact_is_held_and_answering_it_settles_the_hold(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    ada.ask()
    run_relay()
    assert (the_lead().status, the_lead().why) == ("held", "no_contact")

    with transaction():
        conversation = session().scalars(select(Conversation).with_for_update()).one()
        staff_id = session().scalars(select(Staff.id)).all()[0]
        conversation.answer(staff_id, "Two tonnes.", uuid7(), SYSTEM, clock.now())
    run_relay()

    lead = the_lead()
    assert (lead.status, lead.staff_id) == ("contacted", staff_id)
    assert [row.state for row in session().scalars(select(Dispatch))] == ["cancelled"]


def test_asking_with_contact_frees_the_cart_that_was_left_before(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    ada.ask()
    run_relay()
    assert the_lead().status == "held"

    ada.ask(**CONTACT)
    run_relay()

    assert [lead.status for lead in all_leads()] == ["routed", "routed"]
    assert len(decisions(all_leads()[0])) == 2


def test_buying_settles_every_open_matter_of_the_buyer(places: Places, run_relay: Relay) -> None:
    cart = a_left_car(places)
    run_relay()
    bought(cart.id)
    run_relay()
    close_reading()

    assert session().scalars(select(Lead.status).distinct()).all() == ["won"]
    assert dispatches(the_lead())["console"].state == "sent"
