"""What happened on the way to a handover: ids and states; what people wrote stays with the order."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, TypedDict

from app.events import Event
from app.i18n import _


class Ordered(Protocol):
    """The part of an order that its events name."""

    id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None


class Ids(TypedDict):
    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None


def ids_of(order: Ordered) -> Ids:
    return {
        "order_id": order.id,
        "customer_id": order.customer_id,
        "visitor_id": order.visitor_id,
        "recipient_id": order.recipient_id,
    }


@dataclass(frozen=True, kw_only=True)
class OfOrder(Event):
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class OrderAccepted(OfOrder):
    type: ClassVar[str] = "orders.order_accepted"

    def sentence(self) -> str:
        return _("The dealer accepted the order")


@dataclass(frozen=True, kw_only=True)
class OrderDeclined(OfOrder):
    """It waits for the house now. `reason` is a code."""

    type: ClassVar[str] = "orders.order_declined"

    reason: str

    def sentence(self) -> str:
        return _("The dealer cannot do the order; the house looks for another one")


@dataclass(frozen=True, kw_only=True)
class OrderMovedToDealer(OfOrder):
    """`recipient_id` has it now, `from_recipient_id` had it before. starts_at is None while no time is agreed."""

    type: ClassVar[str] = "orders.order_moved_to_dealer"

    from_recipient_id: uuid.UUID
    answer_id: uuid.UUID
    starts_at: datetime | None

    def sentence(self) -> str:
        return _("Another dealer has the order")


@dataclass(frozen=True, kw_only=True)
class TaskAdded(OfOrder):
    type: ClassVar[str] = "orders.task_added"

    task_id: uuid.UUID

    def sentence(self) -> str:
        return _("Something to do was added")


@dataclass(frozen=True, kw_only=True)
class TaskDone(OfOrder):
    type: ClassVar[str] = "orders.task_done"

    task_id: uuid.UUID

    def sentence(self) -> str:
        return _("A task was done")


@dataclass(frozen=True, kw_only=True)
class TaskReopened(OfOrder):
    type: ClassVar[str] = "orders.task_reopened"

    task_id: uuid.UUID

    def sentence(self) -> str:
        return _("A task was opened again")


@dataclass(frozen=True, kw_only=True)
class NoteWritten(OfOrder):
    type: ClassVar[str] = "orders.note_written"

    note_id: uuid.UUID

    def sentence(self) -> str:
        return _("A note was written")


@dataclass(frozen=True, kw_only=True)
class PhotoAdded(OfOrder):
    type: ClassVar[str] = "orders.photo_added"

    photo_id: uuid.UUID
    place: str

    def sentence(self) -> str:
        return _("A photo was added")


@dataclass(frozen=True, kw_only=True)
class PhotoRemoved(OfOrder):
    type: ClassVar[str] = "orders.photo_removed"

    photo_id: uuid.UUID

    def sentence(self) -> str:
        return _("A photo was removed")


@dataclass(frozen=True, kw_only=True)
class PhotoShown(OfOrder):
    """To the buyer, or not any more."""

    type: ClassVar[str] = "orders.photo_shown"

    photo_id: uuid.UUID
    for_buyer: bool

    def sentence(self) -> str:
        if self.for_buyer:
            return _("A photo was shown to the buyer")
        return _("A photo was taken from the buyer’s page")


@dataclass(frozen=True, kw_only=True)
class HandoverSigned(OfOrder):
    type: ClassVar[str] = "orders.handover_signed"

    side: str

    def sentence(self) -> str:
        return _("The buyer signed") if self.side == "buyer" else _("The dealer signed")


@dataclass(frozen=True, kw_only=True)
class SignaturesVoided(OfOrder):
    """What they had signed changed; both sign again."""

    type: ClassVar[str] = "orders.signatures_voided"

    def sentence(self) -> str:
        return _("The signatures were taken back")


@dataclass(frozen=True, kw_only=True)
class CarOnTheWay(OfOrder):
    type: ClassVar[str] = "orders.car_on_the_way"

    run_id: uuid.UUID
    expected_at: datetime

    def sentence(self) -> str:
        return _("The car set off for the buyer’s door")


@dataclass(frozen=True, kw_only=True)
class ArrivalCodeRefused(OfOrder):
    type: ClassVar[str] = "orders.arrival_code_refused"

    run_id: uuid.UUID
    wrong_tries: int

    def sentence(self) -> str:
        return _("A wrong arrival code was entered")


@dataclass(frozen=True, kw_only=True)
class CarArrived(OfOrder):
    """At the door. proof: code, or reason when it was handed over without one."""

    type: ClassVar[str] = "orders.car_arrived"

    run_id: uuid.UUID
    proof: str

    def sentence(self) -> str:
        return _("The car arrived at the buyer’s door")


@dataclass(frozen=True, kw_only=True)
class CarTurnedBack(OfOrder):
    type: ClassVar[str] = "orders.car_turned_back"

    run_id: uuid.UUID

    def sentence(self) -> str:
        return _("The car turned back")


HEARD = (CarOnTheWay, OrderMovedToDealer)
"""The buyer is written to; the others are on record."""
ALL = (
    ArrivalCodeRefused,
    CarArrived,
    CarOnTheWay,
    CarTurnedBack,
    HandoverSigned,
    NoteWritten,
    OrderAccepted,
    OrderDeclined,
    OrderMovedToDealer,
    PhotoAdded,
    PhotoRemoved,
    PhotoShown,
    SignaturesVoided,
    TaskAdded,
    TaskDone,
    TaskReopened,
)
