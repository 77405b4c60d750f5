"""How long is long: the lengths of time that the house may change without a release, changed by admins."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.access import Policy as Access
from app.access import staff
from app.db import session, transaction
from app.events import Actor, actor_now, record
from app.forms import Form, FormState, parse, setting_rows
from app.i18n import N_, _
from app.pages import page, see_other
from app.settings import settings
from checkout.abandonment import POLICIES, Policy
from checkout.events import PolicyChanged

blueprint = Blueprint("checkout_settings", __name__, url_prefix="/admin/settings")

_ADMIN = staff("admin")
policies: Mapping[str, Access] = {"checkout_settings.show": _ADMIN, "checkout_settings.change": _ADMIN}

MOST_MINUTES = 7 * 24 * 60


class Lengths(Form):
    """In whole minutes."""

    abandon_payment: int = Field(ge=1, le=MOST_MINUTES)
    abandon_authentication: int = Field(ge=1, le=MOST_MINUTES)
    abandon_checkout: int = Field(ge=1, le=MOST_MINUTES)
    abandon_cart: int = Field(ge=1, le=MOST_MINUTES)
    hold_browse: int = Field(ge=5, le=24 * 60)


WORDS: Mapping[str, tuple[str, str]] = {
    "abandon_payment": (
        N_("Payment left or failed, minutes"),
        N_("After this much quiet somebody is told to help with the payment."),
    ),
    "abandon_authentication": (
        N_("Bank check left open, minutes"),
        N_("The buyer may still be looking for the bank’s app."),
    ),
    "abandon_checkout": (N_("Checkout left, minutes"), N_("Between contact details and the last look.")),
    "abandon_cart": (N_("Cart left, minutes"), N_("Something in it, checkout not begun.")),
    "hold_browse": (
        N_("A car is held from the cart, minutes"),
        N_("Counts for holds that begin from now on. Holds that run keep their end."),
    ),
}
SETTING: Mapping[str, str] = {
    "abandon_payment": "abandon_payment_s",
    "abandon_authentication": "abandon_payment_s",
    "abandon_checkout": "abandon_checkout_s",
    "abandon_cart": "abandon_cart_s",
}


@blueprint.get("")
def show() -> Response:
    return _page(FormState(None))


@blueprint.post("")
def change() -> Response:
    state = parse(Lengths, request.form)
    if state.value is None:
        return _page(state, 422)
    with transaction():
        change_lengths(
            {name: minutes * 60 for name, minutes in state.value.model_dump().items()}, actor_now()
        )
    return see_other(url_for(".show", saved=1))


def change_lengths(seconds: Mapping[str, int], actor: Actor) -> None:
    """Keeps those that are other than before, each with a fact that tells both."""
    before = in_force()
    for name, length in seconds.items():
        if length == before[name]:
            continue
        session().execute(
            insert(Policy)
            .values(name=name, seconds=length)
            .on_conflict_do_update(index_elements=["name"], set_={"seconds": length})
        )
        record(PolicyChanged(name=name, before_s=before[name], after_s=length), actor)


def in_force() -> dict[str, int]:
    """What the table says, or the default where it has no row, in seconds."""
    kept = {row.name: row.seconds for row in session().scalars(select(Policy))}
    return {name: kept.get(name, default) for name, default in POLICIES.items() if name in WORDS}


def _page(state: FormState[Lengths], status: int = 200) -> Response:
    kept = in_force()
    rows = [
        replace(row, hint=" ".join(filter(None, (row.hint, _overruled(row.name)))))
        for row in setting_rows(WORDS, {name: str(length // 60) for name, length in kept.items()}, state)
    ]
    return page(
        "checkout/settings.html",
        status,
        rows=rows,
        errors=[(row.name, row.error) for row in rows if row.error],
        saved=request.args.get("saved") == "1",
    )


def _overruled(name: str) -> str:
    given = getattr(settings(), SETTING[name]) if name in SETTING else None
    if given is None:
        return ""
    return _(
        "This machine’s settings say %(n)s seconds instead.",
        n=given if name != "abandon_authentication" else 3 * given,
    )
