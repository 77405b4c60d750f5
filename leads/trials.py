"""Trying a recipient's channels with a lead that is none: nobody's name, no row among the leads, marked as a test."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import clock, deliveries
from app.db import session
from app.deliveries import Delivery, DeliveryAttempt, Mail, WebhookCall, Withhold
from app.events import Actor, record
from app.i18n import _, speaking
from app.letters import letter
from app.money import Money
from app.settings import settings
from leads import adf, adf_mail
from leads.composers import call
from partners.here import market_of
from partners.models import Recipient
from partners.recipient_events import RecipientEvent

KINDS = {"mail": "leads.trial_mail", "webhook": "leads.trial_webhook"}
KEY = "trial:{recipient}:"
LATEST = 6


def channels(recipient: Recipient) -> list[str]:
    """Those that can be tried; the console shows whatever there is anyway."""
    found = []
    if recipient.mail_to or (recipient.wants_adf and recipient.adf_mail_to):
        found.append("mail")
    if recipient.webhook_url and recipient.webhook_secret:
        found.append("webhook")
    return found


@dataclass(frozen=True, kw_only=True)
class ChannelsTested(RecipientEvent):
    type: ClassVar[str] = "leads.channels_tested"

    channels: list[str]

    def sentence(self) -> str:
        return _("Channels were tested: %(channels)s", channels=", ".join(self.channels))


def start(
    recipient: Recipient, client_key: uuid.UUID, wanted: Sequence[str], actor: Actor, at: datetime
) -> int:
    """One test a channel that is wanted and there; the same key again starts nothing. In the open transaction."""
    asked = [channel for channel in channels(recipient) if channel in wanted]
    known = Delivery.key.startswith(KEY.format(recipient=recipient.id) + f"{client_key}:")
    if not asked or session().scalar(select(Delivery.id).where(known).limit(1)) is not None:
        return 0
    for channel in asked:
        deliveries.queue(
            KINDS[channel],
            recipient.code,
            None,
            {"recipient_id": str(recipient.id), "number": f"TEST-{client_key.hex[:6].upper()}"},
            key=KEY.format(recipient=recipient.id) + f"{client_key}:{channel}",
        )
    record(ChannelsTested(recipient_id=recipient.id, channels=asked), actor, at)
    return len(asked)


@dataclass(frozen=True)
class Outcome:
    channel: str
    at: datetime
    is_over: bool
    arrived: bool
    status_code: int | None
    latency_ms: int | None
    excerpt: str


def outcomes(recipient: Recipient) -> list[Outcome]:
    """The latest tests, newest first, with what came of each. Two statements."""
    rows = (
        session()
        .scalars(
            select(Delivery)
            .where(Delivery.recipient_key == recipient.code, Delivery.kind.in_(KINDS.values()))
            .order_by(Delivery.id.desc())
            .limit(LATEST)
        )
        .all()
    )
    tries = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_([row.id for row in rows]))
    last = {
        each.delivery_id: each for each in session().scalars(tries.order_by(DeliveryAttempt.number)) if rows
    }
    return [_outcome(row, last.get(row.id)) for row in rows]


def _outcome(row: Delivery, attempt: DeliveryAttempt | None) -> Outcome:
    return Outcome(
        channel="mail" if row.kind == KINDS["mail"] else "webhook",
        at=row.created_at,
        is_over=attempt is not None or row.state not in ("pending", "sending"),
        arrived=row.state == "delivered",
        status_code=attempt.status_code if attempt else None,
        latency_ms=attempt.latency_ms if attempt else None,
        excerpt=(attempt.excerpt if attempt else row.reason) or "",
    )


def mail(delivery: Delivery) -> Mail | Withhold:
    recipient = _recipient(delivery)
    if delivery.attempts > 0 and delivery.replays == 0:
        return Withhold("test_over")  # a test is tried once; its outcome is what was asked for
    number = str(delivery.payload["number"])
    to = adf_mail.address(recipient) if recipient.wants_adf else recipient.mail_to
    if to is None:
        return Withhold("no_address")
    market = market_of(recipient.market_key)
    with speaking(market.languages[0]):
        if recipient.wants_adf:
            subject = f"TEST {adf.subject(recipient.name, number)}"
            return Mail(to, subject, _made_up(recipient, to, number), for_software=True)
        return letter(
            "leads/mail/trial.txt", to, market.languages[0], number=number, recipient=recipient.name_shown
        )


def _made_up(recipient: Recipient, to: str, number: str) -> str:
    domain = parseaddr(settings().mail_from)[1].rpartition("@")[2]
    return adf.document(
        adf.Prospect(
            number=number,
            source=adf_mail.SOURCE,
            source_url=settings().public_url,
            requested_at=clock.now().astimezone(ZoneInfo(recipient.time_zone)),
            car=adf.Car("buy", "new", clock.now().year, "Tarn", "Test", price=Money(1, "CNY")),
            person=adf.Person("Test Lead", f"test@{domain}", None),
            vendor=adf_mail.vendor_of(recipient, to),
            comments=("TEST", _("This is a test of the connection. Nobody is to be answered.")),
        )
    )


def webhook(delivery: Delivery) -> WebhookCall | Withhold:
    recipient = _recipient(delivery)
    if delivery.attempts > 0 and delivery.replays == 0:
        return Withhold("test_over")
    body = {
        "test": True,
        "id": str(delivery.id),
        "number": delivery.payload["number"],
        "note": "This is a test of the connection. Nobody is to be answered.",
        "contact": None,
        "contents": [],
    }
    return call(recipient, "lead.test", lambda: body, even_if_gone=True)


def _recipient(delivery: Delivery) -> Recipient:
    return session().get_one(Recipient, uuid.UUID(delivery.payload["recipient_id"]))
