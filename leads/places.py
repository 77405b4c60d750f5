"""The places that could answer, as they stand now: who is there, who has room, and how each answered before."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.db import session
from leads import offers
from leads.claims import ContactClaim
from leads.models import Lead
from leads.offers import LeadOffer
from leads.routing import Place
from leads.statuses import OPEN
from partners import queries
from partners.models import Recipient
from partners.opening import Week

LAST = "call_centre"
"""Nobody comes after it, so nothing lapses there."""


@dataclass
class Places:
    """Read once for a whole batch; `load` is kept up while the batch is decided."""

    recipients: Sequence[Recipient]
    weeks: Mapping[uuid.UUID, Week]
    load: dict[uuid.UUID, int]
    offered: Mapping[uuid.UUID, list[LeadOffer]]
    denied: Collection[tuple[uuid.UUID, uuid.UUID]]
    """Lead and recipient where the person said that nobody called."""

    def of(self, lead: Lead, at: datetime) -> list[Place]:
        before = {offer.recipient_id: offer.state for offer in self.offered.get(lead.id, ())}
        return [
            Place(
                one.id,
                one.kind,
                one.active and not one.is_cut_off,
                is_open=self.is_open(one.id, at),
                has_room=one.capacity_open is None or self.load.get(one.id, 0) < one.capacity_open,
                answered="denied" if (lead.id, one.id) in self.denied else _no(before.get(one.id)),
            )
            for one in self.market(lead.market_key)
        ]

    def market(self, market_key: str) -> list[Recipient]:
        return [one for one in self.recipients if one.market_key == market_key]

    def is_open(self, recipient_id: uuid.UUID, at: datetime) -> bool:
        week = self.weeks[recipient_id]
        return week.is_open(at) if week.keeps_hours else True

    def accept_by(self, recipient: Recipient, at: datetime) -> datetime | None:
        if recipient.kind == LAST:
            return None
        return self.open_until(recipient.id, at, recipient.accept_within_s)

    def open_until(self, recipient_id: uuid.UUID, at: datetime, within_s: int) -> datetime:
        """After so much of its open time; on a plain clock where it keeps no hours or never opens again."""
        length = timedelta(seconds=within_s)
        return self.weeks[recipient_id].add_open(at, length) or at + length

    def open_offer(self, lead_id: uuid.UUID) -> LeadOffer | None:
        return next((offer for offer in self.offered.get(lead_id, ()) if offer.state == "open"), None)


def _no(state: str | None) -> str | None:
    return state if state in (offers.DECLINED, offers.EXPIRED) else None


def read(leads: Sequence[Lead]) -> Places:
    """In at most six statements, whatever the number of leads."""
    recipients = session().scalars(select(Recipient).order_by(Recipient.code)).all()
    ids = [lead.id for lead in leads]
    denied = session().execute(
        select(ContactClaim.lead_id, ContactClaim.recipient_id).where(
            ContactClaim.lead_id.in_(ids), ContactClaim.answer == "no"
        )
    )
    return Places(
        recipients,
        queries.weeks_of(recipients),
        _load({one.id for one in recipients if one.capacity_open is not None}, ids),
        offers.of_leads(ids),
        {(lead_id, recipient_id) for lead_id, recipient_id in denied},
    )


def _load(limited: Collection[uuid.UUID], without: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many open leads those have who take only so many; the leads being decided do not count."""
    if not limited:
        return {}
    counted = (
        select(Lead.recipient_id, func.count())
        .where(Lead.recipient_id.in_(limited), Lead.status.in_(OPEN), Lead.id.not_in(without))
        .group_by(Lead.recipient_id)
    )
    return {place: many for place, many in session().execute(counted) if place is not None}
