"""Signals as they come from checkout and conversations, and the places that answer."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from app import clock
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from catalog.models import Offer, StockItem
from checkout import abandonment, journey
from checkout.cart import Cart
from checkout.journey import Contact
from customers.models import Customer
from leads.models import Dispatch, Lead, RoutingDecision
from orders.models import Order
from orders.placing import OrderDraft, place
from partners.models import Recipient
from tests.checkout.builders import ADA, a_cart, a_dealer
from tests.orders.builders import service_line
from tests.partners.builders import a_recipient


@dataclass(frozen=True)
class Places:
    dealer: Recipient
    agent: Recipient
    calls: Recipient
    insurer: Recipient
    lender: Recipient
    energy: Recipient


def the_places(**dealer: Any) -> Places:
    """A dealer, both desks and three partner companies; only those with mail_to get mail."""
    return Places(
        a_dealer() if not dealer else a_recipient("west-lake", home_delivery=True, **dealer),
        a_recipient("tarn-online", kind="agent_desk", name="Tarn online", name_zh="泰然线上顾问"),
        a_recipient("tarn-help-line", kind="call_centre", name="Tarn help line", name_zh="泰然服务热线"),
        a_recipient("anping", kind="insurance_partner", name="Anping", name_zh="安平保险"),
        a_recipient("heyuan", kind="finance_partner", name="Heyuan", name_zh="和远金融"),
        a_recipient("green-tide", kind="energy_partner", name="Green Tide", name_zh="青汐能源"),
    )


def give_contact(
    cart: Cart, answer_me: bool = True, share: tuple[str, ...] = (), name: str = "Ada Buys"
) -> Customer:
    contact = Contact(name, "ada@example.com", None, answer_me, False, share)
    journey.give_contact(cart, contact, "en", ADA, clock.now())
    customer = Customer.of_visitor(cart.visitor_id)
    assert customer is not None
    return customer


def left(cart_id: uuid.UUID) -> None:
    """The cart has been quiet for a day; the sweep finds it."""
    with transaction():
        session().execute(
            text("UPDATE cart SET last_activity_at = last_activity_at - interval '1 day' WHERE id = :id"),
            {"id": cart_id},
        )
    close_reading()
    abandonment.sweep()


def a_left_cart(
    *things: StockItem | Offer, share: tuple[str, ...] = (), name: str = "Ada Buys", known: bool = True
) -> Cart:
    with transaction():
        cart = a_cart(*things)
        if known:
            give_contact(cart, share=share, name=name)
    left(cart.id)
    return cart


def bought(cart_id: uuid.UUID) -> Order:
    """The order of that cart, as the till places it."""
    with transaction():
        cart = session().get_one(Cart, cart_id)
        assert cart.customer_id is not None
        draft = OrderDraft(
            cart_id=cart.id,
            market_key="CN",
            currency="CNY",
            language="en",
            customer_id=cart.customer_id,
            visitor_id=cart.visitor_id,
            lines=(service_line("credits", "today"),),
            amounts=(),
        )
        return place(draft, ADA, clock.now())


def the_lead() -> Lead:
    close_reading()
    return session().scalars(select(Lead)).one()


def all_leads() -> list[Lead]:
    close_reading()
    return list(session().scalars(select(Lead).order_by(Lead.number)))


def dispatches(lead: Lead) -> dict[str, Dispatch]:
    close_reading()
    rows = session().scalars(
        select(Dispatch).where(Dispatch.lead_id == lead.id, Dispatch.purpose == "opened")
    )
    return {row.channel: row for row in rows if row.state != "cancelled" or row.recipient_id is not None}


def decisions(lead: Lead) -> list[RoutingDecision]:
    close_reading()
    return list(
        session().scalars(
            select(RoutingDecision).where(RoutingDecision.lead_id == lead.id).order_by(RoutingDecision.seq)
        )
    )


def deliveries_of(lead: Lead) -> list[Delivery]:
    close_reading()
    return list(
        session().scalars(select(Delivery).where(Delivery.subject_id == lead.id).order_by(Delivery.id))
    )


def make_due() -> None:
    with transaction():
        session().execute(text("UPDATE delivery SET next_at = forecourt_now() WHERE state = 'pending'"))
        session().execute(text("UPDATE dispatch SET next_at = forecourt_now() WHERE next_at IS NOT NULL"))
