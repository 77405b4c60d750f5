"""Sending a buyer the way back to their own cart, from the console and from a lead's page."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app import clock, deliveries, grants
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import localized, speaking
from app.letters import letter
from checkout.cart import Cart, CartLine
from conversations.cart_letter import GRANT, CartLetter
from conversations.events import CartLetterSent
from conversations.refusals import CartNotTheirs, CartSentLately, MayNotBeWrittenTo, NothingInTheCart
from customers.consent_texts import ANSWER_ME
from customers.masking import masked_email
from customers.models import Consent, Customer
from partners.models import Staff

KIND = "conversations.cart_again"
GOOD_FOR = timedelta(hours=72)
NOT_AGAIN_WITHIN = timedelta(minutes=10)
MOST_A_DAY = 3


def send(
    cart: Cart | None,
    customer: Customer | None,
    staff_id: uuid.UUID,
    language: str,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> CartLetter:
    """The same key is the same letter. The cart must be locked.

    Raises NothingInTheCart, CartNotTheirs, MayNotBeWrittenTo and CartSentLately, and then nothing goes out.
    """
    if cart is not None:
        same = select(CartLetter).where(CartLetter.cart_id == cart.id, CartLetter.client_key == key)
        before = session().scalars(same).one_or_none()
        if before is not None:
            return before
    barred = bar(cart, customer, at)
    if barred is not None:
        raise barred
    assert cart is not None and customer is not None, "nothing bars it"
    sent = CartLetter(
        cart_id=cart.id,
        customer_id=customer.id,
        staff_id=staff_id,
        client_key=key,
        language=language,
        sent_at=at,
        expires_at=at + GOOD_FOR,
    )
    session().add(sent)
    session().flush()
    deliveries.queue(
        KIND,
        recipient_key=f"customer:{customer.id}",
        subject_id=sent.id,
        payload={"letter_id": str(sent.id)},
        key=f"{KIND}:{sent.id}",
        group=f"cart:{cart.id}",
    )
    record(
        CartLetterSent(
            letter_id=sent.id,
            cart_id=cart.id,
            staff_id=staff_id,
            customer_id=customer.id,
            visitor_id=cart.visitor_id,
        ),
        actor,
        at,
    )
    return sent


def bar(cart: Cart | None, customer: Customer | None, at: datetime) -> Refusal | None:
    """What stands against sending this person this cart. Three statements at most."""
    if cart is None or cart.state not in ("open", "paying") or not cart.lines():
        return NothingInTheCart()
    if customer is None or not (customer.visitor_id == cart.visitor_id or customer.id == cart.customer_id):
        return CartNotTheirs()
    if not may_be_written_to(customer):
        return MayNotBeWrittenTo()
    latest, within_a_day = (
        session()
        .execute(
            select(func.max(CartLetter.sent_at), func.count()).where(
                CartLetter.cart_id == cart.id, CartLetter.sent_at > at - timedelta(days=1)
            )
        )
        .one()
    )
    if within_a_day >= MOST_A_DAY or (latest is not None and latest > at - NOT_AGAIN_WITHIN):
        return CartSentLately()
    return None


def may_be_written_to(customer: Customer) -> bool:
    consent = Consent.latest(customer.id, ANSWER_ME) if customer.email else None
    return consent is not None and consent.granted


def cart_of(cart_id: uuid.UUID | None, visitor_id: uuid.UUID | None) -> Cart | None:
    """The cart that something is about while it can still be bought, else the one that its buyer has in hand."""
    named = session().get(Cart, cart_id) if cart_id is not None else None
    if named is not None and named.state in ("open", "paying"):
        return named
    return Cart.live_of(visitor_id)


def address_of(customer: Customer | None) -> str:
    """Covered."""
    return masked_email(customer.email) if customer is not None else ""


def compose(delivery: Delivery) -> Mail | Withhold:
    """As it stands when the mail goes: a cart that was ordered meanwhile needs no way back."""
    sent = session().get_one(CartLetter, uuid.UUID(delivery.payload["letter_id"]))
    cart = session().get_one(Cart, sent.cart_id)
    customer = session().get_one(Customer, sent.customer_id)
    if not sent.is_good(clock.now()):
        return Withhold("the letter has passed")
    if cart.state not in ("open", "paying"):
        return Withhold("the cart was ordered")
    lines = cart.lines()
    if not lines:
        return Withhold("nothing is in the cart")
    if customer.email is None:
        return Withhold("no e-mail address")
    if not may_be_written_to(customer):
        return Withhold("no consent to be answered")
    person = session().get(Staff, sent.staff_id)
    with speaking(sent.language):
        titles, agent = _titles(lines), person.name_shown if person is not None else ""
    return letter(
        "conversations/mail/cart_again.txt",
        customer.email,
        sent.language,
        name=customer.name,
        agent=agent,
        titles=titles,
        until=sent.expires_at,
        link=grants.link(grants.mint(GRANT, sent.id, sent.expires_at), sent.language),
    )


def _titles(lines: Sequence[CartLine]) -> list[str]:
    return [localized(line.title["en"], line.title.get("zh")) for line in lines]


COMPOSERS = {KIND: compose}
