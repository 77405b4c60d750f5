"""What somebody did without a name is theirs once they say who they are; nothing is told twice, nothing of long ago."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import record
from checkout.cart import Cart
from customers.events import AccountSignedIn
from customers.models import Customer
from leads.models import Lead
from tests.checkout.builders import a_car, a_cart
from tests.conversations.builders import Browser
from tests.leads.builders import Places, all_leads, give_contact, left, the_lead

Relay = Callable[[], None]


def nobodys_cart(places: Places) -> Cart:
    with transaction():
        cart = a_cart(a_car(dealer=session().merge(places.dealer)))
    left(cart.id)
    return cart


def an_account(email: str = "ada@example.com") -> Customer:
    with transaction():
        account = Customer(
            market_key="CN", name="Ada Buys", email=email, language="en", verified_at=clock.now()
        )
        session().add(account)
        session().flush()
        account.account_id = account.id
    return account


def sign_in(account: Customer, visitor_id: uuid.UUID) -> None:
    close_reading()
    with transaction():
        record(AccountSignedIn(customer_id=account.id, visitor_id=visitor_id, method="link"))


def later(by: timedelta) -> None:
    close_reading()
    clock.move(clock.now() - datetime.now(UTC) + by)


@pytest.fixture
def anonymous(places: Places, run_relay: Relay) -> Cart:
    cart = nobodys_cart(places)
    run_relay()
    lead = the_lead()
    assert (lead.customer_id, lead.status, lead.why) == (None, "held", "no_contact")
    return cart


def test_contact_at_checkout_names_the_lead(anonymous: Cart, places: Places, run_relay: Relay) -> None:
    close_reading()
    with transaction():
        cart = session().get_one(Cart, anonymous.id)
        customer = give_contact(cart, share=(places.dealer.public_id,))
    run_relay()

    lead = the_lead()
    assert (lead.customer_id, lead.contactability) == (customer.id, "email")
    assert (lead.status, lead.recipient_id) == ("routed", places.dealer.id)


def test_a_question_with_an_address_names_what_was_left_before(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    ada.ask()
    run_relay()
    before = the_lead()
    assert before.customer_id is None

    ada.ask(name="Ada Buys", email="ada@example.com")
    run_relay()
    run_relay()

    first, second = all_leads()
    assert first.customer_id == second.customer_id is not None
    assert first.status == second.status == "routed"


def test_leaving_an_address_in_the_conversation_names_it(
    ada: Browser, places: Places, run_relay: Relay
) -> None:
    thread = str(ada.ask().headers["Location"])
    run_relay()

    ada.post(f"{thread}/contact", {"email": "ada@example.com", "page": "/stock"})
    run_relay()

    lead = the_lead()
    assert lead.customer_id is not None
    assert lead.status == "routed"


def test_signing_in_names_it(anonymous: Cart, run_relay: Relay) -> None:
    account = an_account()

    sign_in(account, anonymous.visitor_id)
    run_relay()

    lead = the_lead()
    assert (lead.customer_id, lead.contactability) == (account.id, "email")
    assert (lead.status, lead.why) == ("held", "no_consent")


def test_somebody_else_who_signs_in_gets_nothing(anonymous: Cart, run_relay: Relay) -> None:
    sign_in(an_account(), uuid.uuid4())
    run_relay()

    assert the_lead().customer_id is None


def test_what_was_left_more_than_a_month_ago_stays_nobodys(anonymous: Cart, run_relay: Relay) -> None:
    close_reading()
    with transaction():
        session().execute(update(Lead).values(signalled_at=clock.now() - timedelta(days=31)))

    sign_in(an_account(), anonymous.visitor_id)
    run_relay()

    assert the_lead().customer_id is None


def test_told_twice_it_is_still_one_lead(anonymous: Cart, run_relay: Relay) -> None:
    account = an_account()
    for _ in range(2):
        sign_in(account, anonymous.visitor_id)
        run_relay()

    assert len(all_leads()) == 1


def test_the_same_car_on_two_devices_is_one_matter(anonymous: Cart, places: Places, run_relay: Relay) -> None:
    account = an_account()
    sign_in(account, anonymous.visitor_id)
    run_relay()
    later(timedelta(hours=2))
    other = nobodys_cart(places)
    run_relay()

    sign_in(account, other.visitor_id)
    run_relay()

    first, second = all_leads()
    assert second.primary_lead_id == first.id
    assert first.primary_lead_id is None
    assert {first.customer_id, second.customer_id} == {account.id}


def test_another_car_next_week_is_a_matter_of_its_own(
    anonymous: Cart, places: Places, run_relay: Relay
) -> None:
    account = an_account()
    sign_in(account, anonymous.visitor_id)
    run_relay()
    later(timedelta(days=7))
    other = nobodys_cart(places)
    sign_in(account, other.visitor_id)
    run_relay()

    assert [lead.primary_lead_id for lead in all_leads()] == [None, None]
    assert session().scalars(select(Lead.customer_id)).all() == [account.id, account.id]
