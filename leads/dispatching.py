"""Routing leads and telling their recipients. A lead's row lock comes before its dispatches and deliveries."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text, update

from app import clock, deliveries, live
from app.db import session
from app.deliveries import Delivery
from app.events import SYSTEM, Event, record_many
from app.settings import settings
from customers import consents
from customers.models import Consent
from leads import adf_mail, matrix
from leads.models import Dispatch, Lead, RoutingDecision, RoutingRule
from leads.offers import LeadOffer
from leads.places import Places, read
from leads.routing import Decision, Facts, decide
from leads.rules import Rules, all_rules
from leads.statuses import WAITING
from partners.models import Recipient

LOOK_AGAIN: Mapping[str, timedelta] = {
    "no_contact": timedelta(hours=6),
    "no_consent": timedelta(hours=6),
    "no_recipient": timedelta(minutes=15),
    "all_declined": timedelta(hours=6),
}
HOT_SOURCES = ("help_request", "callback", "chat_handover", "agent_enquiry")
HOT_WITHIN = timedelta(hours=1)
KEY = "lead:{lead}:{recipient}:"
"""Under this the deliveries that tell one recipient of one lead are queued, and called back."""

Covered = Mapping[tuple[uuid.UUID, uuid.UUID], Consent]


def route(
    lead_ids: Sequence[uuid.UUID], at: datetime | None = None, counts_from: datetime | None = None
) -> int:
    """Decides for each of these leads that nobody has taken up, and queues or holds; tells how many were decided.

    The time to answer counts from the signal, or from `counts_from` where it begins anew.
    """
    if not lead_ids:
        return 0
    at = at or clock.now()
    leads = (
        session()
        .scalars(
            select(Lead)
            .where(Lead.id.in_(lead_ids), Lead.status.in_(WAITING))
            .order_by(Lead.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    if not leads:
        return 0
    rules = {market_key: all_rules(market_key) for market_key in sorted({lead.market_key for lead in leads})}
    own = _rules_of(leads, rules)
    places = read(leads)
    known = {lead.customer_id for lead in leads if lead.customer_id}
    covered = consents.coverage(known, places.recipients)
    waiting = _dispatches(leads)
    facts: list[Event] = []
    for lead in leads:
        facts += _route(
            lead, _rule(lead, at, rules, own), places, covered, waiting, at, counts_from or lead.signalled_at
        )
    session().flush()
    record_many(facts, SYSTEM, at)
    return len(leads)


def _rules_of(leads: Sequence[Lead], rules: Mapping[str, Rules]) -> Mapping[uuid.UUID, RoutingRule]:
    """The rules by which these leads were offered before, where they are not in force any more."""
    in_force = {rule.id for of_market in rules.values() for rule in of_market.values()}
    before = {lead.rule_id for lead in leads if lead.round and lead.rule_id} - in_force
    if not before:
        return {}
    return {
        rule.id: rule for rule in session().scalars(select(RoutingRule).where(RoutingRule.id.in_(before)))
    }


def _rule(
    lead: Lead, at: datetime, rules: Mapping[str, Rules], own: Mapping[uuid.UUID, RoutingRule]
) -> RoutingRule:
    """The one in force; a lead that was offered already keeps its own, since a change counts from the next lead on."""
    pair = matrix.ROW_OF_SOURCE[lead.source], facts_of(lead, at).product
    kept = own.get(lead.rule_id) if lead.rule_id else None
    return kept if kept is not None and (kept.source, kept.product) == pair else rules[lead.market_key][pair]


def facts_of(lead: Lead, at: datetime | None = None, offered_id: uuid.UUID | None = None) -> Facts:
    return Facts(
        product=matrix.product_of(lead.product_family, lead.named_recipient_id is not None),
        contactability=lead.contactability,
        named_id=lead.named_recipient_id,
        is_finance=lead.source == "finance_request",
        is_hot=at is not None and _is_hot(lead, at),
        offered_id=offered_id,
    )


def _is_hot(lead: Lead, at: datetime) -> bool:
    """Asked for a person, or stopped at paying, and is to be answered soon."""
    asks = lead.source in HOT_SOURCES or lead.step == "pay"
    return asks and lead.contactability != "none" and lead.due_at - at <= HOT_WITHIN


def _route(
    lead: Lead,
    rule: RoutingRule,
    places: Places,
    covered: Covered,
    waiting: Mapping[uuid.UUID, list[Dispatch]],
    at: datetime,
    counts_from: datetime,
) -> list[Event]:
    offer = places.open_offer(lead.id)
    facts = facts_of(lead, at, offer.recipient_id if offer else None)
    may_know = {place.id for place in places.recipients if (lead.customer_id, place.id) in covered}
    decision = decide(facts, rule.kinds, places.of(lead, at), may_know)
    present = waiting.get(lead.id, [])
    is_news = (lead.status, lead.recipient_id, lead.why) != (
        "routed" if decision.chosen_id else "held",
        decision.chosen_id,
        decision.why,
    )
    if is_news:
        session().add(_kept(lead, rule, decision, at))
        _let_go(lead, present, decision.chosen_id)
    if offer is not None and offer.recipient_id != decision.chosen_id:
        offer.end("withdrawn", at)
    lead.rule_id, lead.why, lead.recipient_id = rule.id, decision.why, decision.chosen_id
    if decision.chosen_id is None:
        lead.consent_id, lead.accept_by = None, None
        _hold(lead, present, decision.why, at)
        return _step(lead, "held", decision.why, at)
    recipient = next(place for place in places.recipients if place.id == decision.chosen_id)
    assert lead.customer_id is not None  # a consent covers a person
    consent = covered[lead.customer_id, recipient.id]
    lead.consent_id = consent.id
    if offer is None or offer.recipient_id != recipient.id:
        if lead.answer_within_s is not None and not lead.round:
            lead.answer_within_s = matrix.answer_within_s(
                rule.source, rule.answer_within_s, lead.answer_within_s
            )
        _offer(lead, recipient, places, at)
        if lead.answer_within_s is not None:
            lead.due_at = places.open_until(recipient.id, counts_from, lead.answer_within_s)
    _queue(lead, recipient, consent, present, at)
    return _step(lead, "routed", decision.why, at)


def _offer(lead: Lead, recipient: Recipient, places: Places, at: datetime) -> None:
    """The next round: from when it is told, the recipient has so much of its open time to say yes or no.

    Whom the place before had given it to, and what that one had put aside, is nothing to the next.
    """
    if lead.round:
        lead.staff_id, lead.snoozed_until = None, None
    lead.round += 1
    lead.accept_by = places.accept_by(recipient, _told_from(lead, at))
    places.load[recipient.id] = places.load.get(recipient.id, 0) + 1
    session().flush()  # the offer before has ended; one stands at a time
    session().add(
        LeadOffer(
            lead_id=lead.id,
            round=lead.round,
            recipient_id=recipient.id,
            offered_at=at,
            accept_by=lead.accept_by,
        )
    )
    ring(recipient.public_id)


def hand_to(lead: Lead, recipient: Recipient, consent: Consent, at: datetime) -> None:
    """Given to this place by a person of the house and with the buyer's yes, whatever the rule says; nobody comes after,
    so the offer stands until they answer. What was taken up already goes on as it is. The row must be locked.
    """
    present = _dispatches([lead]).get(lead.id, [])
    _let_go(lead, present, recipient.id)
    if lead.recipient_id is not None and lead.recipient_id != recipient.id:
        tell_those_told(lead, "withdrawn", lead.recipient_id, "routed_elsewhere")
    offer = LeadOffer.open_of(lead.id)
    if offer is not None:
        offer.end("withdrawn", at)
    lead.recipient_id = lead.named_recipient_id = recipient.id
    lead.consent_id, lead.why, lead.staff_id, lead.accept_by = consent.id, "handed_over", None, None
    session().flush()
    if lead.status == "contacted":
        record_many([lead.step_on("held", SYSTEM, at, "handed_over")], SYSTEM, at)
    if lead.status in WAITING:
        lead.round += 1
        session().add(LeadOffer(lead_id=lead.id, round=lead.round, recipient_id=recipient.id, offered_at=at))
        record_many(_step(lead, "routed", "handed_over", at), SYSTEM, at)
    _queue(lead, recipient, consent, present, at)
    session().flush()
    ring(recipient.public_id)


def ring(*recipients: str) -> None:
    """The inboxes of these places, by their public ids, and the house's look again."""
    for name in (*recipients, "house"):
        live.ring(live.room("leads", name), "moved")


def _told_from(lead: Lead, at: datetime) -> datetime:
    """A cart that was left waits a little: many come back by themselves."""
    wait = timedelta(seconds=settings().lead_hold_s) if lead.kind == "abandoned_cart" else timedelta(0)
    return max(at, lead.signalled_at + wait)


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
    """A row per channel."""
    by_channel = {row.channel: row for row in present if row.recipient_id == recipient.id}
    not_before = _told_from(lead, at)
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
    if recipient.mail_to or (adf_mail.takes(lead, recipient) and recipient.adf_mail_to):
        channels.append("mail")
    if recipient.calls_webhook:
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


def tell_those_told(
    lead: Lead, purpose: str, recipient_id: uuid.UUID | None = None, why: str | None = None
) -> int:
    """Those who got the lead by mail or webhook hear that it is settled, or not theirs any more: its consent was
    taken back, or (`why` lapsed) nobody there took it in time."""
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
            {"lead_id": str(lead.id), "recipient_id": str(recipient.id), "purpose": purpose, "why": why},
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
