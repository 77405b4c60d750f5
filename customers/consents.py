"""What a customer agrees to right now, and taking it back."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.db import session
from app.events import Actor
from customers.consent_texts import ANSWER_ME, SHARE
from customers.models import Consent
from partners.models import Recipient


@dataclass(frozen=True)
class ConsentState:
    """The latest answer to one purpose; `recipient` is the one it names, if it names one."""

    purpose: str
    recipient: Recipient | None
    granted: bool
    at: datetime
    consent_id: uuid.UUID


def covering(customer_id: uuid.UUID | None, recipient: Recipient) -> Consent | None:
    """The consent under which this recipient may be told about this customer, or None.

    The house's own desks need the wish to be answered; everybody else a consent that names them.
    """
    if customer_id is None:
        return None
    if recipient.is_house_desk:
        found = Consent.latest(customer_id, ANSWER_ME)
    else:
        found = Consent.latest(customer_id, SHARE, recipient.id)
    return found if found is not None and found.granted else None


def coverage(
    customer_ids: Collection[uuid.UUID], recipients: Collection[Recipient]
) -> Mapping[tuple[uuid.UUID, uuid.UUID], Consent]:
    """`covering` for many at once, by (customer, recipient), in one statement; pairs not covered are missing."""
    if not customer_ids or not recipients:
        return {}
    held = {
        (consent.customer_id, consent.purpose, consent.recipient_id): consent
        for consent in _latest_of(customer_ids)
        if consent.granted
    }
    covered = {}
    for customer_id in customer_ids:
        for recipient in recipients:
            key = (ANSWER_ME, None) if recipient.is_house_desk else (SHARE, recipient.id)
            consent = held.get((customer_id, *key))
            if consent is not None:
                covered[customer_id, recipient.id] = consent
    return covered


def state(*customer_ids: uuid.UUID) -> list[ConsentState]:
    """The latest answer to each purpose and recipient ever asked, record by record, in the order first asked."""
    latest = _latest_of(customer_ids) if customer_ids else ()
    named = {c.recipient_id for c in latest if c.recipient_id}
    found = (
        {r.id: r for r in session().scalars(select(Recipient).where(Recipient.id.in_(named)))}
        if named
        else {}
    )
    return [
        ConsentState(c.purpose, found.get(c.recipient_id) if c.recipient_id else None, c.granted, c.at, c.id)
        for c in latest
    ]


def withdraw(
    customer_id: uuid.UUID,
    purpose: str,
    recipient_id: uuid.UUID | None,
    *,
    language: str,
    actor: Actor,
    method: str = "consents_page",
    evidence: Mapping[str, Any] | None = None,
) -> Consent | None:
    """Takes a yes back. When there is none to take back, nothing is written and the last answer, if any, is given."""
    before = Consent.latest(customer_id, purpose, recipient_id)
    if before is None or not before.granted:
        return before
    return Consent.record(
        customer_id,
        purpose,
        False,
        recipient_id,
        method=method,
        language=language,
        evidence={"takes_back": before.id, **(evidence or {})},
        actor=actor,
    )


def _latest_of(customer_ids: Collection[uuid.UUID]) -> Sequence[Consent]:
    wanted = (
        select(Consent)
        .where(Consent.customer_id.in_(customer_ids))
        .ext(distinct_on(Consent.customer_id, Consent.purpose, Consent.recipient_id))
        .order_by(Consent.customer_id, Consent.purpose, Consent.recipient_id, Consent.seq.desc())
    )
    return session().scalars(wanted).all()
