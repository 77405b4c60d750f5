"""What customers agreed to and took back."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    type: ClassVar[str] = "customers.consent_given"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    consent_id: uuid.UUID
    purpose: str
    recipient_id: uuid.UUID | None

    def sentence(self) -> str:
        return _("A consent was given")


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    type: ClassVar[str] = "customers.consent_withdrawn"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    consent_id: uuid.UUID
    purpose: str
    recipient_id: uuid.UUID | None

    def sentence(self) -> str:
        return _("A consent was taken back")
