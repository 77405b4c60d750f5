"""What a payment came to, found out and acted on: one road for the browser's return, the webhook and the sweeper.

Each asks the provider outside any transaction, then applies the answer in one: cart, payment, order, in that order of
locks. Whoever comes second finds it done. Money that cannot become an order is given back.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select, update

from app import clock, signals
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import SYSTEM, Actor, record
from app.money import Money
from app.sessions import AuthSession
from checkout import promise, refunding
from checkout.cart import Cart
from checkout.events import PaymentCaptured, PaymentDeclined, PaymentEnded
from checkout.payment import Payment, Refund, owe_refund
from checkout.payments import (
    Cancelled,
    Captured,
    Declined,
    Expired,
    NeedsAction,
    Outcome,
    PaymentOrder,
    Processing,
    Unknown,
    gateway,
)
from customers.models import Customer
from orders.models import Order

LOOK_AGAIN = timedelta(seconds=60)
LOOK_AGAIN_SLOWLY = timedelta(minutes=10)
GIVE_BACK_AFTER_LOOKS = 8
"""About ten minutes of trying to place an order for captured money, then it goes back to the buyer."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Settled:
    state: str
    order_id: uuid.UUID | None
    trouble: str = "none"


def settle(payment_id: uuid.UUID, actor: Actor = SYSTEM) -> Settled:
    """Asks the provider where the payment stands and acts on it. Safe to call at any time, any number of times."""
    outcome = gateway().look_up(order_for(payment_id))
    settled = apply(payment_id, outcome, actor)
    refunding.pay_owed(payment_id)
    return settled


def order_for(payment_id: uuid.UUID) -> PaymentOrder:
    """The payment as the provider knows it, read from committed rows only; no transaction stays open."""
    payment = session().get_one(Payment, payment_id, populate_existing=True)
    customer = session().get_one(Customer, payment.customer_id)
    found = promise.payment_order(payment, customer.email)
    close_reading()
    return found


def apply(payment_id: uuid.UUID, outcome: Outcome, actor: Actor = SYSTEM) -> Settled:
    """Acts on an answer of the provider, in one transaction."""
    with transaction():
        cart_id = session().scalar(
            select(Payment.cart_id).where(Payment.id == payment_id, Payment.purpose == "today")
        )
        cart = Cart.locked(cart_id) if cart_id is not None else None
        payment = Payment.locked(payment_id)
        payment.looks += 1
        payment.look_at = clock.now() + (LOOK_AGAIN if payment.looks < 20 else LOOK_AGAIN_SLOWLY)
        _act(cart, payment, outcome, actor)
        return Settled(payment.state, payment.order_id, cart.payment_trouble if cart else "none")


def postpone(payment_id: uuid.UUID) -> None:
    """Something failed on our side while settling; looked at again, and counted."""
    with transaction():
        payment = Payment.locked(payment_id)
        payment.looks += 1
        payment.look_at = clock.now() + LOOK_AGAIN


def _act(cart: Cart | None, payment: Payment, outcome: Outcome, actor: Actor) -> None:
    match outcome:
        case Captured():
            _captured(cart, payment, outcome, actor)
        case Unknown(why=why):
            log.warning("payment.unknown", payment=payment.public_id, why=why)
        case _ if not payment.is_live:
            return
        case NeedsAction(url=url, session=opened, authenticating=authenticating):
            _waits(payment, url, opened)
            payment.is_authenticating = authenticating
        case Processing(session=opened):
            payment.provider_session = payment.provider_session or opened or None
            payment.move("processing")
            payment.look_at = clock.now() + LOOK_AGAIN_SLOWLY
        case Declined():
            _declined(cart, payment, outcome, actor)
        case Cancelled():
            _ended(cart, payment, "cancelled", actor)
        case Expired():
            _ended(cart, payment, "cancelled" if payment.has_noted("stop_asked") else "expired", actor)
        case _:
            log.error("payment.unforeseen", payment=payment.public_id, outcome=repr(outcome))


def _waits(payment: Payment, url: str, opened: str) -> None:
    payment.provider_session = payment.provider_session or opened
    payment.page_url = url or payment.page_url
    payment.move("open") if payment.state == "created" else None


def _declined(cart: Cart | None, payment: Payment, outcome: Declined, actor: Actor) -> None:
    """The hosted page lets the buyer try another card; a decline there is told, and the payment stays open."""
    payment.decline_code = outcome.code
    payment.is_authenticating = False
    if outcome.retryable:
        _waits(payment, outcome.url, outcome.session)
    if payment.note("declined", outcome.reference or outcome.code, code=outcome.code):
        record(PaymentDeclined(**payment.facts(), code=outcome.code), actor)
        if cart is not None:
            cart.payment_trouble = "failed"
            cart.touch(clock.now())
            signals.note_of(
                cart.visitor_id,
                cart.market_key,
                cart.language,
                "declined",
                "pay",
                clock.now(),
                detail=outcome.code,
                cart_id=cart.id,
                value_minor=cart.value_minor,
                currency=cart.currency,
            )
    if not outcome.retryable:
        _ended(cart, payment, "declined", actor)


def _ended(cart: Cart | None, payment: Payment, state: str, actor: Actor) -> None:
    """The page closed without money: the cart is the buyer's again."""
    payment.move(state)
    payment.settled_at = clock.now()
    payment.is_authenticating = False
    payment.note(state)
    record(PaymentEnded(**payment.facts(), outcome=state), actor)
    if cart is not None and cart.state == "paying":
        cart.state = "open"
        cart.version += 1
        if cart.payment_trouble == "none" or state == "declined":
            cart.payment_trouble = "failed" if state == "declined" else state


def _captured(cart: Cart | None, payment: Payment, outcome: Captured, actor: Actor) -> None:
    if payment.state == "captured":
        _found_refunded(payment, outcome)
        return
    agreed = payment.amount
    if not payment.is_live:
        # Declined, cancelled or expired as far as we were told, and yet the money is here.
        payment.note("captured_late", outcome.reference, outcome.amount.amount_minor, was=payment.state)
    payment.state = "captured"
    payment.provider_reference = outcome.reference
    payment.provider_session = payment.provider_session or outcome.session or None
    payment.captured_minor = outcome.amount.amount_minor
    payment.currency = outcome.amount.currency
    payment.is_authenticating = False
    payment.settled_at = clock.now()
    payment.note("captured", outcome.reference, outcome.amount.amount_minor)
    record(PaymentCaptured(**payment.facts(payment.captured_minor)), actor)
    if outcome.amount != agreed:
        _give_back(cart, payment, "amount_differs")
        return
    _fulfil(cart, payment, actor)


def _fulfil(cart: Cart | None, payment: Payment, actor: Actor) -> None:
    """The order is placed, or its balance received; a refusal undoes that part only, and the money goes back."""
    try:
        with session().begin_nested():
            order = _place(cart, payment, actor) if cart is not None else _receive_balance(payment, actor)
            session().flush()
    except Refusal as refused:
        log.warning("payment.not_placed", payment=payment.public_id, why=refused.code)
        _give_back(cart, payment, refused.code)
        return
    except Exception as failed:
        if payment.looks < GIVE_BACK_AFTER_LOOKS:
            raise
        log.error("payment.given_back", payment=payment.public_id, error=repr(failed))
        _give_back(cart, payment, "could_not_place")
        return
    payment.order_id = order.id
    if cart is not None:
        cart.state, cart.order_id, cart.payment_trouble = "ordered", order.id, "none"
        cart.version += 1
        forget_cart(cart.id)


def _place(cart: Cart, payment: Payment, actor: Actor) -> Order:
    if cart.state == "ordered":
        raise AlreadyOrdered()
    order = promise.place(cart, payment.promise, actor)
    order.receive(
        payment.amount,
        payment.provider_reference or payment.public_id,
        "online",
        promise.purpose_of_today(payment.promise),
        actor,
        clock.now(),
    )
    return order


def _receive_balance(payment: Payment, actor: Actor) -> Order:
    order = Order.locked(payment.order_id)
    if order.is_cancelled or order.balance() < payment.amount:
        raise NothingOwed()
    order.receive(
        payment.amount,
        payment.provider_reference or payment.public_id,
        "online",
        "balance",
        actor,
        clock.now(),
    )
    return order


class AlreadyOrdered(Refusal):
    """A second payment of one cart was captured; the first has made the order."""


class NothingOwed(Refusal):
    """The balance was settled another way while the buyer paid."""


def _give_back(cart: Cart | None, payment: Payment, why: str) -> None:
    owe_refund(payment, Money(payment.captured_minor, payment.currency), why)
    if cart is not None and cart.state == "paying":
        cart.state, cart.payment_trouble = "open", "refunded"
        cart.version += 1


def _found_refunded(payment: Payment, outcome: Captured) -> None:
    """A refund made in the provider's own console becomes a row here; ours in flight are not counted twice."""
    refunds = session().scalars(select(Refund).where(Refund.payment_id == payment.id)).all()
    known = sum(refund.amount_minor for refund in refunds if refund.state != "failed")
    unknown = outcome.refunded.amount_minor - known
    if unknown <= 0:
        return
    refund = Refund(
        payment_id=payment.id,
        amount_minor=unknown,
        currency=payment.currency,
        why="made_at_provider",
        source="provider",
        idempotency_key=f"found-{payment.public_id}-{outcome.refunded.amount_minor}",
        state="requested",
    )
    session().add(refund)
    session().flush()
    refunding.succeeded(payment, refund, None)


def forget_cart(cart_id: uuid.UUID) -> None:
    """The badge of every session that looked at this cart."""
    session().execute(
        update(AuthSession).where(AuthSession.cart_id == cart_id).values(cart_id=None, cart_count=0)
    )
