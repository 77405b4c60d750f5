"""Signing in as staff: the same answer, in the same time, whether the address or the password is wrong."""

from app import sessions
from app.events import Actor, record
from app.sessions import Role, StaffPrincipal
from partners import passwords
from partners.events import StaffSignedIn
from partners.models import Staff
from partners.refusals import SignInRefused

DESKS = {"dealer": "/dealer", "agent": "/agent", "admin": "/leads"}


def identify(email: str, password: str) -> Staff:
    """Who this is; raises SignInRefused. Takes the time of one argon2 check in every case."""
    staff = Staff.by_email(email)
    fits = passwords.matches(password, staff.password_hash if staff else None)
    if staff is None or not fits or not staff.active:
        raise SignInRefused()
    return staff


def sign_in(staff: Staff) -> StaffPrincipal:
    """Gives this browser a fresh session for that person."""
    roles = tuple(Role(role.role, role.recipient_id) for role in staff.roles)
    sessions.sign_in_staff(staff.id, staff.name_shown, roles)
    record(StaffSignedIn(staff_id=staff.id), Actor("staff", str(staff.id)))
    return StaffPrincipal(staff.id, staff.name_shown, roles)


def desk_of(principal: StaffPrincipal) -> str:
    """The address where this person's work is."""
    return next((address for role, address in DESKS.items() if principal.has(role)), "/staff/sign-in")
