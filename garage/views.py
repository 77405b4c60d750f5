"""The garage: what a visitor has, in one page."""

from flask import Blueprint, Response

from app import clock, sessions
from app.pages import page
from customers import account
from garage import queries

blueprint = Blueprint("garage", __name__)


@blueprint.get("/garage")
def garage() -> Response:
    here = sessions.current()
    if here.visitor_id is None:
        return page("garage/garage.html", cars=[], running=[], waiting=[], wallet=None)
    own = account.records_of(here.visitor_id, here.account_id)
    services = queries.services_of(own)
    return page(
        "garage/garage.html",
        cars=queries.cars_of(own),
        running=[service for service in services if service.state == "active"],
        waiting=[service for service in services if service.state == "pending"],
        wallet=queries.wallet_of(own, clock.now()),
    )
