"""Vehicles owned, services that run, and the wallet's double-entry ledger."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, ids
from app.db import IdModel, session

FAMILIES = ("charging", "credits", "subscription", "feature", "partner_product")
BILLINGS = ("once", "monthly", "daily", "yearly")
CREDIT = "CREDIT"
"""The currency of the wallet: whole mobility credits."""


def customer_account(customer_id: uuid.UUID) -> str:
    return f"cust:{customer_id}"


class OwnedVehicle(IdModel):
    """A car in somebody's garage, by the order line it came with. One owner at a time."""

    __table_args__ = (
        Index("uq_owned_vehicle_vehicle_id", "vehicle_id", unique=True, postgresql_where="until_at IS NULL"),
        Index("ix_owned_vehicle_customer", "customer_id"),
    )

    vehicle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vehicle.id"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    order_line_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    odometer_km: Mapped[int | None]
    """As read when the car changed hands."""


class Entitlement(IdModel):
    """What one order line entitles to. pending -> active -> expired or revoked; pending -> revoked.

    `due` says that it should be running now: a line that is due and not active is a fault (invariant I10).
    """

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'active', 'expired', 'revoked')", name="state"),
        CheckConstraint(f"family IN ({', '.join(map(repr, FAMILIES))})", name="family"),
        CheckConstraint(f"billing IN ({', '.join(map(repr, BILLINGS))})", name="billing"),
        CheckConstraint("state NOT IN ('active', 'expired') OR starts_at IS NOT NULL", name="active_since"),
        Index("ix_entitlement_customer", "customer_id", "state"),
        Index("ix_entitlement_ends", "ends_at", postgresql_where="state = 'active' AND ends_at IS NOT NULL"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    order_line_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    """Opaque: the line is known further up."""
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    family: Mapped[str]
    feature: Mapped[str]
    """What it lets one do: the name of the feature, or the SKU."""
    sku: Mapped[str]
    name: Mapped[dict[str, str]]
    grants: Mapped[dict[str, Any]]
    quantity: Mapped[int] = mapped_column(server_default="1")
    vehicle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    billing: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    due: Mapped[bool]
    due_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    why_ended: Mapped[str | None]

    @classmethod
    def of_line(cls, order_line_id: uuid.UUID) -> "Entitlement | None":
        return session().scalars(select(cls).where(cls.order_line_id == order_line_id)).one_or_none()


class Subscription(IdModel):
    """The monthly side of an entitlement: what is charged again, and when. active -> ended."""

    __table_args__ = (
        CheckConstraint("state IN ('active', 'ended')", name="state"),
        CheckConstraint("period_starts_on < period_ends_on", name="period"),
        Index("ix_subscription_due", "period_ends_on", postgresql_where="state = 'active'"),
    )

    entitlement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("entitlement.id"), unique=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    sku: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    started_on: Mapped[date]
    period_starts_on: Mapped[date]
    period_ends_on: Mapped[date]
    """Exclusive: the day the next period begins and is charged."""
    ended_at: Mapped[datetime | None]


class CreditBucket(IdModel):
    """Credits bought together, with one end. What is left in it is the sum of its ledger entries, never a column."""

    __table_args__ = (
        CheckConstraint("granted > 0", name="granted"),
        Index("ix_credit_bucket_customer", "customer_id", "expires_at"),
    )

    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    source: Mapped[str] = mapped_column(unique=True)
    """The key of the grant that made it."""
    granted: Mapped[int]
    expires_at: Mapped[datetime]


class LedgerEntry(IdModel):
    """One leg of a transaction. Rows are only ever added; the legs of a transaction sum to zero per currency.

    Accounts: `cust:<customer id>`, and of the house `house:credits` (issued), `house:redeemed`, `house:lapsed`.
    """

    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("leg >= 0", name="leg"),
        UniqueConstraint("idem", "leg"),
        UniqueConstraint("tx_id", "leg"),
        Index("ix_ledger_entry_account", "account", "currency"),
        Index("ix_ledger_entry_bucket", "bucket_id", postgresql_where="bucket_id IS NOT NULL"),
    )

    tx_id: Mapped[uuid.UUID]
    leg: Mapped[int]
    idem: Mapped[str]
    """The caller's key: the same transaction is never written twice."""
    kind: Mapped[str]
    account: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    bucket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("credit_bucket.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now, server_default=func.forecourt_now())
