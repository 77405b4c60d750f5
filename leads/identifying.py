"""Leads of nobody in particular learn who they are about, once the visitor says or proves who it is."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from app import clock
from app.db import session
from app.events import SYSTEM
from customers.models import Customer
from leads import duplicates
from leads.dispatching import route
from leads.models import Lead
from leads.statuses import OPEN

KNOWN_AGAIN = timedelta(days=30)
"""What somebody did without a name longer ago is not told of them."""
SAME_MATTER_ELSEWHERE = timedelta(days=1)
"""The same product on another device within this time is one matter."""


def identify(
    customer_ids: Collection[uuid.UUID], visitors: Mapping[uuid.UUID, uuid.UUID] | None = None
) -> int:
    """Open leads of these people's visits get their person, held ones are routed anew; tells how many were looked at.

    `visitors` names the visits of somebody who signed in: visitor -> customer.
    """
    visitors = visitors or {}
    wanted = {*customer_ids, *visitors.values()}
    people = {c.id: c for c in session().scalars(select(Customer).where(Customer.id.in_(wanted)))}
    by_visitor = {visitor_id: people[who] for visitor_id, who in visitors.items() if who in people}
    by_visitor |= {c.visitor_id: c for c in people.values() if c.visitor_id}
    leads = _of(people, by_visitor, clock.now() - KNOWN_AGAIN)
    for lead in leads:
        customer = people.get(lead.customer_id) if lead.customer_id else None
        if customer is None and lead.visitor_id is not None:
            customer = by_visitor.get(lead.visitor_id)
        assert customer is not None, "the leads were found by these people"
        lead.customer_id, lead.contactability = customer.id, customer.first_contact
    session().flush()
    link_across_devices({lead.id for lead in leads})
    return route([lead.id for lead in leads if lead.status in ("new", "held")])


def _of(
    people: Mapping[uuid.UUID, Customer], by_visitor: Mapping[uuid.UUID, Customer], since: datetime
) -> Sequence[Lead]:
    """Theirs that wait, and those of their visits that are nobody's yet."""
    mine = and_(Lead.customer_id.in_(people), Lead.status.in_(("new", "held")))
    nobodys = and_(
        Lead.customer_id.is_(None),
        Lead.visitor_id.in_(by_visitor),
        Lead.status.in_(OPEN),
        Lead.signalled_at >= since,
    )
    return (
        session()
        .scalars(select(Lead).where(or_(mine, nobodys)).order_by(Lead.id).with_for_update(key_share=True))
        .all()
    )


def link_across_devices(fresh: Collection[uuid.UUID]) -> None:
    """What one account asked about on two devices is one matter: the later lead stands behind the first."""
    if not fresh:
        return
    accounts = (
        select(Customer.account_id)
        .join(Lead, Lead.customer_id == Customer.id)
        .where(Lead.id.in_(fresh), Customer.account_id.is_not(None))
    )
    rows = session().execute(
        select(Lead, Customer.account_id)
        .join(Customer, Customer.id == Lead.customer_id)
        .where(
            Customer.account_id.in_(accounts),
            Lead.status.in_(OPEN),
            Lead.product_family != "none",
            Lead.signalled_at >= clock.now() - KNOWN_AGAIN,
        )
        .order_by(Lead.signalled_at, Lead.id)
        .with_for_update(of=Lead, key_share=True)
    )
    first: dict[tuple[uuid.UUID | None, str], Lead] = {}
    for lead, account_id in rows:
        leading = first.setdefault((account_id, lead.product_family), lead)
        is_one = lead.signalled_at - leading.signalled_at <= SAME_MATTER_ELSEWHERE
        if not is_one:
            first[account_id, lead.product_family] = lead
        elif lead is not leading and lead.primary_lead_id is None and lead.visitor_id != leading.visitor_id:
            duplicates.link(lead, leading, None, SYSTEM, clock.now())
