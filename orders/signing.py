"""Both sides sign under a handover, once everything else on its list is closed."""

from datetime import datetime

from app.db import session
from app.events import Actor, record
from app.i18n import translate
from orders import checklist, handover_records, statuses
from orders.checklist import SIGNATURES
from orders.handover_events import HandoverSigned, ids_of
from orders.handover_records import Signature
from orders.ink import Ink
from orders.order import Order
from orders.refusals import AlreadySigned, ChecklistOpen, OrderClosed


def sign(order: Order, side: str, name: str, ink: Ink | None, actor: Actor, at: datetime) -> Signature:
    """Without ink the name, typed in full, is the signature. The second one closes the point of the checklist.

    The caller holds the order's lock. Raises OrderClosed, AlreadySigned, and ChecklistOpen while something that is
    signed for is open.
    """
    if not order.is_open:
        raise OrderClosed(status=statuses.told(order.status))
    known = handover_records.signatures_of(order.id).get(side)
    if known is not None:
        raise AlreadySigned(name=known.name)
    _refuse_open(order)
    row = Signature(
        order_id=order.id,
        side=side,
        way="typed" if ink is None else "drawn",
        name=name,
        strokes=None if ink is None else ink.kept,
        signed_at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    session().add(row)
    session().flush()
    record(
        HandoverSigned(
            **ids_of(order),
            side=side,
        ),
        actor,
        at,
    )
    order.close_signed(actor, at)
    return row


def _refuse_open(order: Order) -> None:
    rows = order.checklist()
    open_keys = [key for key, row in rows.items() if row.is_open and key != SIGNATURES]
    missing = checklist.missing_before_handover(open_keys)
    if missing:
        raise ChecklistOpen(items=translate(", ").join(translate(item.name) for item in missing))
