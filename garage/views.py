"""The garage: what a visitor has, in one page."""

from flask import Blueprint, Response

from app import clock, sessions
from app.pages import page
from garage import queries

blueprint = Blueprint("garage", __name__)


@blueprint.get("/garage")
def garage() -> Response:
    visitor_id = sessions.current().visitor_id
    if visitor_id is None:
        return page("garage/garage.html", cars=[], running=[], waiting=[], wallet=None)
    services = queries.services_of(visitor_id)
    return page(
        "garage/garage.html",
        cars=queries.cars_of(visitor_id),
        running=[service for service in services if service.state == "active"],
        waiting=[service for service in services if service.state == "pending"],
        wallet=queries.wallet_of(visitor_id, clock.now()),
    )
