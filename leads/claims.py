"""What a recipient says it did, for the buyer to confirm with one tap: it called at 10:40. Right?"""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.ids import public_id

ANSWERS = ("yes", "no")


class ContactClaim(IdModel):
    """Once answered it stays. One question at a time about a lead."""

    __table_args__ = (
        CheckConstraint(f"answer IN {ANSWERS}", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_somewhen"),
        Index("uq_contact_claim_open", "lead_id", unique=True, postgresql_where="answer IS NULL"),
        Index("ix_contact_claim_lead_id", "lead_id", "claimed_at"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    contacted_at: Mapped[datetime]
    """When the person was reached, as the recipient tells."""
    claimed_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    @classmethod
    def of_public_id(cls, value: str) -> "ContactClaim | None":
        return session().scalars(select(cls).where(cls.public_id == value)).one_or_none()

    @classmethod
    def open_of(cls, lead_id: uuid.UUID) -> "ContactClaim | None":
        wanted = select(cls).where(cls.lead_id == lead_id, cls.answer.is_(None))
        return session().scalars(wanted).one_or_none()
