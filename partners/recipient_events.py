"""What was changed at a recipient: ids, names of fields and reasons, never an address or a secret."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class RecipientEvent(Event):
    subject_field: ClassVar[str] = "recipient_id"
    audited_as: ClassVar[str] = "settings"

    recipient_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class RecipientChanged(RecipientEvent):
    type: ClassVar[str] = "partners.recipient_changed"

    fields: list[str]

    def sentence(self) -> str:
        return _("A dealer, desk or partner was changed: %(fields)s", fields=", ".join(self.fields))


@dataclass(frozen=True, kw_only=True)
class WebhookTargetRefused(Event):
    """Somebody wanted the house to call an address that it may not call. `host` as it was typed."""

    type: ClassVar[str] = "partners.webhook_target_refused"
    subject_field: ClassVar[str] = "recipient_id"
    audited_as: ClassVar[str] = "refused"

    recipient_id: uuid.UUID | None
    host: str
    reason: str

    def sentence(self) -> str:
        return _("A webhook address was refused: %(host)s", host=self.host)


@dataclass(frozen=True, kw_only=True)
class WebhookSecretChanged(RecipientEvent):
    type: ClassVar[str] = "partners.webhook_secret_changed"

    def sentence(self) -> str:
        return _("A webhook got a new secret")


@dataclass(frozen=True, kw_only=True)
class WebhookGone(RecipientEvent):
    type: ClassVar[str] = "partners.webhook_gone"

    def sentence(self) -> str:
        return _("A webhook answered that it is gone, and was switched off")


@dataclass(frozen=True, kw_only=True)
class WebhookSwitchedOn(RecipientEvent):
    type: ClassVar[str] = "partners.webhook_switched_on"

    def sentence(self) -> str:
        return _("A webhook was switched on again")


@dataclass(frozen=True, kw_only=True)
class IncidentSettled(RecipientEvent):
    type: ClassVar[str] = "partners.incident_settled"

    def sentence(self) -> str:
        return _("Trouble with a recipient was seen to")


@dataclass(frozen=True, kw_only=True)
class HoursChanged(RecipientEvent):
    type: ClassVar[str] = "partners.hours_changed"

    purpose: str

    def sentence(self) -> str:
        return _("Opening hours were changed")


@dataclass(frozen=True, kw_only=True)
class DayOffChanged(RecipientEvent):
    type: ClassVar[str] = "partners.day_off_changed"

    on: str
    is_off: bool

    def sentence(self) -> str:
        return _("A day off was set or taken back")


@dataclass(frozen=True, kw_only=True)
class SlotsClosed(RecipientEvent):
    type: ClassVar[str] = "partners.slots_closed"

    slot_ids: list[str]
    reason: str

    def sentence(self) -> str:
        return _("Times were closed")


@dataclass(frozen=True, kw_only=True)
class SlotsOpened(RecipientEvent):
    type: ClassVar[str] = "partners.slots_opened"

    slot_ids: list[str]

    def sentence(self) -> str:
        return _("Times were opened again")


ALL = (
    RecipientChanged,
    WebhookTargetRefused,
    WebhookSecretChanged,
    WebhookGone,
    WebhookSwitchedOn,
    IncidentSettled,
    HoursChanged,
    DayOffChanged,
    SlotsClosed,
    SlotsOpened,
)
