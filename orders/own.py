"""The order that somebody of a dealer has in hand: theirs when they ask for it, and still when its lock is theirs."""

from app.access import require_recipient
from orders.order import Order
from orders.refusals import OrderNotFound


def locked(public_id: str) -> Order:
    """Raises OrderNotFound, also when it went to another dealer while this one waited for the lock."""
    found = Order.by_public_id(public_id)
    require_recipient(found.recipient_id, OrderNotFound)
    mine = Order.locked(found.id)
    require_recipient(mine.recipient_id, OrderNotFound)
    return mine
