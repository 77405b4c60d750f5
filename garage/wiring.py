"""What the garage plugs into the house."""

from app import clock
from app.access import VISITOR
from app.i18n import N_
from app.wiring import NavItem, Sweep, Wiring
from garage import activation, views, wallet
from garage.events import CreditsMoved, ServiceActivated, ServiceEnded, VehicleOwned


def _end_services() -> int:
    return activation.expire_due(clock.now())


def _lapse_credits() -> int:
    return wallet.lapse_due(clock.now())


wiring = Wiring(
    name="garage",
    blueprints=(views.blueprint,),
    policies={"garage.garage": VISITOR},
    record_only=(CreditsMoved, ServiceActivated, ServiceEnded, VehicleOwned),
    timetable=(
        Sweep("garage.ended_services", every_s=60, run=_end_services),
        Sweep("garage.lapsed_credits", every_s=3600, run=_lapse_credits),
    ),
    nav=(NavItem("garage.garage", N_("Ownership"), order=50),),
)
