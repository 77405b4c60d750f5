"""What a visitor agreed to, and the way to take it back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request, url_for

from app import sessions
from app.db import session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import parse
from app.i18n import language
from app.pages import page, see_other
from customers import account, consent_texts, consents
from customers.forms import TakeBack

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
    return page("customers/consents.html", consents=[_row(state) for state in _own_states()])


@blueprint.post("/consents/withdrawals")
def take_back() -> Response:
    form = parse(TakeBack, request.form).get()
    with transaction():
        asked = [
            state
            for state in _own_states()
            if (state.purpose, state.recipient.public_id if state.recipient else None)
            == (form.purpose, form.recipient)
        ]
        if not asked:
            raise NotFound()
        for customer_id in _own_ids():
            consents.withdraw(
                customer_id,
                asked[0].purpose,
                asked[0].recipient.id if asked[0].recipient else None,
                language=language(),
                actor=actor_now(),
            )
    return see_other(url_for("customers.your_consents"))


def _own_ids() -> Sequence[uuid.UUID]:
    """The records of this visit, and of the account signed in."""
    state = sessions.current()
    if state.id is None:
        return ()
    return session().scalars(account.records_of(state.visitor_id, state.account_id)).all()


def _own_states() -> list[consents.ConsentState]:
    """One per purpose and recipient; given under any of the records, it is given."""
    found: dict[tuple[str, uuid.UUID | None], consents.ConsentState] = {}
    for state in consents.state(*_own_ids()):
        key = (state.purpose, state.recipient.id if state.recipient else None)
        known = found.get(key)
        if known is None or (state.granted, state.at) > (known.granted, known.at):
            found[key] = state
    return list(found.values())


def _row(state: consents.ConsentState) -> ConsentRow:
    text = consent_texts.wording(state.purpose, language(), state.recipient)
    named = state.recipient.public_id if state.recipient else None
    return ConsentRow(state.purpose, named, text.label, text.wording, state.granted, state.at)
