"""What happened to leads, by id."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import _, translate
from leads.statuses import OUTCOME_NAMES, STATUS_NAMES
from leads.touch_words import TOUCH_NAMES


@dataclass(frozen=True, kw_only=True)
class LeadEvent(Event):
    subject_field: ClassVar[str] = "lead_id"

    lead_id: UUID
    customer_id: UUID | None = None
    visitor_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class LeadOpened(LeadEvent):
    type: ClassVar[str] = "leads.lead_opened"

    kind: str
    source: str
    source_id: UUID
    number: str

    def sentence(self) -> str:
        return _("Lead %(number)s was opened", number=self.number)


@dataclass(frozen=True, kw_only=True)
class LeadMoved(LeadEvent):
    type: ClassVar[str] = "leads.lead_moved"

    from_status: str
    to_status: str
    recipient_id: UUID | None = None

    def sentence(self) -> str:
        return _("The lead is %(status)s", status=translate(STATUS_NAMES[self.to_status]))


@dataclass(frozen=True, kw_only=True)
class LeadClosed(LeadEvent):
    type: ClassVar[str] = "leads.lead_closed"

    outcome: str
    order_id: UUID | None = None

    def sentence(self) -> str:
        return _("The lead was closed: %(outcome)s", outcome=translate(OUTCOME_NAMES[self.outcome]))


@dataclass(frozen=True, kw_only=True)
class AboutOffer(LeadEvent):
    recipient_id: UUID | None = None
    round: int


@dataclass(frozen=True, kw_only=True)
class LeadTaken(AboutOffer):
    type: ClassVar[str] = "leads.offer_taken"

    def sentence(self) -> str:
        return _("The lead was taken up")


@dataclass(frozen=True, kw_only=True)
class LeadDeclined(AboutOffer):
    """reason is a key of offers.REASONS."""

    type: ClassVar[str] = "leads.offer_declined"

    reason: str

    def sentence(self) -> str:
        return _("The lead was declined")


@dataclass(frozen=True, kw_only=True)
class OfferLapsed(AboutOffer):
    type: ClassVar[str] = "leads.offer_lapsed"

    def sentence(self) -> str:
        return _("Nobody took the lead up in time")


@dataclass(frozen=True, kw_only=True)
class ContactClaimed(LeadEvent):
    """A recipient says that it reached the person then."""

    type: ClassVar[str] = "leads.contact_claimed"

    claim_id: UUID
    recipient_id: UUID
    contacted_at: datetime

    def sentence(self) -> str:
        return _("Was said to have been reached")


@dataclass(frozen=True, kw_only=True)
class ClaimConfirmed(LeadEvent):
    type: ClassVar[str] = "leads.claim_confirmed"

    claim_id: UUID
    recipient_id: UUID

    def sentence(self) -> str:
        return _("Confirmed that somebody was in touch")


@dataclass(frozen=True, kw_only=True)
class ClaimDenied(LeadEvent):
    type: ClassVar[str] = "leads.claim_denied"

    claim_id: UUID
    recipient_id: UUID

    def sentence(self) -> str:
        return _("Said that nobody was in touch")


@dataclass(frozen=True, kw_only=True)
class AppointmentReported(LeadEvent):
    type: ClassVar[str] = "leads.appointment_reported"

    recipient_id: UUID
    starts_at: datetime

    def sentence(self) -> str:
        return _("An appointment was made")


@dataclass(frozen=True, kw_only=True)
class LeadNoted(LeadEvent):
    type: ClassVar[str] = "leads.lead_noted"

    note_id: UUID

    def sentence(self) -> str:
        return _("A note was added")


@dataclass(frozen=True, kw_only=True)
class LeadTouched(LeadEvent):
    """A try to reach the person; `suggested` is the step that was advised then."""

    type: ClassVar[str] = "leads.lead_touched"

    code: str
    suggested: str

    def sentence(self) -> str:
        return _("Outcome: %(outcome)s", outcome=translate(TOUCH_NAMES[self.code]))


@dataclass(frozen=True, kw_only=True)
class LeadSnoozed(LeadEvent):
    """`until` None: taken up again."""

    type: ClassVar[str] = "leads.lead_snoozed"

    until: datetime | None = None

    def sentence(self) -> str:
        return _("Put aside for a while") if self.until else _("Back in the list")


@dataclass(frozen=True, kw_only=True)
class LeadAssigned(LeadEvent):
    type: ClassVar[str] = "leads.lead_assigned"

    staff_id: UUID | None = None
    before_id: UUID | None = None

    def sentence(self) -> str:
        return _("Given to a colleague") if self.staff_id else _("Given back to the team")


@dataclass(frozen=True, kw_only=True)
class LeadLinked(LeadEvent):
    """`primary_id` None: it stands for itself again."""

    type: ClassVar[str] = "leads.lead_linked"

    primary_id: UUID | None = None

    def sentence(self) -> str:
        return _("Linked behind another lead") if self.primary_id else _("Stands for itself again")


@dataclass(frozen=True, kw_only=True)
class InboxExported(Event):
    """Somebody took the list along as a file; contact details were masked in it."""

    type: ClassVar[str] = "leads.inbox_exported"
    subject_field: ClassVar[str] = "staff_id"

    staff_id: UUID
    show: str
    rows: int

    def sentence(self) -> str:
        return _("The lead list was exported")


@dataclass(frozen=True, kw_only=True)
class RoutingRuleChanged(Event):
    type: ClassVar[str] = "leads.routing_rule_changed"
    subject_field: ClassVar[str] = "rule_id"

    rule_id: UUID
    before_id: UUID
    market_key: str
    source: str
    product: str
    version: int

    def sentence(self) -> str:
        return _("A routing rule was changed")
