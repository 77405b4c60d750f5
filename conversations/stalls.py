"""Somebody is here and stuck: the stall, who attends where, and the help that is offered once.

open -> offered (a person of the house has offered help) -> helped (it was taken) or gone (went on, ordered, left).
A stall is no lead. It becomes one when the help is taken, or when the cart is left, by the rules of those.
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, Model, session
from app.ids import public_id

REASONS = ("no_progress", "refused_field", "declined", "back_and_forth", "empty_search")
STATES = ("open", "offered", "helped", "gone")
OUTCOMES = ("went_on", "ordered", "left", "helped")
OFFER_STATES = ("waiting", "shown", "taken", "dismissed", "lapsed")
LIVE = ("open", "offered")

AT_DESK_FOR = timedelta(seconds=75)
"""How long after the console last looked its reader counts as present."""
NOTED_EVERY = timedelta(seconds=20)


class Stall(IdModel):
    __table_args__ = (
        CheckConstraint(f"reason IN {REASONS}", name="reason"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(state IN ('helped', 'gone')) = (closed_at IS NOT NULL)", name="closed_somewhen"),
        Index(
            "uq_stall_visitor_id_live",
            "visitor_id",
            unique=True,
            postgresql_where="state IN ('open', 'offered')",
        ),
        Index("ix_stall_visitor", "visitor_id", "since"),
        Index("ix_stall_cart_id", "cart_id"),
        Index("ix_stall_closed", "closed_at"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    visitor_id: Mapped[uuid.UUID]
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    step: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str | None]
    """The field's name, or the bank's code."""
    times: Mapped[int] = mapped_column(server_default="1", default=1)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    language: Mapped[str]
    device: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="open", default="open")
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conversation.id"))

    @classmethod
    def locked(cls, stall_id: uuid.UUID) -> Self:
        found = select(cls).where(cls.id == stall_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def close(self, outcome: str, at: datetime) -> None:
        self.state = "helped" if outcome == "helped" else "gone"
        self.outcome, self.closed_at = outcome, at


class Attendance(Model):
    """Where a visitor is: their page says so every half minute while it is looked at."""

    __table_args__ = (Index("ix_attendance_seen", "seen_at"),)

    visitor_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    step: Mapped[str]
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    language: Mapped[str]
    device: Mapped[str]
    arrived_at: Mapped[datetime]
    """At this step."""
    seen_at: Mapped[datetime]
    quiet_until: Mapped[datetime | None]
    """Help was declined: none is offered before."""

    @classmethod
    def note(
        cls,
        visitor_id: uuid.UUID,
        cart_id: uuid.UUID | None,
        step: str,
        market_key: str,
        language: str,
        device: str,
        at: datetime,
    ) -> None:
        """One statement; the step's clock runs on while the step stays the same."""
        fresh = insert(cls).values(
            visitor_id=visitor_id,
            cart_id=cart_id,
            step=step,
            market_key=market_key,
            language=language,
            device=device,
            arrived_at=at,
            seen_at=at,
        )
        arrived = func.coalesce(
            select(cls.arrived_at).where(cls.visitor_id == visitor_id, cls.step == step).scalar_subquery(),
            at,
        )
        told = {
            name: fresh.excluded[name] for name in ("cart_id", "step", "market_key", "language", "device")
        }
        session().execute(
            fresh.on_conflict_do_update(
                index_elements=["visitor_id"], set_={**told, "seen_at": at, "arrived_at": arrived}
            )
        )

    @classmethod
    def silence(cls, visitor_id: uuid.UUID, until: datetime) -> None:
        session().execute(update(cls).where(cls.visitor_id == visitor_id).values(quiet_until=until))


class HelpOffer(IdModel):
    """waiting -> shown (once) -> taken or dismissed; or lapsed, when nobody came to see it."""

    __table_args__ = (
        CheckConstraint(f"state IN {OFFER_STATES}", name="state"),
        Index(
            "uq_help_offer_visitor_id_step",
            "visitor_id",
            "step",
            unique=True,
            postgresql_where="state <> 'lapsed'",
        ),
        Index("ix_help_offer_stall_id", "stall_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    stall_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stall.id"))
    visitor_id: Mapped[uuid.UUID]
    step: Mapped[str]
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    """Who is named in it and will answer."""
    is_automatic: Mapped[bool] = mapped_column(server_default="false", default=False)
    state: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    offered_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    @classmethod
    def newest_of(cls, stall_id: uuid.UUID) -> Self | None:
        """What was offered last for this stall and not taken back unseen."""
        made = select(cls).where(cls.stall_id == stall_id, cls.state != "lapsed")
        return session().scalars(made.order_by(cls.offered_at.desc()).limit(1)).one_or_none()

    @classmethod
    def locked_of(cls, public: str, visitor_id: uuid.UUID | None) -> Self | None:
        """The visitor's own, under its lock."""
        if visitor_id is None:
            return None
        mine = (
            select(cls)
            .where(cls.public_id == public, cls.visitor_id == visitor_id)
            .with_for_update(key_share=True)
        )
        return session().scalars(mine.execution_options(populate_existing=True)).one_or_none()


class DeskPresence(Model):
    """Who has the console open, to the half minute."""

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    seen_at: Mapped[datetime]

    @classmethod
    def note(cls, staff_id: uuid.UUID, at: datetime) -> None:
        fresh = insert(cls).values(staff_id=staff_id, seen_at=at)
        session().execute(
            fresh.on_conflict_do_update(
                index_elements=["staff_id"], set_={"seen_at": at}, where=cls.seen_at < at - NOTED_EVERY
            )
        )


class StallPolicy(Model):
    """What the business may change about stalls and offers; `automatic` is 0 or 1, the rest by its name's unit."""

    __table_args__ = (CheckConstraint("number >= 0", name="number"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


POLICIES = {
    "automatic": 1,
    "no_progress_s": 90,
    "refusals": 2,
    "declines": 2,
    "returns": 3,
    "empty_searches": 2,
    "silence_days": 7,
    "talks_per_agent": 4,
}
"""What holds where the table has no row."""


def policies() -> dict[str, int]:
    return {**POLICIES, **{row.name: row.number for row in session().scalars(select(StallPolicy))}}
