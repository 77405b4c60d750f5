from app.wiring import Wiring
from checkout import demo, events, payments, views, webhooks
from checkout.commands import checkout
from checkout.listeners import refund_cancelled_orders
from checkout.stripe_gateway import StripeGateway
from checkout.tasks import TIMETABLE
from orders.events import OrderCancelled

payments.install_gateway(StripeGateway.from_settings)

wiring = Wiring(
    name="checkout",
    blueprints=(views.blueprint, webhooks.blueprint),
    policies={**views.policies, **webhooks.policies},
    listeners={OrderCancelled: (refund_cancelled_orders,)},
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
    ),
    timetable=TIMETABLE,
    commands=checkout,
    cart_endpoint="checkout.cart",
    demo=demo.demo,
)
