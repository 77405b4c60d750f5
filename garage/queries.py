"""What stands in somebody's garage, ready to show. `own` are the customer records that are theirs."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from app.db import session
from app.i18n import localized
from app.money import Money
from catalog.models import Vehicle
from garage.models import CreditBucket, Entitlement, LedgerEntry, OwnedVehicle

BAR_PARTS = 4


@dataclass(frozen=True)
class Car:
    """A car that the visitor has."""

    vehicle_id: uuid.UUID
    vin: str
    name: str
    model: str
    """The slug of the model, for its drawing."""
    paint: str
    wheels: str
    since_at: datetime
    odometer_km: int | None
    """As read at the handover."""
    order_line_id: uuid.UUID
    """What it came with; the order is known further up."""


@dataclass(frozen=True)
class Service:
    """A service of the visitor. state is pending or active."""

    name: str
    state: str
    price: Money
    billing: str
    starts_at: datetime | None
    ends_at: datetime | None
    car: str | None
    vehicle_id: uuid.UUID | None


@dataclass(frozen=True)
class Wallet:
    """The balance, how it splits by end (percent of all, soonest end first), and the next end."""

    balance: int
    parts: tuple[float, ...]
    next_credits: int
    next_end: datetime


def cars_of(own: Select[uuid.UUID]) -> list[Car]:
    """The latest first."""
    rows = session().execute(
        select(OwnedVehicle, Vehicle)
        .join(Vehicle, Vehicle.id == OwnedVehicle.vehicle_id)
        .where(OwnedVehicle.customer_id.in_(own), OwnedVehicle.until_at.is_(None))
        .order_by(OwnedVehicle.since_at.desc())
    )
    return [
        Car(
            vehicle.id,
            vehicle.vin,
            _told(vehicle.title),
            vehicle.model.slug,
            vehicle.paint,
            vehicle.wheels,
            owned.since_at,
            owned.odometer_km,
            owned.order_line_id,
        )
        for owned, vehicle in rows
    ]


def services_of(own: Select[uuid.UUID]) -> list[Service]:
    """What runs and what waits, running first; credits are in the wallet and not listed again."""
    rows = session().execute(
        select(Entitlement, Vehicle)
        .outerjoin(Vehicle, Vehicle.id == Entitlement.vehicle_id)
        .options(joinedload(Vehicle.model, innerjoin=False))
        .where(
            Entitlement.customer_id.in_(own),
            Entitlement.state.in_(("pending", "active")),
            Entitlement.family != "credits",
        )
        .order_by(case((Entitlement.state == "active", 0), else_=1), Entitlement.created_at)
    )
    return [
        Service(
            _told(found.name),
            found.state,
            Money(found.price_minor, found.currency) * found.quantity,
            found.billing,
            found.starts_at,
            found.ends_at,
            _told(vehicle.title) if vehicle else None,
            found.vehicle_id,
        )
        for found, vehicle in rows
    ]


def wallet_of(own: Select[uuid.UUID], at: datetime) -> Wallet | None:
    """None when there is nothing to spend."""
    left = func.sum(LedgerEntry.amount)
    rows: Sequence[tuple[int, datetime]] = [
        (int(credits), expires_at)
        for credits, expires_at in session().execute(
            select(left, CreditBucket.expires_at)
            .join(LedgerEntry, LedgerEntry.bucket_id == CreditBucket.id)
            .where(CreditBucket.customer_id.in_(own), CreditBucket.expires_at > at)
            .group_by(CreditBucket.id)
            .having(left > 0)
            .order_by(CreditBucket.expires_at)
        )
    ]
    if not rows:
        return None
    balance = sum(credits for credits, _at in rows)
    shown = [credits for credits, _at in rows[: BAR_PARTS - 1]]
    rest = balance - sum(shown)
    parts = tuple(round(100 * credits / balance, 1) for credits in (*shown, rest) if credits)
    return Wallet(balance, parts, *rows[0])


def _told(words: Mapping[str, str]) -> str:
    return localized(words["en"], words.get("zh"))
