"""What orders plug into the house."""

from app.i18n import N_
from app.wiring import RailItem, Wiring
from orders import (
    account_pages,
    board_pages,
    buyer,
    dealer,
    events,
    handing_views,
    handover_events,
    house_views,
    views,
)

wiring = Wiring(
    name="orders",
    blueprints=(
        views.blueprint,
        buyer.blueprint,
        account_pages.blueprint,
        dealer.blueprint,
        board_pages.blueprint,
        handing_views.blueprint,
        house_views.blueprint,
    ),
    policies={
        **views.policies,
        **buyer.policies,
        **account_pages.policies,
        **dealer.policies,
        **board_pages.policies,
        **handing_views.policies,
        **house_views.policies,
    },
    record_only=(
        *(event for event in handover_events.ALL if event not in handover_events.HEARD),
        events.ChecklistItemClosed,
        events.ChecklistItemReopened,
        events.LaneChosen,
        events.OrderAmountChanged,
        events.OrderCancelled,
        events.OrderHandedOver,
        events.OrderMoved,
        events.OrderPlaced,
        events.PaymentGivenBack,
        events.PaymentReceived,
        events.PreparationPlanned,
        events.VinAssigned,
    ),
    grant_pages={"order": views.page_of, buyer.VIEW: buyer.status_page_of},
    rail=(
        RailItem("dealer.show_board", "board", N_("Handovers"), roles=("dealer", "admin")),
        RailItem("house_orders.waiting", "truck", N_("Orders to place anew"), roles=("agent", "admin")),
    ),
)
