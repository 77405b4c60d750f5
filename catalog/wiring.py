from app.i18n import N_
from app.wiring import NavItem, Wiring
from catalog import account_designs, configurator, events, sitemap, views
from catalog.commands import catalog
from catalog.demo import demo
from customers.events import AccountSignedIn

wiring = Wiring(
    name="catalog",
    blueprints=(views.blueprint, configurator.blueprint, account_designs.blueprint, sitemap.blueprint),
    policies={**views.policies, **configurator.policies, **account_designs.policies, **sitemap.policies},
    found=(*views.policies, "configurator.configure"),
    shared=("configurator.design",),
    listeners={AccountSignedIn: (account_designs.adopt_builds,)},
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
