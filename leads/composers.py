"""What recipients are sent, written at the moment of sending: what changed meanwhile decides whether it still goes."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import select

from app import clock
from app.db import session
from app.deliveries import Delivery, Mail, WebhookCall, Withhold
from app.i18n import language, speaking, translate
from app.letters import letter
from app.locality import Locality, standing_in
from app.money import Money
from app.pages import period
from app.settings import settings
from conversations.models import HelpRequest
from customers import consents
from customers.models import Customer
from leads import adf_mail
from leads.models import Lead, RoutingRule
from leads.statuses import FAMILY_NAMES, OUTCOME_NAMES, SOURCE_NAMES, STEP_NAMES
from orders.models import Order
from partners.here import market_of
from partners.models import Recipient, Slot

PASSED_ON = "passed_on"
LOOK_AGAIN_FOR_ADDRESS = timedelta(hours=1)
MOST_LINES = 40
"""Of a cart, in one call, which stays within 20 kB; the rest stands on the lead's page."""


def mail(delivery: Delivery) -> Mail | Withhold:
    lead, recipient, purpose = _subject(delivery)
    withheld = why_not(lead, recipient) if purpose == "opened" else None
    if withheld is not None:
        return withheld
    # A place is written to in the first language of its market and on its own clock, whatever the buyer speaks.
    market = market_of(recipient.market_key)
    spoken = market.languages[0]
    with speaking(spoken), standing_in(Locality(recipient.time_zone, market.phone_region)):
        if purpose == "opened" and adf_mail.takes(lead, recipient):
            for_software = _for_software(lead, recipient, delivery.replays > 0)
            if for_software is not None:
                return for_software
        if not recipient.mail_to:
            return Withhold("no_address")
        facts = _words(lead) if purpose == "opened" else {"number": lead.number, "url": _url(lead)}
        if purpose == "closed":
            facts["outcome"] = translate(OUTCOME_NAMES[lead.outcome or "lost"])
        facts["recipient"] = recipient.name_shown
        words = PASSED_ON if purpose == "withdrawn" and _has_lapsed(delivery) else purpose
        return letter(f"leads/mail/{words}.txt", recipient.mail_to, spoken, **facts)


def _for_software(lead: Lead, recipient: Recipient, is_resent: bool) -> Mail | None:
    time = booked(lead)
    rule = session().get(RoutingRule, lead.rule_id) if lead.rule_id else None
    comments = adf_mail.intent(
        lead,
        rule.reason_shown if rule else "",
        period(time.starts_at, time.ends_at) if time else "",
        _url(lead),
    )
    customer = session().get_one(Customer, lead.customer_id)
    return adf_mail.mail(lead, recipient, customer, is_resent, comments)


def webhook(delivery: Delivery) -> WebhookCall | Withhold:
    lead, recipient, _ = _subject(delivery)
    return why_not(lead, recipient) or call(recipient, "lead.created", lambda: body_of(lead))


def call(
    recipient: Recipient, type: str, body: Callable[[], Mapping[str, Any]], even_if_gone: bool = False
) -> WebhookCall | Withhold:
    """To its address, signed with every secret that counts now; an address that is gone waits for a new one."""
    if not recipient.webhook_url or not recipient.webhook_secret:
        return Withhold("no_address")
    if recipient.webhook_gone_at is not None and not even_if_gone:
        return Withhold("webhook_gone", clock.now() + LOOK_AGAIN_FOR_ADDRESS)
    secret, *formers = recipient.webhook_secrets(clock.now())
    return WebhookCall(recipient.webhook_url, secret, type, body(), tuple(formers))


def closed(delivery: Delivery) -> WebhookCall | Withhold:
    """Settled, or taken back: the number and how it ended, nothing about the person."""
    lead, recipient, purpose = _subject(delivery)
    body = {"id": lead.public_id, "number": lead.number}
    if purpose == "withdrawn":
        what = f"lead.{PASSED_ON}" if _has_lapsed(delivery) else "lead.consent_withdrawn"
        return call(recipient, what, lambda: body)
    closed_at = lead.closed_at.isoformat() if lead.closed_at else None
    return call(recipient, "lead.closed", lambda: {**body, "outcome": lead.outcome, "closed_at": closed_at})


def _has_lapsed(delivery: Delivery) -> bool:
    """Taken back because nobody there took it in time, not because a consent ended."""
    return delivery.payload.get("why") == "lapsed"


def why_not(lead: Lead, recipient: Recipient) -> Withhold | None:
    """Looked at again each time before somebody is told: settled, bought, or not agreed to any more."""
    if not lead.is_open:
        return Withhold(lead.outcome or "closed")
    if is_bought(lead):
        return Withhold("bought")
    if not recipient.active:
        return Withhold("not_active")
    if consents.covering(lead.customer_id, recipient) is None:
        return Withhold("no_consent")
    if lead.recipient_id not in (None, recipient.id):
        return Withhold("routed_elsewhere")
    return None


def is_bought(lead: Lead) -> bool:
    if lead.cart_id is None or lead.about_order_id is not None:
        return False
    return session().scalar(select(Order.id).where(Order.cart_id == lead.cart_id)) is not None


def body_of(lead: Lead) -> dict[str, Any]:
    """The lead as our partners read it: amounts in minor units, instants in UTC."""
    customer = session().get_one(Customer, lead.customer_id)
    rule = session().get(RoutingRule, lead.rule_id) if lead.rule_id else None
    value = {"amount_minor": lead.value_minor, "currency": lead.currency} if lead.value_minor else None
    return {
        "id": lead.public_id,
        "number": lead.number,
        "source": lead.source,
        "product": lead.product_family,
        "why": rule.reason if rule else None,
        "reason": lead.reason,
        "step": lead.step,
        "page": lead.page,
        "value": value,
        "language": lead.language,
        "signalled_at": lead.signalled_at.isoformat(),
        "answer_by": lead.due_at.isoformat(),
        "contact": {"name": customer.name, "email": customer.email, "phone": customer.phone_e164},
        "contents": [
            {
                "title": line.get("title"),
                "sku": line.get("sku"),
                "vin": line.get("vin"),
                "quantity": line.get("quantity", 1),
                "price_minor": line.get("price_minor"),
            }
            for line in lead.snapshot[:MOST_LINES]
        ],
        "more_contents": max(0, len(lead.snapshot) - MOST_LINES),
        "time": _time(lead),
        "url": _url(lead),
    }


@dataclass(frozen=True)
class Booked:
    """When it is to happen: the test drive's slot, or the time wished for a call."""

    starts_at: datetime
    ends_at: datetime
    place: Recipient | None = None


def booked(lead: Lead) -> Booked | None:
    request = session().get(HelpRequest, lead.source_id) if lead.kind == "help_request" else None
    slot = session().get(Slot, request.slot_id) if request is not None and request.slot_id else None
    if slot is not None:
        return Booked(slot.starts_at, slot.ends_at, slot.recipient)
    if request is not None and request.wished_from and request.wished_until:
        return Booked(request.wished_from, request.wished_until)
    return None


def _time(lead: Lead) -> dict[str, Any] | None:
    found = booked(lead)
    if found is None:
        return None
    return {
        "starts_at": found.starts_at.isoformat(),
        "ends_at": found.ends_at.isoformat(),
        "place": found.place.code if found.place else None,
    }


def _words(lead: Lead) -> dict[str, Any]:
    customer = session().get_one(Customer, lead.customer_id)
    rule = session().get(RoutingRule, lead.rule_id) if lead.rule_id else None
    time = booked(lead)
    return {
        "number": lead.number,
        "source": translate(SOURCE_NAMES[lead.source]),
        "family": translate(FAMILY_NAMES[lead.product_family]),
        "customer": customer,
        "language": lead.language,
        "why": rule.reason_shown if rule else "",
        "due_at": lead.due_at,
        "step": translate(STEP_NAMES.get(lead.step, lead.step)),
        "value": Money(lead.value_minor, lead.currency) if lead.value_minor and lead.currency else None,
        "contents": [title_of(line) for line in lead.snapshot],
        "when": period(time.starts_at, time.ends_at) if time else "",
        "url": _url(lead),
    }


def title_of(line: dict[str, Any]) -> str:
    title = line.get("title") or {}
    words = str(title.get(language()) or title.get("en") or line.get("sku") or "")
    return f"{words}, VIN {line['vin']}" if line.get("vin") else words


def _url(lead: Lead) -> str:
    return urljoin(settings().public_url + "/", f"leads/{lead.public_id}")


def _subject(delivery: Delivery) -> tuple[Lead, Recipient, str]:
    lead = session().get_one(Lead, uuid.UUID(delivery.payload["lead_id"]))
    recipient = session().get_one(Recipient, uuid.UUID(delivery.payload["recipient_id"]))
    return lead, recipient, str(delivery.payload["purpose"])
