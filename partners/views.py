"""The staff entrance."""

from flask import Blueprint, Response, request, url_for

from app import clock, csrf, rates, sessions
from app.db import transaction
from app.forms import FormState, parse
from app.pages import own_path, page, see_other
from partners import arrival, entrance
from partners.forms import SignIn
from partners.refusals import SignInRefused

blueprint = Blueprint("partners", __name__)

TRIES_PER_MINUTE = 10


@blueprint.get("/staff/sign-in")
def sign_in() -> Response:
    principal = sessions.current().staff
    if principal is not None:
        return arrival.arrive(principal, None)
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
        with transaction():
            entrance.fail(refused.why, refused.staff_id, clock.now())
        return _page(form.with_error("password", refused.text), status=refused.status)
    return arrival.go_on(staff, own_path(form.value.next))


@blueprint.post("/staff/sign-out")
def staff_sign_out() -> Response:
    if sessions.current().staff is not None:
        with transaction():
            entrance.sign_out(clock.now())
        csrf.rotate()
    return see_other(url_for("partners.sign_in"))


def _page(form: FormState[SignIn], status: int = 200) -> Response:
    return page("partners/sign_in.html", status=status, form=form)
