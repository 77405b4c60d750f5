"""What checkout does about facts from below."""

from collections.abc import Sequence

from sqlalchemy import select

from app.db import session
from app.events import Recorded
from checkout.payment import Payment, owe_refund, refundable
from orders.events import OrderCancelled


def refund_cancelled_orders(events: Sequence[Recorded[OrderCancelled]]) -> None:
    """Everything captured for a cancelled order goes back; the sweep carries it out."""
    cancelled = [recorded.event.order_id for recorded in events]
    payments = session().scalars(
        select(Payment)
        .where(Payment.order_id.in_(cancelled), Payment.state == "captured")
        .order_by(Payment.id)
        .with_for_update()
    )
    for payment in payments:
        owe_refund(payment, refundable(payment), "order_cancelled")
