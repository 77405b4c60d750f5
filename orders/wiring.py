"""What orders plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Wiring
from orders import account_pages, buyer, dealer, events, views

wiring = Wiring(
    name="orders",
    blueprints=(views.blueprint, buyer.blueprint, account_pages.blueprint, dealer.blueprint),
    policies={**views.policies, **buyer.policies, **account_pages.policies, **dealer.policies},
    record_only=(
        events.ChecklistItemClosed,
        events.ChecklistItemReopened,
        events.OrderAmountChanged,
        events.OrderCancelled,
        events.OrderHandedOver,
        events.OrderMoved,
        events.OrderPlaced,
        events.PaymentGivenBack,
        events.PaymentReceived,
        events.VinAssigned,
    ),
    grant_pages={"order": views.page_of, buyer.VIEW: buyer.status_page_of},
    rail=(RailItem("dealer.show_board", "board", N_("Handovers"), roles=("dealer", "admin")),),
)
