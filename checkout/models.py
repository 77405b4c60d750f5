"""The tables of checkout, gathered: each lives beside its verbs."""

from checkout.abandonment import AbandonmentEpisode, Policy
from checkout.cart import Cart, CartLine
from checkout.payment import Payment, PaymentEvent, Refund

__all__ = ["AbandonmentEpisode", "Cart", "CartLine", "Payment", "PaymentEvent", "Policy", "Refund"]
