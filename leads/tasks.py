"""Timed work of leads: what waits is told or looked at again, and what should be there and is not is made."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select

from app import clock
from app.db import session, transaction
from app.events import SYSTEM
from app.wiring import Sweep
from leads import given_up, ladder, outcomes, reconcile, scoring, snooze
from leads.composers import why_not
from leads.dispatching import call_back, follow_deliveries, route
from leads.models import Dispatch, Lead
from partners.models import Recipient

BATCH = 200
GIVE_UP_AFTER = timedelta(days=30)
"""A lead of somebody who could not be reached for so long is closed."""

log = structlog.get_logger()


def send_due() -> int:
    """Shows on the consoles what has waited long enough, looks again at what is held, follows mails and webhooks."""
    done = 0
    while True:
        with transaction():
            looked = _look_at(_due())
        done += looked
        if looked < BATCH:
            break
    with transaction():
        return done + follow_deliveries() + given_up.end_what_is_over()


def _due() -> Sequence[uuid.UUID]:
    """Leads with something that waits for us; mail and webhook are the deliveries' business."""
    waiting = (
        select(Dispatch.lead_id)
        .where(
            Dispatch.state.in_(("queued", "held")),
            Dispatch.next_at <= clock.sql_now,
            Dispatch.delivery_id.is_(None),
        )
        .distinct()
        .limit(BATCH)
    )
    return (
        session()
        .scalars(
            select(Lead.id)
            .where(Lead.id.in_(waiting))
            .order_by(Lead.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
        .all()
    )


def _look_at(lead_ids: Sequence[uuid.UUID]) -> int:
    if not lead_ids:
        return 0
    rows = (
        session()
        .execute(
            select(Dispatch, Lead, Recipient)
            .join(Lead, Lead.id == Dispatch.lead_id)
            .outerjoin(Recipient, Recipient.id == Dispatch.recipient_id)
            .where(
                Dispatch.lead_id.in_(lead_ids),
                Dispatch.state.in_(("queued", "held")),
                Dispatch.next_at <= clock.sql_now,
                Dispatch.delivery_id.is_(None),
            )
            .order_by(Lead.id)
            .execution_options(populate_existing=True)
        )
        .all()
    )
    for dispatch, lead, recipient in rows:
        if dispatch.state == "held":
            _look_at_held(lead)
        else:
            _show(dispatch, lead, recipient)
    return len(lead_ids)


def _look_at_held(lead: Lead) -> None:
    if lead.is_open and clock.now() - lead.signalled_at > GIVE_UP_AFTER:
        outcomes.close(lead, "expired", SYSTEM, clock.now())
    elif lead.status in ("new", "held"):
        route([lead.id])
    else:
        call_back(lead.id, None, "released")


def _show(dispatch: Dispatch, lead: Lead, recipient: Recipient) -> None:
    withheld = why_not(lead, recipient)
    if withheld is None:
        dispatch.state, dispatch.sent_at, dispatch.next_at = "sent", clock.now(), None
        session().flush()
        return
    call_back(lead.id, recipient.id, withheld.reason)
    if withheld.reason in ("no_consent", "not_active"):
        route([lead.id])


def heal() -> int:
    """The same intake and routing for whatever they have missed; tells how many leads were touched."""
    healed = reconcile.heal()
    if healed:
        log.warning("leads.healed", leads=healed)
    return healed


TIMETABLE = (
    Sweep("leads.snooze", every_s=15, run=snooze.wake_due),
    Sweep("leads.score", every_s=60, run=scoring.refresh_old),
    Sweep("leads.dispatch", every_s=5, run=send_due),
    Sweep("leads.ladder", every_s=15, run=ladder.lapse),
    Sweep("leads.reconcile", every_s=60, run=heal),
)
