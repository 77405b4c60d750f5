"""Who is told, under which consent, over which channel, and who is not."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from app import clock, deliveries, mail, relay, settings
from app.db import close_reading, session, transaction
from app.deliveries import Delivery, DeliveryAttempt
from app.events import SYSTEM
from app.processes import free_port
from customers import consents
from customers.models import Consent
from leads import dispatching
from leads.models import Lead, RoutingRule
from partners.models import Recipient
from tests.checkout.builders import a_car, anping_insurance, charge_250, credits_500
from tests.conversations.builders import Browser, place_of
from tests.leads.telling.builders import (
    buy,
    deliveries_of,
    dispatches,
    later,
    leave,
    mails_to,
    say_who,
    states,
    the_decision,
    the_lead,
)
from tests.leads.telling.conftest import DEALER_MAIL, DESK_MAIL, LINE_MAIL, House
from tests.partners.builders import a_slot
from tests.receiver import Receiver

GoOn = Callable[[], None]
ADA_SAYS: dict[str, Any] = {"name": "Ada Buys", "email": "ada@example.com"}
STRANGE_NAME = "O'Brien & Söhne <x>"


def listening(place: Recipient, receiver: Receiver) -> str:
    """The place gets a webhook as well; tells its secret."""
    with transaction():
        session().get_one(Recipient, place.id).webhook_url = receiver.url
        return str(session().get_one(Recipient, place.id).webhook_secret)


def nobody_was_told(receiver: Receiver | None = None) -> bool:
    close_reading()
    sent = session().scalars(select(Delivery).where(Delivery.state == "delivered")).all()
    return not sent and (receiver is None or not receiver.got)


def withdraw(lead: Lead, purpose: str, place: Recipient | None = None) -> None:
    assert lead.customer_id is not None
    with transaction():
        consents.withdraw(lead.customer_id, purpose, place.id if place else None, language="en", actor=SYSTEM)


def test_somebody_unknown_is_held_and_nobody_is_told(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = credits_500()
    leave(offer)

    go_on()

    lead = the_lead()
    (waiting,) = dispatches(lead)
    assert (lead.status, lead.why, lead.consent_id) == ("held", "no_contact", None)
    assert (waiting.state, waiting.reason, waiting.recipient_id) == ("held", "no_contact", None)
    assert waiting.next_at is not None and waiting.next_at > clock.now()
    assert nobody_was_told()


def test_who_says_later_how_to_be_reached_releases_the_same_lead(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = credits_500()
    cart = leave(offer)
    go_on()
    held = the_lead()

    say_who(cart)
    go_on()

    lead = the_lead()
    assert lead.id == held.id
    assert (lead.status, lead.contactability, lead.recipient_id) == ("routed", "email", house.line.id)
    consent = session().get_one(Consent, lead.consent_id)
    assert (consent.purpose, consent.customer_id) == ("answer_me", lead.customer_id)
    assert states(lead) == {"console": "sent", "mail": "sent"}
    assert len(mails_to(LINE_MAIL)) == 1


def test_contact_without_the_wish_to_be_answered_stays_held_for_that(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer={**ADA_SAYS, "answer_me": False})

    go_on()

    lead = the_lead()
    assert (lead.status, lead.why, lead.contactability) == ("held", "no_consent", "email")
    assert nobody_was_told()


def test_the_dealer_is_told_only_when_a_consent_names_it(house: House, go_on: GoOn) -> None:
    with transaction():
        car = a_car(dealer=house.dealer)
    leave(car, customer={**ADA_SAYS, "share": (house.dealer,)})

    go_on()

    lead, decision = the_lead(), the_decision(the_lead())
    assert (lead.status, lead.recipient_id, lead.why) == ("routed", house.dealer.id, "by_rule")
    assert session().get_one(Consent, lead.consent_id).recipient_id == house.dealer.id
    assert len(mails_to(DEALER_MAIL)) == 1
    assert {c["kind"] for c in decision.candidates if not c["passed"]} >= {"call_centre"}


def test_without_that_consent_the_house_answers_itself_and_says_why(house: House, go_on: GoOn) -> None:
    with transaction():
        car = a_car(dealer=house.dealer)
    leave(car, customer=ADA_SAYS)

    go_on()

    lead, decision = the_lead(), the_decision(the_lead())
    assert (lead.recipient_id, lead.why, decision.fallback) == (house.line.id, "house_steps_in", True)
    refused = [c for c in decision.candidates if c["recipient_id"] == str(house.dealer.id)]
    assert [c["why"] for c in refused] == ["no_consent"]
    assert mails_to(DEALER_MAIL) == []


def test_a_consent_for_one_dealer_tells_no_other(house: House, go_on: GoOn) -> None:
    with transaction():
        car = a_car(dealer=house.dealer)
    leave(car, customer={**ADA_SAYS, "share": (house.dealer,)})

    go_on()

    assert mails_to("leads@binjiang.example") == []


def test_a_partner_hears_nothing_before_it_is_agreed_to(house: House, go_on: GoOn) -> None:
    with transaction():
        insurance = anping_insurance()
    leave(insurance, customer=ADA_SAYS)

    go_on()

    assert the_lead().recipient_id == house.line.id
    assert mails_to("a@anping.example") == []


def test_a_test_drive_that_is_shared_goes_to_the_dealer_at_once(
    ada: Browser, house: House, go_on: GoOn
) -> None:
    with transaction():
        car, slot = a_car(dealer=house.dealer), a_slot(house.dealer)
    place_of(ada.ask_to_drive(car.public_id, slot.public_id, share="1"))

    go_on()

    assert the_lead().recipient_id == house.dealer.id
    assert len(mails_to(DEALER_MAIL)) == 1


def test_the_dealer_hears_which_car_and_when(
    ada: Browser, house: House, go_on: GoOn, receiver: Receiver
) -> None:
    listening(house.dealer, receiver)
    with transaction():
        car, slot = a_car(dealer=house.dealer), a_slot(house.dealer)
        vin = car.vehicle.vin
    place_of(ada.ask_to_drive(car.public_id, slot.public_id, share="1", name=STRANGE_NAME))

    go_on()

    told = json.loads(receiver.got[0][1])["data"]
    assert [line["vin"] for line in told["contents"]] == [vin]
    assert datetime.fromisoformat(told["time"]["starts_at"]) == slot.starts_at
    assert told["contact"]["name"] == STRANGE_NAME
    assert STRANGE_NAME in mails_to(DEALER_MAIL)[0].text


def test_the_webhook_is_tried_again_until_it_arrives_and_is_signed(
    house: House, go_on: GoOn, all_due: GoOn, receiver: Receiver
) -> None:
    secret = listening(house.line, receiver)
    receiver.answers[:] = [500, 503]
    with transaction():
        offer = charge_250()
    leave(offer, customer={**ADA_SAYS, "name": STRANGE_NAME})

    go_on()
    assert states(the_lead())["webhook"] == "queued"
    all_due()
    go_on()
    all_due()
    go_on()

    lead = the_lead()
    (delivery,) = deliveries_of("leads.webhook")
    assert states(lead)["webhook"] == "sent"
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {f"msg_{delivery.id.hex}"}
    for headers, body in receiver.got:
        Webhook(secret).verify(body, headers)
    told = json.loads(receiver.got[-1][1])
    assert told["type"] == "lead.created"
    assert told["data"]["number"] == lead.number
    assert told["data"]["contact"]["name"] == STRANGE_NAME
    assert [line["sku"] for line in told["data"]["contents"]] == ["charge-250"]
    outcomes = session().scalars(
        select(DeliveryAttempt.outcome).where(DeliveryAttempt.delivery_id == delivery.id)
    )
    assert sorted(outcomes) == ["delivered", "failed", "failed"]


def test_a_webhook_body_signed_with_another_secret_is_not_believed(
    house: House, go_on: GoOn, receiver: Receiver
) -> None:
    listening(house.line, receiver)
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)

    go_on()

    headers, body = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "YW5vdGhlci1zZWNyZXQtZW50aXJlbHk=").verify(body, headers)


class Kept(Message):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


def test_the_mail_goes_over_smtp_with_the_name_as_it_was_typed(
    house: House, go_on: GoOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, port = Kept(), free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    with_smtp = settings.settings().model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
    monkeypatch.setattr(mail, "settings", lambda: with_smtp)
    with transaction():
        offer = charge_250()
    leave(offer, customer={**ADA_SAYS, "name": STRANGE_NAME, "phone": "+8613805714420"})

    go_on()
    server.stop()

    (written,) = handler.mails
    text = written.get_payload(decode=True).decode()
    assert written["To"] == LINE_MAIL
    assert written.get_content_type() == "text/plain"
    for part in (STRANGE_NAME, "ada@example.com", the_lead().public_id, "charge-250"):
        assert part in text, part
    assert the_lead().number in str(make_header(decode_header(written["Subject"])))


def test_an_address_with_a_second_header_in_it_never_gets_as_far_as_a_lead(ada: Browser) -> None:
    refused = ada.ask(email="ada@example.com\r\nBcc: everybody@example.com")

    close_reading()
    assert refused.status_code == 422
    assert session().scalars(select(Lead)).all() == []
    assert session().scalars(select(Delivery)).all() == []


def test_who_buys_before_anybody_was_told_is_won_and_left_in_peace(
    house: House, go_on: GoOn, all_due: GoOn, holding: None, receiver: Receiver
) -> None:
    listening(house.line, receiver)
    with transaction():
        offer = credits_500()
    cart = leave(offer, customer=ADA_SAYS)
    go_on()
    lead = the_lead()
    assert (lead.status, set(states(lead).values())) == ("routed", {"queued"})

    order = buy(cart)
    go_on()
    later(timedelta(hours=3))
    go_on()

    lead = the_lead()
    assert (lead.status, lead.outcome, lead.order_id) == ("won", "converted_self", order.id)
    assert set(states(lead).values()) == {"cancelled"}
    assert mails_to(LINE_MAIL) == []
    assert receiver.got == []


def test_a_purchase_that_nobody_has_heard_of_yet_still_stops_the_telling(
    house: House, all_due: GoOn, holding: None
) -> None:
    """The order commits while the letter is due, before any listener ran."""
    with transaction():
        offer = credits_500()
    cart = leave(offer, customer=ADA_SAYS)
    relay.relay()
    buy(cart)
    all_due()

    deliveries.deliver_due()

    assert mails_to(LINE_MAIL) == []
    assert {d.state for d in deliveries_of("leads.mail")} == {"cancelled"}


def test_who_was_told_hears_that_it_is_bought(house: House, go_on: GoOn, receiver: Receiver) -> None:
    secret = listening(house.line, receiver)
    with transaction():
        offer = credits_500()
    cart = leave(offer, customer=ADA_SAYS)
    go_on()

    buy(cart)
    go_on()
    go_on()

    told = [json.loads(body) for _, body in receiver.got]
    headers, body = receiver.got[-1]
    Webhook(secret).verify(body, headers)
    assert [message["type"] for message in told] == ["lead.created", "lead.closed"]
    assert told[-1]["data"]["outcome"] == "converted_self"
    assert "contact" not in told[-1]["data"]


def test_a_consent_taken_back_before_the_telling_stops_it(
    house: House, go_on: GoOn, holding: None, receiver: Receiver
) -> None:
    listening(house.dealer, receiver)
    with transaction():
        car = a_car(dealer=house.dealer)
    leave(car, customer={**ADA_SAYS, "share": (house.dealer,)})
    go_on()
    assert the_lead().recipient_id == house.dealer.id

    withdraw(the_lead(), "share_with_recipient", house.dealer)
    go_on()
    later(timedelta(hours=3))
    go_on()

    lead = the_lead()
    of_dealer = [row for row in dispatches(lead) if row.recipient_id == house.dealer.id]
    assert {row.state for row in of_dealer} == {"cancelled"}
    assert mails_to(DEALER_MAIL) == []
    assert receiver.got == []
    assert lead.recipient_id == house.line.id


def test_a_consent_taken_back_that_nobody_has_heard_of_yet_still_stops_the_letter(
    house: House, all_due: GoOn, holding: None
) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)
    relay.relay()
    withdraw(the_lead(), "answer_me")
    all_due()

    deliveries.deliver_due()

    assert mails_to(LINE_MAIL) == []


def test_who_was_told_hears_of_a_consent_taken_back(house: House, go_on: GoOn, receiver: Receiver) -> None:
    listening(house.dealer, receiver)
    with transaction():
        car = a_car(dealer=house.dealer)
    leave(car, customer={**ADA_SAYS, "share": (house.dealer,)})
    go_on()

    withdraw(the_lead(), "share_with_recipient", house.dealer)
    go_on()
    go_on()

    told = [json.loads(body) for _, body in receiver.got]
    assert [message["type"] for message in told] == ["lead.created", "lead.consent_withdrawn"]
    assert set(told[-1]["data"]) == {"id", "number"}


def test_every_told_lead_names_its_consent(house: House, go_on: GoOn, ada: Browser) -> None:
    with transaction():
        car, offer = a_car(dealer=house.dealer), credits_500()
    leave(car, customer={**ADA_SAYS, "share": (house.dealer,)})
    leave(offer)
    ada.ask(email="cleo@example.com")
    ada.ask(message="And another")

    go_on()

    close_reading()
    for lead in session().scalars(select(Lead)).all():
        for row in dispatches(lead):
            if row.state == "sent":
                assert lead.consent_id is not None
                assert row.consent_id is not None


def test_a_rule_that_is_changed_holds_for_the_next_lead(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)
    go_on()
    with transaction():
        rule = (
            session()
            .scalars(
                select(RoutingRule).where(
                    RoutingRule.source == "help_request", RoutingRule.product == "charging"
                )
            )
            .one()
        )
        rule.recipient_kind, rule.fallback_kinds = "agent_desk", ["call_centre"]

    leave(offer, customer={"name": "Cleo", "email": "cleo@example.com"})
    go_on()

    close_reading()
    first, second = session().scalars(select(Lead).order_by(Lead.number)).all()
    assert (first.recipient_id, second.recipient_id) == (house.line.id, house.desk.id)
    assert len(mails_to(DESK_MAIL)) == 1


def test_routing_again_what_is_routed_sends_nothing_twice(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = charge_250()
    leave(offer, customer=ADA_SAYS)
    go_on()

    for _ in range(3):
        with transaction():
            dispatching.route([the_lead_id()])
        go_on()

    assert len(mails_to(LINE_MAIL)) == 1
    assert len(deliveries_of("leads.mail")) == 1


def the_lead_id() -> Any:
    return session().scalars(select(Lead.id)).one()
