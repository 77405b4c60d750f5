"""What checkout does about facts from below."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from app import clock
from app.db import session
from app.events import Recorded
from app.money import Money
from checkout.cart import Cart
from checkout.payment import Payment, Refund, owe_refund, refundable
from customers import account
from customers.events import AccountClosed
from orders.events import OrderAmountChanged, OrderCancelled
from orders.models import Order


def refund_cancelled_orders(events: Sequence[Recorded[OrderCancelled]]) -> None:
    """Everything captured for a cancelled order goes back; the sweep carries it out."""
    payments = _locked(recorded.event.order_id for recorded in events)
    _stop_paying(payments)
    for payment in payments:
        if payment.state == "captured":
            owe_refund(payment, refundable(payment), "order_cancelled")
    for recorded in events:
        _by_hand(recorded, session().get_one(Order, recorded.event.order_id))


def give_back_difference(events: Sequence[Recorded[OrderAmountChanged]]) -> None:
    """What was paid beyond the order's new price goes back, once; an open payment page over the old price closes."""
    orders = {recorded.event.order_id for recorded in events}
    payments = _locked(orders)
    _stop_paying(payments)
    for order_id in sorted(orders):
        order = Order.locked(order_id)
        if order.is_cancelled:
            continue
        left = order.overpaid() - _on_its_way(order)
        for payment in reversed(payments):
            if left <= Money.zero(order.currency):
                break
            if payment.order_id == order_id and payment.state == "captured":
                refund = owe_refund(payment, left, "price_changed")
                left = left - refund.amount if refund is not None else left


def _locked(order_ids: Iterable[uuid.UUID]) -> Sequence[Payment]:
    """All payments of the orders, before anything of the orders themselves: that is the order of locks."""
    wanted = (
        select(Payment)
        .where(Payment.order_id.in_(set(order_ids)))
        .order_by(Payment.id)
        .with_for_update(key_share=True)
    )
    return session().scalars(wanted.execution_options(populate_existing=True)).all()


def _on_its_way(order: Order) -> Money:
    """Differences promised before and not booked yet."""
    promised = session().scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.order_id == order.id,
            Refund.why == "price_changed",
            Refund.state.in_(("owed", "requested")),
        )
    )
    return Money(int(promised or 0), order.currency)


def _by_hand(recorded: Recorded[OrderCancelled], order: Order) -> None:
    """What came by bank transfer goes back by transfer: a person does it."""
    came = Money.total(
        (receipt.amount for receipt in order.receipts() if receipt.method == "bank_transfer"), order.currency
    )
    if came:
        order.note_refund(f"transfer-{order.public_id}", came, "by_hand", recorded.at)


def _stop_paying(payments: Sequence[Payment]) -> None:
    """Balances being paid at this moment are over: the sweep closes the page, or gives back what came through."""
    for payment in payments:
        if payment.is_live and payment.purpose == "balance":
            payment.note("stop_asked")
            payment.look_at = clock.now()


def forget_who_never_ordered(events: Sequence[Recorded[AccountClosed]]) -> None:
    """Contacts of a deleted account go, unless an order, or a payment under way, needs them."""
    closed = [(customer_id, recorded.at) for recorded in events for customer_id in recorded.event.record_ids]
    ids = [customer_id for customer_id, _ in closed]
    ordered = select(Order.customer_id).where(Order.customer_id.in_(ids))
    paying = select(Cart.customer_id).where(Cart.customer_id.in_(ids), Cart.state == "paying")
    needed = set(session().scalars(ordered.union(paying)))
    for customer_id, at in closed:
        if customer_id not in needed:
            account.take_leave(customer_id, at)
