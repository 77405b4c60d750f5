"""A dealer's answer to an order: accepted or declined with a reason, in its own opening hours.

What is declined waits for the house, which gives it to another dealer (`rehoming`).
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from app import live
from app.db import session
from app.events import Actor, record
from app.i18n import N_, translate
from orders import board_room
from orders.handover_events import OrderAccepted, OrderDeclined, ids_of
from orders.handover_records import ACCEPTED, DECLINED, MOVED, WAITING, OrderAnswer
from orders.refusals import AnswerGiven, DealerDeclined, NoteNeeded
from partners import queries
from partners.models import Recipient

ANSWER_WITHIN = timedelta(hours=4)
"""Of the dealer's open time."""

REASONS: Mapping[str, str] = {
    "no_capacity": N_("No capacity"),
    "wrong_place": N_("Wrong place"),
    "not_by_the_day": N_("Cannot prepare it by the day"),
    "other": N_("Another reason"),
}
NAMES: Mapping[str, str] = {
    WAITING: N_("not answered"),
    ACCEPTED: N_("accepted"),
    DECLINED: N_("declined"),
}


class Answered(Protocol):
    """The part of an order that its answer needs."""

    id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None
    answer: str
    answer_due_at: datetime | None


def ask(order: Answered, at: datetime) -> None:
    """The order waits for the answer of the dealer that has it."""
    dealer = session().get(Recipient, order.recipient_id) if order.recipient_id else None
    if dealer is None:
        return
    order.answer = WAITING
    order.answer_due_at = queries.week_of(dealer).add_open(at, ANSWER_WITHIN)
    board_room.ring(dealer.id)


def accept(order: Answered, actor: Actor, at: datetime) -> None:
    """A repeat changes nothing. Raises DealerDeclined. The caller holds the order's lock."""
    if order.answer == DECLINED:
        raise DealerDeclined()
    if order.answer == ACCEPTED or order.recipient_id is None:
        return
    order.answer, order.answer_due_at = ACCEPTED, None
    write(order, order.recipient_id, ACCEPTED, actor, at)
    record(
        OrderAccepted(
            **ids_of(order),
        ),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)


def decline(order: Answered, reason: str, note: str | None, actor: Actor, at: datetime) -> None:
    """The house must act now. Raises AnswerGiven, and NoteNeeded for another reason without words."""
    if order.answer != WAITING or order.recipient_id is None:
        raise AnswerGiven(answer=translate(NAMES[order.answer]))
    if reason == "other" and not note:
        raise NoteNeeded()
    order.answer, order.answer_due_at = DECLINED, None
    write(order, order.recipient_id, DECLINED, actor, at, reason, note)
    record(
        OrderDeclined(
            **ids_of(order),
            reason=reason,
        ),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)
    live.ring(live.room("desk", "house"), "declined")


def write(
    order: Answered,
    recipient_id: uuid.UUID,
    answer: str,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    note: str | None = None,
) -> OrderAnswer:
    row = OrderAnswer(
        order_id=order.id,
        recipient_id=recipient_id,
        answer=answer,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        reason=reason,
        note=note,
    )
    session().add(row)
    session().flush()
    return row


def reason_needed() -> str:
    return translate(N_("Choose the reason."))


def told(row: OrderAnswer) -> str:
    """The answer in words, with its reason."""
    if row.answer == MOVED:
        return translate(N_("got the order"))
    words = translate(NAMES[row.answer])
    return (
        translate(N_("%(answer)s: %(reason)s"), answer=words, reason=translate(REASONS[row.reason]))
        if row.reason
        else words
    )
