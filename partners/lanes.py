"""The lanes of a dealer's day: bays for handovers, vans for deliveries, places where cars are prepared."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import ids
from app.db import IdModel, session
from app.i18n import localized

BAY, VAN, PREPARATION = "bay", "van", "preparation"
KINDS = (BAY, VAN, PREPARATION)

LONGEST_REASON = 120

USUAL: Sequence[tuple[str, str, str]] = (
    (BAY, "Bay 1", "交付间 1"),
    (BAY, "Bay 2", "交付间 2"),
    (VAN, "Van A", "上门 A 车"),
    (VAN, "Van B", "上门 B 车"),
    (PREPARATION, "Preparation", "整备工位"),
)
"""What a dealer begins with; vans only where it drives cars to the door."""


class Lane(IdModel):
    """One thing after the other happens here. `position` is its place on the dealer's board."""

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        UniqueConstraint("recipient_id", "position"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    kind: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str]
    position: Mapped[int]
    retired_at: Mapped[datetime | None]
    """Nothing is planned into it any more; the days before keep it."""

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)


class LaneClosure(IdModel):
    """A time in which nothing happens in a lane, and why; lifted, it counts for nothing."""

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint(f"char_length(reason) BETWEEN 1 AND {LONGEST_REASON}", name="reason"),
        Index("ix_lane_closure_lane_id_ends_at", "lane_id", "ends_at", postgresql_where="lifted_at IS NULL"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    lane_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lane.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    closed_at: Mapped[datetime]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))


def add_usual(recipient_id: uuid.UUID, home_delivery: bool) -> None:
    """The lanes that a dealer begins with; those it has stay as they are."""
    session().execute(
        insert(Lane)
        .values(
            [
                {
                    "id": ids.uuid7(),
                    "public_id": ids.public_id(),
                    "recipient_id": recipient_id,
                    "kind": kind,
                    "name": name,
                    "name_zh": name_zh,
                    "position": position,
                }
                for position, (kind, name, name_zh) in enumerate(USUAL, start=1)
                if kind != VAN or home_delivery
            ]
        )
        .on_conflict_do_nothing(index_elements=["recipient_id", "position"])
    )
