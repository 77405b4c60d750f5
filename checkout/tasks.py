"""Timed work of checkout: payments nobody came back from, refunds owed, webhooks stored but not handled."""

import structlog
from sqlalchemy import select

from app import clock
from app.db import close_reading, session
from app.wiring import Sweep
from checkout import abandonment, paying, refunding, settle, webhooks
from checkout.cart import Cart
from checkout.payment import LIVE, Payment

AT_ONCE = 50

log = structlog.get_logger()


def settle_due() -> int:
    """Looks up every live payment whose time has come; the road of last resort when browser and webhook fail."""
    due = (
        session()
        .execute(
            select(Payment.id, Cart.state)
            .outerjoin(Cart, Cart.id == Payment.cart_id)
            .where(Payment.state.in_(LIVE), Payment.look_at <= clock.sql_now)
            .order_by(Payment.look_at)
            .limit(AT_ONCE)
        )
        .all()
    )
    close_reading()
    for payment_id, cart_state in due:
        try:
            if cart_state == "ordered":
                # Another payment of the same cart has made the order: nobody should pay on this page any more.
                paying.stop(payment_id, webhooks.PROVIDER)
                refunding.pay_owed(payment_id)
            else:
                settle.settle(payment_id, webhooks.PROVIDER)
        except Exception:  # one payment that cannot be settled must not keep the others waiting
            log.exception("payment.not_settled", payment_id=str(payment_id))
            settle.postpone(payment_id)
    return len(due)


TIMETABLE = (
    Sweep("checkout.inbox", every_s=10, run=webhooks.sweep),
    Sweep("checkout.payments", every_s=15, run=settle_due),
    Sweep("checkout.refunds", every_s=15, run=refunding.sweep),
    Sweep("checkout.abandoned", every_s=15, run=abandonment.sweep),
)
