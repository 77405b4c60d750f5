"""Cars, services and buyers on their way to the till, made through the ordinary verbs."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app import clock
from app.db import session
from app.events import Actor
from app.ids import uuid7
from catalog.models import Model, Offer, StockItem, Vehicle
from checkout import basket, journey
from checkout.cart import Cart
from checkout.journey import Contact
from partners.models import Recipient, Slot
from tests.partners.builders import a_recipient, the_market

ADA = Actor("visitor", "ada")


def a_dealer(code: str = "west-lake") -> Recipient:
    known = Recipient.by_code(code)
    return known or a_recipient(code, home_delivery=True, address="1 Lake Road", address_zh="湖滨路 1 号")


def a_car(
    price_minor: int = 26_080_000, dealer: Recipient | None = None, condition: str = "new"
) -> StockItem:
    """A Mere as in the worked example, at the dealer's and ready."""
    vehicle = Vehicle(
        vin=uuid.uuid4().hex[:17].upper(),
        model_id=a_model().id,
        model_year=2026,
        paint="tarn",
        wheels="blade",
        interior="sand",
    )
    session().add(vehicle)
    session().flush()
    item = StockItem(
        vehicle_id=vehicle.id,
        condition=condition,
        recipient_id=(dealer or a_dealer()).id,
        market_key="CN",
        currency="CNY",
        price_minor=price_minor,
        ready_on=clock.today("Asia/Shanghai"),
    )
    session().add(item)
    session().flush()
    return item


def a_model(slug: str = "mere") -> Model:
    known = session().query(Model).filter_by(slug=slug).one_or_none()
    if known is not None:
        return known
    model = Model(
        slug=slug,
        origin="house",
        make_slug="tarn",
        make_name="Tarn",
        name=slug.title(),
        name_zh="澄",
        year=2026,
    )
    session().add(model)
    session().flush()
    return model


def an_offer(
    sku: str,
    family: str,
    price_minor: int,
    billing: str = "monthly",
    starts: str = "handover_if_vehicle",
    seller: Recipient | None = None,
    grants: dict[str, Any] | None = None,
) -> Offer:
    offer = Offer(
        sku=sku,
        family=family,
        name=sku.title(),
        name_zh=sku,
        summary=f"About {sku}",
        summary_zh=f"关于 {sku}",
        market_key=the_market().key,
        currency="CNY",
        price_minor=price_minor,
        billing=billing,
        starts=starts,
        grants=grants or {},
        seller_id=seller.id if seller else None,
        active=True,
    )
    session().add(offer)
    session().flush()
    return offer


def charge_250() -> Offer:
    return an_offer("charge-250", "charging", 19_900, grants={"kwh": 250})


def credits_500() -> Offer:
    return an_offer("credits-500", "credits", 45_000, billing="once", starts="today", grants={"credits": 500})


def rill_subscription() -> Offer:
    return an_offer("subscribe-rill", "subscription", 298_000, starts="today", grants={"model": "rill"})


def pilot() -> Offer:
    return an_offer("pilot", "feature", 58_000, grants={"feature": "pilot"})


def anping_insurance() -> Offer:
    anping = Recipient.by_code("anping") or a_recipient("anping", kind="insurance_partner", name="Anping")
    return an_offer(
        "anping-motor", "partner_product", 548_000, billing="yearly", starts="today", seller=anping
    )


def a_slot(
    dealer: Recipient, purpose: str = "delivery", in_days: int = 10, hour: int = 10, capacity: int = 1
) -> Slot:
    zone = ZoneInfo(dealer.time_zone)
    day = clock.now().astimezone(zone).date() + timedelta(days=in_days)
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    known = (
        session()
        .query(Slot)
        .filter_by(recipient_id=dealer.id, purpose=purpose, starts_at=starts_at)
        .one_or_none()
    )
    if known is not None:
        return known
    slot = Slot(
        recipient_id=dealer.id,
        purpose=purpose,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=capacity,
    )
    session().add(slot)
    session().flush()
    return slot


def a_cart(*things: StockItem | Offer, visitor_id: uuid.UUID | None = None) -> Cart:
    """Ada's cart with these things in it."""
    the_market()
    cart = Cart.begin(visitor_id or uuid7(), "CN", "CNY", "en")
    for thing in things:
        if isinstance(thing, StockItem):
            journey.add_vehicle(cart, thing, ADA, clock.now())
        else:
            journey.add_offer(cart, thing.sku, 1, None, ADA, clock.now())
    return cart


def ready_to_pay(cart: Cart, slot: Slot | None = None) -> Cart:
    """Contact given and, where there is a car, the handover chosen."""
    now = clock.now()
    contact = Contact("Ada Buys", "ada@example.com", None, False, False, ())
    journey.give_contact(cart, contact, "en", ADA, now)
    dealer = basket.load(cart).dealer
    if dealer is not None:
        slot = slot or a_slot(dealer)
        address = {"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"}
        method = "home_delivery" if slot.purpose == "delivery" else "dealer_handover"
        journey.choose_handover(cart, method, None, address, ADA, now)
        journey.choose_handover(cart, method, slot.public_id, address, ADA, now)
    cart.reach("review", ADA, now)
    return cart
