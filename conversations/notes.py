"""What staff tell each other in a thread; the buyer never sees it, and no letter carries it."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session

LONGEST = 2000


class PrivateNote(IdModel):
    __table_args__ = (
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST}", name="body"),
        UniqueConstraint("conversation_id", "client_key"),
    )

    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    client_key: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    body: Mapped[str]
    at: Mapped[datetime]


def of(conversation_id: uuid.UUID) -> Sequence[PrivateNote]:
    wanted = select(PrivateNote).where(PrivateNote.conversation_id == conversation_id)
    return session().scalars(wanted.order_by(PrivateNote.id)).all()


def write(
    conversation_id: uuid.UUID, staff_id: uuid.UUID, body: str, client_key: uuid.UUID, at: datetime
) -> tuple[PrivateNote, bool]:
    """The same key is the same note; tells whether it is new. The conversation's row must be locked."""
    same = select(PrivateNote).where(
        PrivateNote.conversation_id == conversation_id, PrivateNote.client_key == client_key
    )
    before = session().scalars(same).one_or_none()
    if before is not None:
        return before, False
    note = PrivateNote(
        conversation_id=conversation_id, client_key=client_key, staff_id=staff_id, body=body, at=at
    )
    session().add(note)
    session().flush()
    return note, True
