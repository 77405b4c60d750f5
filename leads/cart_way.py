"""Whether the way back to their cart can be sent to the person of a lead, for the lead's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from conversations import cart_mail
from customers.consent_texts import ANSWER_ME
from customers.consents import ConsentState
from customers.models import Customer
from leads.models import Lead


@dataclass(frozen=True)
class CartWay:
    to: str
    """The address, covered."""


def shown(lead: Lead, customer: Customer | None, states: Sequence[ConsentState]) -> CartWay | None:
    """None where there is no cart, no address or no yes. One statement, and two for whoever can be written to."""
    if not lead.is_open or customer is None or not customer.email:
        return None
    if not any(told.purpose == ANSWER_ME and told.granted for told in states):
        return None
    cart = cart_mail.cart_of(lead.cart_id, lead.visitor_id)
    if cart is None or not (customer.visitor_id == cart.visitor_id or customer.id == cart.customer_id):
        return None
    return CartWay(cart_mail.address_of(customer))
