"""What people write down about a lead while they work it; rows are only added."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel
from leads.touch_words import TOUCHES


class LeadNote(IdModel):
    """A note for the team; the same form sent twice is one note."""

    __table_args__ = (
        UniqueConstraint("lead_id", "client_key"),
        Index("ix_lead_note_lead_id", "lead_id", "at"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str]
    client_key: Mapped[uuid.UUID]
    at: Mapped[datetime]


class LeadTouch(IdModel):
    """How one try to reach somebody went."""

    __table_args__ = (
        CheckConstraint(f"code IN {TOUCHES}", name="code"),
        Index("ix_lead_touch_lead_id", "lead_id", "at"),
        Index("ix_lead_touch_suggested", "suggested", "at"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    code: Mapped[str]
    suggested: Mapped[str]
    """Key of the step that was advised when it was done; what the advice is worth is counted from these."""
    at: Mapped[datetime]


class LeadLink(IdModel):
    """One lead put behind another, or taken out from behind it, by hand; `together` names all that one press moved."""

    __table_args__ = (
        Index("ix_lead_link_lead_id", "lead_id", "at"),
        Index("ix_lead_link_together", "together"),
    )

    together: Mapped[uuid.UUID]
    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    before_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("lead.id"))
    primary_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("lead.id"))
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
