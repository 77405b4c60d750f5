"""The cart: lines of unlike kinds, the handover chosen for them, and the rule that nothing moves while it is being paid.

open -> paying (a payment is live) -> open again, or ordered. Every change takes the cart's row lock first.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import live
from app.db import IdModel, session
from app.errors import Busy
from app.events import Actor, record
from app.ids import public_id
from checkout.events import CartLineAdded, CartLineRemoved, CheckoutStepReached
from checkout.refusals import CartAlreadyOrdered, CartBeingPaid, LineNotFound, QuantityNotPossible

STATES = ("open", "paying", "ordered", "merged")
STEPS = ("cart", "contact", "handover", "review", "pay")
METHODS = ("none", "home_delivery", "dealer_handover")
TROUBLES = ("none", "failed", "cancelled", "expired", "authentication_incomplete", "refunded")
KINDS = ("vehicle", "charging", "credits", "subscription", "feature", "partner_product")

MOST = {"credits": 10}
"""How many of a kind one line may hold; everything else is one."""


def one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Cart(IdModel):
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("step", STEPS), name="step"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint(one_of("payment_trouble", TROUBLES), name="payment_trouble"),
        CheckConstraint("(state = 'ordered') = (order_id IS NOT NULL)", name="ordered_names_its_order"),
        Index(
            "uq_cart_visitor_id_market_key_live",
            "visitor_id",
            "market_key",
            unique=True,
            postgresql_where="state IN ('open', 'paying')",
        ),
        Index("ix_cart_idle", "last_activity_at", postgresql_where="state IN ('open', 'paying')"),
        Index("ix_cart_customer_id", "customer_id"),
        Index("ix_cart_visitor_id", "visitor_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    visitor_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open", default="open")
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    content_hash: Mapped[str] = mapped_column(server_default="", default="")
    """Of the lines alone: an abandoned cart becomes a new episode only when this changed."""
    value_minor: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    """What the lines come to, delivery and taxes left out; for scoring, never for charging."""
    step: Mapped[str] = mapped_column(server_default="cart", default="cart")
    checkout_started_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    method: Mapped[str] = mapped_column(server_default="none", default="none")
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot.id"))
    slot_held_until: Mapped[datetime | None]
    address: Mapped[dict[str, Any] | None]
    shared_at: Mapped[datetime | None]
    """When it was first shared: a cart that never was has nobody to look for."""
    start_agreed_at: Mapped[datetime | None]
    """When the buyer asked that services begin before the time to withdraw is over, at the latest press of the button."""
    payment_trouble: Mapped[str] = mapped_column(server_default="none", default="none")
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer_order.id"), unique=True)
    episode_no: Mapped[int] = mapped_column(server_default="0", default=0)
    last_episode_at: Mapped[datetime | None]
    last_episode_hash: Mapped[str | None]

    @classmethod
    def begin(
        cls, visitor_id: uuid.UUID, market_key: str, currency: str, language: str, at: datetime | None = None
    ) -> Self:
        """The visitor's live cart of a market, locked; made now if there is none. Two first clicks meet in one cart."""
        values: dict[str, Any] = {
            "id": uuid.uuid4(),
            "public_id": public_id(),
            "visitor_id": visitor_id,
            "market_key": market_key,
            "currency": currency,
            "language": language,
        }
        if at is not None:
            values |= {"last_activity_at": at, "created_at": at}
        fresh = insert(cls).values(**values)
        mine = cls._live_of(visitor_id).where(cls.market_key == market_key)
        for _ in range(3):
            session().execute(
                fresh.on_conflict_do_nothing(
                    index_elements=["visitor_id", "market_key"],
                    index_where=text("state IN ('open', 'paying')"),
                )
            )
            found = session().scalars(mine.with_for_update(key_share=True)).one_or_none()
            if found is not None:
                return found
            # It became an order while we waited for its lock: the next one begins.
        raise Busy()

    @classmethod
    def live_of(cls, visitor_id: uuid.UUID | None, market_key: str | None = None) -> Self | None:
        """The visitor's cart of a market as it is, for reading; without a market, the one in hand last."""
        if visitor_id is None:
            return None
        wanted = cls._live_of(visitor_id)
        if market_key is not None:
            wanted = wanted.where(cls.market_key == market_key)
        return session().scalars(wanted.order_by(cls.last_activity_at.desc()).limit(1)).one_or_none()

    @classmethod
    def elsewhere(cls, visitor_id: uuid.UUID | None, market_key: str) -> Sequence[tuple[str, int]]:
        """(market, how many things) of the visitor's carts in other markets that hold something."""
        if visitor_id is None:
            return []
        held = (
            select(cls.market_key, func.sum(CartLine.quantity))
            .join(CartLine, (CartLine.cart_id == cls.id) & CartLine.removed_at.is_(None))
            .where(
                cls.visitor_id == visitor_id, cls.state.in_(("open", "paying")), cls.market_key != market_key
            )
            .group_by(cls.market_key)
            .order_by(cls.market_key)
        )
        return [(key, int(count)) for key, count in session().execute(held)]

    @classmethod
    def by_public_id(cls, value: str) -> Self | None:
        return session().scalars(select(cls).where(cls.public_id == value)).one_or_none()

    @classmethod
    def locked(cls, cart_id: uuid.UUID) -> Self:
        """The cart with its row lock: the first lock of every purchase."""
        found = select(cls).where(cls.id == cart_id).with_for_update(key_share=True)
        return session().scalars(found.execution_options(populate_existing=True)).one()

    @classmethod
    def _live_of(cls, visitor_id: uuid.UUID) -> Select[Self]:
        return (
            select(cls)
            .where(cls.visitor_id == visitor_id, cls.state.in_(("open", "paying")))
            .execution_options(populate_existing=True)
        )

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def refuse_unless_open(self) -> None:
        """Raises CartBeingPaid or CartAlreadyOrdered."""
        if self.state == "paying":
            raise CartBeingPaid(remedy_url="/checkout/pay")
        if self.state != "open":
            raise CartAlreadyOrdered()

    def refuse_unless_live(self) -> None:
        """Words may be added while it is being paid for, not afterwards. Raises CartAlreadyOrdered."""
        if self.state not in ("open", "paying"):
            raise CartAlreadyOrdered()

    def lines(self) -> Sequence["CartLine"]:
        """What is in it now, in order."""
        live = select(CartLine).where(CartLine.cart_id == self.id, CartLine.removed_at.is_(None))
        return session().scalars(live.order_by(CartLine.position, CartLine.id)).all()

    def line(self, line_public_id: str) -> "CartLine":
        """Raises LineNotFound."""
        for line in self.lines():
            if line.public_id == line_public_id:
                return line
        raise LineNotFound()

    def put(self, line: "CartLine", actor: Actor, at: datetime) -> "CartLine":
        """Adds the line; the same thing again is the same line, with more of it where more than one makes sense."""
        self.refuse_unless_open()
        present = [other for other in self.lines() if other.is_same_thing(line)]
        if present:
            more, line = line.quantity, present[0]
            line.take(line.quantity + more if line.kind in MOST else line.quantity)
        else:
            line.take(line.quantity)
            line.cart_id = self.id
            line.position = self.version
            session().add(line)
        session().flush()
        self.changed(at)
        record(
            CartLineAdded(
                **self.names(),
                line_id=line.id,
                kind=line.kind,
                sku=line.sku,
                quantity=line.quantity,
                price_minor=line.price_minor,
                currency=self.currency,
                stock_item_id=line.stock_item_id,
                configuration_id=line.configuration_id,
            ),
            actor,
            at,
        )
        return line

    def take_out(self, line: "CartLine", actor: Actor, at: datetime) -> None:
        """Removes the line; features that name the car leave with it."""
        self.refuse_unless_open()
        leaving = [line]
        if line.kind == "vehicle":
            leaving += [other for other in self.lines() if other.is_for(line)]
        for gone in leaving:
            gone.removed_at = at
            record(CartLineRemoved(**self.names(), line_id=gone.id, kind=gone.kind, sku=gone.sku), actor, at)
        session().flush()
        self.changed(at)

    def set_quantity(self, line: "CartLine", quantity: int, at: datetime) -> None:
        self.refuse_unless_open()
        line.take(quantity)
        session().flush()
        self.changed(at)

    def changed(self, at: datetime) -> None:
        """A new version: whoever looked at the earlier one will be told."""
        lines = self.lines()
        self.version += 1
        self.content_hash = content_hash(lines)
        self.value_minor = sum(line.price_minor * line.quantity for line in lines)
        self.touch(at)
        self.ring()

    def ring(self) -> None:
        """Whoever has this cart open looks again: its owner in another tab, the family, somebody of the house."""
        live.ring(live.room("cart", self.public_id), "cart")

    def touch(self, at: datetime) -> None:
        """The buyer did something; the clock of abandonment starts again."""
        self.last_activity_at = max(self.last_activity_at or at, at)

    def reach(self, step: str, actor: Actor, at: datetime) -> None:
        """Notes how far the buyer came; going back is not going on."""
        self.touch(at)
        if self.checkout_started_at is None and step != "cart":
            self.checkout_started_at = at
        if STEPS.index(step) > STEPS.index(self.step):
            self.step = step
            record(CheckoutStepReached(**self.names(), step=step), actor, at)

    def names(self) -> dict[str, Any]:
        return {"cart_id": self.id, "visitor_id": self.visitor_id, "customer_id": self.customer_id}


class CartLine(IdModel):
    """One thing in the cart. `price_minor` is the price when it was put in; the quote always asks the catalogue."""

    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("quantity BETWEEN 1 AND 10", name="quantity"),
        CheckConstraint("quantity = 1 OR kind = 'credits'", name="more_than_one_of_credits_only"),
        CheckConstraint(
            "CASE WHEN kind = 'vehicle' THEN num_nonnulls(stock_item_id, configuration_id) = 1"
            " ELSE stock_item_id IS NULL AND (configuration_id IS NULL OR kind = 'feature') END",
            name="vehicle_is_one_car",
        ),
        CheckConstraint("(kind = 'vehicle') = (offer_id IS NULL)", name="service_is_an_offer"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("saved_at IS NULL OR removed_at IS NOT NULL", name="saved_is_out_of_the_cart"),
        Index("ix_cart_line_cart_id", "cart_id", postgresql_where="removed_at IS NULL"),
        Index("ix_cart_line_saved", "cart_id", postgresql_where="saved_at IS NOT NULL"),
        Index(
            "uq_cart_line_stock_item",
            "cart_id",
            "stock_item_id",
            unique=True,
            postgresql_where="removed_at IS NULL AND stock_item_id IS NOT NULL",
        ),
        Index(
            "uq_cart_line_offer",
            "cart_id",
            "offer_id",
            "vehicle_id",
            "configuration_id",
            unique=True,
            postgresql_where="removed_at IS NULL AND offer_id IS NOT NULL",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_cart_line_configuration",
            "cart_id",
            "configuration_id",
            unique=True,
            postgresql_where="removed_at IS NULL AND configuration_id IS NOT NULL AND kind = 'vehicle'",
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    kind: Mapped[str]
    family: Mapped[str]
    """The kind, with a car told apart as vehicle_new or vehicle_used."""
    sku: Mapped[str]
    title: Mapped[dict[str, str]]
    detail: Mapped[dict[str, str]]
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offer.id"))
    stock_item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stock_item.id"))
    configuration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("configuration.id"))
    """The build, of a car that is made to order; or the build in this cart that a feature is for."""
    vehicle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vehicle.id"))
    """The car itself, or the car that a feature is for."""
    vin: Mapped[str | None]
    is_for_owned_car: Mapped[bool] = mapped_column(server_default="false", default=False)
    seller_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    """The dealer where the car stands, or the partner whose product it is; None for the house."""
    quantity: Mapped[int] = mapped_column(default=1)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    removed_at: Mapped[datetime | None]
    saved_at: Mapped[datetime | None]
    """Put aside for later: out of the cart, kept in sight below it."""

    def is_same_thing(self, other: "CartLine") -> bool:
        if self.stock_item_id is not None or other.stock_item_id is not None:
            return self.stock_item_id == other.stock_item_id
        return (self.offer_id, self.vehicle_id, self.configuration_id) == (
            other.offer_id,
            other.vehicle_id,
            other.configuration_id,
        )

    @property
    def is_build(self) -> bool:
        """A car that is made to order, not one that stands somewhere."""
        return self.kind == "vehicle" and self.configuration_id is not None

    def is_for(self, car: "CartLine") -> bool:
        """A feature that goes into this car."""
        if self.kind != "feature":
            return False
        if car.is_build:
            return self.configuration_id == car.configuration_id
        return self.vehicle_id is not None and self.vehicle_id == car.vehicle_id

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What it is, told apart from everything else that could be in a cart."""
        return self.sku, str(self.stock_item_id), str(self.vehicle_id), str(self.configuration_id)

    def take(self, quantity: int) -> None:
        """Raises QuantityNotPossible."""
        most = MOST.get(self.kind, 1)
        if not 1 <= quantity <= most:
            raise QuantityNotPossible(most=most)
        self.quantity = quantity


def content_hash(lines: Sequence[CartLine]) -> str:
    content = sorted([*line.identity, line.quantity] for line in lines)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
