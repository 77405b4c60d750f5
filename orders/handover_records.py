"""What is written down around a handover: the dealer's answer, tasks, notes, photos, signatures, the way to the door."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app import ids
from app.db import IdModel, session
from orders.records import one_of

WAITING = "waiting"
ACCEPTED = "accepted"
DECLINED = "declined"
MOVED = "moved"
ANSWERS = (WAITING, ACCEPTED, DECLINED)
REASONS = ("no_capacity", "wrong_place", "not_by_the_day", "other")

BUYER = "buyer"
DEALER = "dealer"
SIDES = (BUYER, DEALER)

WORKSHOP = "workshop"
DOOR = "door"
PHOTO_PLACES = (WORKSHOP, "handover", DOOR)

MOST_NOTE_CHARACTERS = 4_000
MOST_TRIES = 5
LONGEST_EDGE_PX = 2_000


class OrderAnswer(IdModel):
    """What a dealer said to an order that it was given, and who gave it to another one; rows are only added."""

    __table_args__ = (
        CheckConstraint(one_of("answer", (ACCEPTED, DECLINED, MOVED)), name="answer"),
        CheckConstraint(f"reason IS NULL OR {one_of('reason', REASONS)}", name="reason"),
        CheckConstraint("(answer = 'declined') = (reason IS NOT NULL)", name="a_no_has_its_reason"),
        Index("ix_order_answer_order", "order_id", "at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    """Whose answer it is; of a moved order, who has it now."""
    answer: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]


class OrderTask(IdModel):
    """Something to do on this car beside the checklist; while one is open the car is not ready."""

    __table_args__ = (
        CheckConstraint("char_length(what) BETWEEN 1 AND 200", name="what"),
        Index("ix_order_task_order", "order_id"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    what: Mapped[str]
    for_staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_actor_kind: Mapped[str | None]
    done_actor_id: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        return self.done_at is None


class OrderNote(IdModel):
    """What somebody of the staff wrote about an order, for the house only; rows are only added."""

    __table_args__ = (
        CheckConstraint(f"char_length(body) BETWEEN 1 AND {MOST_NOTE_CHARACTERS}", name="body"),
        Index("ix_order_note_order", "order_id", "at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    body: Mapped[str]


class OrderPhoto(IdModel):
    """A picture of the car, as JPEG without what the camera wrote into it. With the order in the database, so that a
    backup of one is a backup of both.
    """

    __table_args__ = (
        CheckConstraint(one_of("place", PHOTO_PLACES), name="place"),
        CheckConstraint(
            f"width_px BETWEEN 1 AND {LONGEST_EDGE_PX} AND height_px BETWEEN 1 AND {LONGEST_EDGE_PX}",
            name="size",
        ),
        Index("ix_order_photo_order", "order_id", "at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    place: Mapped[str]
    """Where it was taken: workshop, handover, or door (the proof of a delivery)."""
    for_buyer: Mapped[bool] = mapped_column(server_default="false")
    width_px: Mapped[int]
    height_px: Mapped[int]
    picture: Mapped[bytes] = mapped_column(deferred=True)
    thumbnail: Mapped[bytes] = mapped_column(deferred=True)


class Signature(IdModel):
    """One side's signature under the handover: drawn, as strokes of points, or the full name typed."""

    __table_args__ = (
        CheckConstraint(one_of("side", SIDES), name="side"),
        CheckConstraint("way IN ('drawn', 'typed')", name="way"),
        CheckConstraint("(way = 'drawn') = (strokes IS NOT NULL)", name="drawn_has_strokes"),
        UniqueConstraint("order_id", "side"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    side: Mapped[str]
    way: Mapped[str]
    name: Mapped[str]
    strokes: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Strokes of [x, y] in the field of ink.Ink."""
    signed_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]


class DoorRun(IdModel):
    """A drive to the buyer's door. on its way -> arrived, by the code or with a reason; or turned back.

    The code is not kept: it follows from the row and the house's key, and is compared by its keyed hash.
    """

    __table_args__ = (
        CheckConstraint(f"wrong_tries BETWEEN 0 AND {MOST_TRIES}", name="wrong_tries"),
        CheckConstraint("proof IN ('code', 'reason')", name="proof"),
        CheckConstraint("(arrived_at IS NULL) = (proof IS NULL)", name="an_arrival_has_its_proof"),
        CheckConstraint("arrived_at IS NULL OR turned_back_at IS NULL", name="arrived_or_turned_back"),
        Index("uq_door_run_order_id", "order_id", unique=True, postgresql_where="turned_back_at IS NULL"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    set_off_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    nonce: Mapped[bytes]
    code_hash: Mapped[bytes]
    wrong_tries: Mapped[int] = mapped_column(server_default="0", default=0)
    arrived_at: Mapped[datetime | None]
    proof: Mapped[str | None]
    why: Mapped[str | None]
    """Why without the code, or why it turned back; for the house only."""
    turned_back_at: Mapped[datetime | None]

    @property
    def is_on_its_way(self) -> bool:
        return self.arrived_at is None and self.turned_back_at is None

    @property
    def tries_left(self) -> int:
        return MOST_TRIES - self.wrong_tries


def signatures_of(order_id: uuid.UUID) -> dict[str, Signature]:
    """By side."""
    rows = session().scalars(
        select(Signature).where(Signature.order_id == order_id).execution_options(populate_existing=True)
    )
    return {row.side: row for row in rows}


def run_of(order_id: uuid.UUID) -> DoorRun | None:
    """The drive under way or arrived; not those that turned back."""
    wanted = select(DoorRun).where(DoorRun.order_id == order_id, DoorRun.turned_back_at.is_(None))
    return session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def open_tasks(order_id: uuid.UUID) -> Sequence[OrderTask]:
    wanted = select(OrderTask).where(OrderTask.order_id == order_id, OrderTask.done_at.is_(None))
    return session().scalars(wanted.order_by(OrderTask.id)).all()


def photo_count(order_id: uuid.UUID, *places: str) -> int:
    wanted = select(func.count()).where(OrderPhoto.order_id == order_id)
    if places:
        wanted = wanted.where(OrderPhoto.place.in_(places))
    return session().scalar(wanted) or 0


def shown_photos(order_id: uuid.UUID) -> Sequence[str]:
    """Public ids of the photos that the buyer sees."""
    wanted = select(OrderPhoto.public_id).where(OrderPhoto.order_id == order_id, OrderPhoto.for_buyer)
    return session().scalars(wanted.order_by(OrderPhoto.at, OrderPhoto.id)).all()
