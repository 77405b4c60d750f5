"""What could not be told: who hears of it, how often, and how it is put right."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock, deliveries
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from app.events import SYSTEM, Actor, EventRow
from app.mail import MailboxMessage
from customers import consents
from leads import given_up, replays, tasks
from leads.dispatching import call_back, route
from leads.models import Dispatch
from partners import recipient_settings
from partners.incidents import RecipientIncident
from partners.models import Recipient
from partners.recipient_desk import _values
from partners.recipient_forms import Particulars
from tests.conversations.builders import Browser, new_key
from tests.leads.builders import Places, deliveries_of, make_due, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.leads.test_dispatch_channels import told_to, webhook_of
from tests.receiver import Receiver

Relay = Callable[[], None]
CONTACT = "it@west-lake.example"
NOWHERE = "http://127.0.0.1:9/none"


def letters() -> list[MailboxMessage]:
    close_reading()
    wanted = select(MailboxMessage).where(MailboxMessage.to == CONTACT)
    return list(session().scalars(wanted.order_by(MailboxMessage.sent_at)))


def open_incidents() -> list[tuple[str, str, bool]]:
    close_reading()
    wanted = select(RecipientIncident).where(RecipientIncident.ended_at.is_(None))
    return [(one.kind, one.channel, one.told) for one in session().scalars(wanted)]


def until_it_dies(run_relay: Relay) -> None:
    for _ in range(deliveries.MOST_TRIES + 1):
        make_due()
        run_relay()
    tasks.send_due()


def gone(places: Places, run_relay: Relay, receiver: Receiver, **more: Any) -> None:
    told_to(places.dealer, webhook_url=receiver.url, **more)
    receiver.answers[:] = [410]
    a_left_car(places)
    run_relay()
    tasks.send_due()
    run_relay()


def dealer(places: Places) -> Recipient:
    close_reading()
    return session().get_one(Recipient, places.dealer.id, populate_existing=True)


def test_a_webhook_that_is_gone_is_told_to_its_contact_once_in_its_own_language(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    gone(places, run_relay, receiver, contact_mail_to=CONTACT)
    run_relay()

    assert len(letters()) == 1
    assert "410" in letters()[0].text and letters()[0].language == "zh"
    assert places.dealer.name_zh in letters()[0].subject
    assert open_incidents() == [("gone", "webhook", True)]
    assert "ada" not in letters()[0].text.lower()


@pytest.mark.parametrize("page", ["/admin", "/admin/operator"])
def test_the_house_reads_it_where_it_looks_first(
    admin: Browser, places: Places, run_relay: Relay, receiver: Receiver, page: str
) -> None:
    assert "is switched off" not in admin.see(page)

    gone(places, run_relay, receiver)

    assert "is switched off: it answered" in admin.see(page)
    assert "call them" in admin.see(page)
    assert f"/admin/recipients/{places.dealer.public_id}" in admin.see(page)


def test_what_was_given_up_is_told_once_however_much_of_it_there_is(places: Places, run_relay: Relay) -> None:
    told_to(places.dealer, webhook_url=NOWHERE, contact_mail_to=CONTACT)
    for _ in range(2):
        a_left_car(places)
    until_it_dies(run_relay)
    run_relay()

    close_reading()
    dead = session().scalar(select(func.count()).select_from(Delivery).where(Delivery.state == "dead"))
    assert dead == 2
    assert len(letters()) == 1
    assert open_incidents() == [("dead", "webhook", True)]


def test_it_is_over_once_something_arrives_and_told_anew_the_next_time(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=NOWHERE, contact_mail_to=CONTACT)
    a_left_car(places)
    until_it_dies(run_relay)
    told_to(places.dealer, webhook_url=receiver.url)
    with transaction():
        replays.replay([webhook_of(the_lead()).id])
    make_due()
    run_relay()
    tasks.send_due()

    assert open_incidents() == []


def test_somebody_who_has_seen_to_it_says_so_and_the_notice_is_gone(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    told_to(places.dealer, webhook_url=NOWHERE)
    a_left_car(places)
    until_it_dies(run_relay)
    page = f"/admin/recipients/{places.dealer.public_id}"
    assert "have been given up since" in admin.see(page)

    assert admin.post(f"{page}/incidents", {}).status_code == 303

    assert "have been given up since" not in admin.see(page)
    assert session().scalars(select(EventRow).where(EventRow.type == "partners.incident_settled")).one()


def test_the_contact_is_never_the_address_that_takes_nothing(places: Places, run_relay: Relay) -> None:
    told_to(places.dealer, mail_to="sales@west-lake.example")
    close_reading()
    place = session().get_one(Recipient, places.dealer.id)

    assert given_up._contact(place, "mail") is None
    assert given_up._contact(place, "webhook") == "sales@west-lake.example"


def test_another_field_saved_does_not_call_an_address_that_is_gone_again(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    gone(places, run_relay, receiver)
    with transaction():
        row = recipient_settings.locked(places.dealer.public_id)
        assert row is not None
        told = _as_it_stands(row, phone="+86 571 0000")
        recipient_settings.change(row, told, SYSTEM, clock.now())

    assert dealer(places).webhook_gone_at is not None

    with transaction():
        row = recipient_settings.locked(places.dealer.public_id)
        assert row is not None
        told = _as_it_stands(row, webhook_url=f"{receiver.url}/v2")
        recipient_settings.change(row, told, SYSTEM, clock.now())

    assert dealer(places).webhook_gone_at is None
    assert open_incidents() == []


def _as_it_stands(row: Recipient, **changed: Any) -> Any:
    typed = {key: value for key, value in _values(row).items() if value and key != "languages"}
    return Particulars.model_validate({**typed, **changed})


def test_it_is_switched_on_again_only_after_a_test_has_arrived_and_what_waited_goes(
    admin: Browser, places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, mail_to="sales@west-lake.example")
    gone(places, run_relay, receiver)
    page = f"/admin/recipients/{places.dealer.public_id}/test"
    with transaction():
        replays.replay([webhook_of(the_lead()).id])
    deliveries.deliver_due()
    assert webhook_of(the_lead()).reason == "webhook_gone"
    assert "Switch the webhook on again" not in admin.see(page)
    assert admin.post(f"{page}/switch-on", {}).status_code == 409

    admin.post(page, {"client_key": new_key(), "channels": "webhook"})
    deliveries.deliver_due()
    assert "Switch the webhook on again" in admin.see(page)
    assert dealer(places).webhook_gone_at is not None
    admin.post(f"{page}/switch-on", {})
    deliveries.deliver_due()

    assert dealer(places).webhook_gone_at is None
    assert webhook_of(the_lead()).state == "delivered"
    assert open_incidents() == []


def test_a_repeat_that_is_answered_gone_switches_off_too(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url, mail_to="sales@west-lake.example")
    a_left_car(places)
    run_relay()
    tasks.send_due()
    receiver.answers[:] = [410]
    with transaction():
        replays.replay([webhook_of(the_lead()).id])
    make_due()
    run_relay()
    run_relay()

    assert dealer(places).webhook_gone_at is not None


def test_what_the_former_address_answered_does_not_switch_off_the_new_one(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url, webhook_since=clock.now() + timedelta(minutes=1))
    receiver.answers[:] = [410]
    a_left_car(places)
    run_relay()
    run_relay()

    assert dealer(places).webhook_gone_at is None


def test_a_lead_that_comes_back_to_whom_it_was_not_told_is_told_after_all(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    a_left_car(places)
    with transaction():
        lead = the_lead()
        route([lead.id])
        call_back(lead.id, places.dealer.id, "not_active")
        route([lead.id])
    run_relay()
    tasks.send_due()

    assert webhook_of(the_lead()).state == "delivered"
    assert len(receiver.got) == 1
    assert [one.state for one in deliveries_of(the_lead()) if one.kind == "leads.webhook"] == ["delivered"]
    assert {row.state for row in session().scalars(select(Dispatch))} == {"sent"}


def test_a_letter_names_the_day_since_nobody_knows_when_it_is_read(places: Places, run_relay: Relay) -> None:
    told_to(places.dealer, mail_to=CONTACT)
    a_left_car(places)
    run_relay()

    assert "今天" not in letters()[0].text
    assert re.search(r"\d+ 月 \d+ 日", letters()[0].text)


def test_a_consent_taken_back_between_two_tries_stops_the_next_one(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    receiver.answers[:] = [503]
    a_left_car(places)
    run_relay()
    customer_id = the_lead().customer_id
    assert customer_id is not None
    with transaction():
        consents.withdraw(
            customer_id,
            "share_with_recipient",
            places.dealer.id,
            language="en",
            actor=Actor("visitor", "ada"),
        )
    make_due()
    deliveries.deliver_due()

    assert len(receiver.got) == 1
    assert (webhook_of(the_lead()).state, webhook_of(the_lead()).reason) == ("cancelled", "no_consent")
