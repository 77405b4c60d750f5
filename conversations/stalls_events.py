"""Facts about help that was offered, by id."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class HelpOffered(Event):
    """A person of the house, or the house in that person's name, offered help to somebody who was stuck."""

    type: ClassVar[str] = "conversations.help_offered"
    subject_field: ClassVar[str] = "stall_id"

    stall_id: UUID
    offer_id: UUID
    staff_id: UUID
    is_automatic: bool
    step: str
    reason: str
    visitor_id: UUID | None = None
    cart_id: UUID | None = None

    def sentence(self) -> str:
        return _("Was offered help")


@dataclass(frozen=True, kw_only=True)
class HelpOfferAnswered(Event):
    """answer: taken or dismissed."""

    type: ClassVar[str] = "conversations.help_offer_answered"
    subject_field: ClassVar[str] = "stall_id"

    stall_id: UUID
    offer_id: UUID
    answer: str
    step: str
    visitor_id: UUID | None = None
    cart_id: UUID | None = None

    def sentence(self) -> str:
        return _("Took the help offered") if self.answer == "taken" else _("Wanted no help")


RECORDED = (HelpOffered, HelpOfferAnswered)
