"""Signing in as staff: the same answer, in the same time, whether the address or the password is wrong."""

import uuid
from datetime import datetime

from sqlalchemy import update

from app import clock, sessions
from app.db import session
from app.events import Actor, record
from app.sessions import Role, StaffPrincipal
from partners import passwords, second_factor
from partners.events import StaffSignedIn
from partners.models import Staff
from partners.refusals import SignInRefused
from partners.second_factor import SecondFactor
from partners.staff_events import StaffSignedOut, StaffSignInFailed
from partners.steps import CODE, ENROLMENT, SignInStep, StepOver

DESKS = {"dealer": "/dealer", "agent": "/agent", "admin": "/leads"}


def identify(email: str, password: str) -> Staff:
    """Who this is; raises SignInRefused. Takes the time of one argon2 check in every case."""
    staff = Staff.by_email(email)
    fits = passwords.matches(password, staff.password_hash if staff else None)
    if staff is None or not fits:
        raise SignInRefused(staff_id=staff.id if staff else None)
    if not staff.active:
        raise SignInRefused("switched_off", staff.id)
    return staff


def begin(staff: Staff, next_path: str | None, device: str, at: datetime) -> tuple[str, str] | None:
    """After the password: signs in, or where a second factor is due gives token and purpose of the step that follows."""
    purpose = ""
    if SecondFactor.of(staff.id) is not None:
        purpose = CODE
    elif second_factor.is_required(role.role for role in staff.roles):
        purpose = ENROLMENT
        SecondFactor.begin(staff.id, at)
    if purpose:
        return SignInStep.begin(staff.id, purpose, next_path, at), purpose
    sign_in(staff, device=device, at=at)
    return None


def finish(step_id: uuid.UUID, by: str, device: str, at: datetime) -> StaffPrincipal:
    """After the second factor. Raises StepOver for a step that was used, or of somebody who left meanwhile."""
    SignInStep.use(step_id, at)
    step = session().get_one(SignInStep, step_id)
    staff = session().get_one(Staff, step.staff_id, with_for_update=True)
    if not staff.active:
        raise StepOver()
    return sign_in(staff, by, device, at)


def fail(why: str, staff_id: uuid.UUID | None, at: datetime) -> None:
    """Writes a failed sign-in down; `why` is password, switched_off, code or tries."""
    actor = Actor("staff", str(staff_id)) if staff_id else Actor("visitor")
    record(StaffSignInFailed(staff_id=staff_id, why=why), actor, at)


def sign_in(
    staff: Staff, by: str = "password", device: str = "", at: datetime | None = None
) -> StaffPrincipal:
    """Gives this browser a fresh session for that person."""
    at = at or clock.now()
    roles = tuple(Role(role.role, role.recipient_id) for role in staff.roles)
    sessions.sign_in_staff(staff.id, staff.name_shown, roles, device)
    session().execute(update(Staff).where(Staff.id == staff.id).values(last_signed_in_at=at))
    record(StaffSignedIn(staff_id=staff.id, by=by), Actor("staff", str(staff.id)), at)
    return StaffPrincipal(staff.id, staff.name_shown, roles)


def sign_out(at: datetime) -> None:
    """Ends the sign-in of this browser."""
    principal = sessions.current().staff
    sessions.sign_out()
    if principal is not None:
        fact = StaffSignedOut(staff_id=principal.id, sessions_ended=1)
        record(fact, Actor("staff", str(principal.id)), at)


def desk_of(principal: StaffPrincipal) -> str:
    """The address where this person's work is."""
    return next((address for role, address in DESKS.items() if principal.has(role)), "/staff/sign-in")
