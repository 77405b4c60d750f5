"""A vehicle is one physical car, for ever; a stock item is that car, offered now. A hold keeps it for one holder.

One hold at the most is unreleased per stock item: a partial unique index decides who was first, never a look before.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock, ids
from app.db import IdModel, session
from app.events import Actor, actor_now, record
from app.money import Money
from catalog.events import HoldReleased, VehicleHeld, VehicleReserved, VehicleSold
from catalog.products import Equipment, Model, Trim
from catalog.refusals import (
    HoldLapsed,
    TooManyHolds,
    VehicleAlreadyHeld,
    VehicleGone,
    VehicleNotFound,
    VinInUse,
)

CONDITIONS = ("new", "demo", "used")
STATES = ("available", "reserved", "sold", "withdrawn")
PURPOSES = ("browse", "payment", "reservation")
MOST_HELD = 2
"""Cars a visitor may hold at once while looking round."""


@dataclass(frozen=True)
class Look:
    """What a drawing of the car needs."""

    model: str
    paint: str
    wheels: str


class Vehicle(IdModel):
    """One physical car by its VIN, whatever becomes of it. Distances in km, battery health in percent of new."""

    __table_args__ = (CheckConstraint("length(vin) = 17", name="vin"),)

    vin: Mapped[str] = mapped_column(unique=True)
    model_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("model.id"), index=True)
    trim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("trim.id"))
    model_year: Mapped[int]
    paint: Mapped[str]
    wheels: Mapped[str]
    interior: Mapped[str]
    odometer_km: Mapped[int] = mapped_column(server_default="0")
    battery_health_pct: Mapped[int | None]
    first_registered_on: Mapped[date | None]
    owners: Mapped[int] = mapped_column(server_default="0")

    model: Mapped[Model] = relationship(lazy="joined", innerjoin=True)
    trim: Mapped[Trim | None] = relationship(lazy="joined")

    @classmethod
    def made(cls, vin: str, **told: Any) -> "Vehicle":
        """A car that has just been built. Raises VinInUse when this VIN is another car's; of two at once, one is told."""
        fresh = insert(cls).values(id=ids.uuid7(), vin=vin, **told)
        made = (
            session()
            .scalars(fresh.on_conflict_do_nothing(index_elements=["vin"]).returning(cls))
            .one_or_none()
        )
        if made is None:
            raise VinInUse()
        return made

    def correct_vin(self, vin: str) -> None:
        """The same car, its number written down anew. Raises VinInUse."""
        taken = select(Vehicle.id).where(Vehicle.vin == vin, Vehicle.id != self.id)
        if session().scalar(taken) is not None:
            raise VinInUse()
        try:
            with session().begin_nested():
                self.vin = vin
                session().flush()
        except IntegrityError:
            raise VinInUse() from None

    @property
    def title(self) -> dict[str, str]:
        en, zh = self.model.name, f"{self.model.name_zh or ''} {self.model.name}".strip()
        if self.trim is not None and self.trim.name:
            en, zh = f"{en} {self.trim.name}", f"{zh} {self.trim.name_zh}"
        return {"en": en, "zh": zh}


class StockItem(IdModel):
    """This car, offered now, by the dealer that has it, at its own price (the car as it stands, VAT in)."""

    __table_args__ = (
        CheckConstraint(f"condition IN {CONDITIONS}", name="condition"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("price_minor > 0", name="price"),
        Index(
            "uq_stock_item_one_live_per_vehicle",
            "vehicle_id",
            unique=True,
            postgresql_where=text("state IN ('available', 'reserved')"),
        ),
        Index(
            "ix_stock_item_listing",
            "market_key",
            "ready_on",
            "id",
            postgresql_where=text("state = 'available'"),
        ),
        Index(
            "ix_stock_item_price",
            "market_key",
            "price_minor",
            "id",
            postgresql_where=text("state = 'available'"),
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    vehicle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vehicle.id"))
    condition: Mapped[str]
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"), index=True)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(server_default="available")
    listed_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    ready_on: Mapped[date]
    home_delivery: Mapped[bool] = mapped_column(server_default=true())

    vehicle: Mapped[Vehicle] = relationship(lazy="joined", innerjoin=True)

    @classmethod
    def by_public_id(cls, value: str) -> "StockItem":
        """Raises VehicleNotFound."""
        found = session().scalars(select(cls).where(cls.public_id == value)).one_or_none()
        if found is None:
            raise VehicleNotFound()
        return found

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    def look(self) -> Look:
        return Look(self.vehicle.model.slug, self.vehicle.paint, self.vehicle.wheels)

    def titles(self) -> tuple[dict[str, str], dict[str, str]]:
        """Title and detail in both languages, as a cart and an order keep them."""
        vehicle = self.vehicle
        names = {
            (family, code): (name, name_zh)
            for family, code, name, name_zh in session().execute(
                select(Equipment.family, Equipment.code, Equipment.name, Equipment.name_zh).where(
                    Equipment.market_key == self.market_key,
                    Equipment.code.in_((vehicle.paint, vehicle.wheels, vehicle.interior)),
                )
            )
        }
        parts = [
            names.get(key, (key[1], key[1]))
            for key in (("paint", vehicle.paint), ("wheels", vehicle.wheels), ("interior", vehicle.interior))
        ]
        detail = {
            "en": ", ".join([en for en, _ in parts] + [f"VIN {vehicle.vin}"]),
            "zh": "、".join(zh for _, zh in parts) + f"，VIN {vehicle.vin}",
        }
        return vehicle.title, detail

    @classmethod
    def made_for(
        cls,
        holder: uuid.UUID,
        vehicle: Vehicle,
        recipient_id: uuid.UUID,
        market_key: str,
        price: Money,
        ready_on: date,
        actor: Actor | None = None,
    ) -> "StockItem":
        """A car built to order: from its first moment it is reserved for `holder` (the order), never on offer."""
        item = cls(
            vehicle_id=vehicle.id,
            condition="new",
            recipient_id=recipient_id,
            market_key=market_key,
            currency=price.currency,
            price_minor=price.amount_minor,
            ready_on=ready_on,
        )
        session().add(item)
        session().flush()
        item.reserve(holder, actor)
        return item

    def live_hold(self) -> "Hold | None":
        """The unreleased hold, if its time is not over."""
        hold = self._unreleased()
        return hold if hold is not None and hold.is_live(clock.now()) else None

    def hold(
        self,
        holder: uuid.UUID,
        purpose: str,
        until: datetime | None,
        visitor_id: uuid.UUID | None = None,
        actor: Actor | None = None,
    ) -> "Hold":
        """Keeps the car for `holder` until then; the holder's own hold is renewed.

        Raises VehicleGone, VehicleAlreadyHeld, and TooManyHolds for a visitor who browses with two cars held.
        """
        at = clock.now()
        self._lock()
        if self.state != "available":
            raise VehicleGone()
        self._release_lapsed(at)
        if purpose == "browse" and visitor_id is not None:
            self._refuse_third_hold(visitor_id, holder, at)
        made = (
            session()
            .scalars(
                insert(Hold)
                .values(
                    id=ids.uuid7(),
                    stock_item_id=self.id,
                    holder=holder,
                    visitor_id=visitor_id,
                    purpose=purpose,
                    until=until,
                    placed_at=at,
                )
                .on_conflict_do_nothing(
                    index_elements=["stock_item_id"], index_where=text("released_at IS NULL")
                )
                .returning(Hold)
            )
            .one_or_none()
        )
        if made is None:
            return self._renew(holder, purpose, until)
        self._tell_held(made, actor)
        return made

    def extend_hold(self, holder: uuid.UUID, purpose: str, until: datetime | None) -> bool:
        """Keeps what is held for longer and for another purpose. False when it had lapsed and was taken anew.

        Raises HoldLapsed when somebody else has the car by now, VehicleGone when it is sold or withdrawn.
        """
        at = clock.now()
        self._lock()
        if self.state != "available":
            raise VehicleGone()
        hold = self._unreleased()
        if hold is not None and hold.holder == holder and hold.is_live(at):
            hold.purpose, hold.until = purpose, until
            return True
        try:
            self.hold(holder, purpose, until, hold.visitor_id if hold and hold.holder == holder else None)
        except VehicleAlreadyHeld:
            raise HoldLapsed() from None
        return False

    def release_hold(self, holder: uuid.UUID, why: str) -> bool:
        """Lets go of what this holder holds; somebody else's hold is not touched."""
        released = (
            session()
            .execute(
                update(Hold)
                .where(
                    Hold.stock_item_id == self.id,
                    Hold.holder == holder,
                    Hold.released_at.is_(None),
                    Hold.purpose != "reservation",
                )
                .values(released_at=clock.now(), why=why)
                .returning(Hold.id)
            )
            .first()
        )
        if released is None:
            return False
        record(HoldReleased(stock_item_id=self.id, vin=self.vehicle.vin, holder=holder, why=why))
        return True

    def reserve(
        self, holder: uuid.UUID, actor: Actor | None = None, held_by: uuid.UUID | None = None
    ) -> None:
        """A paid deposit: the car belongs to `holder` (the order) without end. `held_by` names the cart that held it.

        Raises VehicleGone, and VehicleAlreadyHeld when a third party holds it.
        """
        at = clock.now()
        self._lock()
        hold = self._unreleased()
        if self.state == "reserved" and hold is not None and hold.holder == holder:
            return
        if self.state != "available":
            raise VehicleGone()
        if hold is not None and hold.holder not in (holder, held_by):
            if hold.is_live(at):
                raise VehicleAlreadyHeld(hold.until or at)
            hold.released_at, hold.why = at, "lapsed"
            session().flush()
            hold = None
        if hold is None:
            hold = Hold(stock_item_id=self.id, placed_at=at)
            session().add(hold)
        hold.holder, hold.purpose, hold.until = holder, "reservation", None
        self.state = "reserved"
        session().flush()
        record(VehicleReserved(stock_item_id=self.id, vin=self.vehicle.vin, holder=holder), actor)

    def unreserve(self, holder: uuid.UUID, why: str = "cancelled", actor: Actor | None = None) -> None:
        """The order fell through: the car is for sale again."""
        self._lock()
        hold = self._unreleased()
        if self.state != "reserved" or hold is None or hold.holder != holder:
            return
        hold.released_at, hold.why = clock.now(), why
        self.state = "available"
        session().flush()
        record(HoldReleased(stock_item_id=self.id, vin=self.vehicle.vin, holder=holder, why=why), actor)

    def sell(self, holder: uuid.UUID, actor: Actor | None = None) -> None:
        """Handed over to whom it was reserved for. Raises VehicleGone for anybody else."""
        self._lock()
        hold = self._unreleased()
        if self.state == "sold":
            return
        if self.state != "reserved" or hold is None or hold.holder != holder:
            raise VehicleGone()
        self.state = "sold"
        hold.released_at, hold.why = clock.now(), "sold"
        session().flush()
        record(VehicleSold(stock_item_id=self.id, vin=self.vehicle.vin, holder=holder), actor)

    def _lock(self) -> None:
        session().refresh(
            self,
            attribute_names=["state", "price_minor"],
            with_for_update={"of": StockItem, "key_share": True},
        )

    def _unreleased(self) -> "Hold | None":
        return (
            session()
            .scalars(
                select(Hold)
                .where(Hold.stock_item_id == self.id, Hold.released_at.is_(None))
                .execution_options(populate_existing=True)
            )
            .one_or_none()
        )

    def _release_lapsed(self, at: datetime) -> None:
        session().execute(
            update(Hold)
            .where(Hold.stock_item_id == self.id, Hold.released_at.is_(None), Hold.until <= at)
            .values(released_at=at, why="lapsed")
        )

    def _refuse_third_hold(self, visitor_id: uuid.UUID, holder: uuid.UUID, at: datetime) -> None:
        # The visitor's holds are counted one visitor at a time: two tabs cannot both take the last place.
        session().execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(visitor_id), 0))))
        others = session().scalar(
            select(func.count())
            .select_from(Hold)
            .where(
                Hold.visitor_id == visitor_id,
                Hold.stock_item_id != self.id,
                Hold.released_at.is_(None),
                Hold.purpose != "reservation",
                Hold.until > at,
            )
        )
        if (others or 0) >= MOST_HELD:
            raise TooManyHolds(most=MOST_HELD)

    def _renew(self, holder: uuid.UUID, purpose: str, until: datetime | None) -> "Hold":
        hold = self._unreleased()
        if hold is None or hold.holder != holder:
            raise VehicleAlreadyHeld((hold.until if hold else None) or clock.now())
        if purpose == "browse" and hold.purpose != "browse":
            return hold  # a look at the cart in another tab does not shorten what a payment relies on
        hold.purpose, hold.until = purpose, until
        return hold

    def _tell_held(self, hold: "Hold", actor: Actor | None) -> None:
        record(
            VehicleHeld(
                stock_item_id=self.id,
                vin=self.vehicle.vin,
                holder=hold.holder,
                visitor_id=hold.visitor_id,
                purpose=hold.purpose,
                until=hold.until,
            ),
            actor or actor_now(),
        )


class Hold(IdModel):
    """A claim on a stock item. `until` None is without end (a reservation); a lapsed one counts for nothing."""

    __table_args__ = (
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        Index(
            "uq_hold_one_unreleased",
            "stock_item_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_hold_visitor", "visitor_id", postgresql_where=text("released_at IS NULL")),
        Index("ix_hold_holder", "holder"),
    )

    stock_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stock_item.id"))
    holder: Mapped[uuid.UUID]
    visitor_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str]
    until: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    why: Mapped[str | None]

    def is_live(self, at: datetime) -> bool:
        return self.released_at is None and (self.until is None or self.until > at)
