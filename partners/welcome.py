"""Where an invitation leads: the invited person says who they are, chooses a password, and is in."""

from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from app import clock, rates, tokens
from app.access import PUBLIC
from app.db import transaction
from app.forms import FormState, parse
from app.i18n import language
from app.pages import page, personal, see_other
from partners import arrival, staffing
from partners.enrolment import SHORTEST_PASSWORD
from partners.forms import Welcome
from partners.invitations import InvitationNotValid, StaffInvitation
from partners.passwords import PasswordTooWeak, check_new
from partners.showing import role_words

OPENED_PER_MINUTE, TRIES_PER_MINUTE = 30, 10
CARRIER = tokens.Carrier("invitation", timedelta(hours=1))

blueprint = Blueprint("welcome", __name__)

policies = {f"welcome.{name}": PUBLIC for name in ("open_link", "show", "accept")}


@blueprint.get("/staff/invite/<token>")
def open_link(token: str) -> Response:
    """Uses nothing up, since scanners of mail follow links too: the token moves to a cookie, and a form uses it."""
    rates.limit("invitation-open", request.remote_addr or "", per_minute=OPENED_PER_MINUTE)
    StaffInvitation.opened_by(token)
    return CARRIER.take(see_other(url_for(".show")), token)


@blueprint.get("/staff/welcome")
def show() -> Response:
    return _page(StaffInvitation.opened_by(_token()), FormState(None, {"language": language()}))


@blueprint.post("/staff/welcome")
def accept() -> Response:
    rates.limit("invitation-accept", request.remote_addr or "", per_minute=TRIES_PER_MINUTE)
    token = _token()
    invitation = StaffInvitation.opened_by(token)
    form = parse(Welcome, request.form)
    if form.value is None:
        return _page(invitation, form, 422)
    try:
        check_new(form.value.password, invitation.email)
    except PasswordTooWeak as refused:
        return _page(invitation, form.with_error("password", refused.text), refused.status)
    with transaction():
        staff = staffing.accept(
            token,
            form.value.name,
            form.value.name_zh or "",
            form.value.language,
            form.value.password,
            clock.now(),
        )
    return CARRIER.let_go(arrival.go_on(staff, None))


def _token() -> str:
    token = CARRIER.token()
    if token is None:
        raise InvitationNotValid()
    return token


def _page(invitation: StaffInvitation, form: FormState[Welcome], status: int = 200) -> Response:
    return personal(
        page(
            "partners/welcome.html",
            status=status,
            form=form,
            email=invitation.email,
            roles=role_words(invitation.roles_told),
            shortest=SHORTEST_PASSWORD,
        )
    )


@blueprint.errorhandler(InvitationNotValid)
def not_valid(refusal: InvitationNotValid) -> Response:
    return page("partners/invitation_not_valid.html", status=refusal.status, refusal=refusal)
