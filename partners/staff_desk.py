"""The admins' page of the people: who works here, who is invited, what each may do."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from app import clock, rates, sessions
from app.access import staff
from app.db import transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import language
from app.pages import page, see_other
from partners import arrival, second_factor, showing, staffing
from partners.forms import Find, Invite, NewAddress, Nothing, Roles
from partners.invitations import AlreadyInvited, StaffInvitation
from partners.models import Staff
from partners.second_factor import SecondFactor
from partners.staffing import (
    AddressInUse,
    LastAdmin,
    NoRole,
    NotYourself,
    PlaceUnknown,
    WorksHereAlready,
    YourOwnAddress,
    YourOwnFactor,
)

INVITES_PER_MINUTE, AGAIN_PER_MINUTE = 20, 3

blueprint = Blueprint("staff_desk", __name__, url_prefix="/admin/staff")

_ADMIN = staff("admin")
policies = {
    f"staff_desk.{name}": _ADMIN
    for name in (
        "people",
        "invite",
        "send_invitation",
        "send_again",
        "withdraw",
        "person",
        "change_roles",
        "change_address",
        "switch_off",
        "switch_on",
        "remove_factor",
        "sign_out",
    )
}


@blueprint.get("")
def people() -> Response:
    asked = parse(Find, request.args).value or Find()
    words = asked.q or ""
    staff_here, after = staffing.people(words, asked.after or "")
    ids = [one.id for one in staff_here]
    return page(
        "partners/staff.html",
        people=showing.people(staff_here, SecondFactor.has(ids), sessions.count_of_staff(ids)),
        total=staffing.count(words),
        words=words,
        more_url=url_for(".people", q=words or None, after=after) if after else "",
        is_first=not asked.after,
        waiting=showing.waiting(StaffInvitation.open_ones(), clock.now()) if not asked.after else [],
    )


@blueprint.get("/invite")
def invite() -> Response:
    return _invite_page(FormState(None, {"language": language()}))


@blueprint.post("/invite")
def send_invitation() -> Response:
    actor = actor_now()
    rates.limit("staff-invite", actor.id or "", per_minute=INVITES_PER_MINUTE)
    form = parse(Invite, request.form)
    if form.value is None:
        return _invite_page(form, 422)
    told = form.value
    try:
        with transaction():
            roles = staffing.roles_of(told.roles, told.places)
            staffing.invite(told.email, told.language, roles, sessions.staff_here().id, actor, clock.now())
    except (AlreadyInvited, NoRole, PlaceUnknown, WorksHereAlready) as refused:
        return _invite_page(form.with_error(refused.field or "", refused.text), refused.status)
    return see_other(url_for(".people", _anchor="invitations"))


@blueprint.post("/invitations/<public_id>/again")
def send_again(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    rates.limit("staff-invite-again", public_id[:40], per_minute=AGAIN_PER_MINUTE)
    with transaction():
        StaffInvitation.locked(public_id).send_again(actor_now(), clock.now())
    return see_other(url_for(".people", _anchor="invitations"))


@blueprint.post("/invitations/<public_id>/withdraw")
def withdraw(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    with transaction():
        StaffInvitation.locked(public_id).withdraw(actor_now(), clock.now())
    return see_other(url_for(".people", _anchor="invitations"))


@blueprint.get("/<public_id>")
def person(public_id: str) -> Response:
    return _person_page(staffing.by_public_id(public_id))


@blueprint.post("/<public_id>/roles")
def change_roles(public_id: str) -> Response:
    form, who = parse(Roles, request.form), staffing.by_public_id(public_id)
    if form.value is None:
        return _person_page(who, form)
    try:
        with transaction():
            roles = staffing.roles_of(form.value.roles, form.value.places, _places_of(who))
            staffing.change_roles(public_id, roles, actor_now(), clock.now())
    except (LastAdmin, NoRole, PlaceUnknown) as refused:
        return _person_page(who, form.with_error(refused.field or "", refused.text), refused=refused)
    me = sessions.current().staff
    if me is not None and not me.has("admin"):
        return arrival.arrive(me, None)
    return _back(public_id)


@blueprint.post("/<public_id>/address")
def change_address(public_id: str) -> Response:
    form, who = parse(NewAddress, request.form), staffing.by_public_id(public_id)
    if form.value is None:
        return _person_page(who, address=form)
    try:
        with transaction():
            staffing.change_address(public_id, form.value.email, actor_now(), clock.now())
    except AddressInUse as refused:
        return _person_page(who, address=form.with_error(refused.field or "", refused.text))
    except YourOwnAddress as refused:
        return _person_page(who, refused=refused)
    return _back(public_id)


@blueprint.post("/<public_id>/off")
def switch_off(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    try:
        with transaction():
            staffing.switch_off(public_id, actor_now(), clock.now())
    except (LastAdmin, NotYourself) as refused:
        return _person_page(staffing.by_public_id(public_id), refused=refused)
    return _back(public_id)


@blueprint.post("/<public_id>/on")
def switch_on(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    with transaction():
        staffing.switch_on(public_id, actor_now(), clock.now())
    return _back(public_id)


@blueprint.post("/<public_id>/second-factor/remove")
def remove_factor(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    try:
        with transaction():
            staffing.remove_factor(public_id, actor_now(), clock.now())
    except YourOwnFactor as refused:
        return _person_page(staffing.by_public_id(public_id), refused=refused)
    return _back(public_id)


@blueprint.post("/<public_id>/sign-out")
def sign_out(public_id: str) -> Response:
    parse(Nothing, request.form).get()
    with transaction():
        staffing.sign_out(staffing.by_public_id(public_id).id, actor_now(), clock.now())
    return _back(public_id)


def _places_of(who: Staff) -> set[Any]:
    return {role.recipient_id for role in who.roles if role.recipient_id}


def _back(public_id: str) -> Response:
    return see_other(url_for(".person", public_id=public_id))


def _invite_page(form: FormState[Invite], status: int = 200) -> Response:
    return page(
        "partners/invite.html",
        status=status,
        form=form,
        languages=showing.LANGUAGES,
        house_roles=_house_roles(set(request.form.getlist("roles"))),
        places=[
            (place.public_id, place.name_shown, place.public_id in request.form.getlist("places"))
            for place in staffing.dealers()
        ],
    )


def _person_page(
    who: Staff,
    form: FormState[Roles] | None = None,
    refused: Refusal | None = None,
    address: FormState[NewAddress] | None = None,
) -> Response:
    typed = form is not None
    has_factor = SecondFactor.has([who.id])
    roles = set(request.form.getlist("roles")) if typed else {role.role for role in who.roles}
    theirs = _places_of(who)
    (shown,) = showing.people([who], has_factor, sessions.count_of_staff([who.id]))
    return page(
        "partners/person.html",
        status=refused.status if refused else 422 if typed or address else 200,
        person=shown,
        is_me=who.id == sessions.staff_here().id,
        errors=form.errors if form else address.errors if address else {},
        email_typed=address.values.get("email", "") if address else "",
        refusal=refused.text if refused and form is None else "",
        house_roles=_house_roles(roles),
        places=[
            (
                place.public_id,
                place.name_shown,
                place.public_id in request.form.getlist("places") if typed else place.id in theirs,
            )
            for place in staffing.dealers(theirs)
        ],
        factor_required=second_factor.is_required(role.role for role in who.roles),
        sign_ins=sessions.of_staff(who.id),
    )


def _house_roles(ticked: set[str]) -> list[tuple[str, str, str, bool]]:
    """(role, word, what it opens, whether it is ticked)"""
    return [
        (role, showing.word_of(role), showing.what_it_opens(role), role in ticked)
        for role in staffing.HOUSE_ROLES
    ]
