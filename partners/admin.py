"""The first page of administration: where everything is that the whole house is run by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, request

from app.access import Policy, staff
from app.i18n import N_, translate
from app.pages import page
from partners.incident_notices import notices

blueprint = Blueprint("admin", __name__)
policies: Mapping[str, Policy] = {"admin.index": staff("admin")}


@dataclass(frozen=True)
class Place:
    path: str
    icon: str
    name: str
    about: str


PLACES: Sequence[Place] = (
    Place(
        "/admin/recipients",
        "home",
        N_("Dealers, desks and partners"),
        N_("Who they are, how they are told, when they are open."),
    ),
    Place("/admin/staff", "person", N_("Staff"), N_("Invitations, roles, second factor, sessions.")),
    Place(
        "/house/orders", "truck", N_("Orders to place anew"), N_("Declined by a dealer: find another one.")
    ),
    Place("/dealer/demo-cars", "wheel", N_("Demo cars"), N_("Which cars are driven on trial, and where.")),
    Place("/leads/matrix", "swap", N_("Who answers what"), N_("The rule for every source and product.")),
    Place(
        "/admin/deliveries",
        "send",
        N_("What leaves the house"),
        N_("Mails and webhooks: on their way, parked, dead, sent again."),
    ),
    Place(
        "/admin/settings",
        "clock",
        N_("How long is long"),
        N_("When a cart counts as left, how long a car is held."),
    ),
    Place(
        "/admin/stalls",
        "people",
        N_("When somebody is stuck"),
        N_("What the agents’ list shows, and when help is offered."),
    ),
    Place(
        "/admin/promotions",
        "coin",
        N_("Promotions"),
        N_("Money off services and delivery, switched on and off."),
    ),
    Place("/admin/texts", "mail", N_("Letters"), N_("What the house writes, sentence by sentence.")),
    Place("/admin/operator", "gauge", N_("Operation"), N_("Lag, sweeps, job runs.")),
    Place("/admin/audit", "shield", N_("Audit"), N_("Who did what, and who was refused.")),
)


@dataclass(frozen=True)
class Entry:
    url: str
    icon: str
    name: str
    about: str


@blueprint.get("/admin")
def index() -> Response:
    known = {rule.rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    entries = [_entry(place) for place in PLACES if place.path in known]
    return page("partners/admin.html", entries=entries, incidents=notices())


def _entry(place: Place) -> Entry:
    return Entry(request.script_root + place.path, place.icon, translate(place.name), translate(place.about))
