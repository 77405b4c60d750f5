"""Notes on an order: who wrote what and when. Written once, never changed, for the house only."""

from datetime import datetime

from app.db import session
from app.events import Actor, record
from orders import board_room
from orders.handover_events import NoteWritten, ids_of
from orders.handover_records import OrderNote
from orders.order import Order


def write(order: Order, body: str, actor: Actor, at: datetime) -> OrderNote:
    """`body` comes from forms.WriteNote, which bounds it."""
    row = OrderNote(order_id=order.id, at=at, actor_kind=actor.kind, actor_id=actor.id, body=body)
    session().add(row)
    session().flush()
    record(
        NoteWritten(
            **ids_of(order),
            note_id=row.id,
        ),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)
    return row
