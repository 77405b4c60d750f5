"""From a paid line to something that runs: planned when it waits for the handover, activated once, ended once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app import ids
from app.db import session, transaction
from app.events import SYSTEM, Actor, record, record_many
from app.money import Money
from garage import periods, wallet
from garage.events import ServiceActivated, ServiceEnded, VehicleOwned
from garage.models import Entitlement, OwnedVehicle, Subscription
from partners.models import Market

EXPIRY_BATCH = 500


@dataclass(frozen=True)
class ActivationLine:
    """What the garage needs to know of an order line. `starts_on` is the day it begins on the market's clock."""

    order_line_id: uuid.UUID
    customer_id: uuid.UUID
    family: str
    sku: str
    name: Mapping[str, str]
    grants: Mapping[str, Any]
    vehicle_id: uuid.UUID | None
    price: Money
    billing: str
    starts_on: date | None
    market_key: str
    quantity: int = 1


def plan(line: ActivationLine, actor: Actor, at: datetime) -> Entitlement:
    """Notes what the line will give once it is due; a repeat changes nothing."""
    _insert(line, at)
    return _of_line(line.order_line_id)


def activate(line: ActivationLine, actor: Actor, at: datetime) -> Entitlement:
    """Starts what the line gives, exactly once however often it is asked; planned before or not.

    A line that was revoked or is over stays so.
    """
    _insert(line, at)
    started = session().execute(
        update(Entitlement)
        .where(Entitlement.order_line_id == line.order_line_id, Entitlement.state == "pending")
        .values(
            state="active",
            due=True,
            due_at=at,
            starts_at=at,
            ends_at=periods.ends_at(line.billing, at),
            vehicle_id=line.vehicle_id or Entitlement.vehicle_id,
        )
        .returning(Entitlement.id)
    )
    is_first = started.one_or_none() is not None
    entitlement = _of_line(line.order_line_id)
    if is_first:
        _start(entitlement, line, actor, at)
    return entitlement


def revoke(order_line_id: uuid.UUID, actor: Actor, at: datetime, why: str) -> bool:
    """Ends what the line gives, as when its order is cancelled; unspent credits go back. Tells whether it ran."""
    ended = (
        session()
        .scalars(
            update(Entitlement)
            .where(Entitlement.order_line_id == order_line_id, Entitlement.state.in_(("pending", "active")))
            .values(state="revoked", due=False, ended_at=at, why_ended=why)
            .returning(Entitlement),
            execution_options={"populate_existing": True},
        )
        .one_or_none()
    )
    if ended is None:
        return False
    _end_subscriptions([ended.id], at)
    if ended.family == "credits":
        wallet.take_back(ended.customer_id, str(order_line_id), actor=actor, at=at)
    record(_ended(ended), actor, at)
    return True


def own_vehicle(
    vehicle_id: uuid.UUID,
    customer_id: uuid.UUID,
    order_line_id: uuid.UUID,
    at: datetime,
    actor: Actor = SYSTEM,
    odometer_km: int | None = None,
) -> OwnedVehicle:
    """The car joins the customer's garage, once per line; an earlier owner's time ends."""
    known = (
        session()
        .scalars(select(OwnedVehicle).where(OwnedVehicle.order_line_id == order_line_id))
        .one_or_none()
    )
    if known is not None:
        return known
    session().execute(
        update(OwnedVehicle)
        .where(OwnedVehicle.vehicle_id == vehicle_id, OwnedVehicle.until_at.is_(None))
        .values(until_at=at)
    )
    owned = OwnedVehicle(
        vehicle_id=vehicle_id,
        customer_id=customer_id,
        order_line_id=order_line_id,
        since_at=at,
        odometer_km=odometer_km,
    )
    session().add(owned)
    session().flush()
    record(
        VehicleOwned(vehicle_id=vehicle_id, customer_id=customer_id, order_line_id=order_line_id), actor, at
    )
    return owned


def expire_due(at: datetime) -> int:
    """Ends services whose time is over, in sets; tells how many."""
    with transaction():
        over = (
            select(Entitlement.id)
            .where(Entitlement.state == "active", Entitlement.ends_at <= at)
            .limit(EXPIRY_BATCH)
            .with_for_update(skip_locked=True)
        )
        ended: Sequence[Entitlement] = (
            session()
            .scalars(
                update(Entitlement)
                .where(Entitlement.id.in_(over))
                .values(state="expired", due=False, ended_at=at)
                .returning(Entitlement)
            )
            .all()
        )
        if ended:
            _end_subscriptions([entitlement.id for entitlement in ended], at)
            record_many([_ended(entitlement) for entitlement in ended], SYSTEM, at)
        return len(ended)


def _insert(line: ActivationLine, at: datetime) -> None:
    session().execute(
        insert(Entitlement)
        .values(
            id=ids.uuid7(),
            public_id=ids.public_id(),
            order_line_id=line.order_line_id,
            customer_id=line.customer_id,
            market_key=line.market_key,
            family=line.family,
            feature=str(line.grants.get("feature", line.sku)),
            sku=line.sku,
            name=dict(line.name),
            grants=dict(line.grants),
            quantity=line.quantity,
            vehicle_id=line.vehicle_id,
            billing=line.billing,
            price_minor=line.price.amount_minor,
            currency=line.price.currency,
            state="pending",
            due=False,
        )
        .on_conflict_do_nothing(index_elements=[Entitlement.order_line_id])
    )


def _start(entitlement: Entitlement, line: ActivationLine, actor: Actor, at: datetime) -> None:
    if line.family == "credits":
        credits = int(line.grants["credits"]) * line.quantity
        wallet.grant(line.customer_id, credits, idem=str(line.order_line_id), actor=actor, at=at)
    if line.billing == "monthly":
        started_on = line.starts_on or at.astimezone(ZoneInfo(Market.get(line.market_key).time_zone)).date()
        session().add(
            Subscription(
                entitlement_id=entitlement.id,
                customer_id=line.customer_id,
                sku=line.sku,
                price_minor=line.price.amount_minor,
                currency=line.price.currency,
                state="active",
                started_on=started_on,
                period_starts_on=started_on,
                period_ends_on=periods.day_months_later(started_on, 1),
            )
        )
        session().flush()
    record(
        ServiceActivated(
            entitlement_id=entitlement.id,
            order_line_id=line.order_line_id,
            customer_id=line.customer_id,
            family=line.family,
            sku=line.sku,
        ),
        actor,
        at,
    )


def _of_line(order_line_id: uuid.UUID) -> Entitlement:
    wanted = select(Entitlement).where(Entitlement.order_line_id == order_line_id)
    return session().scalars(wanted, execution_options={"populate_existing": True}).one()


def _end_subscriptions(entitlement_ids: list[uuid.UUID], at: datetime) -> None:
    session().execute(
        update(Subscription)
        .where(Subscription.entitlement_id.in_(entitlement_ids), Subscription.state == "active")
        .values(state="ended", ended_at=at)
    )


def _ended(entitlement: Entitlement) -> ServiceEnded:
    return ServiceEnded(
        entitlement_id=entitlement.id,
        order_line_id=entitlement.order_line_id,
        customer_id=entitlement.customer_id,
        state=entitlement.state,
    )
