"""What happened with partners, their staff and their slots."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class SlotBooked(Event):
    type: ClassVar[str] = "partners.slot_booked"
    subject_field: ClassVar[str] = "slot_id"

    slot_id: uuid.UUID
    holder: uuid.UUID
    recipient_id: uuid.UUID
    purpose: str
    starts_at: datetime

    def sentence(self) -> str:
        return _("A time was booked")


@dataclass(frozen=True, kw_only=True)
class SlotReleased(Event):
    type: ClassVar[str] = "partners.slot_released"
    subject_field: ClassVar[str] = "slot_id"

    slot_id: uuid.UUID
    holder: uuid.UUID
    recipient_id: uuid.UUID

    def sentence(self) -> str:
        return _("A booked time was given back")


@dataclass(frozen=True, kw_only=True)
class RecipientAdded(Event):
    type: ClassVar[str] = "partners.recipient_added"
    subject_field: ClassVar[str] = "recipient_id"

    recipient_id: uuid.UUID
    kind: str

    def sentence(self) -> str:
        return _("A dealer, desk or partner was added")


@dataclass(frozen=True, kw_only=True)
class StaffAdded(Event):
    type: ClassVar[str] = "partners.staff_added"
    subject_field: ClassVar[str] = "staff_id"

    staff_id: uuid.UUID
    roles: list[str]
    audited_as: ClassVar[str] = "people"

    def sentence(self) -> str:
        return _("Somebody joined the staff")


@dataclass(frozen=True, kw_only=True)
class StaffSignedIn(Event):
    type: ClassVar[str] = "partners.staff_signed_in"
    subject_field: ClassVar[str] = "staff_id"

    staff_id: uuid.UUID
    by: str = "password"
    """What proved it beside the password: password for nothing else, code, recovery_code or enrolment."""
    audited_as: ClassVar[str] = "sign_in"

    def sentence(self) -> str:
        return _("Somebody on the staff signed in")


@dataclass(frozen=True, kw_only=True)
class AccessRefused(Event):
    """Somebody on the staff asked for what another place has, or what another role may. `subject` is a public id, as it
    stood in the address.
    """

    type: ClassVar[str] = "partners.access_refused"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "refused"

    staff_id: uuid.UUID
    endpoint: str
    subject: str | None

    def sentence(self) -> str:
        return _("Asked for what is not theirs to see, and was refused")
