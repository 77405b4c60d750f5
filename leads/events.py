"""What happened to leads, by id."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import _, translate
from leads.statuses import OUTCOME_NAMES, STATUS_NAMES


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
