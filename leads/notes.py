"""Notes for the team: only added, never changed, never shown to a dealer that the lead does not concern."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.events import Actor, record
from app.ids import uuid7
from leads.events import LeadNoted
from leads.models import Lead
from leads.records import LeadNote
from partners.models import Staff

LONGEST = 1000


def add(
    lead: Lead, body: str, client_key: uuid.UUID, staff_id: uuid.UUID, actor: Actor, at: datetime
) -> bool:
    """The same form sent twice is one note; tells whether it is a new one. Closed leads take notes, too."""
    written = session().scalar(
        insert(LeadNote)
        .values(id=uuid7(), lead_id=lead.id, staff_id=staff_id, body=body, client_key=client_key, at=at)
        .on_conflict_do_nothing(index_elements=["lead_id", "client_key"])
        .returning(LeadNote.id)
    )
    if written is None:
        return False
    record(
        LeadNoted(lead_id=lead.id, customer_id=lead.customer_id, visitor_id=lead.visitor_id, note_id=written),
        actor,
        at,
    )
    return True


def of(lead_id: uuid.UUID) -> Sequence[tuple[LeadNote, Staff]]:
    """Newest first."""
    rows = session().execute(
        select(LeadNote, Staff)
        .join(Staff, Staff.id == LeadNote.staff_id)
        .where(LeadNote.lead_id == lead_id)
        .order_by(LeadNote.at.desc(), LeadNote.id.desc())
        .limit(100)
    )
    return [(note, staff) for note, staff in rows]
