"""From agreed figures to a hosted payment page: the intent is committed, the provider asked, its answer kept.

A second click or a second tab finds the live payment and goes to the same page.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.db import session, transaction
from app.errors import NotFound
from app.events import Actor, record
from app.i18n import localized
from app.ids import public_id
from app.sessions import SessionState
from catalog.refusals import NotOnOfferAnyMore
from checkout import basket, promise, settle
from checkout.basket import Basket
from checkout.cart import Cart
from checkout.events import PaymentStarted
from checkout.payment import HOLD_AFTER_PAGE, LIVE, PAGE_LIFE, Payment
from checkout.payments import Declined, NeedsAction, PaymentPageUnreachable, gateway
from checkout.refusals import (
    CartAlreadyOrdered,
    CartChanged,
    CartEmpty,
    HoldHasLapsed,
    NothingDue,
    PaymentUnderWay,
    StepMissing,
)
from checkout.settle import Settled
from orders.models import Order


def start(cart: Cart, expected_minor: int, fingerprint: str, actor: Actor, at: datetime) -> Payment:
    """The live payment of this cart, made now if there is none and the figures are still those agreed to.

    Car and slot wait from now until the payment can no longer succeed. Raises CartAlreadyOrdered, CartChanged,
    StepMissing, HoldHasLapsed, NotOnOfferAnyMore, SlotTaken; then nothing has moved.
    """
    if cart.state == "ordered":
        raise CartAlreadyOrdered(remedy_url=order_url(cart))
    live = Payment.live_for_cart(cart.id)
    if live is not None:
        if live.state == "processing":
            raise PaymentUnderWay()
        return live
    now = basket.load(cart, at)
    refuse_unless_ready(now, at)
    if now.fingerprint != fingerprint or now.quote.today.amount_minor != expected_minor:
        raise CartChanged(remedy_url="/checkout/review")
    assert cart.customer_id is not None
    payment = Payment(
        public_id=public_id(),
        purpose="today",
        cart_id=cart.id,
        customer_id=cart.customer_id,
        visitor_id=cart.visitor_id,
        amount_minor=now.quote.today.amount_minor,
        currency=now.quote.currency,
        language=cart.language,
        idempotency_key=f"cart-{cart.id}-today-{_attempts(Payment.cart_id == cart.id) + 1}",
        provider=gateway().name,
        page_expires_at=datetime.now(UTC) + PAGE_LIFE,
        held_until=at + PAGE_LIFE + HOLD_AFTER_PAGE,
        fingerprint=now.fingerprint,
        promise=promise.made(now, at),
        look_at=at + settle.LOOK_AGAIN,
    )
    _keep_everything(now, payment.held_until, actor)
    session().add(payment)
    session().flush()
    cart.state, cart.payment_trouble = "paying", "none"
    cart.reach("pay", actor, at)
    record(PaymentStarted(**payment.facts()), actor, at)
    return payment


def place_free(cart: Cart, expected_minor: int, fingerprint: str, actor: Actor, at: datetime) -> Order:
    """A cart with nothing due today becomes an order at once."""
    if cart.state == "ordered":
        raise CartAlreadyOrdered(remedy_url=order_url(cart))
    cart.refuse_unless_open()
    now = basket.load(cart, at)
    refuse_unless_ready(now, at)
    if now.quote.today.amount_minor != 0 or expected_minor != 0 or now.fingerprint != fingerprint:
        raise CartChanged(remedy_url="/checkout/review")
    _keep_everything(now, at + HOLD_AFTER_PAGE, actor)
    order = promise.place(cart, promise.made(now, at), actor)
    cart.state, cart.order_id, cart.payment_trouble = "ordered", order.id, "none"
    settle.forget_cart(cart.id)
    return order


def start_balance(order: Order, expected_minor: int, actor: Actor, at: datetime) -> Payment:
    """The same for the rest of an order's price; a cancellation at the same moment comes before or after it."""
    order = Order.locked(order.id)
    balance = order.balance()
    if order.is_cancelled or not balance:
        raise NothingDue(remedy_url=f"/orders/{order.public_id}")
    live = Payment.live_for_balance(order.id)
    if live is not None:
        if live.state == "processing":
            raise PaymentUnderWay()
        return live
    if balance.amount_minor != expected_minor:
        raise CartChanged(remedy_url=f"/orders/{order.public_id}/balance")
    payment = Payment(
        public_id=public_id(),
        purpose="balance",
        order_id=order.id,
        customer_id=order.customer_id,
        visitor_id=order.visitor_id,
        amount_minor=balance.amount_minor,
        currency=balance.currency,
        language=order.language,
        idempotency_key=f"order-{order.id}-balance-{_attempts(Payment.order_id == order.id) + 1}",
        provider=gateway().name,
        page_expires_at=datetime.now(UTC) + PAGE_LIFE,
        held_until=at + PAGE_LIFE,
        fingerprint="",
        promise={"number": order.number},
        look_at=at + settle.LOOK_AGAIN,
    )
    session().add(payment)
    session().flush()
    record(PaymentStarted(**payment.facts()), actor, at)
    return payment


def open_page(payment_id: uuid.UUID, actor: Actor) -> str | None:
    """The address of the hosted page, asked for outside any transaction; None when the payment has ended meanwhile.

    Raises PaymentUnderWay, PaymentPageUnreachable.
    """
    order = settle.order_for(payment_id)
    outcome = gateway().look_up(order) if order.session else gateway().begin(order)
    settled = settle.apply(payment_id, outcome, actor)
    if settled.state not in LIVE:
        return None
    if settled.state == "processing":
        raise PaymentUnderWay()
    if isinstance(outcome, NeedsAction | Declined) and outcome.url:
        return outcome.url
    raise PaymentPageUnreachable()


def stop(payment_id: uuid.UUID, actor: Actor) -> Settled:
    """Closes the hosted page so that the cart can change. Money that moved first has made the order."""
    ask_to_stop(payment_id)
    outcome = gateway().cancel(settle.order_for(payment_id))
    return settle.apply(payment_id, outcome, actor)


def ask_to_stop(payment_id: uuid.UUID) -> None:
    """Noted before the page is closed: whoever hears of the closed page first knows that the buyer wanted it."""
    with transaction():
        cart_id = session().scalar(select(Payment.cart_id).where(Payment.id == payment_id))
        cart = Cart.locked(cart_id) if cart_id is not None else None
        payment = Payment.locked(payment_id)
        if payment.is_live and payment.note("stop_asked") and cart is not None:
            cart.touch(clock.now())


def came_back(payment_id: uuid.UUID) -> None:
    """The buyer left the hosted page by its own way back."""
    with transaction():
        cart_id = session().scalar(select(Payment.cart_id).where(Payment.id == payment_id))
        if cart_id is None:
            return
        cart = Cart.locked(cart_id)
        payment = Payment.locked(payment_id)
        if payment.is_live and cart.state == "paying" and payment.note("came_back"):
            cart.payment_trouble = "cancelled" if cart.payment_trouble == "none" else cart.payment_trouble
            cart.touch(clock.now())


def payment_of(public: str, state: SessionState) -> Payment:
    """The visitor's own payment, or one for an order that a link has opened to this session; raises NotFound."""
    wanted = select(Payment).where(Payment.public_id == public).execution_options(populate_existing=True)
    found = session().scalars(wanted).one_or_none()
    if found is not None:
        if found.visitor_id is not None and found.visitor_id == state.visitor_id:
            return found
        if found.order_id is not None and state.holds_grant("order", found.order_id):
            return found
        if found.order_id is not None and state.account_id is not None:
            order = session().get_one(Order, found.order_id)
            if order.is_of_account(state.account_id):
                return found
    raise NotFound()


def refuse_unless_ready(now: Basket, at: datetime) -> None:
    """Raises CartEmpty, StepMissing, HoldHasLapsed or NotOnOfferAnyMore."""
    cart = now.cart
    if not now.lines:
        raise CartEmpty(remedy_url="/stock")
    if cart.customer_id is None:
        raise StepMissing(remedy_url="/checkout/contact")
    if not now.handover_is_chosen:
        raise StepMissing(remedy_url="/checkout/handover")
    for line in now.lines:
        if line.configuration is not None and line.build is None:
            raise NotOnOfferAnyMore(remedy_url="/cart")
        lapsed = line.is_vehicle and not line.is_held_by(cart, at)
        if lapsed or line.is_gone(cart, at):
            raise HoldHasLapsed(name=title_of(line.line.title), remedy_url="/cart")


def order_url(cart: Cart) -> str:
    order = session().get_one(Order, cart.order_id)
    return f"/orders/{order.public_id}"


def title_of(title: dict[str, str]) -> str:
    return localized(title["en"], title.get("zh"))


def _keep_everything(now: Basket, until: datetime, actor: Actor) -> None:
    """The slot before the car, as the order of locks says."""
    cart = now.cart
    if now.slot is not None:
        now.slot.hold(cart.id, until, actor)
        cart.slot_held_until = until
    for line in now.vehicles:
        if line.stock_item is not None:
            line.stock_item.extend_hold(cart.id, "payment", until)


def _attempts(whose: Any) -> int:
    return session().scalar(select(func.count()).select_from(Payment).where(whose)) or 0
