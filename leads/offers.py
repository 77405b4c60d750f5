"""An offer of a lead to one recipient: one row per round, and how it ended."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.i18n import N_

STATES = ("open", "accepted", "declined", "expired", "withdrawn", "settled")
DECLINED, EXPIRED = "declined", "expired"

REASONS: Mapping[str, str] = {
    "no_capacity": N_("No capacity at the moment"),
    "not_our_area": N_("Not our area"),
    "not_our_product": N_("Not our product"),
    "conflict_of_interest": N_("Conflict of interest"),
    "other": N_("Something else"),
}
LONGEST_NOTE = 300


class LeadOffer(IdModel):
    """open -> accepted, declined, expired, withdrawn (the consent or the place is gone) or settled without an answer.

    `accept_by` None: nobody comes after, so the offer stands until somebody answers.
    """

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="what_ended_says_when"),
        CheckConstraint("(state = 'declined') = (reason IS NOT NULL)", name="a_no_says_why"),
        UniqueConstraint("lead_id", "round"),
        Index("uq_lead_offer_open", "lead_id", unique=True, postgresql_where="state = 'open'"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    round: Mapped[int]
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"), index=True)
    offered_at: Mapped[datetime]
    accept_by: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="open", default="open")
    reason: Mapped[str | None]
    note: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    @classmethod
    def open_of(cls, lead_id: uuid.UUID) -> "LeadOffer | None":
        wanted = select(cls).where(cls.lead_id == lead_id, cls.state == "open")
        return session().scalars(wanted).one_or_none()

    def end(
        self,
        state: str,
        at: datetime,
        staff_id: uuid.UUID | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> None:
        self.state, self.ended_at, self.staff_id, self.reason, self.note = state, at, staff_id, reason, note


def of_leads(lead_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[LeadOffer]]:
    """Every offer of these leads, in order. One statement."""
    rounds = select(LeadOffer).where(LeadOffer.lead_id.in_(lead_ids)).order_by(LeadOffer.round)
    found: dict[uuid.UUID, list[LeadOffer]] = {}
    for offer in session().scalars(rounds.execution_options(populate_existing=True)):
        found.setdefault(offer.lead_id, []).append(offer)
    return found


def end_open(lead_id: uuid.UUID, state: str, at: datetime, staff_id: uuid.UUID | None = None) -> None:
    """Ends what is open of this lead, if anything is."""
    session().execute(
        update(LeadOffer)
        .where(LeadOffer.lead_id == lead_id, LeadOffer.state == "open")
        .values(state=state, ended_at=at, staff_id=staff_id)
    )
