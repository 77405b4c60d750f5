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

    def sentence(self) -> str:
        return _("Somebody joined the staff")


@dataclass(frozen=True, kw_only=True)
class StaffSignedIn(Event):
    type: ClassVar[str] = "partners.staff_signed_in"
    subject_field: ClassVar[str] = "staff_id"

    staff_id: uuid.UUID

    def sentence(self) -> str:
        return _("Somebody on the staff signed in")
