"""What insights plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Sweep, Wiring
from insights import counting, operator, views

wiring = Wiring(
    name="insights",
    blueprints=(views.blueprint, operator.blueprint),
    policies={**views.policies, **operator.policies},
    timetable=(Sweep("insights.count", every_s=60, run=counting.count),),
    rail=(RailItem("insights.show", "chart", N_("Where people get stuck"), roles=("admin",)),),
)
