"""Sending once more what did not arrive, or what a recipient lost: the same verbs for the console and the desk."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Select, func, select

from app import clock, deliveries
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
OF_LEADS = ("leads.mail", "leads.webhook", "leads.closed")


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
    """One after the other, a little apart."""
    now = clock.now()
    for place, delivery_id in enumerate(ids):
        deliveries.replay(delivery_id, now + place * deliveries.BETWEEN_REPLAYS)
    return len(ids)


def replay_one(delivery_id: uuid.UUID, actor: Actor, at: datetime) -> Delivery | None:
    """None when there is no such delivery; one that is on its way is left alone."""
    known = session().get(Delivery, delivery_id, with_for_update=True)
    if known is None or known.state not in REPEATABLE:
        return known
    again = deliveries.replay(delivery_id)
    record(DeliveriesReplayed(recipient_key=known.recipient_key, count=1, delivery_id=known.id), actor, at)
    return again


def _hanging(recipient_key: str, state: str, begin: datetime | None) -> Select[uuid.UUID]:
    wanted = select(Delivery.id).where(
        Delivery.state == state, Delivery.recipient_key == recipient_key, Delivery.kind.in_(OF_LEADS)
    )
    return wanted if begin is None else wanted.where(Delivery.id >= first_id_of(begin))


def hanging_count(recipient_key: str, state: str, begin: datetime | None = None) -> int:
    wanted = _hanging(recipient_key, state, begin)
    return session().scalar(select(func.count()).select_from(wanted.subquery())) or 0


def replay_hanging(
    recipient_key: str, state: str, actor: Actor, at: datetime, begin: datetime | None = None
) -> int:
    """Every parked or dead one of this recipient, oldest first, so many at once; tells how many."""
    wanted = _hanging(recipient_key, state, begin).order_by(Delivery.id).limit(MOST_AT_ONCE)
    ids = session().scalars(wanted.with_for_update(skip_locked=True)).all()
    return _noted(recipient_key, replay(ids), actor, at)


def replay_leads(recipient_key: str, begin: datetime, actor: Actor, at: datetime) -> int:
    """What it was told of leads that are open still, since then: for a recipient that lost it."""
    ids = of_leads_since(begin, recipient_key)[:MOST_AT_ONCE]
    return _noted(recipient_key, replay(ids), actor, at)


def _noted(recipient_key: str, count: int, actor: Actor, at: datetime) -> int:
    if count:
        record(DeliveriesReplayed(recipient_key=recipient_key, count=count), actor, at)
    return count


def first_id_of(at: datetime) -> uuid.UUID:
    """The least id that can have been made then or later: ids begin with their milliseconds."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)
