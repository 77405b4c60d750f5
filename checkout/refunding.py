"""Giving money back: the promise is a row first, then the provider is asked, then the answer is written."""

import uuid
from datetime import timedelta

import structlog
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, record
from checkout.events import PaymentRefunded
from checkout.payment import Payment, Refund
from checkout.payments import Declined, Outcome, Processing, Refunded, RefundOrder, gateway
from orders.models import Order

LOOK_AGAIN = timedelta(seconds=30)
LOOK_AGAIN_SLOWLY = timedelta(minutes=10)

log = structlog.get_logger()


def pay_owed(payment_id: uuid.UUID) -> int:
    """Carries out what is owed on one payment."""
    due = (
        session()
        .scalars(select(Refund.id).where(Refund.payment_id == payment_id, Refund.state == "owed"))
        .all()
    )
    close_reading()
    for refund_id in due:
        pay(refund_id)
    return len(due)


def sweep() -> int:
    """Refunds owed or still with the bank, whose time to be looked at has come."""
    due = (
        session()
        .scalars(
            select(Refund.id)
            .where(Refund.state.in_(("owed", "requested")), Refund.look_at <= clock.sql_now)
            .order_by(Refund.look_at)
            .limit(100)
        )
        .all()
    )
    close_reading()
    for refund_id in due:
        pay(refund_id)
    return len(due)


def pay(refund_id: uuid.UUID) -> None:
    asked = _ask_for(refund_id)
    if asked is None:
        return
    outcome = gateway().refund(asked)
    with transaction():
        payment_id = session().scalars(select(Refund.payment_id).where(Refund.id == refund_id)).one()
        payment = Payment.locked(payment_id)
        _apply(payment, Refund.locked(refund_id), outcome)


def _ask_for(refund_id: uuid.UUID) -> RefundOrder | None:
    with transaction():
        refund = Refund.locked(refund_id)
        payment = session().get_one(Payment, refund.payment_id)
        if refund.state not in ("owed", "requested") or payment.provider_reference is None:
            return None
        refund.state = "requested"
        refund.looks += 1
        refund.look_at = clock.now() + (LOOK_AGAIN if refund.looks < 10 else LOOK_AGAIN_SLOWLY)
        return RefundOrder(
            public_id=refund.public_id,
            idempotency_key=refund.idempotency_key,
            amount=refund.amount,
            reference=payment.provider_reference,
            refund=refund.provider_refund,
        )


def _apply(payment: Payment, refund: Refund, outcome: Outcome) -> None:
    if refund.state != "requested":
        return
    match outcome:
        case Refunded(reference=reference):
            succeeded(payment, refund, reference)
        case Processing(session=reference):
            refund.provider_refund = reference or refund.provider_refund
            refund.look_at = clock.now() + LOOK_AGAIN_SLOWLY
        case Declined(code=code):
            refund.state, refund.error, refund.settled_at = "failed", code, clock.now()
            payment.note("refund_failed", refund.public_id, refund.amount_minor, code=code)
            if payment.order_id is not None:
                order = session().get_one(Order, payment.order_id)
                order.note_refund(refund.public_id, refund.amount, "failed", clock.now())
            log.error("refund.failed", refund=refund.public_id, code=code)
        case _:
            log.warning("refund.unknown", refund=refund.public_id, outcome=repr(outcome))


def look_back(payment_id: uuid.UUID) -> None:
    """A bank may send back what counted as returned: each refund of ours is looked at once more."""
    rows = session().execute(
        select(Refund, Payment.provider_reference)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.payment_id == payment_id, Refund.state == "succeeded", Refund.provider_refund.is_not(None)
        )
    )
    asked = [
        (
            refund.id,
            RefundOrder(
                public_id=refund.public_id,
                idempotency_key=refund.idempotency_key,
                amount=refund.amount,
                reference=reference,
                refund=refund.provider_refund,
            ),
        )
        for refund, reference in rows
        if reference is not None
    ]
    close_reading()
    for refund_id, order in asked:
        outcome = gateway().refund(order)
        if isinstance(outcome, Declined):
            _bounced(payment_id, refund_id, outcome.code)


def _bounced(payment_id: uuid.UUID, refund_id: uuid.UUID, code: str) -> None:
    with transaction():
        payment = Payment.locked(payment_id)
        refund = Refund.locked(refund_id)
        if refund.state != "succeeded":
            return
        refund.state, refund.error = "failed", code
        payment.refunded_minor -= refund.amount_minor
        payment.note("refund_failed", refund.public_id, refund.amount_minor, code=code)
        if payment.order_id is not None:
            order = session().get_one(Order, payment.order_id)
            order.refund_bounced(refund.amount, refund.public_id, SYSTEM, clock.now())
        log.error("refund.failed", refund=refund.public_id, code=code)


def succeeded(payment: Payment, refund: Refund, reference: str | None) -> None:
    """The money is back. The payment is locked; its order is told downward."""
    refund.state, refund.settled_at, refund.error = "succeeded", clock.now(), None
    refund.provider_refund = reference or refund.provider_refund
    payment.refunded_minor += refund.amount_minor
    payment.note("refunded", refund.public_id, refund.amount_minor, why=refund.why)
    record(PaymentRefunded(**payment.facts(refund.amount_minor), refund_id=refund.id, why=refund.why), SYSTEM)
    if payment.order_id is not None:
        order = session().get_one(Order, payment.order_id)
        reference = payment.provider_reference
        booked = order.mark_refunded(refund.amount, refund.public_id, SYSTEM, clock.now(), of=reference)
        if booked is None:
            order.note_refund(refund.public_id, refund.amount, "returned", clock.now())
