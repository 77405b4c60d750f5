"""A conversation given to a dealer, with the reason and what has been said so far in short.

asking (the buyer is asked whether the dealer may know) -> done, declined by the buyer, or withdrawn by the desk.
Whoever agreed before is not asked again.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.i18n import N_
from app.ids import public_id

REASONS = {
    "test_drive": N_("Wants to drive"),
    "stock": N_("A car that stands there"),
    "used_car": N_("Has a car to sell"),
    "handover": N_("About the handover"),
    "finance": N_("Finance or trade terms"),
    "other": N_("Something else"),
}
STATES = ("asking", "done", "declined", "withdrawn")


class HandOver(IdModel):
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"reason IN {tuple(REASONS)}", name="reason"),
        CheckConstraint("state <> 'done' OR consent_id IS NOT NULL", name="done_under_a_consent"),
        CheckConstraint("(state = 'asking') = (decided_at IS NULL)", name="decided_somewhen"),
        UniqueConstraint("conversation_id", "client_key"),
        Index(
            "uq_hand_over_conversation_id_asking",
            "conversation_id",
            unique=True,
            postgresql_where="state = 'asking'",
        ),
        Index("ix_hand_over_recipient_id", "recipient_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    client_key: Mapped[uuid.UUID]
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str]
    summary: Mapped[str]
    state: Mapped[str]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent.id"))
    decided_at: Mapped[datetime | None]

    @classmethod
    def asked_in(cls, conversation_id: uuid.UUID) -> Self | None:
        """The one that waits for the buyer's word."""
        wanted = select(cls).where(cls.conversation_id == conversation_id, cls.state == "asking")
        return session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()

    @classmethod
    def of(cls, conversation_id: uuid.UUID) -> Sequence[Self]:
        """All of a conversation, the newest first."""
        wanted = select(cls).where(cls.conversation_id == conversation_id)
        return session().scalars(wanted.order_by(cls.id.desc())).all()
