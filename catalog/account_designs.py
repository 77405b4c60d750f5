"""The builds that somebody signed in has kept: a part of the account page, or a page of its own."""

from collections.abc import Sequence

from flask import Blueprint, Response

from app import sessions
from app.access import ACCOUNT
from app.events import Recorded
from app.pages import page_or_fragment
from catalog import configuration
from customers.events import AccountSignedIn

blueprint = Blueprint("account_designs", __name__)

policies = {"account_designs.show": ACCOUNT}


@blueprint.get("/account/designs")
def show() -> Response:
    state = sessions.current()
    kept = configuration.of_visitor(state.visitor_id, state.account_id)
    return page_or_fragment("catalog/account_designs.html", "catalog/_account_designs.html", designs=kept)


def adopt_builds(events: Sequence[Recorded[AccountSignedIn]]) -> None:
    """What this browser kept before somebody signed in there is theirs on every device."""
    for signed_in in events:
        if signed_in.event.visitor_id is not None:
            configuration.adopt(signed_in.event.visitor_id, signed_in.event.customer_id)
