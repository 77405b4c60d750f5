"""Which leads a member of staff sees: agents and admins the house's, dealers those they were told of, others none."""

from sqlalchemy import ColumnElement, select, true

from app.db import session
from app.errors import NotFound, NotYours
from app.sessions import StaffPrincipal
from leads.models import Dispatch, Lead


def visible_to(principal: StaffPrincipal) -> ColumnElement[bool]:
    if principal.has("agent", "admin"):
        return true()
    told = select(Dispatch.id).where(
        Dispatch.lead_id == Lead.id,
        Dispatch.recipient_id.in_(principal.recipient_ids),
        Dispatch.purpose == "opened",
        Dispatch.state == "sent",
    )
    return told.exists()


def nothing_here(public_id: str) -> NotFound | NotYours:
    """The same answer for a lead that is not there and for one of somebody else; the second is written down."""
    is_there = session().scalar(select(Lead.id).where(Lead.public_id == public_id)) is not None
    return NotYours() if is_there else NotFound()
