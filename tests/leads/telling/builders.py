"""Carts that are left, buyers who say how to be reached, and what became of their leads."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from app.mail import MailboxMessage
from catalog.models import Offer, StockItem
from checkout import abandonment, journey
from checkout.cart import Cart
from checkout.journey import Contact
from customers.models import Customer
from leads.models import Dispatch, Lead, RoutingDecision
from orders.models import Order
from orders.placing import LineDraft, OrderDraft, place
from partners.models import Recipient
from tests.checkout.builders import ADA, a_cart


def leave(*things: StockItem | Offer, customer: dict[str, Any] | None = None) -> Cart:
    """A cart with these things, left: by somebody known with `customer`, else by nobody in particular."""
    with transaction():
        cart = a_cart(*(session().merge(thing, load=False) for thing in things))
    if customer is not None:
        say_who(cart, **customer)
    with transaction():
        quiet_since = Cart.last_activity_at - timedelta(minutes=61)
        session().execute(update(Cart).where(Cart.id == cart.id).values(last_activity_at=quiet_since))
    abandonment.sweep()
    close_reading()
    return cart


def later(by: timedelta) -> None:
    """Time passes in the shop."""
    close_reading()
    clock.move(clock.now() - datetime.now(UTC) + by)


def say_who(cart: Cart, answer_me: bool = True, share: Sequence[Recipient] = (), **told: Any) -> None:
    """Contact as the buyer gives it at checkout, with the boxes ticked that are named."""
    contact = Contact(
        told.get("name", "Ada Buys"),
        told.get("email", "ada@example.com"),
        told.get("phone"),
        answer_me,
        False,
        tuple(place.public_id for place in share),
    )
    with transaction():
        journey.give_contact(session().get_one(Cart, cart.id), contact, "en", ADA, clock.now())


def buy(cart: Cart) -> Order:
    """The order of this cart, as settling its payment places it: the cart's row is locked first."""
    line = LineDraft(
        kind="credits",
        sku="credits-500",
        title={"en": "Credits 500", "zh": "500 点"},
        detail={"en": "", "zh": ""},
        grants={"credits": 500},
        price_minor=45_000,
    )
    with transaction():
        kept = session().get_one(Cart, cart.id, with_for_update=True)
        assert kept.customer_id is not None
        draft = OrderDraft(
            cart_id=kept.id,
            market_key="CN",
            currency="CNY",
            language="en",
            customer_id=kept.customer_id,
            visitor_id=kept.visitor_id,
            lines=(line,),
            amounts=(),
        )
        order = place(draft, ADA, clock.now())
        kept.state, kept.order_id = "ordered", order.id
        return order


def the_customer(lead: Lead) -> Customer:
    return session().get_one(Customer, lead.customer_id)


def the_lead() -> Lead:
    close_reading()
    return session().scalars(select(Lead)).one()


def leads() -> list[Lead]:
    close_reading()
    return list(session().scalars(select(Lead).order_by(Lead.number)))


def dispatches(lead: Lead) -> list[Dispatch]:
    close_reading()
    found = select(Dispatch).where(Dispatch.lead_id == lead.id)
    return list(session().scalars(found.order_by(Dispatch.created_at, Dispatch.channel)))


def states(lead: Lead) -> dict[str, str]:
    """Channel -> how far the one it is with has been told."""
    return {
        row.channel: row.state
        for row in dispatches(lead)
        if row.purpose == "opened" and row.recipient_id is not None
    }


def the_decision(lead: Lead) -> RoutingDecision:
    """The latest."""
    close_reading()
    wanted = select(RoutingDecision).where(RoutingDecision.lead_id == lead.id)
    return session().scalars(wanted.order_by(RoutingDecision.seq.desc()).limit(1)).one()


def deliveries_of(kind: str) -> list[Delivery]:
    close_reading()
    return list(session().scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)))


def mails_to(address: str) -> list[MailboxMessage]:
    close_reading()
    return list(session().scalars(select(MailboxMessage).where(MailboxMessage.to == address)))
