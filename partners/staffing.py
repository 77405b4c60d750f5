"""Who works here, and as what: changed by admins, effective with the next request of whoever it concerns."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app import deliveries, sessions
from app.db import session
from app.errors import NotFound, Refusal
from app.events import SYSTEM, Actor, record
from app.i18n import N_
from app.ids import uuid7
from app.sessions import Role
from partners import passwords, second_factor
from partners.enrolment import employ
from partners.invitations import InvitationNotValid, StaffInvitation
from partners.models import DEALER, Recipient, Staff, StaffRole
from partners.second_factor import SecondFactor
from partners.staff_events import (
    InvitationAccepted,
    StaffAddressChanged,
    StaffPasswordChanged,
    StaffRolesChanged,
    StaffSignedOut,
    StaffSwitchedOff,
    StaffSwitchedOn,
)
from partners.steps import SignInStep

HOUSE_ROLES = ("agent", "admin")
PAGE = 50
ADDRESS_CHANGED = "partners.address_changed"
ADDRESSES = ("earlier", "now")


class LastAdmin(Refusal):
    says = N_("This is the last admin. Make somebody else an admin first.")
    field = "roles"


class NotYourself(Refusal):
    says = N_("You cannot switch yourself off. Ask another admin.")


class YourOwnFactor(Refusal):
    says = N_("Change your own second factor on your own page, with your password.")
    remedy_label = N_("To your page")


class YourOwnAddress(Refusal):
    says = N_("Another admin changes the address that you sign in with.")


class AddressInUse(Refusal):
    status = 422
    says = N_("Somebody else works here under this address.")
    field = "email"


class WorksHereAlready(Refusal):
    status = 422
    says = N_("This person works here already. Change their roles on their own page.")
    field = "email"


class NoRole(Refusal):
    status = 422
    says = N_("Choose at least one role or place.")
    field = "roles"


class PlaceUnknown(Refusal):
    status = 422
    says = N_("Choose one of the places shown.")
    field = "places"


class WrongPassword(Refusal):
    status = 422
    says = N_("This is not your password. Nothing has changed.")
    field = "password"


def people(words: str = "", after: str = "", most: int = PAGE) -> tuple[Sequence[Staff], str]:
    """Those who work here first, by name; the roles come along. `after` is the last of the page before.

    The page, and whom the next one begins after: empty when there is none.
    """
    wanted = select(Staff).order_by(~Staff.active, Staff.name, Staff.id).limit(most + 1)
    if words:
        wanted = wanted.where(_named(words))
    if after:
        last = by_public_id(after)
        place = tuple_(~Staff.active, Staff.name, Staff.id)
        wanted = wanted.where(place > tuple_(literal(not last.active), literal(last.name), literal(last.id)))
    found = session().scalars(wanted).all()
    return found[:most], found[most - 1].public_id if len(found) > most else ""


def count(words: str = "") -> int:
    wanted = select(func.count()).select_from(Staff)
    return session().scalar(wanted.where(_named(words)) if words else wanted) or 0


def _named(words: str) -> ColumnElement[bool]:
    return or_(
        *(column.icontains(words, autoescape=True) for column in (Staff.name, Staff.name_zh, Staff.email))
    )


def by_public_id(public_id: str) -> Staff:
    """Raises NotFound."""
    found = session().scalars(select(Staff).where(Staff.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def dealers(also: Collection[uuid.UUID] = ()) -> Sequence[Recipient]:
    """The places somebody can work for: those open for business, and `also` those somebody has already."""
    wanted = select(Recipient).where(Recipient.kind == DEALER, Recipient.active | Recipient.id.in_(also))
    return session().scalars(wanted.order_by(Recipient.market_key, Recipient.code)).all()


def roles_of(
    house: Iterable[str], places: Collection[str], also: Collection[uuid.UUID] = ()
) -> tuple[Role, ...]:
    """Roles from what a form names; places by their public ids. Raises NoRole, PlaceUnknown."""
    known = {place.public_id: place.id for place in dealers(also)}
    if any(place not in known for place in places):
        raise PlaceUnknown()
    roles = [Role(role, None) for role in HOUSE_ROLES if role in set(house)]
    roles += [Role("dealer", known[place]) for place in dict.fromkeys(places)]
    if not roles:
        raise NoRole()
    return tuple(roles)


def invite(
    email: str, language: str, roles: tuple[Role, ...], by: uuid.UUID, actor: Actor, at: datetime
) -> StaffInvitation:
    """Raises WorksHereAlready, AlreadyInvited."""
    if Staff.by_email(email) is not None:
        raise WorksHereAlready()
    return StaffInvitation.invite(email, language, roles, by, actor, at)


def accept(token: str, name: str, name_zh: str, language: str, password: str, at: datetime) -> Staff:
    """The person behind the link joins, with the roles of the invitation. Raises InvitationNotValid."""
    invitation = StaffInvitation.redeem(token, at)
    if Staff.by_email(invitation.email) is not None:
        raise InvitationNotValid()
    roles = [(role.role, role.recipient_id) for role in invitation.roles_told]
    staff = employ(invitation.email, name, password, roles, SYSTEM, name_zh=name_zh, language=language)
    record(InvitationAccepted(staff_id=staff.id, invitation_id=invitation.id), _self(staff), at)
    return staff


def change_roles(public_id: str, roles: tuple[Role, ...], actor: Actor, at: datetime) -> Staff:
    """Raises LastAdmin; then nothing has moved. Live sign-ins of this person go by the new roles from now on."""
    admins = _lock_admins()
    staff = _locked(public_id)
    before = _roles(staff)
    if set(before) == set(roles):
        return staff
    if staff.active and admins == {staff.id} and not any(role.role == "admin" for role in roles):
        raise LastAdmin()
    session().execute(delete(StaffRole).where(StaffRole.staff_id == staff.id))
    session().execute(
        insert(StaffRole),
        [{"staff_id": staff.id, "role": role.role, "recipient_id": role.recipient_id} for role in roles],
    )
    session().expire(staff, ["roles"])
    if second_factor.is_required(role.role for role in roles) and SecondFactor.of(staff.id) is None:
        sessions.end_staff_sessions(staff.id)
    else:
        sessions.renew_staff(staff.id, staff.name_shown, roles)
    SignInStep.end_all(staff.id, at)
    if not any(role.role == "admin" for role in roles):
        _withdraw_theirs(staff.id, actor, at)
    record(StaffRolesChanged(staff_id=staff.id, before=_told(before), after=_told(roles)), actor, at)
    return staff


def change_address(public_id: str, email: str, actor: Actor, at: datetime) -> Staff:
    """They sign in with this one from now on, and every sign-in that is open ends; both addresses are told.

    Raises AddressInUse, YourOwnAddress; then nothing has moved.
    """
    staff = _locked(public_id)
    if actor.id == str(staff.id):
        raise YourOwnAddress()
    if staff.email == email:
        return staff
    earlier = staff.email
    try:
        with session().begin_nested():
            staff.email, staff.earlier_email = email, earlier
            session().flush()
    except IntegrityError as taken:
        raise AddressInUse() from taken
    SignInStep.end_all(staff.id, at)
    ended = sessions.end_staff_sessions(staff.id)
    told = StaffAddressChanged(staff_id=staff.id, sessions_ended=ended)
    record(told, actor, at)
    for which in ADDRESSES:
        deliveries.queue(
            ADDRESS_CHANGED,
            recipient_key=f"staff:{staff.id}:{which}",
            subject_id=staff.id,
            payload={"to": which},
            key=f"{ADDRESS_CHANGED}:{uuid7()}",
        )
    return staff


def switch_off(public_id: str, actor: Actor, at: datetime) -> Staff:
    """Ends every sign-in of theirs at once. Raises LastAdmin, NotYourself; then nothing has moved."""
    admins = _lock_admins()
    staff = _locked(public_id)
    if actor.id == str(staff.id):
        raise NotYourself()
    if not staff.active:
        return staff
    if admins == {staff.id}:
        raise LastAdmin()
    staff.active = False
    session().flush()
    _withdraw_theirs(staff.id, actor, at)
    SignInStep.end_all(staff.id, at)
    ended = sessions.end_staff_sessions(staff.id)
    record(StaffSwitchedOff(staff_id=staff.id, sessions_ended=ended), actor, at)
    return staff


def switch_on(public_id: str, actor: Actor, at: datetime) -> Staff:
    staff = _locked(public_id)
    if not staff.active:
        staff.active = True
        session().flush()
        record(StaffSwitchedOn(staff_id=staff.id), actor, at)
    return staff


def remove_factor(public_id: str, actor: Actor, at: datetime) -> Staff:
    """For somebody who lost phone and paper: they sign in by password, and where it is required set it up anew.

    Raises YourOwnFactor: one's own goes with the password only.
    """
    staff = _locked(public_id)
    if actor.id == str(staff.id):
        raise YourOwnFactor()
    factor = session().get(SecondFactor, staff.id)
    if factor is not None:
        factor.remove(actor, at)
        sign_out(staff.id, actor, at)
    return staff


def sign_out(
    staff_id: uuid.UUID,
    actor: Actor,
    at: datetime,
    only: uuid.UUID | None = None,
    but: uuid.UUID | None = None,
) -> int:
    """Ends all sign-ins, `only` one, or all `but` one; tells how many."""
    ended = sessions.end_staff_sessions(staff_id, only, but)
    if ended:
        record(StaffSignedOut(staff_id=staff_id, sessions_ended=ended), actor, at)
    return ended


def rename(staff: Staff, name: str, name_zh: str, language: str) -> None:
    staff.name, staff.name_zh, staff.language = name, name_zh, language
    session().flush()
    sessions.renew_staff(staff.id, staff.name_shown, _roles(staff))


def prove(staff: Staff, password: str) -> None:
    """Raises WrongPassword."""
    if not staff.check_password(password):
        raise WrongPassword()


def change_password(staff: Staff, new: str, actor: Actor, at: datetime, but: uuid.UUID | None) -> None:
    """The caller has proved the old one. Every sign-in `but` this one ends, and so does a half-finished one."""
    staff.password_hash = passwords.hashed(new)
    session().flush()
    SignInStep.end_all(staff.id, at)
    ended = sessions.end_staff_sessions(staff.id, but=but)
    record(StaffPasswordChanged(staff_id=staff.id, sessions_ended=ended), actor, at)


def _withdraw_theirs(staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Whom an admin invited who is none any more does not come in by it: another admin invites anew."""
    for invitation in StaffInvitation.open_of(staff_id):
        invitation.withdraw(actor, at)


def _lock_admins() -> set[uuid.UUID]:
    """Everybody who is an admin now, locked: two who would each leave the other as the last queue here."""
    admins = (
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.role == "admin", Staff.active)
        .order_by(Staff.id)
        .with_for_update()
    )
    return set(session().scalars(admins))


def _locked(public_id: str) -> Staff:
    wanted = select(Staff).where(Staff.public_id == public_id).with_for_update()
    found = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _roles(staff: Staff) -> tuple[Role, ...]:
    return tuple(Role(role.role, role.recipient_id) for role in staff.roles)


def _told(roles: Iterable[Role]) -> list[str]:
    return [f"{role.role}:{role.recipient_id}" if role.recipient_id else role.role for role in roles]


def _self(staff: Staff) -> Actor:
    return Actor("staff", str(staff.id))
