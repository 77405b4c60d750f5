"""The buyers' entrance: a link by mail, or a passkey. Nobody needs it to buy."""

import hashlib
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, url_for

from app import clock, csrf, devices, rates, sessions, tokens
from app.access import PUBLIC
from app.db import transaction
from app.errors import InvalidInput
from app.forms import FormState, parse
from app.i18n import language
from app.pages import own_path, page, personal, see_other
from customers import account, passkeys
from customers.forms import AskForLink, KeySignIn
from customers.passkeys import SIGN_IN, PasskeyChallenge, PasskeyRefused
from customers.proof import LIFE, SignInLinkNotValid, SignInRequest
from customers.relying_party import relying_party
from partners.here import market_here

LINKS_PER_MINUTE, LINKS_PER_HOUR = 3, 10
"""Mails to one address."""
TRIES_PER_MINUTE = 30
"""From one place, of each kind."""

CARRIER = tokens.Carrier("proof", LIFE)

blueprint = Blueprint("entrance", __name__)

policies = {
    f"entrance.{name}": PUBLIC
    for name in (
        "sign_in",
        "ask_for_link",
        "link_sent",
        "open_link",
        "confirm",
        "enter",
        "sign_out",
        "passkey_options",
        "enter_by_passkey",
    )
}


@blueprint.get("/account/sign-in")
def sign_in() -> Response:
    next_path = own_path(request.args.get("next", "")[:400])
    if sessions.current().account_id is not None and "again" not in request.args:
        return _go(next_path)
    return _page(FormState(None, {"next": next_path or ""}))


@blueprint.post("/account/sign-in")
def ask_for_link() -> Response:
    """The same answer to every address, in the same time: every address gets its mail."""
    _slow_down("sign-in-link-from")
    form = parse(AskForLink, request.form)
    if form.value is None:
        return _page(form, status=422)
    who = hashlib.sha256(form.value.email.encode()).hexdigest()[:32]
    rates.limit("sign-in-link", who, per_minute=LINKS_PER_MINUTE)
    rates.limit("sign-in-link-hour", who, per_minute=LINKS_PER_HOUR, minutes=60)
    market = market_here()
    with transaction():
        SignInRequest.ask(form.value.email, language(), market.key, own_path(form.value.next), clock.now())
    return see_other(url_for(".link_sent"))


@blueprint.get("/account/sign-in/sent")
def link_sent() -> Response:
    return page("customers/link_sent.html")


@blueprint.get("/account/link/<token>")
def open_link(token: str) -> Response:
    """Uses nothing up, since scanners of mail follow links too: the token moves to a cookie, and a button uses it."""
    _slow_down("sign-in-open")
    SignInRequest.opened_by(token)
    return CARRIER.take(see_other(url_for(".confirm")), token)


@blueprint.get("/account/sign-in/confirm")
def confirm() -> Response:
    asked = SignInRequest.opened_by(_token())
    return personal(page("customers/confirm_sign_in.html", email=asked.email))


@blueprint.post("/account/sign-in/confirm")
def enter() -> Response:
    _slow_down("sign-in-enter")
    with transaction():
        at = clock.now()
        asked = SignInRequest.redeem(_token(), at)
        visitor_id = _visitor_to_take_along()
        proved = account.prove(asked.email, asked.language, asked.market_key, visitor_id, at)
        account.sign_in(proved.id, "link", _device())
        next_path = asked.next_path
    csrf.rotate()
    return CARRIER.let_go(_go(next_path))


@blueprint.post("/account/sign-out")
def sign_out() -> Response:
    if sessions.current().account_id is not None:
        with transaction():
            sessions.sign_out()
        csrf.rotate()
    return _go("/")


@blueprint.post("/account/passkey/options")
def passkey_options() -> Response:
    _slow_down("passkey-options")
    with transaction():
        options = passkeys.sign_in_options(csrf.browser(), clock.now())
    return _json(options)


@blueprint.post("/account/passkey")
def enter_by_passkey() -> Response:
    _slow_down("passkey")
    form = parse(KeySignIn, posted_json()).get()
    taken = take_challenge(SIGN_IN, csrf.browser(), form.credential)
    with transaction():
        account_id = passkeys.identify(form.credential, taken, clock.now())
        account.sign_in(account_id, "passkey", _device())
    csrf.rotate()
    next_path = own_path(form.next) or url_for("account.show").removeprefix(request.script_root)
    return jsonify(url=request.script_root + next_path)


def take_challenge(purpose: str, asked_by: bytes, credential: dict[str, Any]) -> bytes:
    """Used up before anything is looked at, and for good: a second answer finds none. Raises PasskeyRefused."""
    challenge = passkeys.challenge_of(credential)
    with transaction():
        taken = PasskeyChallenge.take(purpose, asked_by, challenge)
    if not taken:
        raise PasskeyRefused()
    return challenge


def posted_json() -> dict[str, Any]:
    """Raises InvalidInput for anything but an object."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise InvalidInput({})
    return told


def _visitor_to_take_along() -> Any:
    """What is told by this visit, unless it is a visit of staff or of another account."""
    state = sessions.current()
    return state.visitor_id if state.staff is None and state.account_id is None else None


def _token() -> str:
    token = CARRIER.token()
    if token is None:
        raise SignInLinkNotValid(remedy_url=url_for(".sign_in"))
    return token


def _slow_down(what: str) -> None:
    rates.limit(what, request.remote_addr or "", per_minute=TRIES_PER_MINUTE)


def _device() -> str:
    return devices.named(request.headers.get("User-Agent", ""))


def _go(path: str | None) -> Response:
    """To a page of this shop, in the language of this one."""
    return see_other(request.script_root + path if path else url_for("account.show"))


def _json(text: str) -> Response:
    response = make_response(text)
    response.headers["Content-Type"] = "application/json"
    return response


def _page(form: FormState[AskForLink], status: int = 200) -> Response:
    return page("customers/sign_in.html", status=status, form=form, has_passkeys=relying_party() is not None)


@blueprint.errorhandler(SignInLinkNotValid)
def link_not_valid(refusal: SignInLinkNotValid) -> Response:
    return page("customers/link_not_valid.html", status=refusal.status, refusal=refusal)
