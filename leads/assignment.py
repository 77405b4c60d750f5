"""Whose work a lead is."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from app.db import session
from app.events import Actor, record
from app.sessions import StaffPrincipal
from leads.events import LeadAssigned
from leads.models import Lead
from leads.refusals import ColleagueNotFound
from partners.models import Staff, StaffRole


def colleagues(lead: Lead, me: StaffPrincipal) -> Sequence[Staff]:
    """Who may have it: the place's own people, and the house's for whoever works for the house."""
    roles: list[ColumnElement[bool]] = []
    if me.has("agent", "admin"):
        roles.append(StaffRole.role.in_(("agent", "admin")))
        if lead.recipient_id is not None:
            roles.append(StaffRole.recipient_id == lead.recipient_id)
    else:
        roles.append(
            StaffRole.recipient_id.in_(me.recipient_ids) & (StaffRole.recipient_id == lead.recipient_id)
        )
    theirs = select(StaffRole.staff_id).where(or_(*roles))
    wanted = select(Staff).where(Staff.id.in_(theirs), Staff.active).order_by(Staff.name)
    return session().scalars(wanted).unique().all()


def assign(lead: Lead, colleague_public_id: str, me: StaffPrincipal, actor: Actor, at: datetime) -> None:
    """An empty id gives it back to whoever comes first. Raises LeadIsClosed and ColleagueNotFound."""
    lead.must_be_open()
    to: uuid.UUID | None = None
    if colleague_public_id:
        found = {staff.public_id: staff.id for staff in colleagues(lead, me)}
        if colleague_public_id not in found:
            raise ColleagueNotFound()
        to = found[colleague_public_id]
    if lead.staff_id == to:
        return
    before, lead.staff_id = lead.staff_id, to
    session().flush()
    record(
        LeadAssigned(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            staff_id=to,
            before_id=before,
        ),
        actor,
        at,
    )
