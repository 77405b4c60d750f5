"""Facts about asking and answering, by id; what people wrote is never in them."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import N_, _


@dataclass(frozen=True, kw_only=True)
class HelpRequested(Event):
    """Somebody asked. kind: message, callback or test_drive. `recipient_id` is the dealer asked, if one was.

    `value_minor` is what the cart, order or car concerned is worth, None when nothing is concerned.
    """

    type: ClassVar[str] = "conversations.help_requested"
    subject_field: ClassVar[str] = "help_request_id"

    help_request_id: UUID
    conversation_id: UUID
    kind: str
    family: str
    visitor_id: UUID | None = None
    customer_id: UUID | None = None
    consent_id: UUID | None = None
    """The consent that lets the one asked answer: to share with the dealer where it was ticked, else to be answered."""
    cart_id: UUID | None = None
    order_id: UUID | None = None
    stock_item_id: UUID | None = None
    recipient_id: UUID | None = None
    page: str
    step: str
    language: str
    value_minor: int | None = None
    currency: str | None = None

    def sentence(self) -> str:
        return _(REQUEST_SENTENCES.get(self.kind, N_("Asked a person")))


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """A message from either side. author_kind: customer, agent or system."""

    type: ClassVar[str] = "conversations.message_sent"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    message_id: UUID
    seq: int
    author_kind: str
    visitor_id: UUID | None = None
    customer_id: UUID | None = None

    def sentence(self) -> str:
        return _(MESSAGE_SENTENCES[self.author_kind])


@dataclass(frozen=True, kw_only=True)
class ConversationAnswered(Event):
    """A person of the house answered; `help_request_id` is the request that had waited longest, if one had."""

    type: ClassVar[str] = "conversations.answered"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    message_id: UUID
    help_request_id: UUID | None = None
    staff_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Got an answer")


@dataclass(frozen=True, kw_only=True)
class ConversationTaken(Event):
    type: ClassVar[str] = "conversations.taken"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    staff_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Somebody took the conversation")


@dataclass(frozen=True, kw_only=True)
class ConversationResolved(Event):
    type: ClassVar[str] = "conversations.resolved"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    staff_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("The conversation was settled")


REQUEST_SENTENCES = {
    "message": N_("Asked a person"),
    "callback": N_("Asked to be called"),
    "test_drive": N_("Asked for a test drive"),
}
MESSAGE_SENTENCES = {
    "customer": N_("Wrote a message"),
    "agent": N_("Was written to"),
    "system": N_("A note in the conversation"),
}
