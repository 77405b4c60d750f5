"""How a recipient is told: ADF where its software reads, signed webhooks, a test that counts nowhere, and 410."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select, text
from standardwebhooks import Webhook

from app import clock, deliveries, mail
from app.db import close_reading, session, transaction
from app.deliveries import Delivery, DeliveryAttempt, Mail
from app.events import SYSTEM, Actor, EventRow
from app.ids import uuid7
from app.mail import MailboxMessage
from catalog.models import StockItem
from customers import consents
from customers.models import Customer
from leads import adf_mail, composers, outcomes, replays, tasks
from leads.models import Dispatch, Lead
from partners import recipient_settings
from partners.models import Recipient
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import Browser, new_key
from tests.leads.builders import Places, deliveries_of, dispatches, give_contact, left, make_due, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.receiver import Receiver

Relay = Callable[[], None]
SCHEMA = Path(__file__).parent.parent.parent / "leads" / "schemas" / "adf-1.0.dtd"
INTAKE = "adf@west-lake.example"


def told_to(place: Recipient, **changed: Any) -> None:
    """The row, and the test's own copy of it, which builders write back."""
    with transaction():
        row = session().get_one(Recipient, place.id)
        for name, value in changed.items():
            setattr(row, name, value)
            setattr(place, name, value)


def wants_adf(places: Places, **more: Any) -> None:
    told_to(places.dealer, wants_adf=True, adf_mail_to=INTAKE, mail_to="sales@west-lake.example", **more)


def mails() -> list[MailboxMessage]:
    close_reading()
    return list(session().scalars(select(MailboxMessage).order_by(MailboxMessage.sent_at)))


def xml_of(sent: MailboxMessage) -> Any:
    root = etree.fromstring(sent.text.encode())
    dtd = etree.DTD(str(SCHEMA))
    assert dtd.validate(root), dtd.error_log
    return root


def webhook_of(lead: Lead) -> Delivery:
    return next(one for one in deliveries_of(lead) if one.kind == "leads.webhook")


def test_a_dealer_that_wants_it_gets_a_lead_about_a_car_as_adf_at_its_intake_address(
    places: Places, run_relay: Relay
) -> None:
    wants_adf(places)
    a_left_car(places)
    run_relay()

    sent = mails()[0]
    root = xml_of(sent)
    lead = the_lead()
    item = session().get_one(StockItem, lead.snapshot[0]["stock_item_id"])
    assert (len(mails()), sent.to, sent.subject) == (1, INTAKE, f"{places.dealer.name}: {lead.number}")
    assert root.findtext(".//prospect/id") == lead.number
    assert root.find(".//prospect").get("status") == "new"
    assert root.findtext(".//vehicle/vin") == item.vehicle.vin
    assert root.findtext(".//vehicle/model") == item.vehicle.model.name
    assert root.findtext(".//vendorname") == places.dealer.name
    assert root.findtext(".//customer/contact/email") == "ada@example.com"
    assert root.findtext(".//vehicle/option/manufacturercode") == "charge-250"
    assert root.findtext(".//customer/comments")
    assert dispatches(lead)["mail"].state == "sent" or dispatches(lead)["mail"].state == "queued"


def test_the_mail_is_plain_ascii_with_nothing_but_the_xml_and_an_id_that_stays(
    places: Places, run_relay: Relay
) -> None:
    wants_adf(places)
    a_left_car(places, name="林悦")
    run_relay()
    delivery = next(one for one in deliveries_of(the_lead()) if one.kind == "leads.mail")
    with transaction():
        message = composers.mail(session().get_one(Delivery, delivery.id))
        assert isinstance(message, Mail)
        first, second = mail.written(delivery, message), mail.written(delivery, message)

    raw = first.as_bytes()
    assert raw.isascii()
    assert first.get_content_type() == "text/plain"
    assert first["Content-Transfer-Encoding"] == "7bit"
    assert raw.split(b"\n\n", 1)[1].startswith(b"<?xml")
    assert first["Message-ID"] == second["Message-ID"] == f"<{delivery.id}@tarn.example>"


def test_a_repeat_says_resend_under_the_same_number_and_message_id(places: Places, run_relay: Relay) -> None:
    wants_adf(places)
    a_left_car(places)
    run_relay()
    with transaction():
        count = replays.replay(replays.of_leads_since(clock.now() - timedelta(hours=1), places.dealer.code))
    deliveries.deliver_due()

    first, again = mails()
    assert count == 1
    assert xml_of(again).find(".//prospect").get("status") == "resend"
    assert again.text.replace("resend", "new") == first.text
    assert again.delivery_id == first.delivery_id


def test_a_test_drive_and_a_subscription_say_so_in_the_words_of_the_form(places: Places) -> None:
    lead = Lead(source="test_drive", product_family="vehicle_new", snapshot=[])
    plan = Lead(source="abandoned_cart", product_family="subscription", snapshot=[])

    assert adf_mail._interest(lead) == "test-drive"
    assert adf_mail._interest(plan) == "lease"


@pytest.mark.parametrize("family", ["charging", "credits", "feature", "partner_product", "none"])
def test_a_lead_about_no_car_is_never_adf(places: Places, family: str) -> None:
    wants_adf(places)
    close_reading()
    dealer = session().get_one(Recipient, places.dealer.id)

    assert not adf_mail.takes(Lead(product_family=family), dealer)
    assert adf_mail.takes(Lead(product_family="vehicle_used"), dealer)


def test_nobody_but_a_dealer_gets_adf(places: Places) -> None:
    told_to(places.insurer, wants_adf=True)
    close_reading()

    assert not adf_mail.takes(
        Lead(product_family="vehicle_new"), session().get_one(Recipient, places.insurer.id)
    )


def test_a_car_that_nobody_knows_any_more_is_told_in_an_ordinary_letter(
    places: Places, run_relay: Relay
) -> None:
    wants_adf(places)
    a_left_car(places)
    with transaction():
        lead = Lead.locked(the_lead().id)
        lead.snapshot = [{**lead.snapshot[0], "stock_item_id": str(uuid7())}]
    run_relay()

    assert [one.to for one in mails()] == ["sales@west-lake.example"]
    assert "<?xml" not in mails()[0].text


def test_that_a_lead_is_settled_is_never_mailed_to_the_software(places: Places, run_relay: Relay) -> None:
    wants_adf(places)
    a_left_car(places)
    run_relay()
    with transaction():
        outcomes.close(Lead.locked(the_lead().id), "expired", SYSTEM, clock.now())
    run_relay()

    assert {one.to for one in mails()[1:]} <= {"sales@west-lake.example"}
    assert all("<?xml" not in one.text for one in mails()[1:])


def test_a_consent_taken_back_stops_the_repeat_and_what_arrived_stays_arrived(
    places: Places, run_relay: Relay
) -> None:
    wants_adf(places)
    a_left_car(places)
    run_relay()
    tasks.send_due()
    lead = the_lead()
    told = next(one for one in deliveries_of(lead) if one.kind == "leads.mail")
    with transaction():
        customer = session().get_one(Customer, lead.customer_id)
        consents.withdraw(
            customer.id,
            "share_with_recipient",
            places.dealer.id,
            language="en",
            actor=Actor("visitor", "ada"),
        )
        replays.replay([told.id])
    deliveries.deliver_due()

    close_reading()
    kept = session().get_one(Delivery, told.id)
    assert (kept.state, kept.reason) == ("delivered", "no_consent")
    assert sum("<?xml" in one.text for one in mails()) == 1


def test_a_repeat_leaves_alone_what_is_on_its_way(places: Places, run_relay: Relay) -> None:
    with transaction():
        made = deliveries.queue("leads.mail", "x", None, {}, key="k:1")
        made.state, made.leased_until = "sending", clock.now() + timedelta(minutes=1)
    with transaction():
        again = deliveries.replay(made.id)

    assert (again.state, again.replays) == ("sending", 0)


def test_both_secrets_sign_while_one_is_changed(places: Places, run_relay: Relay, receiver: Receiver) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    with transaction():
        row = recipient_settings.locked(places.dealer.public_id)
        assert row is not None and row.webhook_secret is not None
        former = row.webhook_secret
        secret = recipient_settings.new_secret(row, SYSTEM, clock.now())
        until = row.former_secret_until
    told_to(places.dealer, webhook_secret=secret, former_secret=former, former_secret_until=until)
    a_left_car(places)
    run_relay()

    headers, body = receiver.got[0]
    assert len(headers["webhook-signature"].split()) == 2
    for one in (former, secret):
        Webhook(one).verify(body, headers)


def test_an_address_that_is_gone_is_switched_off_and_its_leads_go_to_somebody_else(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    receiver.answers[:] = [410]
    a_left_car(places)
    run_relay()
    tasks.send_due()
    run_relay()

    lead = the_lead()
    dealer = session().get_one(Recipient, places.dealer.id)
    assert dealer.webhook_gone_at is not None
    assert lead.recipient_id != dealer.id
    assert session().scalars(select(Dispatch).where(Dispatch.lead_id == lead.id)).all()
    assert (
        session().scalar(
            select(func.count()).select_from(EventRow).where(EventRow.type == "partners.webhook_gone")
        )
        == 1
    )
    assert len(receiver.got) == 1


def test_a_dealer_that_reads_mail_keeps_its_leads_when_its_webhook_is_gone(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url, mail_to="sales@west-lake.example")
    receiver.answers[:] = [410]
    a_left_car(places)
    run_relay()
    tasks.send_due()
    run_relay()

    assert the_lead().recipient_id == places.dealer.id
    assert len([one for one in mails() if the_lead().number in one.subject]) == 1


def test_what_waits_for_an_address_that_is_gone_goes_once_there_is_another(
    places: Places, run_relay: Relay, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url="http://127.0.0.1:9/none", mail_to="sales@west-lake.example")
    a_left_car(places)
    run_relay()
    told_to(places.dealer, webhook_gone_at=clock.now())
    make_due()
    deliveries.deliver_due()
    waiting = webhook_of(the_lead())
    assert (waiting.state, waiting.reason) == ("pending", "webhook_gone")

    told_to(places.dealer, webhook_gone_at=None, webhook_url=receiver.url)
    make_due()
    deliveries.deliver_due()

    assert webhook_of(the_lead()).state == "delivered"
    assert len(receiver.got) == 1


def counted() -> tuple[int, ...]:
    close_reading()
    return tuple(
        session().scalar(text(f"SELECT count(*) FROM {name}")) or 0
        for name in ("lead", "dispatch", "inv_lead", "inv_delivery", "inv_signal")
    )


def test_a_test_goes_over_each_channel_shows_its_outcome_and_counts_nowhere(
    admin: Browser, places: Places, receiver: Receiver
) -> None:
    wants_adf(places, webhook_url=receiver.url)
    before = counted()
    page = f"/admin/recipients/{places.dealer.public_id}/test"

    assert admin.post(page, {"client_key": new_key()}).status_code == 303
    under_way = admin.see(page)
    deliveries.deliver_due()
    close_reading()
    after = admin.see(page)

    body = json.loads(receiver.got[0][1])
    root = xml_of(mails()[0])
    assert "every 1s" in under_way and "every 1s" not in after
    assert after.count(">Arrived<") == 2 and "200" in after and " ms" in after
    assert (body["type"], body["data"]["test"], body["data"]["contact"]) == ("lead.test", True, None)
    assert root.findtext(".//customer/comments").startswith("TEST")
    assert root.findtext(".//customer/contact/email") == "test@tarn.example"
    assert mails()[0].subject.startswith("TEST ")
    assert counted() == before


def test_a_test_that_fails_says_how_and_is_not_tried_again(
    admin: Browser, places: Places, receiver: Receiver
) -> None:
    told_to(places.dealer, webhook_url=receiver.url)
    receiver.answers[:] = [503]
    page = f"/admin/recipients/{places.dealer.public_id}/test"
    admin.post(page, {"client_key": new_key()})
    deliveries.deliver_due()
    make_due()
    deliveries.deliver_due()
    close_reading()

    assert len(receiver.got) == 1
    assert "Did not arrive" in admin.see(page)
    assert "503" in admin.see(page)


def test_the_same_press_twice_is_one_test(admin: Browser, places: Places) -> None:
    told_to(places.dealer, mail_to="sales@west-lake.example")
    page = f"/admin/recipients/{places.dealer.public_id}/test"
    key = new_key()
    for _ in range(2):
        admin.post(page, {"client_key": key})

    close_reading()
    assert session().scalar(select(func.count()).select_from(Delivery)) == 1


def test_who_is_told_on_the_console_only_has_nothing_to_test(admin: Browser, places: Places) -> None:
    assert "Nothing to test yet" in admin.see(f"/admin/recipients/{places.dealer.public_id}/test")


def test_the_test_letter_is_a_letter_for_who_wants_no_adf(admin: Browser, places: Places) -> None:
    told_to(places.dealer, mail_to="sales@west-lake.example")
    admin.post(f"/admin/recipients/{places.dealer.public_id}/test", {"client_key": new_key()})
    deliveries.deliver_due()

    assert re.match("测试|TEST", mails()[0].subject)
    assert "@" not in mails()[0].text


def test_every_try_of_a_withheld_lead_keeps_the_reason(places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
        give_contact(cart, answer_me=False)
    left(cart.id)
    run_relay()

    lead = the_lead()
    held = session().scalars(select(Dispatch).where(Dispatch.lead_id == lead.id)).one()
    assert (held.state, held.reason) == ("held", "no_consent")
    assert session().scalar(select(func.count()).select_from(DeliveryAttempt)) == 0
