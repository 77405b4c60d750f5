"""The staff entrance."""

from flask import Blueprint, Response, request, url_for

from app import csrf, rates, sessions
from app.db import transaction
from app.forms import FormState, parse
from app.pages import own_path, page, see_other
from partners import entrance, here
from partners.forms import SignIn
from partners.queries import recipients
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
        _stand_in_market_of(principal)
    csrf.rotate()
    return _go(own_path(form.value.next) or entrance.desk_of(principal))


@blueprint.post("/staff/sign-out")
def staff_sign_out() -> Response:
    if sessions.current().staff is not None:
        with transaction():
            sessions.sign_out()
        csrf.rotate()
    return see_other(url_for("partners.sign_in"))


def _stand_in_market_of(principal: sessions.StaffPrincipal) -> None:
    """Somebody who works for a dealer sees its market's clock; the house's own people keep the one they chose."""
    places = recipients(principal.recipient_ids)
    if places:
        here.choose(min(places.values(), key=lambda place: place.code).market_key)


def _go(path: str) -> Response:
    """To a page of this shop, in the language of this one."""
    return see_other(request.script_root + path)


def _page(form: FormState[SignIn], status: int = 200) -> Response:
    return page("partners/sign_in.html", status=status, form=form)
