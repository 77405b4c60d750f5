"""What a partner reported of a lead, once per key of its own."""

import uuid

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel


class OutcomeReport(IdModel):
    """`fingerprint` is of the number and the body told with the key: the key with another body is no repeat."""

    __table_args__ = (UniqueConstraint("recipient_id", "idempotency_key"),)

    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    idempotency_key: Mapped[str]
    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"), index=True)
    outcome: Mapped[str]
    fingerprint: Mapped[bytes]
    signed: Mapped[bytes | None] = mapped_column(index=True)
    """Digest of what the sender signed: id, timestamp and body. The number is not in it, so it counts for one lead."""
