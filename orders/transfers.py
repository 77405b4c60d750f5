"""Cars that follow their orders to another dealer: asked for, handed to transport, received. Until then the car cannot be
prepared.

Whoever changes a transfer holds the lock of its order.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app import ids
from app.db import IdModel, session
from app.errors import NotFound, Refusal
from app.events import Actor, record
from app.i18n import N_, localized
from catalog.stock import StockItem
from orders import board_room
from orders.handover_events import Ordered, ids_of
from orders.transfer_events import CarAskedFor, CarReceived, CarSent, CarStays, OfTransfer
from partners.models import Recipient

OPEN = "received_at IS NULL AND called_off_at IS NULL"
MOST_SHOWN = 100


class CarNotHere(Refusal):
    says = N_("The car has not come from %(dealer)s yet. Write down that it is here, then prepare it.")


class TransferOver(Refusal):
    says = N_("This car is not to be moved any more.")


class CarTransfer(IdModel):
    """One car on its way between two dealers. asked -> sent -> received; or called off before it was sent."""

    __table_args__ = (
        CheckConstraint("from_recipient_id <> to_recipient_id", name="it_moves"),
        CheckConstraint("received_at IS NULL OR sent_at IS NOT NULL", name="sent_before_received"),
        CheckConstraint("received_at IS NULL OR called_off_at IS NULL", name="received_or_called_off"),
        Index("uq_car_transfer_stock_item_id", "stock_item_id", unique=True, postgresql_where=OPEN),
        Index("ix_car_transfer_from", "from_recipient_id", postgresql_where=OPEN),
        Index("ix_car_transfer_to", "to_recipient_id", postgresql_where=OPEN),
        Index("ix_car_transfer_order_id", "order_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_order.id"))
    stock_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stock_item.id"))
    from_recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    to_recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str | None]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None]
    called_off_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.received_at is None and self.called_off_at is None


def ask(order: Ordered, cars: Sequence[StockItem], actor: Actor, at: datetime) -> None:
    """The cars of an order that another dealer has now are to come there; what is under way goes on to there."""
    to = order.recipient_id
    assert to is not None
    for car in sorted(cars, key=lambda one: str(one.id)):
        row = _open_of(car.id)
        if row is None and car.recipient_id == to:
            continue
        if row is None:
            row = CarTransfer(
                order_id=order.id,
                stock_item_id=car.id,
                from_recipient_id=car.recipient_id,
                to_recipient_id=to,
                asked_at=at,
            )
            session().add(row)
        elif row.sent_at is None and row.from_recipient_id == to:
            row.called_off_at = at
        elif row.from_recipient_id == to:
            row.from_recipient_id, row.to_recipient_id = row.to_recipient_id, to
        else:
            row.to_recipient_id = to
        session().flush()
        event = CarStays if row.called_off_at is not None else CarAskedFor
        _record(event, order, row, actor, at)


def send(order: Ordered, row: CarTransfer, actor: Actor, at: datetime) -> None:
    """Handed to transport; a repeat changes nothing. Raises TransferOver."""
    if row.called_off_at is not None:
        raise TransferOver()
    if row.sent_at is not None:
        return
    row.sent_at, row.sent_by = at, actor.id
    session().flush()
    _record(CarSent, order, row, actor, at)


def receive(order: Ordered, row: CarTransfer, actor: Actor, at: datetime) -> None:
    """It stands at the dealer now, whether or not anybody wrote down that it left. A repeat changes nothing.

    Raises TransferOver.
    """
    if row.called_off_at is not None:
        raise TransferOver()
    if row.received_at is not None:
        return
    if row.sent_at is None:
        row.sent_at, row.sent_by = at, actor.id
    row.received_at, row.received_by = at, actor.id
    session().get_one(StockItem, row.stock_item_id).recipient_id = row.to_recipient_id
    session().flush()
    _record(CarReceived, order, row, actor, at)


def call_off(order: Ordered, actor: Actor, at: datetime) -> None:
    """The order was cancelled: what stands still stays; what is under way is received all the same."""
    waiting = select(CarTransfer).where(
        CarTransfer.order_id == order.id,
        CarTransfer.sent_at.is_(None),
        CarTransfer.called_off_at.is_(None),
    )
    for row in session().scalars(waiting.order_by(CarTransfer.id)).all():
        row.called_off_at = at
        session().flush()
        _record(CarStays, order, row, actor, at)


def refuse_elsewhere(order_id: uuid.UUID) -> None:
    """Raises CarNotHere while a car of the order is still to come."""
    wanted = (
        select(Recipient)
        .join(CarTransfer, CarTransfer.from_recipient_id == Recipient.id)
        .where(
            CarTransfer.order_id == order_id,
            CarTransfer.received_at.is_(None),
            CarTransfer.called_off_at.is_(None),
        )
        .limit(1)
    )
    elsewhere = session().scalars(wanted).one_or_none()
    if elsewhere is not None:
        raise CarNotHere(dealer=elsewhere.name_shown)


def by_public_id(public_id: str) -> CarTransfer:
    """Raises NotFound."""
    wanted = select(CarTransfer).where(CarTransfer.public_id == public_id)
    found = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Moving:
    """A car between two dealers. `order_id` and `needed_at` are of the order that it follows."""

    public_id: str
    order_id: uuid.UUID
    vin: str
    car: str
    from_id: uuid.UUID
    from_name: str
    to_id: uuid.UUID
    to_name: str
    asked_at: datetime
    sent_at: datetime | None


def moving(
    recipient_ids: Sequence[uuid.UUID] | None = None, order_id: uuid.UUID | None = None
) -> list[Moving]:
    """Those that leave one of these dealers or come to one (None: any), or those of one order. One statement."""
    leaves, comes = aliased(Recipient), aliased(Recipient)
    wanted = (
        select(CarTransfer, StockItem, leaves, comes)
        .join(StockItem, StockItem.id == CarTransfer.stock_item_id)
        .join(leaves, leaves.id == CarTransfer.from_recipient_id)
        .join(comes, comes.id == CarTransfer.to_recipient_id)
        .where(CarTransfer.received_at.is_(None), CarTransfer.called_off_at.is_(None))
        .order_by(CarTransfer.asked_at, CarTransfer.id)
        .limit(MOST_SHOWN)
    )
    if recipient_ids is not None:
        wanted = wanted.where(
            or_(
                CarTransfer.from_recipient_id.in_(recipient_ids),
                CarTransfer.to_recipient_id.in_(recipient_ids),
            )
        )
    if order_id is not None:
        wanted = wanted.where(CarTransfer.order_id == order_id)
    return [
        Moving(
            row.public_id,
            row.order_id,
            item.vehicle.vin,
            localized(item.vehicle.title["en"], item.vehicle.title["zh"]),
            out.id,
            out.name_shown,
            into.id,
            into.name_shown,
            row.asked_at,
            row.sent_at,
        )
        for row, item, out, into in session().execute(wanted)
    ]


def _open_of(stock_item_id: uuid.UUID) -> CarTransfer | None:
    wanted = select(CarTransfer).where(
        CarTransfer.stock_item_id == stock_item_id,
        CarTransfer.received_at.is_(None),
        CarTransfer.called_off_at.is_(None),
    )
    return session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _record(event: type[OfTransfer], order: Ordered, row: CarTransfer, actor: Actor, at: datetime) -> None:
    record(event(**ids_of(order), transfer_id=row.id, from_recipient_id=row.from_recipient_id), actor, at)
    board_room.ring(row.from_recipient_id)
    board_room.ring(row.to_recipient_id)
