"""An answer, and the mail that brings it to somebody who has left the page."""

import uuid
from datetime import datetime

from app import deliveries
from app.events import Actor
from conversations.models import Conversation, Message

ANSWER_MAIL = "conversations.answer"


def answer(
    conversation: Conversation,
    staff_id: uuid.UUID,
    body: str,
    client_key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> Message:
    """The row must be locked. Whether the mail may and must go is looked at when it is written."""
    message, is_new = conversation.answer(staff_id, body, client_key, actor, at)
    if is_new and conversation.customer_id is not None:
        deliveries.queue(
            ANSWER_MAIL,
            recipient_key=f"customer:{conversation.customer_id}",
            subject_id=conversation.id,
            payload={"message_id": str(message.id)},
            key=f"{ANSWER_MAIL}:{message.id}",
            group=f"conversation:{conversation.id}",
        )
    return message
