"""What a visitor agreed to, and the way to take it back."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request, url_for

from app import sessions
from app.db import transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import parse
from app.i18n import language
from app.pages import page, see_other
from customers import consent_texts, consents
from customers.forms import TakeBack
from customers.models import Customer

blueprint = Blueprint("customers", __name__)


@dataclass(frozen=True)
class ConsentRow:
    """One line of the consents page, ready to show."""

    purpose: str
    recipient: str | None
    """The public id of whoever is named."""
    label: str
    wording: str
    granted: bool
    at: datetime


@blueprint.get("/consents")
def your_consents() -> Response:
    customer = _own_customer()
    rows = [_row(state) for state in consents.state(customer.id)] if customer else []
    return page("customers/consents.html", consents=rows, customer=customer)


@blueprint.post("/consents/withdrawals")
def take_back() -> Response:
    form = parse(TakeBack, request.form).get()
    with transaction():
        customer = _own_customer()
        if customer is None:
            raise NotFound()
        for state in consents.state(customer.id):
            named = state.recipient.public_id if state.recipient else None
            if (state.purpose, named) == (form.purpose, form.recipient):
                consents.withdraw(
                    customer.id,
                    state.purpose,
                    state.recipient.id if state.recipient else None,
                    language=language(),
                    actor=actor_now(),
                )
                break
        else:
            raise NotFound()
    return see_other(url_for("customers.your_consents"))


def _own_customer() -> Customer | None:
    return Customer.of_visitor(sessions.current().visitor_id)


def _row(state: consents.ConsentState) -> ConsentRow:
    text = consent_texts.wording(state.purpose, language(), state.recipient)
    named = state.recipient.public_id if state.recipient else None
    return ConsentRow(state.purpose, named, text.label, text.wording, state.granted, state.at)
