"""Letters that follow what happened to an order."""

import uuid
from collections.abc import Sequence

from app import deliveries
from app.events import Recorded
from orders.events import HandoverMoved, OrderHandedOver, OrderPlaced


def confirm_orders(events: Sequence[Recorded[OrderPlaced]]) -> None:
    for placed in events:
        _queue("orders.confirmation", placed.event.order_id, placed.event.customer_id)


def note_handovers(events: Sequence[Recorded[OrderHandedOver]]) -> None:
    for done in events:
        _queue("orders.handed_over", done.event.order_id, done.event.customer_id)


def tell_moved_handovers(events: Sequence[Recorded[HandoverMoved]]) -> None:
    for moved in events:
        _queue("orders.handover_moved", moved.event.order_id, moved.event.customer_id, moved.event.change_id)


def _queue(kind: str, order_id: uuid.UUID, customer_id: uuid.UUID, occasion: uuid.UUID | None = None) -> None:
    """Once per order, or per occasion where there may be several."""
    deliveries.queue(
        kind,
        recipient_key=f"customer:{customer_id}",
        subject_id=order_id,
        payload={"order_id": str(order_id)},
        key=f"{kind}:{occasion or order_id}",
        group=f"order:{order_id}",
    )
