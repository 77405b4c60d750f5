"""Leads of one person about one matter: linked behind the first, never dropped, and taken apart again.

A lead that leads others never stands behind another: those behind it come along. What one press moved is undone by one.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import aliased

from app.db import session
from app.events import Actor, record
from app.ids import uuid7
from customers.models import Customer
from leads.events import LeadLinked
from leads.models import Lead
from leads.records import LeadLink
from leads.refusals import LinkedMeanwhile, LinkToItself, NotLinked


def hold(public_id: str, number: str = "") -> None:
    """Before anything else of a press that links or takes apart: locks all that it can move.

    One such press at a time, and along the order of whoever else locks several leads: two people may link two leads
    to each other in the same moment.
    """
    session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended("leads.link", 0))))
    named = select(Lead.id).where(or_(Lead.public_id == public_id, Lead.number == number))
    behind = select(Lead.id).where(Lead.primary_lead_id.in_(named))
    together = select(LeadLink.together).where(LeadLink.lead_id.in_(named))
    moved = select(LeadLink.lead_id).where(LeadLink.together.in_(together))
    concerned = session().scalars(union(named, behind, moved)).all()
    session().execute(
        select(Lead.id).where(Lead.id.in_(concerned)).order_by(Lead.id).with_for_update(key_share=True)
    )


def link(lead: Lead, primary: Lead, staff_id: uuid.UUID | None, actor: Actor, at: datetime) -> None:
    """Puts the lead, and all behind it, behind the other one. Raises LinkToItself.

    Both rows must be locked.
    """
    leading = primary.primary_lead_id or primary.id
    if leading == lead.id or primary.id == lead.id:
        raise LinkToItself()
    if lead.primary_lead_id == leading:
        return
    _move([lead, *_behind(lead.id)], leading, staff_id, actor, at)


def unlink(lead: Lead, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """A matter of its own again. Raises NotLinked."""
    if lead.primary_lead_id is None:
        raise NotLinked()
    _move([lead], None, staff_id, actor, at)


def undo(lead: Lead, actor: Actor, at: datetime) -> None:
    """Takes the last link or unlink of this lead back, with all that it moved.

    Raises NotLinked when there is none, LinkedMeanwhile when somebody has moved one of them since.
    """
    last = session().scalar(
        select(LeadLink.together)
        .where(LeadLink.lead_id == lead.id, LeadLink.undone_at.is_(None))
        .order_by(LeadLink.at.desc(), LeadLink.id.desc())
        .limit(1)
    )
    if last is None:
        raise NotLinked()
    rows = session().scalars(select(LeadLink).where(LeadLink.together == last)).all()
    moved = session().scalars(
        select(Lead)
        .where(Lead.id.in_([row.lead_id for row in rows]))
        .order_by(Lead.id)
        .with_for_update(key_share=True)
    )
    leads = {one.id: one for one in moved}
    if any(leads[row.lead_id].primary_lead_id != row.primary_id for row in rows):
        raise LinkedMeanwhile()
    for row in rows:
        leads[row.lead_id].primary_lead_id, row.undone_at = row.before_id, at
    session().flush()
    for row in rows:
        _tell(leads[row.lead_id], actor, at)


def can_undo(lead_id: uuid.UUID) -> bool:
    known = select(LeadLink.id).where(LeadLink.lead_id == lead_id, LeadLink.undone_at.is_(None))
    return session().scalar(known.limit(1)) is not None


@dataclass(frozen=True)
class Linked:
    """`behind` are the signals that this lead leads, the newest first; `others` could be the same matter."""

    behind: Sequence[Lead]
    others: Sequence[Lead]


def around(lead: Lead) -> Linked:
    """In one statement: what stands behind it, and open leads that do not, of the same person or the same contact.

    A typed address is no proof of who it is, so leads that share only that are put side by side for a person to link.
    """
    who = [Lead.primary_lead_id == lead.id]
    if lead.customer_id is not None:
        who.append(Lead.customer_id == lead.customer_id)
        who.append(Lead.customer_id.in_(_same_contact(lead.customer_id)))
    if lead.visitor_id is not None:
        who.append(Lead.visitor_id == lead.visitor_id)
    rows = session().scalars(
        select(Lead)
        .where(or_(*who), Lead.id != lead.id)
        .order_by(Lead.signalled_at.desc(), Lead.id.desc())
        .limit(40)
    )
    found = rows.all()
    return Linked(
        [one for one in found if one.primary_lead_id == lead.id],
        [
            one
            for one in found
            if one.is_open and one.primary_lead_id is None and one.id != lead.primary_lead_id
        ],
    )


def _same_contact(customer_id: uuid.UUID) -> Select[uuid.UUID]:
    """Whoever told the same address or number: both are kept in one spelling."""
    me = aliased(Customer)
    same = or_(Customer.email == me.email, Customer.phone_e164 == me.phone_e164)
    return select(Customer.id).join(me, same).where(me.id == customer_id)


def _behind(lead_id: uuid.UUID) -> Sequence[Lead]:
    wanted = (
        select(Lead).where(Lead.primary_lead_id == lead_id).order_by(Lead.id).with_for_update(key_share=True)
    )
    return session().scalars(wanted).all()


def _move(
    leads: Sequence[Lead],
    primary_id: uuid.UUID | None,
    staff_id: uuid.UUID | None,
    actor: Actor,
    at: datetime,
) -> None:
    together = uuid7()
    for one in leads:
        session().add(
            LeadLink(
                together=together,
                lead_id=one.id,
                before_id=one.primary_lead_id,
                primary_id=primary_id,
                staff_id=staff_id,
                at=at,
            )
        )
        one.primary_lead_id = primary_id
    session().flush()
    for one in leads:
        _tell(one, actor, at)


def _tell(lead: Lead, actor: Actor, at: datetime) -> None:
    record(
        LeadLinked(
            lead_id=lead.id,
            customer_id=lead.customer_id,
            visitor_id=lead.visitor_id,
            primary_id=lead.primary_lead_id,
        ),
        actor,
        at,
    )
