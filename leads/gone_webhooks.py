"""A webhook that answers 410 is gone: it is switched off, and its leads go to somebody who can be told."""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select

from app import clock
from app.db import session
from app.deliveries import Delivery, DeliveryAttempt
from app.events import SYSTEM, record
from leads.dispatching import route
from leads.models import Dispatch, Lead
from leads.statuses import WAITING
from partners.models import Recipient
from partners.recipient_events import WebhookGone


def switch_off() -> int:
    """Before `follow_deliveries` writes the dead ones down, in the open transaction; tells how many went off."""
    answered_gone = exists().where(
        DeliveryAttempt.delivery_id == Delivery.id,
        DeliveryAttempt.outcome == "gone",
    )
    told = session().execute(
        select(Dispatch.recipient_id, Delivery.key)
        .join(Delivery, Delivery.id == Dispatch.delivery_id)
        .where(
            Dispatch.state == "queued",
            Dispatch.channel == "webhook",
            Delivery.state == "dead",
            answered_gone,
        )
    )
    ids = {recipient_id for recipient_id, _key in told if recipient_id is not None}
    if not ids:
        return 0
    recipients = session().scalars(
        select(Recipient)
        .where(Recipient.id.in_(ids), Recipient.webhook_gone_at.is_(None))
        .order_by(Recipient.id)
        .with_for_update(of=Recipient)
    )
    switched = 0
    for recipient in recipients.all():
        recipient.webhook_gone_at = clock.now()
        record(WebhookGone(recipient_id=recipient.id), SYSTEM)
        session().flush()
        switched += 1
        if recipient.is_cut_off:
            route(_waiting_with(recipient.id))
    return switched


def _waiting_with(recipient_id: uuid.UUID) -> Sequence[uuid.UUID]:
    mine = select(Lead.id).where(Lead.recipient_id == recipient_id, Lead.status.in_(WAITING))
    return session().scalars(mine.order_by(Lead.id)).all()
