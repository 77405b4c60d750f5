"""The dealer's board: every order with a car that is to be handed over, and those handed over today."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, select, union_all
from sqlalchemy.orm import joinedload, lazyload

from app import clock
from app.db import session
from app.i18n import N_, _, translate
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from app.pages import time as shown_time
from app.pages import zone_here
from catalog.configuration import Configuration
from catalog.stock import Look, Vehicle
from customers.models import Customer
from orders import checklist, statuses
from orders.checklist import BALANCE
from orders.order import Order
from orders.records import ChecklistItem, Handover, OrderAmount, OrderLine, OrderRefund, Receipt
from partners.models import Recipient, Slot

MOST = 300

COLUMNS: tuple[tuple[str, str], ...] = (
    ("coming", N_("Coming")),
    ("preparing", N_("Preparing")),
    ("almost", N_("One thing missing")),
    ("ready", N_("Ready")),
    ("handed_over", N_("Handed over today")),
)


@dataclass(frozen=True)
class Card:
    """One order as the board shows it. `percent` is how much of the preparation is done."""

    public_id: str
    column: str
    name: str
    when: str
    number: str
    model: str | None
    paint: str
    wheels: str
    tags: tuple[tuple[str, str], ...]
    percent: int | None
    starts_at: datetime | None
    zone: str
    is_late: bool


@dataclass(frozen=True)
class StuckRefund:
    """Money that a person has to send back."""

    public_id: str
    number: str
    amount: str
    since: str


@dataclass(frozen=True)
class Board:
    cards: Sequence[Card]
    today: date
    refunds: Sequence[StuckRefund] = ()

    def column(self, key: str) -> list[Card]:
        return [card for card in self.cards if card.column == key]

    @property
    def columns(self) -> list[tuple[str, str, list[Card]]]:
        return [(key, translate(heading), self.column(key)) for key, heading in COLUMNS]

    @property
    def done(self) -> int:
        return len(self.column("handed_over"))

    @property
    def planned_today(self) -> int:
        """Handovers whose time is today, and those already made."""
        return self.done + sum(
            1 for card in self.cards if card.column != "handed_over" and _day(card) == self.today
        )

    @property
    def late(self) -> int:
        """Orders whose balance should be here and is not."""
        return sum(1 for card in self.cards if card.is_late)

    @property
    def next_up(self) -> Card | None:
        """The ready car whose time comes first."""
        return next((card for card in self.column("ready") if card.starts_at is not None), None)


def load(recipient_ids: Sequence[uuid.UUID] | None) -> Board:
    """The board of these dealers, or of all of them (None). Two statements."""
    today = clock.today(zone_here())
    rows = _rows(recipient_ids, today)
    return Board(
        [_card(row, today, names_dealer=recipient_ids is None) for row in rows], today, _stuck(recipient_ids)
    )


def _stuck(recipient_ids: Sequence[uuid.UUID] | None) -> list[StuckRefund]:
    mine: list[ColumnElement[bool]] = [] if recipient_ids is None else [Order.recipient_id.in_(recipient_ids)]
    rows = session().execute(
        select(OrderRefund, Order)
        .join(Order, Order.id == OrderRefund.order_id)
        .where(OrderRefund.state.in_(("failed", "by_hand")), *mine)
        .order_by(OrderRefund.moved_at)
        .limit(50)
    )
    return [
        StuckRefund(order.public_id, order.number, shown_money(row.amount), shown_date(row.moved_at))
        for row, order in rows
    ]


def column_of(status: str, open_keys: Sequence[str]) -> str:
    """Pure: where an order stands on the board."""
    if status == statuses.PLACED:
        return "coming"
    if status == statuses.PREPARING:
        return "almost" if len(checklist.missing_before_ready(open_keys)) <= 1 else "preparing"
    return status


def _rows(recipient_ids: Sequence[uuid.UUID] | None, today: date) -> Sequence[Row[Any]]:
    midnight = datetime.combine(today, time.min, ZoneInfo(zone_here()))
    mine: list[ColumnElement[bool]] = [] if recipient_ids is None else [Order.recipient_id.in_(recipient_ids)]
    mine_done = [] if recipient_ids is None else [Handover.recipient_id.in_(recipient_ids)]
    wanted = union_all(
        select(Order.id).where(Order.status.in_(statuses.BEFORE_HANDOVER), Order.method != "none", *mine),
        select(Handover.order_id).where(Handover.handed_over_at >= midnight, *mine_done),
    ).subquery()
    car = (
        select(OrderLine.order_id, func.min(OrderLine.position).label("position"))
        .where(OrderLine.kind == "vehicle", OrderLine.order_id == Order.id)
        .group_by(OrderLine.order_id)
        .correlate(Order)
        .lateral()
    )
    open_keys = (
        select(func.array_agg(ChecklistItem.key))
        .where(ChecklistItem.order_id == Order.id, ChecklistItem.closed_at.is_(None))
        .scalar_subquery()
    )
    due = (
        select(func.coalesce(func.sum(OrderAmount.amount_minor), 0))
        .where(OrderAmount.order_id == Order.id, OrderAmount.due != "monthly")
        .scalar_subquery()
    )
    came = (
        select(func.coalesce(func.sum(Receipt.amount_minor), 0))
        .where(Receipt.order_id == Order.id)
        .scalar_subquery()
    )
    awaits_vin = (
        select(OrderLine.id)
        .where(
            OrderLine.order_id == Order.id,
            OrderLine.kind == "vehicle",
            OrderLine.configuration_id.is_not(None),
            OrderLine.vin_assigned_at.is_(None),
        )
        .correlate(Order)
        .exists()
    )
    return (
        session()
        .execute(
            select(
                Order,
                Customer.name.label("customer"),
                Recipient,
                Slot.starts_at,
                Vehicle,
                Configuration,
                OrderLine.vin,
                Handover.handed_over_at,
                open_keys.label("open_keys"),
                (due - came).label("owed_minor"),
                awaits_vin.label("awaits_vin"),
            )
            .join(wanted, wanted.c.id == Order.id)
            .join(Customer, Customer.id == Order.customer_id)
            .outerjoin(Recipient, Recipient.id == Order.recipient_id)
            .outerjoin(Slot, Slot.id == Order.slot_id)
            .join(car, car.c.order_id == Order.id)
            .join(OrderLine, (OrderLine.order_id == Order.id) & (OrderLine.position == car.c.position))
            .outerjoin(Vehicle, Vehicle.id == OrderLine.vehicle_id)
            .outerjoin(Configuration, Configuration.id == OrderLine.configuration_id)
            .options(joinedload(Vehicle.model, innerjoin=False), lazyload(Vehicle.trim))
            .options(joinedload(Configuration.model, innerjoin=False), lazyload(Configuration.trim))
            .outerjoin(Handover, Handover.order_id == Order.id)
            .order_by(Slot.starts_at.asc().nulls_last(), Order.placed_at, Order.id)
            .limit(MOST)
        )
        .all()
    )


def _card(row: Row[Any], today: date, names_dealer: bool) -> Card:
    order, dealer = row.Order, row.Recipient
    look = _look(row)
    open_keys: list[str] = row.open_keys or []
    zone = dealer.time_zone if dealer else zone_here()
    column = column_of(order.status, open_keys)
    owed = Money(max(0, int(row.owed_minor)), order.currency)
    is_late = bool(owed) and order.is_open and order.due_on is not None and order.due_on <= today
    return Card(
        public_id=order.public_id,
        column=column,
        name=row.customer,
        when=_when(row.handed_over_at, row.starts_at, zone, today),
        number=row.vin[-6:] if row.vin else _("to be built"),
        model=look.model if look else None,
        paint=look.paint if look else "",
        wheels=look.wheels if look else "",
        tags=_tags(order, column, open_keys, owed, is_late, row.awaits_vin)
        + (((dealer.name_shown, "plain"),) if names_dealer and dealer else ()),
        percent=_percent(column, open_keys),
        starts_at=row.starts_at,
        zone=zone,
        is_late=is_late,
    )


def _look(row: Row[Any]) -> Look | None:
    """As the car stands, else as its build is drawn."""
    if row.Vehicle is not None:
        return Look(row.Vehicle.model.slug, row.Vehicle.paint, row.Vehicle.wheels)
    return row.Configuration.look() if row.Configuration is not None else None


def _tags(
    order: Order, column: str, open_keys: Sequence[str], owed: Money, is_late: bool, awaits_vin: bool = False
) -> tuple[tuple[str, str], ...]:
    """What is missing and who acts, at most two."""
    tags: list[tuple[str, str]] = []
    if column == "coming" and awaits_vin:
        tags.append((_("You: its VIN"), "waiting"))
    if column in ("coming", "preparing", "almost") and owed and (is_late or column == "almost"):
        words = _("Buyer: balance %(amount)s", amount=shown_money(owed))
        tags.append((words, "problem" if is_late else "waiting"))
    if column == "almost":
        missing = [item for item in checklist.missing_before_ready(open_keys) if item.key != BALANCE]
        tags += [(_("You: %(item)s", item=translate(item.name)), "waiting") for item in missing]
        if not missing and not owed:
            tags.append((_("You: say it is ready"), "waiting"))
    if column == "ready" and owed:
        tags.append((_("Buyer: balance %(amount)s", amount=shown_money(owed)), "problem"))
    if column != "handed_over" and order.method == "home_delivery":
        tags.append((_("To the door"), "plain"))
    return tuple(tags[:2])


def _percent(column: str, open_keys: Sequence[str]) -> int | None:
    if column not in ("preparing", "almost", "ready"):
        return None
    before = tuple(item for item in checklist.ITEMS if item.before_ready)
    return checklist.closed_share(open_keys, before)


def _when(handed_over_at: datetime | None, starts_at: datetime | None, zone: str, today: date) -> str:
    if handed_over_at is not None:
        return shown_time(handed_over_at, zone)
    if starts_at is None:
        return _("no time yet")
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    if day == today:
        return _("today %(time)s", time=shown_time(starts_at, zone))
    return shown_date(day, zone)


def _day(card: Card) -> date | None:
    return card.starts_at.astimezone(ZoneInfo(card.zone)).date() if card.starts_at else None
