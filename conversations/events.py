"""Facts about asking and answering, by id; what people wrote is never in them."""

from dataclasses import dataclass
from datetime import datetime
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
class ConversationTransferred(Event):
    type: ClassVar[str] = "conversations.transferred"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    from_id: UUID
    to_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Somebody else went on with the conversation")


@dataclass(frozen=True, kw_only=True)
class ConversationSnoozed(Event):
    type: ClassVar[str] = "conversations.snoozed"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    staff_id: UUID
    until: datetime
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("The conversation was put off")


@dataclass(frozen=True, kw_only=True)
class PrivateNoteWritten(Event):
    """Staff told each other something; what, stands in the note alone."""

    type: ClassVar[str] = "conversations.note_written"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    note_id: UUID
    staff_id: UUID

    def sentence(self) -> str:
        return _("A note among staff")


@dataclass(frozen=True, kw_only=True)
class HelpGiven(Event):
    """Somebody of the house sent more than words. kind: link, suggestion, slot or drive."""

    type: ClassVar[str] = "conversations.help_given"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    card_id: UUID
    kind: str
    staff_id: UUID
    cart_id: UUID | None = None
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _(HELP_SENTENCES[self.kind])


@dataclass(frozen=True, kw_only=True)
class HandOverAsked(Event):
    """The buyer is asked whether this dealer may know."""

    type: ClassVar[str] = "conversations.hand_over_asked"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    hand_over_id: UUID
    recipient_id: UUID
    staff_id: UUID
    reason: str
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Was asked whether a dealer may go on with it")


@dataclass(frozen=True, kw_only=True)
class ConversationHandedOver(Event):
    """A dealer goes on with it, under this consent."""

    type: ClassVar[str] = "conversations.handed_over"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    hand_over_id: UUID
    recipient_id: UUID
    consent_id: UUID
    staff_id: UUID
    reason: str
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("A dealer goes on with the conversation")


@dataclass(frozen=True, kw_only=True)
class HandOverDeclined(Event):
    type: ClassVar[str] = "conversations.hand_over_declined"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    hand_over_id: UUID
    recipient_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Kept the conversation with the house")


@dataclass(frozen=True, kw_only=True)
class CallBackPromised(Event):
    """A call is owed. `help_request_id` when the buyer asked for it, `staff_id` when an agent agreed it."""

    type: ClassVar[str] = "conversations.call_promised"
    subject_field: ClassVar[str] = "call_back_id"

    call_back_id: UUID
    conversation_id: UUID
    due_at: datetime
    help_request_id: UUID | None = None
    staff_id: UUID | None = None
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Was promised a call")


@dataclass(frozen=True, kw_only=True)
class CallTried(Event):
    type: ClassVar[str] = "conversations.call_tried"
    subject_field: ClassVar[str] = "call_back_id"

    call_back_id: UUID
    conversation_id: UUID
    disposition: str
    staff_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _(CALL_SENTENCES[self.disposition])


@dataclass(frozen=True, kw_only=True)
class CallBackClosed(Event):
    type: ClassVar[str] = "conversations.call_closed"
    subject_field: ClassVar[str] = "call_back_id"

    call_back_id: UUID
    conversation_id: UUID
    outcome: str
    help_request_id: UUID | None = None
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("The call-back is settled")


@dataclass(frozen=True, kw_only=True)
class CannedAnswerChanged(Event):
    """change: kept or dropped."""

    type: ClassVar[str] = "conversations.answer_changed"
    subject_field: ClassVar[str] = "answer_id"

    answer_id: UUID
    change: str

    def sentence(self) -> str:
        return _("An answer kept ready was changed")


@dataclass(frozen=True, kw_only=True)
class ConversationResolved(Event):
    type: ClassVar[str] = "conversations.resolved"
    subject_field: ClassVar[str] = "conversation_id"

    conversation_id: UUID
    staff_id: UUID
    outcome: str = ""
    """Empty in rows from before it was asked for."""
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("The conversation was settled")


@dataclass(frozen=True, kw_only=True)
class TestDriveSettled(Event):
    """outcome: driven, no_show or cancelled."""

    __test__ = False
    type: ClassVar[str] = "conversations.test_drive_settled"
    subject_field: ClassVar[str] = "help_request_id"

    help_request_id: UUID
    conversation_id: UUID
    outcome: str
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _(DRIVE_SENTENCES[self.outcome])


DRIVE_SENTENCES = {
    "driven": N_("Drove the car"),
    "no_show": N_("Did not come to the test drive"),
    "cancelled": N_("The test drive was cancelled"),
}
REQUEST_SENTENCES = {
    "message": N_("Asked a person"),
    "callback": N_("Asked to be called"),
    "test_drive": N_("Asked for a test drive"),
}
HELP_SENTENCES = {
    "link": N_("Was sent a page of the shop"),
    "suggestion": N_("Was suggested something for the cart"),
    "slot": N_("Had a time held by the desk"),
    "drive": N_("Had a time for a test drive kept by the desk"),
}
CALL_SENTENCES = {
    "reached": N_("Was called"),
    "no_answer": N_("Was called, without an answer"),
    "voicemail": N_("Was called and left a voicemail"),
    "wrong_number": N_("Was called at a wrong number"),
    "do_not_call": N_("Was called and wants no calls"),
    "new_time": N_("Was called and agreed another time"),
}
MESSAGE_SENTENCES = {
    "customer": N_("Wrote a message"),
    "agent": N_("Was written to"),
    "system": N_("A note in the conversation"),
}


@dataclass(frozen=True, kw_only=True)
class LetterReworded(Event):
    """The house changed sentences of one of its letters."""

    type: ClassVar[str] = "conversations.letter_reworded"

    template: str
    language: str
    sentences: int

    def sentence(self) -> str:
        return _("A letter was worded anew")


@dataclass(frozen=True, kw_only=True)
class CartLetterSent(Event):
    """Somebody of the house sent a buyer the way back to their own cart."""

    type: ClassVar[str] = "conversations.cart_letter_sent"
    subject_field: ClassVar[str] = "cart_id"

    letter_id: UUID
    cart_id: UUID
    staff_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None

    def sentence(self) -> str:
        return _("Was sent the way back to the cart")


AT_THE_DESK = (
    ConversationTransferred,
    ConversationSnoozed,
    PrivateNoteWritten,
    HelpGiven,
    HandOverAsked,
    HandOverDeclined,
    CallBackPromised,
    CallTried,
    CallBackClosed,
    CannedAnswerChanged,
    CartLetterSent,
)
