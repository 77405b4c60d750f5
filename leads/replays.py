"""Sending once more what did not arrive, or what a recipient lost: the same verbs for the console and the desk."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Select, func, select

from app import deliveries
from app.db import session
from app.deliveries import Delivery
from app.events import Actor, Event, record
from app.i18n import _
from leads.models import Dispatch, Lead
from leads.statuses import OPEN
from partners.models import Recipient

MOST_AT_ONCE = 500
REPEATABLE = ("delivered", "dead", "parked", "cancelled")
"""What is on its way needs no repeat."""


@dataclass(frozen=True, kw_only=True)
class DeliveriesReplayed(Event):
    """`recipient_key` is a recipient's code; of one delivery its id as well."""

    type: ClassVar[str] = "leads.deliveries_replayed"
    subject_field: ClassVar[str] = "delivery_id"
    audited_as: ClassVar[str] = "settings"

    recipient_key: str
    count: int
    delivery_id: uuid.UUID | None = None

    def sentence(self) -> str:
        return _("Sent once more: %(count)s", count=self.count)


def of_leads_since(begin: datetime, recipient_code: str | None = None) -> Sequence[uuid.UUID]:
    """Mails and webhooks of leads that are open still; consents are looked at again when they are written."""
    wanted = (
        select(Delivery.id)
        .join(Dispatch, Dispatch.delivery_id == Delivery.id)
        .join(Lead, Lead.id == Dispatch.lead_id)
        .where(
            Lead.signalled_at >= begin,
            Lead.status.in_(OPEN),
            Dispatch.purpose == "opened",
            Delivery.state.in_(("delivered", "dead", "parked")),
        )
        .order_by(Delivery.id)
    )
    if recipient_code is not None:
        wanted = wanted.join(Recipient, Recipient.id == Dispatch.recipient_id).where(
            Recipient.code == recipient_code
        )
    return session().scalars(wanted).all()


def replay(ids: Sequence[uuid.UUID]) -> int:
    for delivery_id in ids:
        deliveries.replay(delivery_id)
    return len(ids)


def replay_one(delivery_id: uuid.UUID, actor: Actor, at: datetime) -> Delivery | None:
    """None when there is no such delivery; one that is on its way is left alone."""
    known = session().get(Delivery, delivery_id, with_for_update=True)
    if known is None or known.state not in REPEATABLE:
        return known
    again = deliveries.replay(delivery_id)
    record(DeliveriesReplayed(recipient_key=known.recipient_key, count=1, delivery_id=known.id), actor, at)
    return again


def _parked(recipient_key: str) -> Select[uuid.UUID]:
    return select(Delivery.id).where(Delivery.state == "parked", Delivery.recipient_key == recipient_key)


def parked_count(recipient_key: str) -> int:
    return session().scalar(select(func.count()).select_from(_parked(recipient_key).subquery())) or 0


def replay_parked(recipient_key: str, actor: Actor, at: datetime) -> int:
    """Every parked one of this recipient, oldest first, so many at once; tells how many."""
    ids = session().scalars(
        _parked(recipient_key).order_by(Delivery.id).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
    )
    count = replay(ids.all())
    if count:
        record(DeliveriesReplayed(recipient_key=recipient_key, count=count), actor, at)
    return count
