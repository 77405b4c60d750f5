"""The tables of leads."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import IdModel, session
from app.events import Actor, record
from app.i18n import localized, translate
from app.ids import public_id
from leads.claims import ContactClaim
from leads.events import LeadMoved, RoutingRuleChanged
from leads.offers import LeadOffer
from leads.records import LeadLink, LeadNote, LeadTouch
from leads.refusals import LeadIsClosed, MoveNotPossible, RuleChangedMeanwhile, RuleLoops
from leads.reports import OutcomeReport
from leads.statuses import (
    CONTACTABILITIES,
    FAMILIES,
    KINDS,
    MOVES,
    OPEN,
    OUTCOME_NAMES,
    OUTCOMES,
    SOURCES,
    STATUS_NAMES,
    STATUSES,
)

__all__ = [
    "ContactClaim",
    "Dispatch",
    "Lead",
    "LeadLink",
    "LeadMove",
    "LeadNote",
    "LeadOffer",
    "LeadTouch",
    "OutcomeReport",
    "RoutingDecision",
    "RoutingRule",
    "RuleTerms",
]

IN_HAND = f"status IN {OPEN} AND snoozed_until IS NULL"
UNTAKEN = f"{IN_HAND} AND staff_id IS NULL"
SNOOZED = f"status IN {OPEN} AND snoozed_until IS NOT NULL"
"""Conditions of the lists, word for word as their indexes have them."""

CHANNELS = ("console", "mail", "webhook")
PURPOSES = ("opened", "closed", "withdrawn")
"""What is told: that there is a lead, that it is settled, or that the consent to know of it was taken back."""
DISPATCH_STATES = ("queued", "held", "sent", "dead", "cancelled")


@dataclass(frozen=True)
class RuleTerms:
    """What a rule says: who answers and who steps in, in this order, why, and within how many seconds."""

    kinds: tuple[str, ...]
    reason: str
    reason_zh: str
    answer_within_s: int


class RoutingRule(IdModel):
    """Who answers for a source and a product: the kind of recipient first, then who steps in, and why.

    A row never changes: a change is the next version, so that a lead names the very rule by which it was routed.
    """

    __table_args__ = (
        Index(
            "uq_routing_rule_live",
            "market_key",
            "source",
            "product",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        UniqueConstraint("market_key", "source", "product", "version"),
        CheckConstraint("answer_within_s > 0", name="answer_within"),
    )

    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"), server_default="CN")
    source: Mapped[str]
    product: Mapped[str]
    recipient_kind: Mapped[str]
    fallback_kinds: Mapped[list[str]]
    reason: Mapped[str]
    reason_zh: Mapped[str]
    answer_within_s: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    superseded_at: Mapped[datetime | None]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    """None for the house's default."""

    @classmethod
    def live(cls, market_key: str, source: str, product: str) -> "RoutingRule | None":
        """The version in force, with every other change of it waiting."""
        wanted = select(cls).where(
            cls.market_key == market_key,
            cls.source == source,
            cls.product == product,
            cls.superseded_at.is_(None),
        )
        return session().scalars(wanted.with_for_update(of=cls, key_share=True)).one_or_none()

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.recipient_kind, *self.fallback_kinds)

    def change(self, to: RuleTerms, seen_version: int, actor: Actor, at: datetime) -> "RoutingRule":
        """The next version, in force for the next lead. The same terms again are no change.

        Raises RuleLoops when somebody stands in it twice, RuleChangedMeanwhile when another version was looked at.
        """
        if len(set(to.kinds)) < len(to.kinds):
            raise RuleLoops()
        if self.superseded_at is not None or self.version != seen_version:
            raise RuleChangedMeanwhile()
        if self.terms == to:
            return self
        self.superseded_at = at
        session().flush()
        following = RoutingRule(
            market_key=self.market_key,
            source=self.source,
            product=self.product,
            recipient_kind=to.kinds[0],
            fallback_kinds=list(to.kinds[1:]),
            reason=to.reason,
            reason_zh=to.reason_zh,
            answer_within_s=to.answer_within_s,
            version=self.version + 1,
            changed_by=uuid.UUID(actor.id) if actor.kind == "staff" and actor.id else None,
        )
        session().add(following)
        session().flush()
        record(
            RoutingRuleChanged(
                rule_id=following.id,
                before_id=self.id,
                market_key=self.market_key,
                source=self.source,
                product=self.product,
                version=following.version,
            ),
            actor,
            at,
        )
        return following

    @property
    def terms(self) -> RuleTerms:
        return RuleTerms(self.kinds, self.reason, self.reason_zh, self.answer_within_s)

    @property
    def reason_shown(self) -> str:
        return localized(self.reason, self.reason_zh)


class Lead(IdModel):
    """Somebody to answer. One per signal, for ever; what it says about the signal is as it was then.

    new -> routed | held -> accepted -> contacted -> won | lost | closed.
    """

    __table_args__ = (
        UniqueConstraint("kind", "source_id"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint(f"product_family IN {FAMILIES}", name="product_family"),
        CheckConstraint(f"contactability IN {CONTACTABILITIES}", name="contactability"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(f"outcome IS NULL OR outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint(
            "(status IN ('won', 'lost', 'closed')) = (closed_at IS NOT NULL)", name="closed_somewhen"
        ),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="a_closed_lead_has_an_outcome"),
        Index("ix_lead_open", "due_at", "id", postgresql_where=text(IN_HAND)),
        Index("ix_lead_open_mine", "staff_id", "due_at", "id", postgresql_where=text(IN_HAND)),
        Index("ix_lead_open_place", "recipient_id", "due_at", "id", postgresql_where=text(IN_HAND)),
        Index("ix_lead_open_family", "product_family", "due_at", "id", postgresql_where=text(IN_HAND)),
        Index(
            "ix_lead_open_place_family",
            "recipient_id",
            "product_family",
            "due_at",
            "id",
            postgresql_where=text(IN_HAND),
        ),
        Index("ix_lead_untaken", "due_at", "id", postgresql_where=text(UNTAKEN)),
        Index("ix_lead_untaken_place", "recipient_id", "due_at", "id", postgresql_where=text(UNTAKEN)),
        Index("ix_lead_snoozed", "snoozed_until", "id", postgresql_where=text(SNOOZED)),
        Index("ix_lead_settled", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
        Index(
            "ix_lead_settled_place",
            "recipient_id",
            "closed_at",
            "id",
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_lead_primary", "primary_lead_id", postgresql_where=text("primary_lead_id IS NOT NULL")),
        Index("ix_lead_scored_at", "scored_at", postgresql_where=text("closed_at IS NULL")),
        Index("ix_lead_visitor_id", "visitor_id"),
        Index("ix_lead_customer_id", "customer_id"),
        Index("ix_lead_cart_id", "cart_id"),
        Index("ix_lead_recipient_id", "recipient_id"),
        Index(
            "ix_lead_accept_by",
            "accept_by",
            postgresql_where=text("status = 'routed' AND accept_by IS NOT NULL"),
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    number: Mapped[str] = mapped_column(unique=True)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    kind: Mapped[str]
    source: Mapped[str]
    source_id: Mapped[uuid.UUID]
    visitor_id: Mapped[uuid.UUID | None]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    product_family: Mapped[str]
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    step: Mapped[str]
    page: Mapped[str | None]
    reason: Mapped[str]
    snapshot: Mapped[list[dict[str, Any]]]
    """One entry a line: kind, family, sku, title {en, zh}, detail, quantity, price_minor, vin, stock_item_id."""
    language: Mapped[str]
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    about_order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer_order.id"))
    """The order that a question is about; buying something else does not answer it."""
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conversation.id"))
    named_recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """Whom the signal itself names: the dealer asked, or the one where the car stands."""
    primary_lead_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("lead.id"))
    """The first lead of the same person shortly before."""
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent.id"))
    """Under which the recipient may be told."""
    contactability: Mapped[str] = mapped_column(server_default="none", default="none")
    status: Mapped[str] = mapped_column(server_default="new", default="new")
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    rule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("routing_rule.id"))
    why: Mapped[str | None]
    """Key of the sentence that says why it is where it is (routing.WHY)."""
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Who has taken it up."""
    signalled_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer_within_s: Mapped[int | None]
    """Of the recipient's open time, from the signal; None where the person was promised a time."""
    accept_by: Mapped[datetime | None]
    """Until then the offer to `recipient_id` stands; None when nothing is offered, or nobody comes after."""
    round: Mapped[int] = mapped_column(server_default="0", default=0)
    """How often it was offered."""
    outcome: Mapped[str | None]
    outcome_reason: Mapped[str | None]
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer_order.id"))
    closed_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    """Out of the lists until then; due stays due."""
    score: Mapped[int] = mapped_column(server_default="0", default=0)
    """0 to 100, as last counted; a higher one is answered first among those due alike."""
    score_version: Mapped[int] = mapped_column(server_default="0", default=0)
    """Of the rules it was counted by; 0 before the first count."""
    score_parts: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]", default=list)
    """One entry a reason: code, points."""
    scored_at: Mapped[datetime | None]

    @classmethod
    def of_public_id(cls, value: str) -> "Lead | None":
        return session().scalars(select(cls).where(cls.public_id == value)).one_or_none()

    @classmethod
    def of_number(cls, number: str) -> "Lead":
        wanted = select(cls).where(cls.number == number)
        return session().scalars(wanted.execution_options(populate_existing=True)).one()

    @classmethod
    def locked(cls, lead_id: uuid.UUID) -> "Lead":
        found = select(cls).where(cls.id == lead_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def must_be_open(self) -> None:
        if not self.is_open:
            raise LeadIsClosed(outcome=translate(OUTCOME_NAMES[self.outcome or "lost"]))

    def move(self, to_status: str, actor: Actor, at: datetime | None = None, why: str | None = None) -> None:
        """One step on; the row must be locked. Raises LeadIsClosed or MoveNotPossible, and then nothing has moved."""
        at = at or clock.now()
        record(self.step_on(to_status, actor, at, why), actor, at)

    def step_on(self, to_status: str, actor: Actor, at: datetime, why: str | None = None) -> LeadMoved:
        """As `move`, and tells the fact for the caller to record."""
        self.must_be_open()
        if to_status not in MOVES[self.status]:
            raise MoveNotPossible(status=translate(STATUS_NAMES[self.status]))
        session().add(
            LeadMove(
                lead_id=self.id,
                from_status=self.status,
                to_status=to_status,
                at=at,
                actor_kind=actor.kind,
                actor_id=actor.id,
                why=why,
            )
        )
        before, self.status = self.status, to_status
        if to_status != "routed":
            self.accept_by = None
        return LeadMoved(
            lead_id=self.id,
            from_status=before,
            to_status=to_status,
            recipient_id=self.recipient_id,
            customer_id=self.customer_id,
            visitor_id=self.visitor_id,
        )


class LeadMove(IdModel):
    """A step of a lead's life; rows are only added."""

    __table_args__ = (
        CheckConstraint(f"to_status IN {STATUSES}", name="to_status"),
        Index("ix_lead_move_lead_id", "lead_id", "at"),
        Index("ix_lead_move_contacted", "at", postgresql_where="to_status = 'contacted'"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    why: Mapped[str | None]


class RoutingDecision(IdModel):
    """What was weighed and what came out, each time a lead was routed; the latest is the highest seq."""

    __table_args__ = (Index("ix_routing_decision_lead_id", "lead_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("routing_rule.id"))
    chosen_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    fallback: Mapped[bool]
    why: Mapped[str]
    candidates: Mapped[list[dict[str, Any]]]
    """In the order weighed: kind, recipient_id, passed, why."""
    at: Mapped[datetime]


class Dispatch(IdModel):
    """Telling one recipient over one channel. queued -> sent, dead or cancelled; held -> looked at again at next_at.

    Mail and webhook are carried by `delivery_id`; a held row names nobody, since nobody may be told.
    """

    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        CheckConstraint(f"state IN {DISPATCH_STATES}", name="state"),
        CheckConstraint(
            "(state IN ('queued', 'held')) = (next_at IS NOT NULL)", name="what_waits_is_looked_at"
        ),
        CheckConstraint("state <> 'held' OR reason IS NOT NULL", name="what_is_held_says_why"),
        UniqueConstraint("lead_id", "recipient_id", "channel", "purpose", postgresql_nulls_not_distinct=True),
        Index("ix_dispatch_due", "next_at", postgresql_where="state IN ('queued', 'held')"),
    )

    lead_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lead.id"))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"), index=True)
    channel: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="opened", default="opened")
    state: Mapped[str]
    reason: Mapped[str | None]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent.id"))
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("delivery.id"), index=True)
