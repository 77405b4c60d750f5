"""The way back to their own cart, sent from a lead's page to the person whose lead it is."""

from collections.abc import Mapping

from flask import Blueprint, Response, request, url_for

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import ClientKey, Form, FormState, parse
from app.pages import see_other
from checkout.cart import Cart
from conversations import cart_mail
from customers.models import Customer
from leads import ladder, lead_page
from leads.access import lead_of

blueprint = Blueprint("cart_letters", __name__)
policies: Mapping[str, Policy] = {"cart_letters.send": staff("agent", "admin", "dealer")}


class SendCart(Form):
    client_key: ClientKey


@blueprint.post("/leads/<public_id>/cart-letter")
def send(public_id: str) -> Response:
    state: FormState[SendCart] = parse(SendCart, request.form)
    if state.value is None:
        return lead_page.shown(public_id, state, 422)
    try:
        with transaction():
            me, at = sessions.staff_here(), clock.now()
            lead = lead_of(public_id, me)
            ladder.must_have(lead, me, at)
            cart = cart_mail.cart_of(lead.cart_id, lead.visitor_id)
            cart_mail.send(
                Cart.locked(cart.id) if cart is not None else None,
                session().get(Customer, lead.customer_id) if lead.customer_id else None,
                me.id,
                lead.language,
                state.value.client_key,
                actor_now(),
                at,
            )
    except Refusal as refused:
        if refused.status == 404:
            raise
        close_reading()
        return lead_page.shown(public_id, state.with_error("cart-way", refused.text), refused.status)
    return see_other(url_for("leads.lead", public_id=public_id, sent="cart", **lead_page.here_query()))
