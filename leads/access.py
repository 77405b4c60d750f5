"""Which leads a member of staff sees: agents and admins the house's, dealers those they were told of, others none."""

from sqlalchemy import ColumnElement, select, true

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
