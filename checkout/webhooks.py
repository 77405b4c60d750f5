"""What the payment provider tells us: verified over the raw body, stored; then looked up and handled once."""

import json
import uuid
from collections.abc import Mapping

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import or_, select

from app import inbox
from app.access import WEBHOOK, Policy
from app.db import close_reading, session, transaction
from app.events import Actor
from app.inbox import InboxEvent
from checkout import refunding, settle
from checkout.payment import Payment, Refund
from checkout.payments import WebhookFact, gateway

PROVIDER = Actor("provider", "stripe")

blueprint = Blueprint("checkout_webhooks", __name__)
policies: Mapping[str, Policy] = {"checkout_webhooks.stripe": WEBHOOK}

log = structlog.get_logger()


@blueprint.post("/webhooks/stripe")
def stripe() -> Response:
    """Acknowledged once it is stored. What it means is found out at once, and again by the sweep if that fails."""
    raw = request.get_data()
    fact = gateway().verify_webhook(raw, dict(request.headers))
    with transaction():
        is_new = inbox.store(gateway().name, fact.event_id, _kept(fact))
        stored = (
            session()
            .scalars(
                select(InboxEvent.id).where(
                    InboxEvent.provider == gateway().name, InboxEvent.event_id == fact.event_id
                )
            )
            .one()
        )
    if is_new:
        inbox.handle(stored, handle)
    return jsonify(received=True)


def sweep() -> int:
    """Stored events that were not handled when they came."""
    waiting = inbox.pending(gateway().name)
    close_reading()
    for event_id in waiting:
        inbox.handle(event_id, handle)
    return len(waiting)


def handle(event: InboxEvent) -> int:
    """The effects: 1 when the event was about a payment of ours, else 0. Safe to repeat."""
    told = json.loads(event.raw)
    payment_id = _payment(told)
    if payment_id is None:
        log.info("webhook.not_ours", event_id=event.event_id, type=told["type"])
        return 0
    settle.settle(payment_id, PROVIDER)
    if "refund" in told["type"]:
        for refund_id in _refunds_under_way(payment_id):
            refunding.pay(refund_id)
        if told["type"] == "refund.failed":
            refunding.look_back(payment_id)
    return 1


def _kept(fact: WebhookFact) -> bytes:
    """Only what points at a payment: the provider's message carries names and addresses that nobody here needs."""
    return json.dumps(
        {
            "id": fact.event_id,
            "type": fact.type,
            "payment": fact.payment,
            "session": fact.session,
            "reference": fact.reference,
        }
    ).encode()


def _payment(told: Mapping[str, str | None]) -> uuid.UUID | None:
    known = [
        column == told[name]
        for name, column in (
            ("payment", Payment.public_id),
            ("session", Payment.provider_session),
            ("reference", Payment.provider_reference),
        )
        if told.get(name)
    ]
    if not known:
        return None
    found = session().scalars(select(Payment.id).where(or_(*known)).limit(1)).one_or_none()
    close_reading()
    return found


def _refunds_under_way(payment_id: uuid.UUID) -> list[uuid.UUID]:
    found = (
        session()
        .scalars(select(Refund.id).where(Refund.payment_id == payment_id, Refund.state == "requested"))
        .all()
    )
    close_reading()
    return list(found)
