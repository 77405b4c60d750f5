"""What happened with the people who work here: ids and roles, never a name or an address."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class StaffInvited(Event):
    type: ClassVar[str] = "partners.staff_invited"
    subject_field: ClassVar[str] = "invitation_id"
    audited_as: ClassVar[str] = "people"

    invitation_id: uuid.UUID
    roles: list[str]

    def sentence(self) -> str:
        return _("Somebody was invited")


@dataclass(frozen=True, kw_only=True)
class InvitationSentAgain(Event):
    type: ClassVar[str] = "partners.invitation_sent_again"
    subject_field: ClassVar[str] = "invitation_id"
    audited_as: ClassVar[str] = "people"

    invitation_id: uuid.UUID

    def sentence(self) -> str:
        return _("An invitation was sent again")


@dataclass(frozen=True, kw_only=True)
class InvitationWithdrawn(Event):
    type: ClassVar[str] = "partners.invitation_withdrawn"
    subject_field: ClassVar[str] = "invitation_id"
    audited_as: ClassVar[str] = "people"

    invitation_id: uuid.UUID

    def sentence(self) -> str:
        return _("An invitation was withdrawn")


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(Event):
    type: ClassVar[str] = "partners.invitation_accepted"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID
    invitation_id: uuid.UUID

    def sentence(self) -> str:
        return _("An invitation was accepted")


@dataclass(frozen=True, kw_only=True)
class StaffRolesChanged(Event):
    """Roles as `agent`, `admin` or `dealer:<recipient id>`."""

    type: ClassVar[str] = "partners.staff_roles_changed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID
    before: list[str]
    after: list[str]

    def sentence(self) -> str:
        return _("Roles were changed")


@dataclass(frozen=True, kw_only=True)
class StaffAddressChanged(Event):
    type: ClassVar[str] = "partners.staff_address_changed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID
    sessions_ended: int

    def sentence(self) -> str:
        return _("The e-mail address was changed")


@dataclass(frozen=True, kw_only=True)
class StaffSwitchedOff(Event):
    type: ClassVar[str] = "partners.staff_switched_off"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID
    sessions_ended: int

    def sentence(self) -> str:
        return _("Somebody on the staff was switched off")


@dataclass(frozen=True, kw_only=True)
class StaffSwitchedOn(Event):
    type: ClassVar[str] = "partners.staff_switched_on"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID

    def sentence(self) -> str:
        return _("Somebody on the staff was switched on again")


@dataclass(frozen=True, kw_only=True)
class StaffSignInFailed(Event):
    """why: password, switched_off, code or tries. Without staff_id nobody works here under what was typed."""

    type: ClassVar[str] = "partners.staff_sign_in_failed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "sign_in"

    staff_id: uuid.UUID | None
    why: str

    def sentence(self) -> str:
        return _("A staff sign-in failed")


@dataclass(frozen=True, kw_only=True)
class StaffSignedOut(Event):
    """Out of so many sign-ins: one's own, or by an admin."""

    type: ClassVar[str] = "partners.staff_signed_out"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "sign_in"

    staff_id: uuid.UUID
    sessions_ended: int

    def sentence(self) -> str:
        return _("Sign-ins were ended")


@dataclass(frozen=True, kw_only=True)
class StaffPasswordChanged(Event):
    type: ClassVar[str] = "partners.staff_password_changed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID
    sessions_ended: int

    def sentence(self) -> str:
        return _("A password was changed")


@dataclass(frozen=True, kw_only=True)
class SecondFactorAdded(Event):
    type: ClassVar[str] = "partners.second_factor_added"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID

    def sentence(self) -> str:
        return _("A second factor was set up")


@dataclass(frozen=True, kw_only=True)
class SecondFactorRemoved(Event):
    type: ClassVar[str] = "partners.second_factor_removed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID

    def sentence(self) -> str:
        return _("A second factor was taken away")


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesRenewed(Event):
    type: ClassVar[str] = "partners.recovery_codes_renewed"
    subject_field: ClassVar[str] = "staff_id"
    audited_as: ClassVar[str] = "people"

    staff_id: uuid.UUID

    def sentence(self) -> str:
        return _("New recovery codes were made")


STAFF_EVENTS = (
    StaffInvited,
    InvitationSentAgain,
    InvitationWithdrawn,
    InvitationAccepted,
    StaffAddressChanged,
    StaffRolesChanged,
    StaffSwitchedOff,
    StaffSwitchedOn,
    StaffSignInFailed,
    StaffSignedOut,
    StaffPasswordChanged,
    SecondFactorAdded,
    SecondFactorRemoved,
    RecoveryCodesRenewed,
)
