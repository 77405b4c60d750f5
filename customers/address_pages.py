"""Changing the address of an account: asked for here, proved by a link at the new address."""

import hashlib

from flask import Blueprint, Response, request, url_for

from app import clock, csrf, rates, sessions, tokens
from app.access import ACCOUNT, PUBLIC
from app.db import transaction
from app.errors import Refusal
from app.forms import FormState, parse
from app.i18n import language
from app.pages import page, see_other
from customers import account, address
from customers.account_pages import mine_here, refuse_old_proof
from customers.address import (
    LIFE,
    AddressChange,
    AddressLinkNotValid,
    AddressTaken,
    OtherAccount,
    SameAddress,
)
from customers.entrance import LINKS_PER_HOUR, LINKS_PER_MINUTE, TRIES_PER_MINUTE
from customers.forms import NewAddress

OF_ONE_ACCOUNT_PER_HOUR = 5

CARRIER = tokens.Carrier("address", LIFE)

blueprint = Blueprint("address", __name__)

policies = {
    "address.open_link": PUBLIC,
    **{f"address.{name}": ACCOUNT for name in ("show", "ask", "take_back", "confirm", "change")},
}


@blueprint.get("/account/address")
def show() -> Response:
    return _page(FormState(None))


@blueprint.post("/account/address")
def ask() -> Response:
    refuse_old_proof(url_for(".show").removeprefix(request.script_root))
    form = parse(NewAddress, request.form)
    if form.value is None:
        return _page(form, 422)
    email = form.value.email
    rates.limit(
        "address-change", str(sessions.current().account_id), per_minute=OF_ONE_ACCOUNT_PER_HOUR, minutes=60
    )
    who = hashlib.sha256(email.encode()).hexdigest()[:32]
    rates.limit("sign-in-link", who, per_minute=LINKS_PER_MINUTE)
    rates.limit("sign-in-link-hour", who, per_minute=LINKS_PER_HOUR, minutes=60)
    try:
        with transaction():
            mine = mine_here()
            address.ask(mine.id, mine.email or "", email, language(), clock.now())
    except SameAddress as refused:
        return _page(form.with_error(refused.field or "", refused.text), refused.status)
    return see_other(url_for(".show"))


@blueprint.post("/account/address/take-back")
def take_back() -> Response:
    with transaction():
        address.take_back(mine_here().id, clock.now())
    return see_other(url_for(".show"))


@blueprint.get("/account/address/link/<token>")
def open_link(token: str) -> Response:
    """Uses nothing up, since scanners of mail follow links too: the token moves to a cookie, and a button uses it."""
    _slow_down("address-open")
    AddressChange.opened_by(token)
    return CARRIER.take(see_other(url_for(".confirm")), token)


@blueprint.get("/account/address/confirm")
def confirm() -> Response:
    wish = AddressChange.opened_by(_token())
    if wish.account_id != mine_here().id:
        raise OtherAccount()
    return page("customers/confirm_address.html", email=wish.email, old=wish.old_email)


@blueprint.post("/account/address/confirm")
def change() -> Response:
    _slow_down("address-change-enter")
    with transaction():
        account.change_address(mine_here().id, _token(), sessions.current().id, clock.now())
    csrf.rotate()
    return CARRIER.let_go(see_other(url_for("account.show")))


def _token() -> str:
    token = CARRIER.token()
    if token is None:
        raise AddressLinkNotValid()
    return token


def _slow_down(what: str) -> None:
    rates.limit(what, request.remote_addr or "", per_minute=TRIES_PER_MINUTE)


def _page(form: FormState[NewAddress], status: int = 200) -> Response:
    mine = mine_here()
    return page(
        "customers/address.html",
        status=status,
        form=form,
        email=mine.email,
        waiting=address.waiting_of(mine.id),
    )


@blueprint.errorhandler(AddressLinkNotValid)
@blueprint.errorhandler(AddressTaken)
@blueprint.errorhandler(OtherAccount)
def not_possible(refusal: Refusal) -> Response:
    return page("customers/address_link_not_valid.html", status=refusal.status, refusal=refusal)
