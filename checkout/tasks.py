"""Timed work of checkout: payments nobody came back from, refunds owed, webhooks stored but not handled."""

import structlog
from sqlalchemy import ColumnElement, and_, or_, select

from app import clock
from app.db import close_reading, session
from app.wiring import Sweep
from checkout import abandonment, paying, refunding, settle, webhooks
from checkout.cart import Cart
from checkout.payment import LIVE, Payment, PaymentEvent
from orders.models import Order

AT_ONCE = 50

log = structlog.get_logger()


def settle_due() -> int:
    """Looks up every live payment whose time has come; the road of last resort when browser and webhook fail."""
    due = (
        session()
        .execute(
            select(Payment.id, Cart.state, _stop_is_asked())
            .outerjoin(Cart, Cart.id == Payment.cart_id)
            .where(Payment.state.in_(LIVE), Payment.look_at <= clock.sql_now)
            .order_by(Payment.look_at)
            .limit(AT_ONCE)
        )
        .all()
    )
    close_reading()
    for payment_id, cart_state, is_to_stop in due:
        try:
            if cart_state == "ordered" or is_to_stop:
                # Another payment made the order, or the order no longer wants this one: nobody should pay here.
                paying.stop(payment_id, webhooks.PROVIDER)
                refunding.pay_owed(payment_id)
            else:
                settle.settle(payment_id, webhooks.PROVIDER)
        except Exception:  # one payment that cannot be settled must not keep the others waiting
            log.exception("payment.not_settled", payment_id=str(payment_id))
            settle.postpone(payment_id)
    return len(due)


def _stop_is_asked() -> ColumnElement[bool]:
    asked = select(PaymentEvent.id).where(
        PaymentEvent.payment_id == Payment.id, PaymentEvent.kind == "stop_asked"
    )
    gone = select(Order.id).where(Order.id == Payment.order_id, Order.status == "cancelled")
    return and_(Payment.purpose == "balance", or_(asked.exists(), gone.exists()))


TIMETABLE = (
    Sweep("checkout.inbox", every_s=10, run=webhooks.sweep),
    Sweep("checkout.payments", every_s=15, run=settle_due),
    Sweep("checkout.refunds", every_s=15, run=refunding.sweep),
    Sweep("checkout.abandoned", every_s=15, run=abandonment.sweep),
)
