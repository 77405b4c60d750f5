"""Leads that nobody has taken up: at each dealer or partner that was told, and at the house."""

from sqlalchemy import func, select, text

from app.db import session
from app.rail import MOST_SHOWN
from app.wiring import Waiting
from leads.models import UNTAKEN, Lead
from partners.models import HOUSE_DESKS, Recipient


def untaken() -> Waiting:
    """Counted for each place no further than the rail shows; nobody's own are the house's. One statement."""
    lead = Lead.__table__.c
    found = (
        select(lead.id)
        .where(
            lead.recipient_id == Recipient.id,
            lead.status == "routed",
            text(UNTAKEN.replace("status", "lead.status")),
        )
        .limit(MOST_SHOWN + 1)
        .correlate(Recipient)
        .subquery()
    )
    counted = select(func.count()).select_from(found).scalar_subquery()
    rows = session().execute(select(Recipient.id, Recipient.kind, counted).where(Recipient.active)).all()
    told: dict[object, int] = {row[0]: row[2] for row in rows if row[2]}
    return {**told, None: sum(row[2] for row in rows if row[1] in HOUSE_DESKS)}  # type: ignore[dict-item]
