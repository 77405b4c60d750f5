"""What could not be told: the recipient's contact and the house hear of it once, and a webhook that is gone goes off."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, select, update

from app import clock, deliveries
from app.db import session
from app.deliveries import Delivery, DeliveryGivenUp, Mail, Withhold
from app.events import SYSTEM, Recorded, record
from app.i18n import speaking
from app.letters import letter
from app.locality import Locality, standing_in
from app.pages import dated
from app.settings import settings
from leads import adf_mail
from leads.dispatching import route
from leads.models import Lead
from leads.statuses import WAITING
from leads.trials import KINDS as TRIAL_KINDS
from partners import incidents
from partners.here import market_of
from partners.incidents import RecipientIncident
from partners.models import Recipient
from partners.recipient_events import WebhookGone

KIND = "leads.incident"
CHANNELS: Mapping[str, str] = {
    "leads.mail": "mail",
    "leads.webhook": "webhook",
    "leads.closed": "webhook",
}
LOOKED_BACK = 200
"""Deliveries of a recipient, latest first, among which a later one that arrived ends the trouble."""


def note(events: Sequence[Recorded[DeliveryGivenUp]]) -> None:
    """A test is no trouble, nor is a letter about one."""
    for recorded in events:
        told = recorded.event
        channel = CHANNELS.get(told.kind)
        if channel is None:
            continue
        # Rows that name the recipient may be written meanwhile: a lead is locked before its recipient elsewhere.
        locked = select(Recipient).where(Recipient.code == told.recipient_key)
        recipient = session().scalars(locked.with_for_update(of=Recipient, key_share=True)).one_or_none()
        if recipient is None:
            continue
        if told.outcome == "gone" and channel == "webhook":
            _switch_off(recipient, told.began_at, recorded.at)
        elif not _has_arrived_since(recipient, channel, recorded.at):
            _tell(recipient, "dead", channel, recorded.at)


def _switch_off(recipient: Recipient, called_at: datetime, at: datetime) -> None:
    """What was answered before the address was set says nothing about this one."""
    is_of_before = recipient.webhook_since is not None and called_at < recipient.webhook_since
    if recipient.webhook_gone_at is not None or not recipient.webhook_url or is_of_before:
        return
    recipient.webhook_gone_at = at
    record(WebhookGone(recipient_id=recipient.id), SYSTEM)
    session().flush()
    _tell(recipient, "gone", "webhook", at)
    if recipient.is_cut_off:
        route(_waiting_with(recipient.id))


def _waiting_with(recipient_id: uuid.UUID) -> Sequence[uuid.UUID]:
    mine = select(Lead.id).where(Lead.recipient_id == recipient_id, Lead.status.in_(WAITING))
    return session().scalars(mine.order_by(Lead.id)).all()


def _tell(recipient: Recipient, kind: str, channel: str, at: datetime) -> None:
    incident = incidents.begin(recipient.id, kind, channel, at)
    if incident is None or _contact(recipient, channel) is None:
        return
    incident.told = True
    deliveries.queue(
        KIND, recipient.code, None, {"incident_id": str(incident.id)}, key=f"incident:{incident.id}"
    )


def _contact(recipient: Recipient, channel: str) -> str | None:
    """Never the very address that takes nothing."""
    failing = {recipient.mail_to, adf_mail.address(recipient)} if channel == "mail" else set()
    return next(
        (to for to in (recipient.contact_mail_to, recipient.mail_to) if to and to not in failing), None
    )


def compose(delivery: Delivery) -> Mail | Withhold:
    """In the first language of the place's market, on its own clock."""
    incident = session().get_one(RecipientIncident, uuid.UUID(delivery.payload["incident_id"]))
    recipient = session().get_one(Recipient, incident.recipient_id)
    to = _contact(recipient, incident.channel)
    if to is None:
        return Withhold("no_address")
    if incident.ended_at is not None:
        return Withhold("over")
    market = market_of(recipient.market_key)
    spoken = market.languages[0]
    with speaking(spoken), standing_in(Locality(recipient.time_zone, market.phone_region)):
        return letter(
            "leads/mail/incident.txt",
            to,
            spoken,
            recipient=recipient.name_shown,
            kind=incident.kind,
            channel=incident.channel,
            when=dated(incident.began_at),
            house=settings().public_url.rstrip("/"),
        )


def end_what_is_over() -> int:
    """Something arrived again over the same channel."""
    over = 0
    for incident in incidents.open_ones():
        if incident.kind != "dead":
            continue
        recipient = session().get_one(Recipient, incident.recipient_id)
        if _has_arrived_since(recipient, incident.channel, incident.began_at):
            over += incidents.end(recipient.id, clock.now(), incident.kind, incident.channel)
    return over


def _has_arrived_since(recipient: Recipient, channel: str, since: datetime) -> bool:
    kinds = [*(kind for kind, carried in CHANNELS.items() if carried == channel), TRIAL_KINDS[channel]]
    latest = (
        select(Delivery.kind, Delivery.delivered_at)
        .where(Delivery.recipient_key == recipient.code)
        .order_by(Delivery.id.desc())
        .limit(LOOKED_BACK)
        .subquery()
    )
    arrived = exists().where(latest.c.kind.in_(kinds), latest.c.delivered_at > since)
    return bool(session().scalar(select(arrived)))


def has_passed(recipient: Recipient) -> bool:
    """Whether a test of the webhook arrived since it was switched off."""
    if recipient.webhook_gone_at is None:
        return False
    passed = exists().where(
        Delivery.recipient_key == recipient.code,
        Delivery.kind == TRIAL_KINDS["webhook"],
        Delivery.delivered_at > recipient.webhook_gone_at,
    )
    return bool(session().scalar(select(passed)))


def release(recipient: Recipient, at: datetime) -> int:
    """What waited for the address goes now; tells how many."""
    waited = (
        update(Delivery)
        .where(
            Delivery.recipient_key == recipient.code,
            Delivery.state == "pending",
            Delivery.reason == "webhook_gone",
        )
        .values(next_at=at)
    )
    return int(session().execute(waited).rowcount)  # type: ignore[attr-defined]
