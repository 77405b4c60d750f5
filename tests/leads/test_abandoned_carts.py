"""From a cart that was left to somebody who answers, exactly once, and only while it is wanted."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from standardwebhooks import Webhook

from app import clock, deliveries, relay
from app.db import close_reading, session, statement_count, transaction
from app.events import SYSTEM, EventRow
from app.mail import MailboxMessage
from app.settings import settings
from catalog.models import Offer
from checkout import abandonment
from checkout.cart import Cart
from customers import consents
from customers.models import Customer
from leads import dispatching, outcomes, reconcile, tasks
from leads.models import Dispatch, Lead, RoutingRule
from partners.models import Recipient, Staff
from tests.checkout.builders import a_car, a_cart, anping_insurance, charge_250, credits_500
from tests.customers.builders import a_consent
from tests.leads.builders import (
    Places,
    a_left_cart,
    all_leads,
    bought,
    decisions,
    deliveries_of,
    dispatches,
    give_contact,
    left,
    make_due,
    the_lead,
    the_places,
)
from tests.receiver import Receiver

Relay = Callable[[], None]


def a_left_car(places: Places, shares: bool = True, name: str = "Ada Buys") -> Cart:
    with transaction():
        plan = session().scalars(select(Offer).where(Offer.sku == "charge-250")).one_or_none() or charge_250()
        cart = a_cart(a_car(dealer=session().merge(places.dealer)), plan)
        give_contact(cart, share=(places.dealer.public_id,) if shares else (), name=name)
    left(cart.id)
    return cart


@pytest.fixture
def waits_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "settings", lambda: settings().model_copy(update={"lead_hold_s": 120}))


def test_a_left_cart_is_a_lead_in_the_same_transaction(places: Places) -> None:
    cart = a_left_car(places)

    lead = the_lead()
    assert (lead.kind, lead.source, lead.status, lead.cart_id) == (
        "abandoned_cart", "abandoned_cart", "new", cart.id,
    )  # fmt: skip
    assert lead.number.startswith("L-") and lead.number.endswith("-00001")
    assert lead.product_family == "vehicle_new"
    assert [line["family"] for line in lead.snapshot] == ["vehicle_new", "charging"]
    assert lead.contactability == "email"


def test_the_dealer_the_buyer_agreed_to_is_told(places: Places, run_relay: Relay) -> None:
    a_left_car(places)

    run_relay()

    lead = the_lead()
    assert (lead.status, lead.recipient_id, lead.why) == ("routed", places.dealer.id, "by_rule")
    assert lead.consent_id is not None
    assert dispatches(lead)["console"].state == "sent"
    (decision,) = decisions(lead)
    assert decision.chosen_id == places.dealer.id
    assert decision.candidates[0]["passed"] and not decision.candidates[1]["passed"]
    assert not any(reconcile.counts().values())


def test_without_a_consent_to_share_the_house_answers(places: Places, run_relay: Relay) -> None:
    a_left_car(places, shares=False)

    run_relay()

    lead = the_lead()
    assert (lead.recipient_id, lead.why) == (places.calls.id, "house_steps_in")
    assert decisions(lead)[0].fallback


def test_without_any_consent_it_is_held_with_the_reason_and_looked_at_again(
    places: Places, run_relay: Relay
) -> None:
    with transaction():
        cart = a_cart(credits_500())
        customer = give_contact(cart, answer_me=False)
    left(cart.id)
    run_relay()
    held = dispatches(the_lead())["console"]
    assert (held.state, held.reason, held.recipient_id) == ("held", "no_consent", None)
    assert held.next_at is not None and held.next_at > clock.now()

    with transaction():
        a_consent(customer, asked="later")
    run_relay()

    lead = the_lead()
    assert (lead.status, lead.recipient_id) == ("routed", places.calls.id)
    assert len(decisions(lead)) == 2


def test_an_anonymous_lead_is_held_until_contact_details_are_given(places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
    left(cart.id)
    run_relay()
    lead = the_lead()
    assert (lead.status, lead.why, lead.contactability, lead.recipient_id) == (
        "held",
        "no_contact",
        "none",
        None,
    )

    with transaction():
        give_contact(session().get_one(Cart, cart.id))
    run_relay()

    lead = the_lead()
    assert (lead.status, lead.contactability, lead.recipient_id) == ("routed", "email", places.calls.id)
    assert lead.customer_id is not None
    assert dispatches(lead)["console"].state == "sent"


def test_a_lead_nobody_could_reach_for_a_month_is_closed(places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
    left(cart.id)
    run_relay()

    with transaction():
        session().execute(text("UPDATE lead SET signalled_at = signalled_at - interval '31 days'"))
    make_due()
    tasks.send_due()

    assert (the_lead().status, the_lead().outcome) == ("closed", "expired")


def test_bought_before_anybody_was_told_nobody_is_told(
    waits_two_minutes: None, database: None, run_relay: Relay
) -> None:
    with transaction():
        places = the_places(mail_to="west-lake@tarn.example")
    cart = a_left_car(places)
    run_relay()
    assert {d.state for d in dispatches(the_lead()).values()} == {"queued"}

    bought(cart.id)
    run_relay()
    make_due()
    tasks.send_due()
    deliveries.deliver_due()

    lead = the_lead()
    assert (lead.status, lead.outcome, lead.order_id is not None) == ("won", "converted_self", True)
    assert {d.state for d in dispatches(lead).values()} == {"cancelled"}
    assert {d.state for d in deliveries_of(lead)} == {"cancelled"}
    assert mails_to_dealer() == []


def test_bought_while_the_worker_slept_is_found_out_before_sending(database: None, run_relay: Relay) -> None:
    with transaction():
        places = the_places(mail_to="west-lake@tarn.example")
    cart = a_left_car(places)
    relay.relay()

    bought(cart.id)
    close_reading()
    deliveries.deliver_due()

    (delivery,) = deliveries_of(the_lead())
    assert (delivery.state, delivery.reason) == ("cancelled", "bought")
    tasks.send_due()
    assert dispatches(the_lead())["mail"].state == "cancelled"


def test_a_lead_waits_on_the_console_too(places: Places, waits_two_minutes: None, run_relay: Relay) -> None:
    a_left_car(places)
    run_relay()
    tasks.send_due()
    assert dispatches(the_lead())["console"].state == "queued"

    make_due()
    tasks.send_due()

    assert dispatches(the_lead())["console"].state == "sent"


def test_bought_after_a_person_had_taken_it_up_is_assisted(places: Places, run_relay: Relay) -> None:
    cart = a_left_car(places)
    run_relay()
    with transaction():
        lead = session().scalars(select(Lead).with_for_update()).one()
        outcomes.accept(lead, session().scalars(select(Staff.id)).all()[0], SYSTEM, clock.now())

    bought(cart.id)
    run_relay()

    assert the_lead().outcome == "converted_assisted"


def test_a_webhook_fails_arrives_and_is_followed_by_the_end(
    database: None, receiver: Receiver, run_relay: Relay
) -> None:
    with transaction():
        places = the_places(webhook_url=receiver.url)
    receiver.answers[:] = [500, 200, 200]
    cart = a_left_car(places, name="O'Brien & Söhne <x>")

    run_relay()
    assert [d.state for d in deliveries_of(the_lead())] == ["pending"]
    make_due()
    deliveries.deliver_due()
    tasks.send_due()
    assert dispatches(the_lead())["webhook"].state == "sent"
    bought(cart.id)
    run_relay()

    secret = the_secret(places.dealer)
    for headers, body in receiver.got:
        Webhook(secret).verify(body, headers)
    created, ended = json.loads(receiver.got[1][1]), json.loads(receiver.got[2][1])
    assert (created["type"], ended["type"]) == ("lead.created", "lead.closed")
    assert created["data"]["contact"]["name"] == "O'Brien & Söhne <x>"
    assert created["data"]["number"] == ended["data"]["number"] == the_lead().number
    assert ended["data"]["outcome"] == "converted_self"
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]
    assert len(receiver.got) == 3


def the_secret(recipient: Recipient) -> str:
    close_reading()
    secret = session().get_one(Recipient, recipient.id).webhook_secret
    assert secret is not None
    return secret


def test_a_consent_taken_back_stops_what_has_not_gone(
    database: None, run_relay: Relay, waits_two_minutes: None
) -> None:
    with transaction():
        places = the_places(mail_to="west-lake@tarn.example")
    a_left_car(places)
    run_relay()

    with transaction():
        take_back(places.dealer)
    run_relay()
    make_due()
    tasks.send_due()
    deliveries.deliver_due()

    lead = the_lead()
    assert dispatches(lead)["mail"].state == "cancelled"
    assert lead.recipient_id == places.calls.id
    assert mails_to_dealer() == []


def mails_to_dealer() -> list[MailboxMessage]:
    close_reading()
    to_dealer = select(MailboxMessage).where(MailboxMessage.to == "west-lake@tarn.example")
    return list(session().scalars(to_dealer.order_by(MailboxMessage.id)))


def take_back(recipient: Recipient, purpose: str = "share_with_recipient") -> None:
    customer = session().scalars(select(Customer)).one()
    consents.withdraw(
        customer.id, purpose, recipient.id if purpose != "answer_me" else None, language="en", actor=SYSTEM
    )


def test_whoever_was_told_hears_that_the_consent_was_taken_back(database: None, run_relay: Relay) -> None:
    with transaction():
        places = the_places(mail_to="west-lake@tarn.example")
    a_left_car(places, name="O'Brien & Söhne <x>")
    run_relay()

    with transaction():
        take_back(places.dealer)
    run_relay()

    mails = mails_to_dealer()
    assert len(mails) == 2
    assert "O'Brien & Söhne <x>" in mails[0].text
    assert "O'Brien" not in mails[1].text and the_lead().number in mails[1].subject


def test_a_partner_product_names_its_partner_and_is_answered_by_the_house(
    places: Places, run_relay: Relay
) -> None:
    with transaction():
        offer = anping_insurance()
    a_left_cart(offer)
    run_relay()

    lead = the_lead()
    assert (lead.product_family, lead.named_recipient_id) == ("partner_product", places.insurer.id)
    assert lead.recipient_id == places.calls.id


def test_changing_a_rule_changes_the_next_lead(places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    run_relay()
    with transaction():
        session().execute(
            text("UPDATE routing_rule SET recipient_kind = 'agent_desk' WHERE source = 'help_request'")
        )

    a_left_car(places)
    run_relay()

    assert [lead.recipient_id for lead in all_leads()] == [places.dealer.id, places.agent.id]
    assert session().scalar(select(func.count()).select_from(RoutingRule)) == 48


def test_many_carts_are_leads_in_a_few_statements(places: Places) -> None:
    with transaction():
        carts = [a_cart(credits) for credits in [credits_500()] for _ in range(30)]
        session().execute(text("UPDATE cart SET last_activity_at = last_activity_at - interval '1 day'"))
    close_reading()

    with statement_count() as count:
        abandonment.sweep()

    assert len(all_leads()) == len(carts)
    assert len({lead.number for lead in all_leads()}) == len(carts)
    assert count() <= 25


def test_the_sweep_makes_the_lead_that_is_missing(places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    with transaction():
        for table in ("lead_move", "event_handling", "lead"):
            session().execute(text(f"DELETE FROM {table}"))
    assert reconcile.counts()["signals_without_lead"] == 1

    tasks.heal()
    run_relay()

    assert the_lead().status == "routed"
    assert not any(reconcile.counts().values())


def test_a_lead_that_was_forgotten_is_routed_by_the_sweep(places: Places) -> None:
    a_left_car(places)
    with transaction():
        session().execute(text("UPDATE lead SET created_at = created_at - interval '2 minutes'"))
    assert reconcile.counts()["leads_without_decision"] == 1

    tasks.heal()

    assert the_lead().status == "routed"


def test_a_stuck_dispatch_is_counted(places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
    left(cart.id)
    run_relay()

    with transaction():
        session().execute(text("UPDATE dispatch SET next_at = forecourt_now() - interval '6 minutes'"))
    assert reconcile.counts()["stuck_dispatches"] == 1
    tasks.send_due()

    close_reading()
    assert reconcile.counts()["stuck_dispatches"] == 0


def test_every_step_is_a_fact_with_a_sentence(places: Places, run_relay: Relay) -> None:
    cart = a_left_car(places)
    run_relay()
    bought(cart.id)
    run_relay()

    types = (
        session()
        .scalars(select(EventRow.type).where(EventRow.type.like("leads.%")).order_by(EventRow.id))
        .all()
    )

    assert list(types) == ["leads.lead_opened", "leads.lead_moved", "leads.lead_moved", "leads.lead_closed"]
    assert clock.now() - the_lead().signalled_at < timedelta(minutes=5)
    assert session().scalars(select(Dispatch.purpose).distinct()).all() == ["opened"]


def test_a_due_cart_that_no_sweep_has_seen_is_reported(places: Places) -> None:
    with transaction():
        a_cart(a_car(dealer=session().merge(places.dealer)))
    with transaction():
        session().execute(text("UPDATE cart SET last_activity_at = last_activity_at - interval '1 day'"))
    close_reading()

    assert reconcile.counts()["due_carts_without_episode"] == 1
    abandonment.sweep()
    assert reconcile.counts()["due_carts_without_episode"] == 0
