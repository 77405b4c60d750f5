"""Call-backs: who is to be called, by when, and what became of each try.

open -> closed with an outcome. One open request a conversation, whoever presses what twice; three tries at most.
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.i18n import N_
from app.ids import public_id
from conversations.refusals import CallNotFound

DISPOSITIONS = {
    "reached": N_("Reached"),
    "no_answer": N_("No answer"),
    "voicemail": N_("Left a voicemail"),
    "wrong_number": N_("Wrong number"),
    "do_not_call": N_("Does not want calls"),
    "new_time": N_("Another time agreed"),
}
OUTCOMES = {
    "reached": N_("Reached"),
    "not_reached": N_("Not reached in three tries"),
    "wrong_number": N_("Wrong number"),
    "do_not_call": N_("Does not want calls"),
    "withdrawn": N_("Not wanted any more"),
}
MOST_TRIES = 3
TRY_AGAIN_AFTER = timedelta(hours=2)
"""Of the desk's open time."""

_CLOSES = {"reached": "reached", "wrong_number": "wrong_number", "do_not_call": "do_not_call"}


class CallBack(IdModel):
    """`help_request_id` names the buyer's own request, `agreed_by` the agent who promised the call."""

    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint(f"attempts BETWEEN 0 AND {MOST_TRIES}", name="attempts"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_with_an_outcome"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_somewhen"),
        CheckConstraint(f"outcome IN {tuple(OUTCOMES)}", name="outcome"),
        CheckConstraint("(wished_from IS NULL) = (wished_until IS NULL)", name="wished_time_is_whole"),
        Index(
            "uq_call_back_conversation_id_open",
            "conversation_id",
            unique=True,
            postgresql_where="state = 'open'",
        ),
        Index("ix_call_back_due", "due_at", postgresql_where="state = 'open'"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    help_request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("help_request.id"))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """The desk that calls."""
    agreed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    wished_from: Mapped[datetime | None]
    """None: as soon as possible."""
    wished_until: Mapped[datetime | None]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open", default="open")
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    """Tries in vain since a time was last agreed."""
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]

    @classmethod
    def open_in(cls, conversation_id: uuid.UUID) -> Self | None:
        wanted = select(cls).where(cls.conversation_id == conversation_id, cls.state == "open")
        return session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()

    @classmethod
    def locked(cls, public_id: str) -> Self:
        """Raises CallNotFound."""
        wanted = select(cls).where(cls.public_id == public_id).with_for_update(key_share=True)
        found = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        if found is None:
            raise CallNotFound()
        return found

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def close(self, outcome: str, at: datetime) -> None:
        self.state, self.outcome, self.closed_at = "closed", outcome, at


class CallAttempt(IdModel):
    __table_args__ = (
        CheckConstraint(f"disposition IN {tuple(DISPOSITIONS)}", name="disposition"),
        UniqueConstraint("call_back_id", "client_key"),
    )

    call_back_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("call_back.id"))
    client_key: Mapped[uuid.UUID]
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    disposition: Mapped[str]
    at: Mapped[datetime]


class DoNotCall(IdModel):
    """Somebody said that they do not want to be called. Only they themselves ask for a call after that."""

    __table_args__ = (Index("ix_do_not_call_customer_id", "customer_id"),)

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


def outcome_after(disposition: str, tries_in_vain: int) -> str | None:
    """What a try ends with, counting this one; None while the call is still to be made."""
    if disposition in ("no_answer", "voicemail"):
        return "not_reached" if tries_in_vain >= MOST_TRIES else None
    return _CLOSES.get(disposition)
