"""What went wrong between the house and a recipient: one row from the first failure until it is over."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.ids import uuid7

KINDS = ("gone", "dead")
CHANNELS = ("mail", "webhook")


class RecipientIncident(IdModel):
    """gone: its webhook answered 410 and is switched off. dead: something for it was given up after its last try."""

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        Index(
            "uq_recipient_incident_open",
            "recipient_id",
            "kind",
            "channel",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    told: Mapped[bool] = mapped_column(server_default="false", default=False)
    """Whether its contact was written to; without one somebody has to call."""


def begin(recipient_id: uuid.UUID, kind: str, channel: str, at: datetime) -> RecipientIncident | None:
    """None when the same trouble goes on already: it is told once."""
    made = session().scalars(
        insert(RecipientIncident)
        .values(id=uuid7(), recipient_id=recipient_id, kind=kind, channel=channel, began_at=at)
        .on_conflict_do_nothing()
        .returning(RecipientIncident)
    )
    return made.one_or_none()


def end(recipient_id: uuid.UUID, at: datetime, kind: str | None = None, channel: str | None = None) -> int:
    """Tells how many were still open."""
    over = update(RecipientIncident).where(
        RecipientIncident.recipient_id == recipient_id, RecipientIncident.ended_at.is_(None)
    )
    if kind is not None:
        over = over.where(RecipientIncident.kind == kind)
    if channel is not None:
        over = over.where(RecipientIncident.channel == channel)
    done = session().execute(over.values(ended_at=at).execution_options(synchronize_session="fetch"))
    return int(done.rowcount)  # type: ignore[attr-defined]


def open_ones(recipient_id: uuid.UUID | None = None) -> Sequence[RecipientIncident]:
    """Of one recipient, or of all; the oldest first."""
    wanted = select(RecipientIncident).where(RecipientIncident.ended_at.is_(None))
    if recipient_id is not None:
        wanted = wanted.where(RecipientIncident.recipient_id == recipient_id)
    return session().scalars(wanted.order_by(RecipientIncident.began_at, RecipientIncident.id)).all()
