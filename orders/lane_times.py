"""What a person planned for an order in a lane: where its handover is, and when and where its car is prepared."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import ids
from app.db import IdModel, session
from app.events import Actor

HANDOVER, PREPARATION = "handover", "preparation"
WORKS = (HANDOVER, PREPARATION)


class LaneTime(IdModel):
    """One row per order and kind of work. A lane that was chosen for a handover counts for that time only: when the
    handover moves to another time, the choice lapses.
    """

    __table_args__ = (
        CheckConstraint(f"work IN ({', '.join(repr(work) for work in WORKS)})", name="work"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        UniqueConstraint("order_id", "work"),
        Index("ix_lane_time_lane_id_starts_at", "lane_id", "starts_at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    work: Mapped[str]
    lane_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lane.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]


def write(
    order_id: uuid.UUID,
    work: str,
    lane_id: uuid.UUID,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
) -> None:
    """The later word counts."""
    told = {
        "lane_id": lane_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
    }
    session().execute(
        insert(LaneTime)
        .values(id=ids.uuid7(), order_id=order_id, work=work, **told)
        .on_conflict_do_update(index_elements=["order_id", "work"], set_=told)
    )


def of(order_id: uuid.UUID, work: str) -> LaneTime | None:
    wanted = select(LaneTime).where(LaneTime.order_id == order_id, LaneTime.work == work)
    return session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def drop(order_id: uuid.UUID, work: str) -> bool:
    """Tells whether there was anything."""
    gone = delete(LaneTime).where(LaneTime.order_id == order_id, LaneTime.work == work).returning(LaneTime.id)
    return bool(session().scalars(gone).all())
