"""People who buy, with speaking defaults."""

import uuid
from typing import Any

from app.events import SYSTEM
from app.ids import uuid7
from customers.models import Consent, Customer
from partners.models import Recipient
from tests.partners.builders import the_market


def ada(visitor_id: uuid.UUID | None = None, **told: Any) -> Customer:
    return _introduced({"name": "Ada Buys", "email": "ada@example.com"} | told, visitor_id)


def cleo(visitor_id: uuid.UUID | None = None, **told: Any) -> Customer:
    return _introduced({"name": "Cleo Stranger", "email": "cleo@example.com"} | told, visitor_id)


def a_consent(
    customer: Customer,
    purpose: str = "answer_me",
    recipient: Recipient | None = None,
    granted: bool = True,
    **evidence: str,
) -> Consent:
    return Consent.record(
        customer.id,
        purpose,
        granted,
        recipient.id if recipient else None,
        method="checkout",
        language="en",
        evidence=evidence or {"cart_id": "one"},
        actor=SYSTEM,
    )


def _introduced(told: dict[str, Any], visitor_id: uuid.UUID | None) -> Customer:
    market = the_market()
    return Customer.introduce(
        name=told["name"],
        email=told["email"],
        phone=told.get("phone"),
        language=told.get("language", "en"),
        market_key=market.key,
        visitor_id=visitor_id or uuid7(),
    )
