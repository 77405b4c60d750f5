from datetime import datetime

from app.wiring import Wiring
from checkout import (
    account_carts,
    demo,
    demo_day,
    events,
    legal,
    markets,
    payments,
    promotions_desk,
    settings_desk,
    sharing,
    sharing_events,
    sharing_views,
    views,
    webhooks,
)
from checkout.commands import checkout
from checkout.listeners import forget_who_never_ordered, give_back_difference, refund_cancelled_orders
from checkout.stripe_gateway import StripeGateway
from checkout.tasks import TIMETABLE
from customers.events import AccountClosed
from orders.events import OrderAmountChanged, OrderCancelled


def _demo(at: datetime) -> None:
    demo.demo(at)
    demo_day.demo(at)


payments.install_gateway(StripeGateway.from_settings)

wiring = Wiring(
    name="checkout",
    found=("checkout.cart",),
    blueprints=(
        views.blueprint,
        account_carts.blueprint,
        sharing_views.blueprint,
        markets.blueprint,
        legal.blueprint,
        webhooks.blueprint,
        settings_desk.blueprint,
        promotions_desk.blueprint,
    ),
    policies={
        **views.policies,
        **account_carts.policies,
        **sharing_views.policies,
        **markets.policies,
        **legal.policies,
        **webhooks.policies,
        **settings_desk.policies,
        **promotions_desk.policies,
    },
    listeners={
        OrderCancelled: (refund_cancelled_orders,),
        OrderAmountChanged: (give_back_difference,),
        AccountClosed: (forget_who_never_ordered,),
    },
    record_only=(
        events.CartLineAdded,
        events.CartLineRemoved,
        events.CheckoutStepReached,
        events.ContactGiven,
        events.PaymentStarted,
        events.PaymentDeclined,
        events.PaymentEnded,
        events.PaymentCaptured,
        events.PaymentRefunded,
        events.CartAbandoned,
        events.PolicyChanged,
        events.PromotionAdded,
        events.PromotionSwitched,
        *sharing_events.RECORDED,
    ),
    timetable=TIMETABLE,
    commands=checkout,
    grant_pages={sharing.GRANT: sharing_views.page_of},
    cart_endpoint="checkout.cart",
    demo=_demo,
)
