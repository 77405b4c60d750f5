"""One's own page: name and language, password, second factor, and where one is signed in."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from app import clock, csrf, rates, sessions
from app.access import staff
from app.db import session, transaction
from app.errors import NotFound
from app.events import Actor
from app.forms import FormState, parse
from app.pages import own_path, page, personal, see_other
from partners import arrival, codes, places, second_factor, staffing
from partners.forms import ChoosePlace, Code, EndSignIn, Myself, NewPassword, Proved
from partners.models import Staff
from partners.passwords import SHORTEST, PasswordTooWeak, check_new
from partners.second_factor import CodeRefused, RecoveryCode, SecondFactor, SecondFactorNeeded
from partners.showing import LANGUAGES, role_words
from partners.staffing import WrongPassword

PASSWORDS_PER_MINUTE = 5
FIELD_IDS = {("password", "password"): "old-password", ("factor", "password"): "factor-password"}
"""Of the fields that share a name on the page."""

blueprint = Blueprint("staff_me", __name__)

_STAFF = staff("agent", "dealer", "admin")
policies = {
    f"staff_me.{name}": _STAFF
    for name in (
        "show",
        "keep",
        "change_password",
        "end_session",
        "begin_factor",
        "factor",
        "picture",
        "confirm_factor",
        "remove_factor",
        "renew_codes",
        "choose_place",
    )
}


@blueprint.get("/staff/me")
def show() -> Response:
    return _page(_mine())


@blueprint.post("/staff/me")
def keep() -> Response:
    form = parse(Myself, request.form)
    if form.value is None:
        return _page(_mine(), "details", form, 422)
    told = form.value
    with transaction():
        staffing.rename(_mine(), told.name, told.name_zh or "", told.language)
    path = url_for(".show").removeprefix(request.script_root)
    return see_other(f"/{told.language}{path}")


@blueprint.post("/staff/me/password")
def change_password() -> Response:
    """With the old one; every other sign-in ends."""
    form, mine = parse(NewPassword, request.form), _mine()
    if form.value is None:
        return _page(mine, "password", form, 422)
    try:
        _prove(mine, form.value.password)
        check_new(form.value.new_password, mine.email)
    except WrongPassword as refused:
        return _page(mine, "password", form.with_error("password", refused.text), refused.status)
    except PasswordTooWeak as refused:
        return _page(mine, "password", form.with_error("new_password", refused.text), refused.status)
    with transaction():
        staffing.change_password(
            _mine(), form.value.new_password, _me(), clock.now(), but=sessions.current().id
        )
    csrf.rotate()
    return see_other(url_for(".show", _anchor="password"))


@blueprint.post("/staff/me/sessions/end")
def end_session() -> Response:
    """Signs out there; without a session named, everywhere but here."""
    form = parse(EndSignIn, request.form).get()
    with transaction():
        mine, here = _mine(), sessions.current().id
        if form.session is None:
            staffing.sign_out(mine.id, _me(), clock.now(), but=here)
        elif not staffing.sign_out(mine.id, _me(), clock.now(), only=form.session):
            raise NotFound()
    return see_other(url_for(".show", _anchor="sessions"))


@blueprint.post("/staff/me/second-factor")
def begin_factor() -> Response:
    form, mine = parse(Proved, request.form), _mine()
    refused = _proof(mine, form)
    if refused is not None:
        return refused
    if SecondFactor.of(mine.id) is not None:
        return see_other(url_for(".show", _anchor="second-factor"))
    with transaction():
        SecondFactor.begin(mine.id, clock.now())
    return see_other(url_for(".factor"))


@blueprint.get("/staff/me/second-factor")
def factor() -> Response:
    begun = SecondFactor.begun_by(_mine().id, clock.now())
    if begun is None:
        return see_other(url_for(".show", _anchor="second-factor"))
    return _factor_page(begun, FormState(None))


@blueprint.get("/staff/me/second-factor.svg")
def picture() -> Response:
    mine = _mine()
    begun = SecondFactor.begun_by(mine.id, clock.now())
    if begun is None:
        raise NotFound()
    return codes.picture(begun, mine.email)


@blueprint.post("/staff/me/second-factor/code")
def confirm_factor() -> Response:
    form, mine = parse(Code, request.form), _mine()
    rates.limit("second-step", str(mine.id), per_minute=10, minutes=15)
    begun = SecondFactor.begun_by(mine.id, clock.now())
    if begun is None:
        return see_other(url_for(".show", _anchor="second-factor"))
    if form.value is None:
        return _factor_page(begun, form, 422)
    try:
        with transaction():
            recovery = codes.confirm(mine.id, form.value.code, clock.now())
    except CodeRefused as refused:
        return _factor_page(begun, form.with_error("code", refused.text), refused.status)
    return codes.paper(recovery, url_for(".show", _anchor="second-factor"))


@blueprint.post("/staff/me/second-factor/remove")
def remove_factor() -> Response:
    form, mine = parse(Proved, request.form), _mine()
    refused = _proof(mine, form)
    if refused is not None:
        return refused
    if second_factor.is_required(role.role for role in mine.roles):
        raise SecondFactorNeeded(remedy_url=url_for(".show"))
    with transaction():
        mine_now = session().get(SecondFactor, mine.id)
        if mine_now is not None:
            mine_now.remove(_me(), clock.now())
    return see_other(url_for(".show", _anchor="second-factor"))


@blueprint.post("/staff/me/second-factor/codes")
def renew_codes() -> Response:
    form, mine = parse(Proved, request.form), _mine()
    refused = _proof(mine, form)
    if refused is not None:
        return refused
    if SecondFactor.of(mine.id) is None:
        raise NotFound()
    with transaction():
        recovery = second_factor.renew_codes(mine.id, _me(), clock.now())
    return codes.paper(recovery, url_for(".show", _anchor="second-factor"))


@blueprint.post("/staff/place")
def choose_place() -> Response:
    """Which of one's places the lists show; empty is all of them."""
    form = parse(ChoosePlace, request.form).get()
    with transaction():
        places.choose(sessions.staff_here(), form.place)
    return arrival.arrive(
        sessions.staff_here(), own_path((form.next or "").removeprefix(request.script_root))
    )


def _mine() -> Staff:
    return session().get_one(Staff, sessions.staff_here().id)


def _me() -> Actor:
    return Actor("staff", str(sessions.staff_here().id))


def _prove(mine: Staff, password: str) -> None:
    """Raises TooManyRequests, WrongPassword."""
    rates.limit("staff-password", str(mine.id), per_minute=PASSWORDS_PER_MINUTE)
    staffing.prove(mine, password)


def _proof(mine: Staff, form: FormState[Proved]) -> Response | None:
    """The page that says what is wrong with the password, or None when it is right."""
    if form.value is None:
        return _page(mine, "factor", form, 422)
    try:
        _prove(mine, form.value.password)
    except WrongPassword as refused:
        return _page(mine, "factor", form.with_error("password", refused.text), refused.status)
    return None


def _page(mine: Staff, part: str = "", form: FormState[Any] | None = None, status: int = 200) -> Response:
    """`part` is the form that came back: details, password or factor."""
    state = sessions.current()
    confirmed = SecondFactor.of(mine.id)
    values = {"name": mine.name, "name_zh": mine.name_zh, "language": mine.language}
    errors = {part: form.errors} if form is not None else {}
    return personal(
        page(
            "partners/me.html",
            status=status,
            email=mine.email,
            roles=role_words(sessions.staff_here().roles),
            values={**values, **(form.values if form is not None and part == "details" else {})},
            errors=errors,
            summary=[
                (FIELD_IDS.get((part, name), name), says) for name, says in errors.get(part, {}).items()
            ],
            languages=LANGUAGES,
            shortest=SHORTEST,
            has_factor=confirmed is not None,
            factor_since=confirmed.confirmed_at if confirmed else None,
            factor_required=second_factor.is_required(role.role for role in sessions.staff_here().roles),
            codes_left=RecoveryCode.left(mine.id) if confirmed else 0,
            sign_ins=sessions.of_staff(mine.id),
            here=state.id,
        )
    )


def _factor_page(begun: SecondFactor, form: FormState[Code], status: int = 200) -> Response:
    return personal(
        page(
            "partners/my_factor.html",
            status=status,
            form=form,
            secret=begun.secret_in_fours,
            picture_url=url_for(".picture"),
            send_url=url_for(".confirm_factor"),
        )
    )
