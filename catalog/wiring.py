from app.i18n import N_
from app.wiring import NavItem, Wiring
from catalog import events, views
from catalog.commands import catalog
from catalog.demo import demo

wiring = Wiring(
    name="catalog",
    blueprints=(views.blueprint,),
    policies=views.policies,
    record_only=(
        events.VehicleListed,
        events.VehicleHeld,
        events.HoldReleased,
        events.VehicleReserved,
        events.VehicleSold,
    ),
    commands=catalog,
    nav=(
        NavItem("catalog.models", N_("Models"), 1),
        NavItem("catalog.stock", N_("In stock"), 2),
        NavItem("catalog.subscribe", N_("Subscribe"), 3),
        NavItem("catalog.services", N_("Services"), 4),
    ),
    demo=demo,
)
