"""Routing leads and telling their recipients. A lead's row lock comes before its dispatches and deliveries."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text, update

from app import clock, deliveries
from app.db import session
from app.deliveries import Delivery
from app.events import SYSTEM, Event, record_many
from app.settings import settings
from customers import consents
from customers.models import Consent
from leads import matrix
from leads.models import Dispatch, Lead, RoutingDecision, RoutingRule
from leads.routing import Decision, Facts, Place, decide
from leads.rules import Rules, all_rules
from leads.statuses import WAITING
from partners.models import Recipient

LOOK_AGAIN: Mapping[str, timedelta] = {
    "no_contact": timedelta(hours=6),
    "no_consent": timedelta(hours=6),
    "no_recipient": timedelta(minutes=15),
}
KEY = "lead:{lead}:{recipient}:"
"""Under this the deliveries that tell one recipient of one lead are queued, and called back."""

Covered = Mapping[tuple[uuid.UUID, uuid.UUID], Consent]


def route(lead_ids: Sequence[uuid.UUID], at: datetime | None = None) -> int:
    """Decides for each of these leads that nobody has taken up, and queues or holds; tells how many were decided."""
    if not lead_ids:
        return 0
    at = at or clock.now()
    leads = (
        session()
        .scalars(
            select(Lead)
            .where(Lead.id.in_(lead_ids), Lead.status.in_(WAITING))
            .order_by(Lead.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .all()
    )
    if not leads:
        return 0
    rules = {market_key: all_rules(market_key) for market_key in sorted({lead.market_key for lead in leads})}
    places = session().scalars(select(Recipient).order_by(Recipient.code)).all()
    covered = consents.coverage({lead.customer_id for lead in leads if lead.customer_id}, places)
    waiting = _dispatches(leads)
    facts: list[Event] = []
    for lead in leads:
        own = [place for place in places if place.market_key == lead.market_key]
        facts += _route(lead, rules[lead.market_key], own, covered, waiting, at)
    session().flush()
    record_many(facts, SYSTEM, at)
    return len(leads)


def facts_of(lead: Lead) -> Facts:
    return Facts(
        product=matrix.product_of(lead.product_family, lead.named_recipient_id is not None),
        contactability=lead.contactability,
        named_id=lead.named_recipient_id,
        is_finance=lead.source == "finance_request",
    )


def _route(
    lead: Lead,
    rules: Rules,
    places: Sequence[Recipient],
    covered: Covered,
    waiting: Mapping[uuid.UUID, list[Dispatch]],
    at: datetime,
) -> list[Event]:
    facts = facts_of(lead)
    rule = rules[matrix.ROW_OF_SOURCE[lead.source], facts.product]
    may_know = {place.id for place in places if (lead.customer_id, place.id) in covered}
    decision = decide(facts, rule.kinds, [Place(p.id, p.kind, p.active) for p in places], may_know)
    present = waiting.get(lead.id, [])
    is_news = (lead.status, lead.recipient_id, lead.why) != (
        "routed" if decision.chosen_id else "held",
        decision.chosen_id,
        decision.why,
    )
    if is_news:
        session().add(_kept(lead, rule, decision, at))
        _let_go(lead, present, decision.chosen_id)
    lead.rule_id, lead.why, lead.recipient_id = rule.id, decision.why, decision.chosen_id
    if decision.chosen_id is None:
        lead.consent_id = None
        _hold(lead, present, decision.why, at)
        return _step(lead, "held", decision.why, at)
    recipient = next(place for place in places if place.id == decision.chosen_id)
    assert lead.customer_id is not None  # a consent covers a person
    consent = covered[lead.customer_id, recipient.id]
    lead.consent_id = consent.id
    _queue(lead, recipient, consent, present, at)
    return _step(lead, "routed", decision.why, at)


def _step(lead: Lead, to_status: str, why: str, at: datetime) -> list[Event]:
    return [] if lead.status == to_status else [lead.step_on(to_status, SYSTEM, at, why)]


def _kept(lead: Lead, rule: RoutingRule, decision: Decision, at: datetime) -> RoutingDecision:
    return RoutingDecision(
        lead_id=lead.id,
        rule_id=rule.id,
        chosen_id=decision.chosen_id,
        fallback=decision.fallback,
        why=decision.why,
        candidates=[candidate.kept() for candidate in decision.candidates],
        at=at,
    )


def _dispatches(leads: Sequence[Lead]) -> dict[uuid.UUID, list[Dispatch]]:
    found: dict[uuid.UUID, list[Dispatch]] = {}
    rows = session().scalars(
        select(Dispatch)
        .where(Dispatch.lead_id.in_([lead.id for lead in leads]), Dispatch.purpose == "opened")
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found.setdefault(row.lead_id, []).append(row)
    return found


def _let_go(lead: Lead, present: Sequence[Dispatch], chosen_id: uuid.UUID | None) -> None:
    """What waits for somebody else than the one chosen now will not be told."""
    for row in present:
        if row.recipient_id is not None and row.recipient_id != chosen_id:
            call_back(lead.id, row.recipient_id, "routed_elsewhere")
    for row in present:
        if row.state == "held" and chosen_id is not None:
            _cancel(row, "released")


def call_back(lead_id: uuid.UUID, recipient_id: uuid.UUID | None, why: str) -> int:
    """Stops what has not gone yet to this recipient, or to anybody; what is on its way this moment still arrives."""
    prefix = f"lead:{lead_id}:" if recipient_id is None else KEY.format(lead=lead_id, recipient=recipient_id)
    session().flush()
    deliveries.cancel(prefix, why)
    stopped = select(Delivery.id).where(Delivery.id == Dispatch.delivery_id, Delivery.state == "cancelled")
    waiting = update(Dispatch).where(
        Dispatch.lead_id == lead_id,
        Dispatch.purpose == "opened",
        Dispatch.state.in_(("queued", "held")),
        Dispatch.delivery_id.is_(None) | stopped.exists(),
    )
    if recipient_id is not None:
        waiting = waiting.where(Dispatch.recipient_id == recipient_id)
    done = session().execute(
        waiting.values(state="cancelled", reason=why, next_at=None).execution_options(
            synchronize_session="fetch"
        )
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _cancel(row: Dispatch, why: str) -> None:
    row.state, row.reason, row.next_at = "cancelled", why, None


def _hold(lead: Lead, present: Sequence[Dispatch], why: str, at: datetime) -> None:
    held = next((row for row in present if row.recipient_id is None), None)
    if held is None:
        held = Dispatch(lead_id=lead.id, recipient_id=None, channel="console")
        session().add(held)
    held.state, held.reason, held.next_at = "held", why, at + LOOK_AGAIN[why]


def _queue(
    lead: Lead, recipient: Recipient, consent: Consent, present: Sequence[Dispatch], at: datetime
) -> None:
    """A row per channel. A cart that was left waits a little: many come back by themselves."""
    by_channel = {row.channel: row for row in present if row.recipient_id == recipient.id}
    wait = timedelta(seconds=settings().lead_hold_s) if lead.kind == "abandoned_cart" else timedelta(0)
    not_before = max(at, lead.signalled_at + wait)
    for channel in _channels(lead, recipient):
        row = by_channel.get(channel)
        if row is not None and row.state in ("queued", "sent", "dead"):
            continue
        if row is None:
            row = Dispatch(lead_id=lead.id, recipient_id=recipient.id, channel=channel)
            session().add(row)
        row.consent_id, row.reason = consent.id, None
        if channel == "console" and not_before <= at:
            row.state, row.sent_at, row.next_at = "sent", at, None
            continue
        row.state, row.next_at = "queued", not_before
        if channel != "console":
            row.delivery_id = _deliver(lead, recipient, channel, consent.id, not_before).id


def _channels(lead: Lead, recipient: Recipient) -> list[str]:
    """The same person twice within a short while is one mail, and both leads on the console."""
    if lead.primary_lead_id is not None and _is_told(lead.primary_lead_id, recipient.id):
        return ["console"]
    channels = ["console"]
    if recipient.mail_to:
        channels.append("mail")
    if recipient.webhook_url and recipient.webhook_secret:
        channels.append("webhook")
    return channels


def _is_told(lead_id: uuid.UUID, recipient_id: uuid.UUID) -> bool:
    told = select(Dispatch.id).where(
        Dispatch.lead_id == lead_id,
        Dispatch.recipient_id == recipient_id,
        Dispatch.purpose == "opened",
        Dispatch.state.in_(("queued", "sent")),
    )
    return session().scalars(told.limit(1)).one_or_none() is not None


def _deliver(
    lead: Lead, recipient: Recipient, channel: str, consent_id: uuid.UUID, not_before: datetime
) -> Delivery:
    return deliveries.queue(
        f"leads.{channel}",
        recipient.code,
        lead.id,
        {"lead_id": str(lead.id), "recipient_id": str(recipient.id), "purpose": "opened"},
        key=KEY.format(lead=lead.id, recipient=recipient.id) + f"{channel}:{consent_id}",
        group=f"lead:{lead.id}:{recipient.id}:{channel}",
        not_before=not_before,
    )


def tell_those_told(lead: Lead, purpose: str, recipient_id: uuid.UUID | None = None) -> int:
    """Those who got the lead by mail or webhook hear that it is settled, or that its consent was taken back."""
    told = (
        select(Dispatch.channel, Recipient)
        .join(Recipient, Recipient.id == Dispatch.recipient_id)
        .join(Delivery, Delivery.id == Dispatch.delivery_id)
        .where(
            Dispatch.lead_id == lead.id,
            Dispatch.purpose == "opened",
            Delivery.state.in_(("delivered", "sending")),
        )
    )
    if recipient_id is not None:
        told = told.where(Recipient.id == recipient_id)
    rows = session().execute(told).all()
    for channel, recipient in rows:
        delivery = deliveries.queue(
            "leads.closed" if channel == "webhook" else "leads.mail",
            recipient.code,
            lead.id,
            {"lead_id": str(lead.id), "recipient_id": str(recipient.id), "purpose": purpose},
            key=f"lead-{purpose}:{lead.id}:{recipient.id}:{channel}",
            group=f"lead:{lead.id}:{recipient.id}:{channel}",
        )
        known = select(Dispatch.id).where(Dispatch.delivery_id == delivery.id)
        if session().scalar(known) is None:
            session().add(
                Dispatch(
                    lead_id=lead.id,
                    recipient_id=recipient.id,
                    channel=channel,
                    purpose=purpose,
                    state="queued",
                    next_at=delivery.next_at,
                    delivery_id=delivery.id,
                )
            )
            session().flush()
    return len(rows)


_FOLLOW = """
UPDATE dispatch d
SET state = CASE v.state WHEN 'delivered' THEN 'sent' WHEN 'dead' THEN 'dead' ELSE 'cancelled' END,
    sent_at = v.delivered_at, reason = v.reason, next_at = NULL
FROM delivery v
WHERE v.id = d.delivery_id
  AND ((d.state = 'queued' AND v.state IN ('delivered', 'dead', 'cancelled'))
       OR (d.state IN ('dead', 'cancelled') AND v.state = 'delivered'))
"""


def follow_deliveries() -> int:
    """Writes down what became of mails and webhooks."""
    return int(session().execute(text(_FOLLOW)).rowcount)  # type: ignore[attr-defined]
