"""Facts about help that was offered, by id."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import N_, _


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


@dataclass(frozen=True, kw_only=True)
class StallPolicyChanged(Event):
    """What makes somebody count as stuck, or how help is offered, was changed; in the unit of its name."""

    type: ClassVar[str] = "conversations.stall_policy_changed"
    audited_as: ClassVar[str] = "settings"

    name: str
    before: int
    after: int

    def sentence(self) -> str:
        told = _(POLICY_NAMES[self.name]) if self.name in POLICY_NAMES else self.name
        return _(
            "When somebody is stuck: %(name)s, %(before)s, now %(after)s",
            name=told,
            before=self.before,
            after=self.after,
        )


POLICY_NAMES = {
    "automatic": N_("offered by itself"),
    "no_progress_s": N_("seconds without progress"),
    "refusals": N_("refusals of a field"),
    "declines": N_("declines"),
    "returns": N_("back and forth"),
    "empty_searches": N_("empty searches"),
    "silence_days": N_("days of silence after a no"),
    "talks_per_agent": N_("conversations a person"),
}
RECORDED = (HelpOffered, HelpOfferAnswered, StallPolicyChanged)
