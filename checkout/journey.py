"""Filling the cart and going through checkout: each verb locks the cart, changes one thing, and says what it refused."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.db import session
from app.events import Actor, record
from catalog.models import Configuration, Offer, StockItem, Vehicle
from catalog.refusals import NotOnOfferAnyMore, OfferNotFound
from checkout import basket
from checkout.abandonment import policy_seconds
from checkout.basket import SLOT_PURPOSES, Basket
from checkout.cart import Cart, CartLine
from checkout.events import ContactGiven
from checkout.refusals import (
    CarsAtTwoDealers,
    DealerIsGiven,
    DealerNotHere,
    FeatureNeedsCar,
    FeatureNeedsOwnCar,
    FeatureNotForThisCar,
    NobodyAsked,
    NotDeliveredHere,
    NothingToHandOver,
    SlotDoesNotFit,
    SlotTooEarly,
    SoldInAnotherMarket,
    StartNotAgreed,
)
from customers import account
from customers.consent_texts import ANSWER_ME, MARKETING, SHARE
from customers.models import Consent, Customer
from garage.models import OwnedVehicle
from partners.here import market_of
from partners.models import Recipient, Slot


def add_vehicle(cart: Cart, item: StockItem, actor: Actor, at: datetime) -> CartLine:
    """Puts a car into the cart and holds it. Raises what `hold` raises, SoldInAnotherMarket and CarsAtTwoDealers."""
    cart.refuse_unless_open()
    if item.market_key != cart.market_key:
        raise SoldInAnotherMarket(remedy_url="/market")
    _refuse_second_dealer(cart, item)
    until = at + timedelta(seconds=policy_seconds("hold_browse"))
    item.hold(cart.id, "browse", until, cart.visitor_id, actor)
    title, detail = item.titles()
    line = cart.put(
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
    _let_unfit_slot_go(cart, actor, at)
    return line


def add_configuration(cart: Cart, kept: Configuration, actor: Actor, at: datetime) -> CartLine:
    """Puts a car that is to be built into the cart, at today's price. Nothing is held: it is made for the buyer.

    Raises SoldInAnotherMarket, and NotOnOfferAnyMore with the way to the configurator.
    """
    cart.refuse_unless_open()
    if kept.market_key != cart.market_key:
        raise SoldInAnotherMarket(remedy_url="/market")
    try:
        now = kept.priced_now(market_of(cart.market_key))
    except NotOnOfferAnyMore as refused:
        refused.remedy_url = kept.configure_path()
        raise
    title, detail = kept.titles()
    line = cart.put(
        CartLine(
            kind="vehicle",
            family="vehicle_new",
            sku=kept.design_code,
            title=title,
            detail=detail,
            configuration_id=kept.id,
            price_minor=now.car.amount_minor,
            quantity=1,
        ),
        actor,
        at,
    )
    _let_unfit_slot_go(cart, actor, at)
    return line


def add_offer(
    cart: Cart,
    sku: str,
    quantity: int,
    vehicle_id: str | None,
    actor: Actor,
    at: datetime,
    account_id: uuid.UUID | None = None,
) -> CartLine:
    """Puts a service into the cart. A feature names its car: in this cart, or owned; else it is refused."""
    cart.refuse_unless_open()
    offer = Offer.by_sku(sku, cart.market_key)
    if (offer.market_key, offer.currency) != (cart.market_key, cart.currency):
        raise OfferNotFound()
    car = _car_for(cart, offer, vehicle_id, account_id) if offer.family == "feature" else None
    return cart.put(
        CartLine(
            kind=offer.family,
            family=offer.family,
            sku=offer.sku,
            title={"en": offer.name, "zh": offer.name_zh},
            detail={"en": offer.summary, "zh": offer.summary_zh},
            offer_id=offer.id,
            vehicle_id=car.vehicle_id if car else None,
            configuration_id=car.configuration_id if car else None,
            vin=(car.vin or None) if car else None,
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
    if line.kind != "vehicle":
        return
    if line.stock_item_id is not None:
        session().get_one(StockItem, line.stock_item_id).release_hold(cart.id, "removed")
    if not any(other.kind == "vehicle" for other in cart.lines()):
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


def choose_dealer(cart: Cart, dealer_public_id: str, actor: Actor, at: datetime) -> bool:
    """Who hands over what is to be built; tells whether a time that was held elsewhere had to be let go.

    Raises NothingToHandOver, DealerIsGiven with a car from stock, and DealerNotHere.
    """
    cart.refuse_unless_open()
    now = basket.load(cart, at)
    if now.dealer is None:
        raise NothingToHandOver()
    chosen = next((dealer for dealer in now.dealers if dealer.public_id == dealer_public_id), None)
    if chosen is None and not now.dealers:
        raise DealerIsGiven(name=now.dealer.name_shown)
    if chosen is None:
        raise DealerNotHere()
    held = cart.slot_id is not None and chosen.id != now.dealer.id
    if held:
        _let_slot_go(cart, actor)
    cart.recipient_id = chosen.id
    if cart.method == "home_delivery" and not chosen.home_delivery:
        cart.method, cart.address = "none", None
    cart.version += 1
    cart.touch(at)
    session().flush()
    return held


@dataclass(frozen=True)
class Contact:
    """What the buyer typed and ticked; `share` names recipients by public id."""

    name: str
    email: str
    phone: str | None
    answer_me: bool
    marketing: bool
    share: tuple[str, ...]
    account_id: uuid.UUID | None = None
    """Of whoever is signed in meanwhile."""


def give_contact(cart: Cart, contact: Contact, language: str, actor: Actor, at: datetime) -> Customer:
    """Introduces the buyer and writes down each yes and each yes taken back, with the words that were shown."""
    cart.refuse_unless_open()
    now = basket.load(cart, at)
    named = {recipient.public_id: recipient for recipient in asked_to_share(now)}
    if not set(contact.share) <= set(named):
        raise NobodyAsked()
    customer = Customer.introduce(
        contact.name,
        contact.email,
        contact.phone,
        language,
        cart.market_key,
        cart.visitor_id,
        contact.account_id,
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


def agree_to_start(cart: Cart, is_wished: bool, at: datetime) -> None:
    """Keeps when the buyer asked that services begin at once; forgets it when it is not asked any more.

    Raises StartNotAgreed where the law gives time to withdraw and something would start today.
    """
    if not is_wished and basket.load(cart, at).starting_at_once:
        raise StartNotAgreed()
    cart.start_agreed_at = at if is_wished else None


def asked_to_share(now: Basket) -> list[Recipient]:
    """Whom this purchase may be shared with, each asked for by name: the dealer with the car, each partner."""
    return [*([now.dealer] if now.dealer else []), *now.partners]


@dataclass(frozen=True)
class _Car:
    """Exactly one of the two ids is there: a car by its vehicle, one that is to be built by its configuration."""

    vehicle_id: uuid.UUID | None
    configuration_id: uuid.UUID | None
    vin: str
    is_owned: bool

    @property
    def id(self) -> str:
        return str(self.configuration_id or self.vehicle_id)


def _car_for(cart: Cart, offer: Offer, vehicle_id: str | None, account_id: uuid.UUID | None) -> _Car:
    in_cart = [
        _Car(line.vehicle_id, line.configuration_id, line.vin or "", is_owned=False)
        for line in cart.lines()
        if line.kind == "vehicle"
    ]
    owned = [_Car(car.id, None, car.vin, is_owned=True) for car in _owned_by(cart, account_id)]
    cars = [*in_cart, *owned]
    if vehicle_id is not None:
        cars = [car for car in cars if car.id == vehicle_id]
        if not cars:
            raise FeatureNotForThisCar()
    if not cars:
        raise FeatureNeedsCar(name=offer.name_shown, remedy_url="/stock")
    if offer.billing == "daily" and not cars[0].is_owned:
        raise FeatureNeedsOwnCar(name=offer.name_shown)
    return cars[0]


def _owned_by(cart: Cart, account_id: uuid.UUID | None) -> Sequence[Vehicle]:
    """Cars of this visit, and of the account signed in."""
    own = account.records_of(cart.visitor_id, account_id)
    return (
        session()
        .scalars(
            select(Vehicle)
            .join(OwnedVehicle, OwnedVehicle.vehicle_id == Vehicle.id)
            .where(
                or_(OwnedVehicle.customer_id == cart.customer_id, OwnedVehicle.customer_id.in_(own)),
                OwnedVehicle.until_at.is_(None),
            )
            .order_by(OwnedVehicle.since_at)
        )
        .all()
    )


def _refuse_second_dealer(cart: Cart, item: StockItem) -> None:
    for line in cart.lines():
        if line.stock_item_id is not None and line.seller_id != item.recipient_id:
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


def _let_unfit_slot_go(cart: Cart, actor: Actor, at: datetime) -> None:
    """What has just come in may stand elsewhere or be ready later than the time that was held."""
    if cart.slot_id is None:
        return
    now = basket.load(cart, at)
    slot, dealer = now.slot, now.dealer
    if slot is None or dealer is None:
        return
    day = slot.starts_at.astimezone(ZoneInfo(dealer.time_zone)).date()
    if slot.recipient_id != dealer.id or day < now.earliest_on:
        _let_slot_go(cart, actor)
        cart.recipient_id = dealer.id


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
