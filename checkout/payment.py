"""A payment: one attempt to take one amount, its history, and what was paid back of it.

created -> open (the hosted page waits) -> processing -> captured; or declined, cancelled, expired, all without money.
Only an answer of the provider moves it; money never leaves `captured`, refunds are rows of their own.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import IdModel, session
from app.ids import public_id
from app.money import Money
from checkout.cart import one_of
from orders.models import Order

LIVE = ("created", "open", "processing")
STATES = (*LIVE, "captured", "declined", "cancelled", "expired")
MOVES = {
    "created": {"open", "processing", "captured", "declined", "cancelled", "expired"},
    "open": {"processing", "captured", "declined", "cancelled", "expired"},
    "processing": {"captured", "declined", "cancelled", "expired"},
}
PURPOSES = ("today", "balance")

PAGE_LIFE = timedelta(minutes=31)
"""Stripe asks for at least thirty minutes."""
HOLD_AFTER_PAGE = timedelta(minutes=10)

REFUND_STATES = ("owed", "requested", "succeeded", "failed")

_LIVE_SQL = one_of("state", LIVE)


class Payment(IdModel):
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("captured_minor >= 0 AND refunded_minor BETWEEN 0 AND captured_minor", name="sums"),
        CheckConstraint("purpose <> 'today' OR cart_id IS NOT NULL", name="today_names_its_cart"),
        CheckConstraint("purpose <> 'balance' OR order_id IS NOT NULL", name="balance_names_its_order"),
        Index(
            "uq_payment_live_cart",
            "cart_id",
            unique=True,
            postgresql_where=f"purpose = 'today' AND {_LIVE_SQL}",
        ),
        Index(
            "uq_payment_live_balance",
            "order_id",
            unique=True,
            postgresql_where=f"purpose = 'balance' AND {_LIVE_SQL}",
        ),
        Index("ix_payment_cart_id", "cart_id"),
        Index("ix_payment_order_id", "order_id"),
        Index("ix_payment_due", "look_at", postgresql_where=_LIVE_SQL),
        UniqueConstraint("provider", "provider_session"),
        UniqueConstraint("provider", "provider_reference"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    purpose: Mapped[str]
    cart_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart.id"))
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer_order.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    visitor_id: Mapped[uuid.UUID | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="created", default="created")
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]
    provider_session: Mapped[str | None]
    provider_reference: Mapped[str | None]
    page_url: Mapped[str | None]
    page_expires_at: Mapped[datetime]
    """By the provider's clock, which does not follow ours when a demo moves it."""
    held_until: Mapped[datetime]
    """How long the car and the slot wait for this payment."""
    fingerprint: Mapped[str]
    """Of the figures the buyer agreed to."""
    promise: Mapped[dict[str, Any]]
    """The order as agreed, to be placed verbatim once the money is here; empty for a balance."""
    is_authenticating: Mapped[bool] = mapped_column(server_default="false", default=False)
    decline_code: Mapped[str | None]
    captured_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    settled_at: Mapped[datetime | None]
    look_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    """When the sweeper asks the provider next."""
    looks: Mapped[int] = mapped_column(server_default="0", default=0)

    @classmethod
    def locked(cls, payment_id: uuid.UUID) -> "Payment":
        """With its row lock; the cart's comes before it."""
        found = select(cls).where(cls.id == payment_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()

    @classmethod
    def live_for_cart(cls, cart_id: uuid.UUID) -> "Payment | None":
        found = select(cls).where(cls.cart_id == cart_id, cls.purpose == "today", cls.state.in_(LIVE))
        return session().scalars(found).one_or_none()

    @classmethod
    def live_for_balance(cls, order_id: uuid.UUID) -> "Payment | None":
        found = select(cls).where(cls.order_id == order_id, cls.purpose == "balance", cls.state.in_(LIVE))
        return session().scalars(found).one_or_none()

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def facts(self, amount_minor: int | None = None) -> dict[str, Any]:
        """What every fact about this payment says; the amount of the payment unless told."""
        return {
            "payment_id": self.id,
            "cart_id": self.cart_id,
            "order_id": self.order_id,
            "visitor_id": self.visitor_id,
            "customer_id": self.customer_id,
            "purpose": self.purpose,
            "amount_minor": self.amount_minor if amount_minor is None else amount_minor,
            "currency": self.currency,
        }

    def move(self, to: str) -> bool:
        """True when it moved; staying is not a move. An impossible move is a fault of ours."""
        if to == self.state:
            return False
        if to not in MOVES.get(self.state, set()):
            raise ValueError(f"a payment does not go from {self.state} to {to}")
        self.state = to
        return True

    def note(self, kind: str, reference: str = "", amount_minor: int = 0, **detail: Any) -> bool:
        """Adds to the history; False when exactly this was noted before."""
        if self.has_noted(kind, reference):
            return False
        session().add(
            PaymentEvent(
                payment_id=self.id, kind=kind, reference=reference, amount_minor=amount_minor, detail=detail
            )
        )
        session().flush()
        return True

    def has_noted(self, kind: str, reference: str = "") -> bool:
        found = select(PaymentEvent.id).where(
            PaymentEvent.payment_id == self.id,
            PaymentEvent.kind == kind,
            PaymentEvent.reference == reference,
        )
        return session().scalar(found) is not None


class PaymentEvent(IdModel):
    """What happened to a payment, append-only. One row per kind and provider reference."""

    __table_args__ = (UniqueConstraint("payment_id", "kind", "reference"),)

    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"))
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="", default="")
    amount_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Refund(IdModel):
    """Money to be given back. The row is written under the payment's lock before anybody is asked to move money.

    owed -> requested (the bank works on it) -> succeeded; failed is seen by staff. `source` provider: made in the
    provider's own console and found by us.
    """

    __table_args__ = (
        CheckConstraint(one_of("state", REFUND_STATES), name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("source IN ('house', 'provider')", name="source"),
        Index("ix_refund_payment_id", "payment_id"),
        Index("ix_refund_due", "look_at", postgresql_where="state IN ('owed', 'requested')"),
        UniqueConstraint("provider_refund"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="owed", default="owed")
    why: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="house", default="house")
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    provider_refund: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    look_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    looks: Mapped[int] = mapped_column(server_default="0", default=0)
    error: Mapped[str | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @classmethod
    def locked(cls, refund_id: uuid.UUID) -> "Refund":
        found = select(cls).where(cls.id == refund_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()


def refundable(payment: Payment) -> Money:
    """What is left of the captured amount after every refund that is not failed. The payment is locked."""
    spoken_for = session().scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.state != "failed"
        )
    )
    return Money(max(0, payment.captured_minor - int(spoken_for or 0)), payment.currency)


def owe_refund(payment: Payment, amount: Money, why: str) -> Refund | None:
    """Promises money back, never more than is left; None when nothing is. The payment is locked."""
    amount = min(amount, refundable(payment), key=lambda money: money.amount_minor)
    if not amount:
        return None
    refund = Refund(
        payment_id=payment.id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        why=why,
        idempotency_key=f"refund-{payment.public_id}-{public_id()}",
    )
    session().add(refund)
    session().flush()
    payment.note("refund_owed", refund.public_id, amount.amount_minor, why=why)
    if payment.order_id is not None:
        session().get_one(Order, payment.order_id).note_refund(refund.public_id, amount, "owed", clock.now())
    return refund
