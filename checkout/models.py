"""The tables of checkout, gathered: each lives beside its verbs."""

from checkout.abandonment import AbandonmentEpisode, Policy
from checkout.cart import Cart, CartLine
from checkout.comments import CartComment
from checkout.payment import Payment, PaymentEvent, Refund
from checkout.sharing import CartInvitation, CartMember

__all__ = [
    "AbandonmentEpisode",
    "Cart",
    "CartComment",
    "CartInvitation",
    "CartLine",
    "CartMember",
    "Payment",
    "PaymentEvent",
    "Policy",
    "Refund",
]
