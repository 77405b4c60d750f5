"""A lead put aside for a while. What is due stays due; it comes back by itself, or when the person acts again."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, text, update

from app import clock
from app.db import session, transaction
from app.events import Actor, record
from leads.dispatching import ring
from leads.events import LeadSnoozed
from leads.models import SNOOZED, Lead
from leads.refusals import SnoozeTooLong
from partners.models import Recipient

LONGEST = timedelta(days=14)
BATCH = 500


def until(lead: Lead, moment: datetime | None, actor: Actor, at: datetime) -> None:
    """None wakes it. The row must be locked. Raises LeadIsClosed and SnoozeTooLong."""
    lead.must_be_open()
    if moment is not None and not at < moment <= at + LONGEST:
        raise SnoozeTooLong(days=LONGEST.days)
    if lead.snoozed_until == moment:
        return
    lead.snoozed_until = moment
    session().flush()
    record(
        LeadSnoozed(lead_id=lead.id, customer_id=lead.customer_id, visitor_id=lead.visitor_id, until=moment),
        actor,
        at,
    )


def wake_due() -> int:
    """Those whose time has come; tells how many."""
    with transaction():
        due = (
            select(Lead.id)
            .where(text(SNOOZED), Lead.snoozed_until <= clock.sql_now)
            .order_by(Lead.snoozed_until)
            .limit(BATCH)
            .with_for_update(skip_locked=True, key_share=True)
        )
        return wake(session().scalars(due).all())


def wake(lead_ids: Collection[uuid.UUID]) -> int:
    """Back into the lists. In the open transaction."""
    if not lead_ids:
        return 0
    places = session().scalars(
        update(Lead)
        .where(Lead.id.in_(lead_ids), Lead.snoozed_until.is_not(None))
        .values(snoozed_until=None)
        .returning(Lead.recipient_id)
        .execution_options(synchronize_session="fetch")
    )
    told = list(places)
    if told:
        known = {place for place in told if place}
        ring(*session().scalars(select(Recipient.public_id).where(Recipient.id.in_(known))))
    return len(told)
