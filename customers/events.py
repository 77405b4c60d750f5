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


@dataclass(frozen=True, kw_only=True)
class AccountProved(Event):
    type: ClassVar[str] = "customers.account_proved"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    linked: int
    """How many guest records came along this time."""

    def sentence(self) -> str:
        return _("The address was proved")


@dataclass(frozen=True, kw_only=True)
class AccountSignedIn(Event):
    type: ClassVar[str] = "customers.account_signed_in"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    method: str
    """link or passkey"""

    def sentence(self) -> str:
        return _("Signed in with a passkey") if self.method == "passkey" else _("Signed in by mail")


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Event):
    type: ClassVar[str] = "customers.account_closed"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    record_ids: tuple[uuid.UUID, ...]
    """What guests had told under its address: to be forgotten where nothing needs it."""

    def sentence(self) -> str:
        return _("The account was deleted")


@dataclass(frozen=True, kw_only=True)
class AddressChangeWanted(Event):
    type: ClassVar[str] = "customers.address_change_wanted"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    change_id: uuid.UUID

    def sentence(self) -> str:
        return _("Another e-mail address was asked for")


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Event):
    type: ClassVar[str] = "customers.address_changed"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    change_id: uuid.UUID
    sessions_ended: int

    def sentence(self) -> str:
        return _("The e-mail address was changed")


@dataclass(frozen=True, kw_only=True)
class PasskeyAdded(Event):
    type: ClassVar[str] = "customers.passkey_added"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    passkey_id: uuid.UUID

    def sentence(self) -> str:
        return _("A passkey was added")


@dataclass(frozen=True, kw_only=True)
class PasskeyRemoved(Event):
    type: ClassVar[str] = "customers.passkey_removed"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    passkey_id: uuid.UUID

    def sentence(self) -> str:
        return _("A passkey was removed")


@dataclass(frozen=True, kw_only=True)
class ContactRevealed(Event):
    """Somebody on the staff looked at a phone number or an e-mail address. subject_kind: lead, order, thread, cart."""

    type: ClassVar[str] = "customers.contact_revealed"
    subject_field: ClassVar[str] = "subject_id"
    audited_as: ClassVar[str] = "contact"

    customer_id: uuid.UUID
    staff_id: uuid.UUID
    subject_kind: str
    subject_id: uuid.UUID
    reason: str

    def sentence(self) -> str:
        return _("Contact details were looked at")
