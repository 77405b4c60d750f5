"""Filling the cart and going through checkout: each verb locks the cart, changes one thing, and says what it refused."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.db import session
from app.events import Actor, record
from catalog.models import Offer, StockItem, Vehicle
from catalog.refusals import OfferNotFound
from checkout import basket
from checkout.abandonment import policy_seconds
from checkout.basket import SLOT_PURPOSES, Basket
from checkout.cart import Cart, CartLine
from checkout.events import ContactGiven
from checkout.refusals import (
    CarsAtTwoDealers,
    FeatureNeedsCar,
    FeatureNeedsOwnCar,
    FeatureNotForThisCar,
    NobodyAsked,
    NotDeliveredHere,
    NothingToHandOver,
    SlotDoesNotFit,
    SlotTooEarly,
)
from customers.consent_texts import ANSWER_ME, MARKETING, SHARE
from customers.models import Consent, Customer
from garage.models import OwnedVehicle
from partners.models import Recipient, Slot


def add_vehicle(cart: Cart, item: StockItem, actor: Actor, at: datetime) -> CartLine:
    """Puts a car into the cart and holds it. Raises what `hold` raises, and CarsAtTwoDealers."""
    cart.refuse_unless_open()
    _refuse_second_dealer(cart, item)
    until = at + timedelta(seconds=policy_seconds("hold_browse"))
    item.hold(cart.id, "browse", until, cart.visitor_id, actor)
    title, detail = item.titles()
    return cart.put(
        CartLine(
            kind="vehicle",
            family="vehicle_used" if item.condition == "used" else "vehicle_new",
            sku=item.vehicle.vin,
            title=title,
            detail=detail,
            stock_item_id=item.id,
            vehicle_id=item.vehicle_id,
            vin=item.vehicle.vin,
            seller_id=item.recipient_id,
            price_minor=item.price_minor,
            quantity=1,
        ),
        actor,
        at,
    )


def add_offer(
    cart: Cart, sku: str, quantity: int, vehicle_id: str | None, actor: Actor, at: datetime
) -> CartLine:
    """Puts a service into the cart. A feature names its car: in this cart, or owned; else it is refused."""
    cart.refuse_unless_open()
    offer = Offer.by_sku(sku)
    if (offer.market_key, offer.currency) != (cart.market_key, cart.currency):
        raise OfferNotFound()
    car = _car_for(cart, offer, vehicle_id) if offer.family == "feature" else None
    return cart.put(
        CartLine(
            kind=offer.family,
            family=offer.family,
            sku=offer.sku,
            title={"en": offer.name, "zh": offer.name_zh},
            detail={"en": offer.summary, "zh": offer.summary_zh},
            offer_id=offer.id,
            vehicle_id=car.id if car else None,
            vin=car.vin if car else None,
            is_for_owned_car=car.is_owned if car else False,
            seller_id=offer.seller_id,
            price_minor=offer.price_minor,
            quantity=quantity,
        ),
        actor,
        at,
    )


def remove(cart: Cart, line_public_id: str, actor: Actor, at: datetime) -> None:
    """Takes a line out; a car that leaves is free for the next buyer, and so is its slot."""
    cart.refuse_unless_open()
    line = cart.line(line_public_id)
    cart.take_out(line, actor, at)
    if line.stock_item_id is None:
        return
    session().get_one(StockItem, line.stock_item_id).release_hold(cart.id, "removed")
    if not any(other.stock_item_id for other in cart.lines()):
        _let_slot_go(cart, actor)
        cart.method, cart.recipient_id, cart.address = "none", None, None


def renew_hold(cart: Cart, line_public_id: str, actor: Actor, at: datetime) -> None:
    """Holds the car again after its time was over. Raises what `hold` raises when somebody else was quicker."""
    cart.refuse_unless_open()
    line = cart.line(line_public_id)
    if line.stock_item_id is None:
        return
    item = session().get_one(StockItem, line.stock_item_id)
    until = at + timedelta(seconds=policy_seconds("hold_browse"))
    item.hold(cart.id, "browse", until, cart.visitor_id, actor)
    cart.touch(at)


def choose_handover(
    cart: Cart,
    method: str,
    slot_public_id: str | None,
    address: Mapping[str, str] | None,
    actor: Actor,
    at: datetime,
) -> Basket:
    """Home delivery or the dealer, and the time. A time that is chosen is held from now on."""
    cart.refuse_unless_open()
    now = basket.load(cart, at)
    if now.dealer is None:
        raise NothingToHandOver()
    if method == "home_delivery" and not now.can_be_delivered:
        raise NotDeliveredHere(name=now.dealer.name_shown)
    if cart.method != method:
        _let_slot_go(cart, actor)
    cart.method, cart.recipient_id = method, now.dealer.id
    if address is not None:
        cart.address = dict(address) if method == "home_delivery" else None
    if method != "home_delivery":
        cart.address = None
    if slot_public_id is not None:
        _take_slot(cart, now, Slot.by_public_id(slot_public_id), actor, at)
    cart.version += 1
    cart.touch(at)
    session().flush()
    return basket.load(cart, at)


@dataclass(frozen=True)
class Contact:
    """What the buyer typed and ticked; `share` names recipients by public id."""

    name: str
    email: str
    phone: str | None
    answer_me: bool
    marketing: bool
    share: tuple[str, ...]


def give_contact(cart: Cart, contact: Contact, language: str, actor: Actor, at: datetime) -> Customer:
    """Introduces the buyer and writes down each yes and each yes taken back, with the words that were shown."""
    cart.refuse_unless_open()
    now = basket.load(cart, at)
    named = {recipient.public_id: recipient for recipient in asked_to_share(now)}
    if not set(contact.share) <= set(named):
        raise NobodyAsked()
    customer = Customer.introduce(
        contact.name, contact.email, contact.phone, language, cart.market_key, cart.visitor_id
    )
    cart.customer_id, cart.language = customer.id, language
    answers: list[tuple[str, Recipient | None, bool]] = [
        (ANSWER_ME, None, contact.answer_me),
        (MARKETING, None, contact.marketing),
        *((SHARE, recipient, key in contact.share) for key, recipient in named.items()),
    ]
    for purpose, recipient, granted in answers:
        _answer(cart, customer, purpose, recipient, granted, language, actor, at)
    cart.version += 1
    cart.reach("contact", actor, at)
    record(ContactGiven(**cart.names()), actor, at)
    return customer


def asked_to_share(now: Basket) -> list[Recipient]:
    """Whom this purchase may be shared with, each asked for by name: the dealer with the car, each partner."""
    return [*([now.dealer] if now.dealer else []), *now.partners]


@dataclass(frozen=True)
class _Car:
    id: uuid.UUID
    vin: str
    is_owned: bool


def _car_for(cart: Cart, offer: Offer, vehicle_id: str | None) -> _Car:
    in_cart = [
        _Car(line.vehicle_id, line.vin or "", is_owned=False)
        for line in cart.lines()
        if line.kind == "vehicle" and line.vehicle_id is not None
    ]
    owned = [_Car(car.id, car.vin, is_owned=True) for car in _owned_by(cart)]
    cars = [*in_cart, *owned]
    if vehicle_id is not None:
        cars = [car for car in cars if str(car.id) == vehicle_id]
        if not cars:
            raise FeatureNotForThisCar()
    if not cars:
        raise FeatureNeedsCar(name=offer.name_shown, remedy_url="/stock")
    if offer.billing == "daily" and not cars[0].is_owned:
        raise FeatureNeedsOwnCar(name=offer.name_shown)
    return cars[0]


def _owned_by(cart: Cart) -> Sequence[Vehicle]:
    if cart.customer_id is None:
        return []
    return (
        session()
        .scalars(
            select(Vehicle)
            .join(OwnedVehicle, OwnedVehicle.vehicle_id == Vehicle.id)
            .where(OwnedVehicle.customer_id == cart.customer_id, OwnedVehicle.until_at.is_(None))
            .order_by(OwnedVehicle.since_at)
        )
        .all()
    )


def _refuse_second_dealer(cart: Cart, item: StockItem) -> None:
    for line in cart.lines():
        if line.kind == "vehicle" and line.seller_id != item.recipient_id:
            here = session().get_one(Recipient, item.recipient_id)
            there = session().get_one(Recipient, line.seller_id)
            raise CarsAtTwoDealers(here=here.name_shown, there=there.name_shown)


def _take_slot(cart: Cart, now: Basket, slot: Slot, actor: Actor, at: datetime) -> None:
    dealer = now.dealer
    assert dealer is not None
    if slot.recipient_id != dealer.id or slot.purpose != SLOT_PURPOSES[cart.method]:
        raise SlotDoesNotFit()
    if slot.starts_at.astimezone(ZoneInfo(dealer.time_zone)).date() < now.earliest_on:
        raise SlotTooEarly()
    until = at + timedelta(seconds=policy_seconds("hold_browse"))
    slot.hold(cart.id, until, actor)
    cart.slot_id, cart.slot_held_until = slot.id, until


def _let_slot_go(cart: Cart, actor: Actor) -> None:
    if cart.slot_id is not None:
        session().get_one(Slot, cart.slot_id).release(cart.id, actor)
    cart.slot_id, cart.slot_held_until = None, None


def _answer(
    cart: Cart,
    customer: Customer,
    purpose: str,
    recipient: Recipient | None,
    granted: bool,
    language: str,
    actor: Actor,
    at: datetime,
) -> None:
    recipient_id = recipient.id if recipient else None
    before = Consent.latest(customer.id, purpose, recipient_id)
    if (before.granted if before else False) == granted:
        return
    Consent.record(
        customer.id,
        purpose,
        granted,
        recipient_id,
        method="checkout",
        language=language,
        evidence={"cart": cart.id, "version": cart.version},
        actor=actor,
        at=at,
    )
