"""The account: who one is here, where one is signed in, and with what. What one bought comes from those who sold it."""

from datetime import timedelta

from flask import Blueprint, Response, jsonify, make_response, request, url_for

from app import clock, csrf, rates, sessions
from app.access import ACCOUNT
from app.db import transaction
from app.errors import AccountNeeded, NotFound, Refusal
from app.events import Actor
from app.forms import FormState, parse
from app.i18n import N_, _
from app.pages import page, see_other
from customers import account, passkeys
from customers.entrance import posted_json, take_challenge
from customers.forms import Details, EndSession, KeyName, NewKey
from customers.models import Customer
from customers.passkeys import REGISTRATION, Passkey
from customers.relying_party import local_address, relying_party

PROOF_IS_FRESH = timedelta(hours=1)
"""How long after signing in a key may be added or the account deleted without proving the address again."""

blueprint = Blueprint("account", __name__)

policies = {
    f"account.{name}": ACCOUNT
    for name in (
        "show",
        "keep_details",
        "end_session",
        "registration_options",
        "add_passkey",
        "name_passkey",
        "remove_passkey",
        "leaving",
        "leave",
    )
}


class ProofTooOld(Refusal):
    status = 403
    says = N_("Sign in once more before you change this: your last sign-in is over an hour old.")
    remedy_label = N_("Sign in again")


@blueprint.get("/account")
def show() -> Response:
    return _page(mine_here())


@blueprint.post("/account/details")
def keep_details() -> Response:
    form = parse(Details, request.form)
    if form.value is None:
        return _page(mine_here(), form, status=422)
    with transaction():
        mine = mine_here()
        mine.name, mine.phone_e164 = form.value.name, form.value.phone
        mine.language, mine.updated_at = form.value.language, clock.now()
    path = url_for(".show").removeprefix(request.script_root)
    return see_other(f"/{form.value.language}{path}")


@blueprint.post("/account/sessions/end")
def end_session() -> Response:
    """Signs out there; without a session named, everywhere but here."""
    form = parse(EndSession, request.form).get()
    here = sessions.current()
    with transaction():
        mine = mine_here()
        if form.session is None:
            sessions.end_account_sessions(mine.id, but=here.id)
        elif not sessions.end_account_sessions(mine.id, only=form.session):
            raise NotFound()
    return see_other(url_for(".show", _anchor="sessions"))


@blueprint.post("/account/passkeys/options")
def registration_options() -> Response:
    refuse_old_proof()
    rates.limit("passkey-registration", str(sessions.current().account_id), per_minute=10)
    with transaction():
        mine = mine_here()
        options = passkeys.registration_options(mine.id, mine.email or "", mine.name, clock.now())
    response = make_response(options)
    response.headers["Content-Type"] = "application/json"
    return response


@blueprint.post("/account/passkeys")
def add_passkey() -> Response:
    refuse_old_proof()
    form = parse(NewKey, posted_json()).get()
    mine = mine_here()
    challenge = take_challenge(REGISTRATION, mine.id.bytes, form.credential)
    with transaction():
        name = form.name or sessions.device_here() or _("Passkey")
        passkeys.register(mine.id, form.credential, challenge, name, _me(mine))
    return jsonify(url=url_for(".show", _anchor="passkeys"))


@blueprint.post("/account/passkeys/<public_id>/name")
def name_passkey(public_id: str) -> Response:
    form = parse(KeyName, request.form).get()
    with transaction():
        _key(public_id).name = form.name
    return see_other(url_for(".show", _anchor="passkeys"))


@blueprint.post("/account/passkeys/<public_id>/remove")
def remove_passkey(public_id: str) -> Response:
    with transaction():
        _key(public_id).remove(_me(mine_here()))
    return see_other(url_for(".show", _anchor="passkeys"))


@blueprint.get("/account/delete")
def leaving() -> Response:
    return page("customers/leave.html", email=mine_here().email)


@blueprint.post("/account/delete")
def leave() -> Response:
    refuse_old_proof()
    with transaction():
        account.close(mine_here().id, clock.now())
        sessions.sign_out()
    csrf.rotate()
    return page("customers/left.html")


def mine_here() -> Customer:
    """Raises AccountNeeded when the account was deleted elsewhere a moment ago."""
    mine = account.find(sessions.current().account_id)
    if mine is None or mine.verified_at is None:
        raise AccountNeeded()
    return mine


def _key(public_id: str) -> Passkey:
    found = Passkey.own(mine_here().id, public_id)
    if found is None:
        raise NotFound()
    return found


def _me(mine: Customer) -> Actor:
    return Actor("customer", str(mine.id))


def refuse_old_proof(back: str = "/account") -> None:
    """Raises ProofTooOld; whoever signs in again goes on at `back`."""
    proved_at = sessions.current().proved_at
    if proved_at is None or proved_at < clock.now() - PROOF_IS_FRESH:
        again = url_for("entrance.sign_in", again=1, next=back)
        raise ProofTooOld(remedy_url=again)


def _page(mine: Customer, form: FormState[Details] | None = None, status: int = 200) -> Response:
    values = {"name": mine.name, "phone": mine.phone_e164 or "", "language": mine.language}
    return page(
        "customers/account.html",
        status=status,
        email=mine.email,
        form=form or FormState(None, values),
        here=sessions.current().id,
        sessions=sessions.of_account(mine.id),
        passkeys=Passkey.of_account(mine.id),
        has_passkeys=relying_party() is not None,
        local_address=local_address(),
    )
