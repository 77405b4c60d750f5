"""Carts and orders of the fictional shop, made the way buyers make them.

The money comes from the payment sandbox where it answers; where it does not yet, as on the first start, its answer is
stood in for. Everything else is the ordinary road, order and refund rules included.
"""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.db import close_reading, session, transaction
from app.events import Actor
from app.money import Money
from app.settings import settings
from catalog import assortments
from catalog.build import Build
from catalog.models import Configuration, Model, StockItem, Vehicle
from catalog.queries import is_free
from checkout import basket, journey, paying, settle
from checkout.basket import SLOT_PURPOSES
from checkout.cart import Cart
from checkout.journey import Contact
from checkout.payment import Payment
from checkout.payments import Captured, NeedsAction, Outcome, gateway
from orders.models import Order
from partners import calendar
from partners.models import Market, Recipient, Slot, StaffRole

GOOD_CARD = "4242424242424242"
PEOPLE = uuid.UUID("5f2f1d0e-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Buyer:
    name: str
    email: str
    phone: str
    language: str

    @property
    def visitor_id(self) -> uuid.UUID:
        """Always the same, so that a second run finds what the first made."""
        return uuid.uuid5(PEOPLE, self.email)

    @property
    def actor(self) -> Actor:
        return Actor("visitor", str(self.visitor_id))


LIN_YUE = Buyer("林悦", "lin.yue@example.com", "+8613805714420", "zh")
CHEN_HAO = Buyer("陈昊", "chen.hao@example.com", "+8613905712211", "zh")
WANG_KE = Buyer("王珂", "wang.ke@example.com", "+8613605718830", "zh")
TANG_MI = Buyer("唐蜜", "tang.mi@example.com", "+8613605711163", "zh")
HENRIK_LUND = Buyer("Henrik Lund", "henrik.lund@example.com", "+8613605716675", "en")
HE_YU = Buyer("何屿", "he.yu@example.com", "+8613505718846", "zh")
MAYA_LINDQVIST = Buyer("Maya Lindqvist", "maya.lindqvist@example.com", "+8613705716604", "en")
HOME = {"city": "杭州", "district": "拱墅区", "street": "湖墅南路 18 号"}


def demo(at: datetime) -> None:
    """Buyers at West Lake and Binjiang: two cars on their way, one to be built, one ready; three carts that were left."""
    if session().scalar(select(func.count()).select_from(Cart)):
        return
    close_reading()
    story(
        LIN_YUE,
        at,
        ("hangzhou-west-lake", "mere"),
        ("charge-250", "anping-motor"),
        "home_delivery",
        _nothing_more,
    )
    story(CHEN_HAO, at, ("hangzhou-west-lake", "strand"), ("pilot",), "dealer_handover", _prepare)
    story(MAYA_LINDQVIST, at, ("hangzhou-binjiang", "crag"), (), "dealer_handover", _make_ready)
    order_build(HE_YU, at, Build("mere", "long-range", "lichen", "blade", "sand"), "hangzhou-west-lake")
    leave_at_payment(WANG_KE, at - timedelta(minutes=30), ("hangzhou-west-lake", "crag"), ("charge-100",))
    leave_services(TANG_MI, at - timedelta(minutes=70), ("charge-250",))
    leave_services(HENRIK_LUND, at - timedelta(minutes=100), ("anping-motor",))


def story(
    buyer: Buyer,
    at: datetime,
    car: tuple[str, str],
    services: tuple[str, ...],
    method: str,
    afterwards: Callable[[Order, Actor, datetime], None],
    slot_at: datetime | None = None,
) -> uuid.UUID | None:
    """The order's id. The handover is at `slot_at`, else as soon as it can be."""
    return _pay(_checked_out(buyer, at, car, services, method, slot_at), buyer, at, afterwards)


def order_build(buyer: Buyer, at: datetime, build: Build, dealer_code: str) -> None:
    """A car as somebody configured it: ordered and not built yet."""
    with transaction():
        dealer, market = Recipient.by_code(dealer_code), Market.home()
        assortment = assortments.read_now(market.key).get(build.model)
        if dealer is None or assortment is None or not assortment.can_make(build):
            return
        cart = Cart.begin(buyer.visitor_id, market.key, market.currency, buyer.language, at)
        kept = Configuration.keep(build, market, buyer.visitor_id, at)
        journey.add_configuration(cart, kept, buyer.actor, at)
        journey.choose_dealer(cart, dealer.public_id, buyer.actor, at)
        payment_id = _to_payment(cart, buyer, at, dealer, "dealer_handover")
    _pay(payment_id, buyer, at, _nothing_more)


def _pay(
    payment_id: uuid.UUID | None,
    buyer: Buyer,
    at: datetime,
    afterwards: Callable[[Order, Actor, datetime], None],
) -> uuid.UUID | None:
    if payment_id is None:
        return None
    settle.apply(payment_id, _paid(payment_id), buyer.actor)
    with transaction():
        order_id = session().scalar(select(Payment.order_id).where(Payment.id == payment_id))
        if order_id is None:
            return None
        order = Order.locked(order_id)
        afterwards(order, _dealer(order), at)
    return order_id


def leave_at_payment(buyer: Buyer, at: datetime, car: tuple[str, str], services: tuple[str, ...]) -> None:
    _checked_out(buyer, at, car, services, "dealer_handover")


def leave_services(buyer: Buyer, at: datetime, services: tuple[str, ...]) -> None:
    """Named, with leave to be answered, and gone before the review."""
    with transaction():
        market = Market.home()
        cart = Cart.begin(buyer.visitor_id, market.key, market.currency, buyer.language, at)
        for sku in services:
            journey.add_offer(cart, sku, 1, None, buyer.actor, at)
        told = Contact(buyer.name, buyer.email, buyer.phone, answer_me=True, marketing=False, share=())
        journey.give_contact(cart, told, buyer.language, buyer.actor, at)


def _checked_out(
    buyer: Buyer,
    at: datetime,
    car: tuple[str, str],
    services: tuple[str, ...],
    method: str,
    slot_at: datetime | None = None,
) -> uuid.UUID | None:
    """From an empty cart to a payment that waits; None when the stock has no such car."""
    dealer_code, model = car
    with transaction():
        item = car_at(dealer_code, model)
        dealer = Recipient.by_code(dealer_code)
        if item is None or dealer is None:
            return None
        market = session().get_one(Market, item.market_key)
        cart = Cart.begin(buyer.visitor_id, market.key, market.currency, buyer.language, at)
        journey.add_vehicle(cart, item, buyer.actor, at)
        for sku in services:
            journey.add_offer(cart, sku, 1, None, buyer.actor, at)
        return _to_payment(cart, buyer, at, dealer, method, slot_at)


def _to_payment(
    cart: Cart, buyer: Buyer, at: datetime, dealer: Recipient, method: str, slot_at: datetime | None = None
) -> uuid.UUID | None:
    told = Contact(
        buyer.name, buyer.email, buyer.phone, answer_me=True, marketing=False, share=(dealer.public_id,)
    )
    journey.give_contact(cart, told, buyer.language, buyer.actor, at)
    method = method if basket.load(cart, at).can_be_delivered else "dealer_handover"
    address = HOME if method == "home_delivery" else None
    now = journey.choose_handover(cart, method, None, address, buyer.actor, at)
    slot = _free_slot(now.earliest_on, dealer, method, slot_at)
    if slot is None:
        return None
    now = journey.choose_handover(cart, method, slot.public_id, address, buyer.actor, at)
    cart.reach("review", buyer.actor, at)
    payment = paying.start(cart, now.quote.today.amount_minor, now.fingerprint, buyer.actor, at)
    return payment.id


def _paid(payment_id: uuid.UUID) -> Outcome:
    order = settle.order_for(payment_id)
    begun = gateway().begin(order)
    if isinstance(begun, NeedsAction) and _press_the_button(begun.session):
        settle.apply(payment_id, begun)
        return gateway().look_up(settle.order_for(payment_id))
    return Captured(
        order.amount,
        f"pi_demo_{order.public_id}",
        Money.zero(order.amount.currency),
        f"cs_demo_{order.public_id}",
    )


def _base() -> str | None:
    return settings().stripe_api_base


def _press_the_button(session_id: str) -> bool:
    """The sandbox's own switch for what a buyer does on its page."""
    base = _base()
    if base is None:
        return False
    wish = json.dumps({"session": session_id, "card": GOOD_CARD}).encode()
    request = urllib.request.Request(f"{base}/_sandbox/pay", wish, method="POST")
    request.add_header("Authorization", f"Bearer {settings().stripe_api_key}")
    try:
        with urllib.request.urlopen(request, timeout=5):
            return True
    except (urllib.error.URLError, TimeoutError):
        return False


def car_at(dealer_code: str, model: str) -> StockItem | None:
    """A new car of this model that stands at this dealer, the soonest ready."""
    return (
        session()
        .scalars(
            select(StockItem)
            .join(Vehicle, Vehicle.id == StockItem.vehicle_id)
            .join(Model, Model.id == Vehicle.model_id)
            .join(Recipient, Recipient.id == StockItem.recipient_id)
            .where(
                StockItem.state == "available",
                StockItem.condition == "new",
                Model.slug == model,
                Recipient.code == dealer_code,
                is_free(),
            )
            .order_by(StockItem.ready_on, StockItem.id)
            .limit(1)
        )
        .one_or_none()
    )


def _free_slot(
    earliest: date, dealer: Recipient, method: str, starts_at: datetime | None = None
) -> Slot | None:
    slots = calendar.open_slots(dealer.id, SLOT_PURPOSES[method], earliest, days=21)
    slot = next((one for one in slots if starts_at is None or one.starts_at == starts_at), None)
    return session().get(Slot, slot.id) if slot is not None else None


def _dealer(order: Order) -> Actor:
    """Somebody of the dealer that has the order, else the house."""
    who = (
        session()
        .scalars(select(StaffRole.staff_id).where(StaffRole.recipient_id == order.recipient_id).limit(1))
        .one_or_none()
    )
    return Actor("staff", str(who)) if who else Actor("system")


def _nothing_more(order: Order, actor: Actor, at: datetime) -> None:
    """It has just come in."""


def _prepare(order: Order, actor: Actor, at: datetime) -> None:
    order.move("preparing", actor, at)
    order.close_item("papers_ready", actor, at)


def _make_ready(order: Order, actor: Actor, at: datetime) -> None:
    """Everything done before the buyer comes; the balance came by bank."""
    order.move("preparing", actor, at)
    for key in ("papers_ready", "car_prepared", "charging_kit"):
        order.close_item(key, actor, at)
    order.close_item("keys_counted", actor, at, value=2)
    order.close_item("balance_received", actor, at, reference=f"BOC-{order.number}")
    order.move("ready", actor, at)
