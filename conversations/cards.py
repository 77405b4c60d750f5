"""What a message in a thread carries besides its words: a link, a suggestion for the cart, a time that is held for the
handover or for a test drive, or the question whether a dealer may read along.
"""

import uuid
from datetime import datetime
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.ids import public_id
from conversations.refusals import CardNotFound


class ThreadCard(IdModel):
    """Belongs to one message. What was decided stands with the thing itself, never here."""

    __table_args__ = (
        CheckConstraint("kind IN ('link', 'suggestion', 'slot', 'share', 'drive')", name="kind"),
        CheckConstraint("(kind = 'link') = (url IS NOT NULL)", name="link_leads_somewhere"),
        CheckConstraint("(kind = 'suggestion') = (comment_id IS NOT NULL)", name="suggestion_is_one"),
        CheckConstraint(
            "(kind IN ('slot', 'drive')) = (slot_id IS NOT NULL AND held_until IS NOT NULL)",
            name="slot_is_held",
        ),
        CheckConstraint("(kind = 'share') = (hand_over_id IS NOT NULL)", name="share_asks"),
        CheckConstraint("(kind = 'drive') = (stock_item_id IS NOT NULL)", name="drive_names_its_car"),
        Index("ix_thread_card_conversation_id", "conversation_id"),
        Index("ix_thread_card_comment_id", "comment_id"),
        Index("ix_thread_card_drive_held_until", "held_until", postgresql_where="kind = 'drive'"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id"))
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"), unique=True)
    kind: Mapped[str]
    title: Mapped[str]
    """In the language of the conversation, as it was sent."""
    url: Mapped[str | None]
    """A path of this shop."""
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart_comment.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot.id"))
    held_until: Mapped[datetime | None]
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    """The cart concerned, which holds the time."""
    hand_over_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("hand_over.id"))

    stock_item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stock_item.id"))
    """The car to drive."""
    demo_car_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("demo_car.id"))
    """Kept for it; None where the car itself is driven."""
    help_request_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("help_request.id"))
    """The test drive that became of it."""

    @classmethod
    def of(cls, conversation_id: uuid.UUID, public_id: str) -> Self:
        """Raises CardNotFound, also for a card of another conversation."""
        wanted = select(cls).where(cls.conversation_id == conversation_id, cls.public_id == public_id)
        found = session().scalars(wanted).one_or_none()
        if found is None:
            raise CardNotFound()
        return found
