"""What orders plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Wiring
from orders import dealer, events, views

wiring = Wiring(
    name="orders",
    blueprints=(views.blueprint, dealer.blueprint),
    policies={**views.policies, **dealer.policies},
    record_only=(
        events.ChecklistItemClosed,
        events.ChecklistItemReopened,
        events.OrderCancelled,
        events.OrderHandedOver,
        events.OrderMoved,
        events.OrderPlaced,
        events.PaymentGivenBack,
        events.PaymentReceived,
    ),
    grant_pages={"order": views.page_of},
    rail=(RailItem("dealer.show_board", "board", N_("Handovers"), roles=("dealer", "admin")),),
)
