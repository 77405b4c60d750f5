"""The staff entrance."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for

from app import csrf, rates, sessions
from app.db import transaction
from app.forms import FormState, parse
from app.pages import page, see_other
from partners import entrance
from partners.forms import SignIn
from partners.refusals import SignInRefused

blueprint = Blueprint("partners", __name__)

TRIES_PER_MINUTE = 10


@blueprint.get("/staff/sign-in")
def sign_in() -> Response:
    principal = sessions.current().staff
    if principal is not None:
        return _go(entrance.desk_of(principal))
    return _page(FormState(None, {"next": request.args.get("next", "")[:400]}))


@blueprint.post("/staff/sign-in")
def send_sign_in() -> Response:
    rates.limit("sign-in-from", request.remote_addr or "", per_minute=3 * TRIES_PER_MINUTE)
    form = parse(SignIn, request.form)
    if form.value is None:
        return _page(form, status=422)
    rates.limit("sign-in", form.value.email, per_minute=TRIES_PER_MINUTE)
    try:
        staff = entrance.identify(form.value.email, form.value.password)
    except SignInRefused as refused:
        return _page(form.with_error("password", refused.text), status=refused.status)
    with transaction():
        principal = entrance.sign_in(staff)
    csrf.rotate()
    return _go(_own_path(form.value.next) or entrance.desk_of(principal))


@blueprint.post("/staff/sign-out")
def staff_sign_out() -> Response:
    if sessions.current().staff is not None:
        with transaction():
            sessions.sign_out()
        csrf.rotate()
    return see_other(url_for("partners.sign_in"))


def _go(path: str) -> Response:
    """To a page of this shop, in the language of this one."""
    return see_other(request.script_root + path)


def _page(form: FormState[SignIn], status: int = 200) -> Response:
    return page("partners/sign_in.html", status=status, form=form)


def _own_path(address: str | None) -> str | None:
    """A path of this shop, or None: never an address that leads elsewhere, however it is written."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(ord(char) < 33 or char == "\\" for char in address):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None
