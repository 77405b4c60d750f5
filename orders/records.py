"""What is kept with an order: its lines and amounts as agreed, its moves, its money, its checklist, its handover."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, Model, session
from app.money import Money
from orders.checklist import ITEMS
from orders.statuses import STATUSES

KINDS = ("vehicle", "charging", "credits", "subscription", "feature", "partner_product")
BILLINGS = ("once", "monthly", "daily", "yearly")
TIMES = ("today", "by_date", "monthly")
RECEIPT_METHODS = ("online", "bank_transfer")
RECEIPT_PURPOSES = ("deposit", "today", "balance", "refund", "bounced")
WAYS = ("home_delivery", "dealer_handover")
REFUND_STATES = ("owed", "returned", "failed", "by_hand")


def one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class OrderLine(IdModel):
    """One thing bought, worded as on the day: later changes of the catalogue do not reach it."""

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("billing", BILLINGS), name="billing"),
        CheckConstraint("starts IN ('today', 'handover')", name="starts"),
        CheckConstraint("quantity BETWEEN 1 AND 100", name="quantity"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint(
            "CASE WHEN kind = 'vehicle' THEN num_nonnulls(stock_item_id, configuration_id) > 0"
            " AND (stock_item_id IS NULL) = (vehicle_id IS NULL)"
            " ELSE stock_item_id IS NULL AND (configuration_id IS NULL OR kind = 'feature') END",
            name="a_car_is_a_stock_item_or_a_build",
        ),
        CheckConstraint(
            "(vin_assigned_at IS NOT NULL) ="
            " (kind = 'vehicle' AND configuration_id IS NOT NULL AND stock_item_id IS NOT NULL)",
            name="a_built_car_has_its_vin_since",
        ),
        UniqueConstraint("order_id", "position"),
        UniqueConstraint("id", "order_id"),
        Index("ix_order_line_stock_item", "stock_item_id", postgresql_where="stock_item_id IS NOT NULL"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    position: Mapped[int]
    kind: Mapped[str]
    sku: Mapped[str]
    title: Mapped[dict[str, str]]
    detail: Mapped[dict[str, str]]
    stock_item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stock_item.id"))
    configuration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("configuration.id"))
    """The build, of a car that is made for this order, or of the car that a feature is for."""
    vehicle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vehicle.id"), index=True)
    vin: Mapped[str | None]
    vin_assigned_at: Mapped[datetime | None]
    """When a car that is made for this order got its VIN, and with it its stock item and vehicle."""
    quantity: Mapped[int]
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offer.id"))
    grants: Mapped[dict[str, Any]]
    billing: Mapped[str]
    starts: Mapped[str]
    seller_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    price_minor: Mapped[int]
    """Of one piece, in the order's currency."""

    @property
    def is_vehicle(self) -> bool:
        return self.kind == "vehicle"

    @property
    def is_built(self) -> bool:
        """Made for this order, not taken from stock."""
        return self.is_vehicle and self.configuration_id is not None

    @property
    def awaits_vin(self) -> bool:
        return self.is_built and self.vin_assigned_at is None


class OrderAmount(IdModel):
    """One printed amount, word for word as the buyer agreed to it. Totals are sums of these and of nothing else."""

    __table_args__ = (
        CheckConstraint(one_of("due", TIMES), name="due"),
        UniqueConstraint("order_id", "position"),
        ForeignKeyConstraint(["line_id", "order_id"], ["order_line.id", "order_line.order_id"]),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    line_id: Mapped[uuid.UUID | None]
    position: Mapped[int]
    due: Mapped[str]
    due_on: Mapped[date | None]
    key: Mapped[str]
    label: Mapped[dict[str, str]]
    reason: Mapped[dict[str, str] | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class OrderMove(IdModel):
    """A step of an order's life; rows are only added. `from_status` is None for the placing itself."""

    __table_args__ = (
        CheckConstraint(one_of("to_status", STATUSES), name="to_status"),
        CheckConstraint(f"from_status IS NULL OR {one_of('from_status', STATUSES)}", name="from_status"),
        Index("ix_order_move_order", "order_id", "at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    why: Mapped[str | None]
    """As somebody wrote it, for the house only."""


class Receipt(IdModel):
    """Money that came in, or went back (purpose refund, negative); bounced is a refund that the bank sent back to us.

    `reference` is the provider's or the bank's.
    """

    __table_args__ = (
        CheckConstraint(one_of("method", RECEIPT_METHODS), name="method"),
        CheckConstraint(one_of("purpose", RECEIPT_PURPOSES), name="purpose"),
        CheckConstraint(
            "amount_minor <> 0 AND (purpose = 'refund') = (amount_minor < 0)",
            name="only_a_refund_is_negative",
        ),
        Index("ix_receipt_order", "order_id"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    purpose: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    received_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @classmethod
    def by_reference(cls, reference: str) -> "Receipt | None":
        return session().scalars(select(cls).where(cls.reference == reference)).one_or_none()


class OrderChange(IdModel):
    """The handover moved to another day or another place; rows are only added. `delta_minor` is what it costs more."""

    __table_args__ = (
        CheckConstraint(one_of("from_method", WAYS), name="from_method"),
        CheckConstraint(one_of("to_method", WAYS), name="to_method"),
        Index("ix_order_change_order", "order_id", "at"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    from_method: Mapped[str]
    to_method: Mapped[str]
    from_starts_at: Mapped[datetime | None]
    to_starts_at: Mapped[datetime]
    delta_minor: Mapped[int] = mapped_column(BigInteger)


class OrderRefund(IdModel):
    """Money on its way back to the buyer. owed -> returned, or failed; by_hand came by transfer and goes back so.

    Failed and by_hand wait for a person. `reference` is that of the refund, further up.
    """

    __table_args__ = (
        CheckConstraint(one_of("state", REFUND_STATES), name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_order_refund_order", "order_id"),
        Index("ix_order_refund_stuck", "moved_at", postgresql_where="state IN ('failed', 'by_hand')"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str]
    moved_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class ChecklistItem(IdModel):
    """One point of an order's handover checklist: open, or closed by somebody at an instant."""

    __table_args__ = (
        CheckConstraint(one_of("key", [item.key for item in ITEMS]), name="key"),
        CheckConstraint("closed_at IS NOT NULL OR value IS NULL AND reference IS NULL", name="open_is_empty"),
        UniqueConstraint("order_id", "key"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    key: Mapped[str]
    closed_at: Mapped[datetime | None]
    actor_kind: Mapped[str | None]
    actor_id: Mapped[str | None]
    value: Mapped[int | None]
    """Keys counted, or kilometres read."""
    reference: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Handover(IdModel):
    """The car changed hands, once."""

    __table_args__ = (CheckConstraint("battery_percent BETWEEN 0 AND 100", name="battery_percent"),)

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"), unique=True)
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"), index=True)
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot.id"))
    handed_over_at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    odometer_km: Mapped[int | None]
    battery_percent: Mapped[int | None]
    """State of charge, as both read it."""


class NumberSeries(Model):
    """Human numbers, counted per market, kind of paper and month (YYMM on the market's clock)."""

    __table_args__ = (CheckConstraint("next > 0", name="next"),)

    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int] = mapped_column(server_default="1")

    @classmethod
    def locked(cls, market_key: str, name: str, period: str) -> "NumberSeries":
        """The series, with everybody else who wants a number of it waiting until this transaction ends."""
        session().execute(
            insert(cls)
            .values(market_key=market_key, name=name, period=period, next=1)
            .on_conflict_do_nothing(index_elements=["market_key", "name", "period"])
        )
        wanted = select(cls).filter_by(market_key=market_key, name=name, period=period).with_for_update()
        return session().scalars(wanted.execution_options(populate_existing=True)).one()

    def take(self) -> int:
        taken = self.next
        self.next = taken + 1
        return taken
