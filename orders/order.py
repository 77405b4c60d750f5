"""An order and its verbs. Each verb locks the order first; then, where it needs them, slot, wallet and vehicle."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock, ids
from app.db import IdModel, session
from app.events import Actor, record
from app.i18n import language, translate
from app.money import Money
from catalog.stock import StockItem, Vehicle
from customers.models import Customer
from garage import activation
from orders import (
    answers,
    board_room,
    building,
    checklist,
    fulfilment,
    handover_records,
    statuses,
    transfers,
)
from orders.checklist import BALANCE, CHARGE, KEYS, MOST_KEYS, MOST_KM, ODOMETER, SIGNATURES
from orders.events import (
    ChecklistItemClosed,
    ChecklistItemReopened,
    OrderCancelled,
    OrderHandedOver,
    OrderMoved,
    PaymentGivenBack,
    PaymentReceived,
    VinAssigned,
)
from orders.handover_events import SignaturesVoided
from orders.records import (
    ChecklistItem,
    Handover,
    OrderAmount,
    OrderLine,
    OrderMove,
    OrderRefund,
    Receipt,
    one_of,
)
from orders.refusals import (
    ArrivalNotProved,
    CarNotBuilt,
    ChargeOutOfRange,
    ChecklistOpen,
    DoorPhotoMissing,
    ItemNeedsValue,
    ItemNotFound,
    MoreThanOwed,
    MoveNotAllowed,
    OdometerOutOfRange,
    OrderClosed,
    OrderNotFound,
    ReasonNeeded,
    ReferenceNeeded,
    ReferenceUsed,
    SignBelow,
    TasksOpen,
    VinAlreadyAssigned,
    VinIsFixed,
)
from partners.here import market_of
from partners.models import Slot

METHODS = ("home_delivery", "dealer_handover", "none")


class Order(IdModel):
    """What one cart became. `recipient_id` is the dealer that prepares it and hands it over."""

    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint(one_of("status", statuses.STATUSES), name="status"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint(one_of("answer", handover_records.ANSWERS), name="answer"),
        UniqueConstraint("market_key", "number"),
        Index("ix_customer_order_customer", "customer_id"),
        Index("ix_customer_order_placed_at", "placed_at"),
        Index("ix_customer_order_visitor", "visitor_id", postgresql_where="visitor_id IS NOT NULL"),
        Index(
            "ix_customer_order_board",
            "recipient_id",
            "status",
            postgresql_where="status IN ('placed', 'preparing', 'ready')",
        ),
        Index(
            "ix_customer_order_unanswered",
            "answer",
            "answer_due_at",
            postgresql_where="status = 'placed' AND answer <> 'accepted'",
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    number: Mapped[str]
    cart_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    """Opaque: the cart is known further up."""
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    currency: Mapped[str]
    language: Mapped[str]
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    visitor_id: Mapped[uuid.UUID | None]
    status: Mapped[str]
    method: Mapped[str]
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("slot.id"))
    address: Mapped[dict[str, Any] | None]
    start_agreed_at: Mapped[datetime | None]
    """When the buyer expressly asked that services begin at once, although the time to withdraw runs."""
    due_on: Mapped[date | None]
    """The day by which the balance is to be here."""
    placed_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(server_default="accepted", default="accepted")
    """The dealer's: waiting, accepted or declined; declined waits for the house."""
    answer_due_at: Mapped[datetime | None]

    lines: Mapped[list[OrderLine]] = relationship(order_by=OrderLine.position, viewonly=True)
    amounts: Mapped[list[OrderAmount]] = relationship(order_by=OrderAmount.position, viewonly=True)

    @classmethod
    def find(cls, public_id: str) -> "Order | None":
        return session().scalars(select(cls).where(cls.public_id == public_id)).one_or_none()

    @classmethod
    def owners(cls, public_id: str) -> tuple[uuid.UUID, uuid.UUID | None, uuid.UUID | None] | None:
        """The order's id, the visitor who placed it and the account it belongs to, for the question who may see it."""
        found = session().execute(
            select(cls.id, cls.visitor_id, Customer.account_id)
            .join(Customer, Customer.id == cls.customer_id)
            .where(cls.public_id == public_id)
        )
        row = found.one_or_none()
        return (row[0], row[1], row[2]) if row else None

    def is_of_account(self, account_id: uuid.UUID | None) -> bool:
        """Whether whoever is signed in owns it; nobody signed in owns nothing."""
        if account_id is None:
            return False
        owner = select(Customer.account_id).where(Customer.id == self.customer_id)
        return session().scalar(owner) == account_id

    @classmethod
    def by_public_id(cls, public_id: str) -> "Order":
        """Raises OrderNotFound."""
        found = cls.find(public_id)
        if found is None:
            raise OrderNotFound()
        return found

    @classmethod
    def of_cart(cls, cart_id: uuid.UUID) -> "Order | None":
        return session().scalars(select(cls).where(cls.cart_id == cart_id)).one_or_none()

    @classmethod
    def locked(cls, order_id: uuid.UUID | None) -> "Order":
        """The order as it stands, with every other change of it waiting. Raises OrderNotFound."""
        wanted = select(cls).where(cls.id == order_id).with_for_update(key_share=True)
        found = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        if found is None:
            raise OrderNotFound()
        return found

    @property
    def is_cancelled(self) -> bool:
        return self.status == statuses.CANCELLED

    @property
    def is_open(self) -> bool:
        """Something is still to be done before it is handed over."""
        return self.status in statuses.BEFORE_HANDOVER

    @property
    def has_vehicle(self) -> bool:
        return any(line.is_vehicle for line in self.lines)

    @property
    def visits(self) -> str:
        """What the slot is for, in the calendar's words."""
        return "delivery" if self.method == "home_delivery" else "handover"

    def total(self, *times: str) -> Money:
        """The sum of the printed amounts of these times (today, by_date, monthly)."""
        return Money.total((row.amount for row in self.amounts if row.due in times), self.currency)

    def value(self) -> Money:
        """All that is paid once, now or by the date; monthly is never added to it."""
        return self.total("today", "by_date")

    def receipts(self) -> Sequence[Receipt]:
        wanted = select(Receipt).where(Receipt.order_id == self.id).order_by(Receipt.received_at, Receipt.id)
        return session().scalars(wanted).all()

    def paid(self) -> Money:
        """What came in less what went back."""
        came = select(func.coalesce(func.sum(Receipt.amount_minor), 0)).where(Receipt.order_id == self.id)
        return Money(int(session().scalar(came) or 0), self.currency)

    def balance(self) -> Money:
        """What is still open; nothing is on a cancelled order."""
        if self.is_cancelled:
            return Money.zero(self.currency)
        return max(self._owed(), Money.zero(self.currency))

    def overpaid(self) -> Money:
        """What came in and is not owed any more, as after the price went down."""
        return max(-self._owed(), Money.zero(self.currency))

    def checklist(self) -> dict[str, ChecklistItem]:
        """By key; empty for an order without a car."""
        rows = session().scalars(
            select(ChecklistItem)
            .where(ChecklistItem.order_id == self.id)
            .execution_options(populate_existing=True)
        )
        return {row.key: row for row in rows}

    def receive(
        self, amount: Money, reference: str, method: str, purpose: str, actor: Actor, at: datetime
    ) -> Receipt:
        """Books money that is here; the same reference again is the same receipt. Closes the balance when all is in.

        Raises ReferenceUsed, OrderClosed for a cancelled order, and MoreThanOwed.
        """
        self._lock()
        known = Receipt.by_reference(reference)
        if known is not None:
            if (known.order_id, known.amount, known.method) != (self.id, amount, method):
                raise ReferenceUsed()
            return known
        if self.is_cancelled:
            raise self._closed()
        if amount > self.balance():
            raise MoreThanOwed()
        receipt = self._book(amount, reference, method, purpose, actor, at)
        record(
            PaymentReceived(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                receipt_id=receipt.id,
                purpose=purpose,
                method=method,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
            ),
            actor,
            at,
        )
        if not self.balance():
            self._close(BALANCE, actor, at, reference=reference)
        return receipt

    def mark_refunded(
        self, amount: Money, reference: str, actor: Actor, at: datetime, of: str | None = None
    ) -> Receipt | None:
        """Books money that went back; the same reference again is the same receipt.

        `of` is the reference it came in with: money that was never booked here is not booked out either.
        """
        self._lock()
        if of is not None and not self._has_receipt(of):
            return None
        known = Receipt.by_reference(reference)
        if known is not None:
            return known
        receipt = self._book(-amount, reference, "online", "refund", actor, at)
        self.note_refund(reference, amount, "returned", at)
        record(
            PaymentGivenBack(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                receipt_id=receipt.id,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
            ),
            actor,
            at,
        )
        if self.is_open and self.balance():
            self._reopen(BALANCE, actor, at)
        return receipt

    def note_refund(self, reference: str, amount: Money, state: str, at: datetime) -> None:
        """Where money on its way back stands (owed, returned, failed, by_hand); the later word counts."""
        session().execute(
            insert(OrderRefund)
            .values(
                id=ids.uuid7(),
                order_id=self.id,
                reference=reference,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
                state=state,
                moved_at=at,
            )
            .on_conflict_do_update(
                index_elements=["reference"],
                set_={"state": state, "moved_at": at},
                where=OrderRefund.state != "returned",
            )
        )
        self._ring()

    def refund_bounced(self, amount: Money, reference: str, actor: Actor, at: datetime) -> None:
        """The bank sent a refund back: the money is here again, and still to be given back. Once per reference."""
        self._lock()
        again = f"bounced-{reference}"
        if Receipt.by_reference(reference) is not None and Receipt.by_reference(again) is None:
            self._book(amount, again, "online", "bounced", actor, at)
        session().execute(
            update(OrderRefund).where(OrderRefund.reference == reference).values(state="failed", moved_at=at)
        )
        self._ring()

    def match_balance(self, actor: Actor, at: datetime) -> None:
        """Opens or closes the balance on the checklist after the price changed."""
        if self.balance():
            self._reopen(BALANCE, actor, at)
        else:
            self._close(BALANCE, actor, at)

    def move(self, to_status: str, actor: Actor, at: datetime) -> None:
        """Starts the preparation, says the car is ready, or takes that back. The status it has already is no move.

        Raises MoveNotAllowed, CarNotBuilt while a car has no VIN, CarNotHere while it comes from another dealer, and
        ChecklistOpen when something is missing for a car to stand ready.
        """
        self._lock()
        if self.status == to_status:
            return
        if to_status not in (statuses.PREPARING, statuses.READY):
            raise self._no_way_to(to_status)
        if self.status == statuses.PLACED and to_status == statuses.PREPARING:
            self._refuse_unbuilt()
            transfers.refuse_elsewhere(self.id)
            answers.accept(self, actor, at)
        if to_status == statuses.READY and self.status == statuses.PREPARING:
            _refuse_open(checklist.missing_before_ready(self._open_keys()))
            self._refuse_open_tasks()
        self._move(to_status, actor, at)

    def assign_vin(
        self, line_id: uuid.UUID, vin: str, actor: Actor, at: datetime, instead_of: str | None = None
    ) -> OrderLine:
        """The car of this line is built: it gets its VIN and is reserved for the order, once. The same again changes
        nothing.

        Another VIN is refused (VinAlreadyAssigned) unless it says which one it replaces: then it is a correction of a
        number written down wrong, possible until preparation begins (VinIsFixed). Raises VinNotValid, VinMistyped,
        VinInUse, NotBuiltHere and OrderClosed, too.
        """
        number = building.checked(vin)
        self._lock()
        session().expire(self, ["lines"])
        line = building.line_to_build(self, line_id)
        session().refresh(line)
        if line.vin == number:
            return line
        if not self.is_open:
            raise self._closed()
        if line.vin is None:
            day = at.astimezone(ZoneInfo(market_of(self.market_key).time_zone)).date()
            car = building.make(self, line, number, day, actor)
            line.stock_item_id, line.vehicle_id, line.vin_assigned_at = car.id, car.vehicle_id, at
            self._name_in_features(line)
        elif instead_of is None or building.checked(instead_of) != line.vin:
            raise VinAlreadyAssigned(vin=line.vin)
        elif self.status != statuses.PLACED:
            raise VinIsFixed(vin=line.vin)
        else:
            session().get_one(Vehicle, line.vehicle_id).correct_vin(number)
        is_correction, line.vin = line.vin is not None, number
        session().flush()
        assert line.vehicle_id is not None and line.stock_item_id is not None
        record(
            VinAssigned(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                recipient_id=self.recipient_id,
                line_id=line.id,
                vehicle_id=line.vehicle_id,
                stock_item_id=line.stock_item_id,
                vin=number,
                is_correction=is_correction,
            ),
            actor,
            at,
        )
        self._ring()
        return line

    def close_item(
        self, key: str, actor: Actor, at: datetime, value: int | None = None, reference: str | None = None
    ) -> None:
        """Closes a point of the checklist; closed already, it stays as it is.

        The balance is closed by money: with the bank's reference, what is open is booked as a transfer.
        """
        self._lock()
        if not self.is_open:
            raise self._closed()
        row = self.checklist().get(key)
        if row is None:
            raise ItemNotFound()
        if not row.is_open:
            return
        if key == BALANCE:
            self._close_balance(reference, actor, at)
            return
        if key == SIGNATURES:
            raise SignBelow()
        _check_value(key, value)
        self._close(key, actor, at, value=value if key in (KEYS, ODOMETER, CHARGE) else None)

    def reopen_item(self, key: str, actor: Actor, at: datetime) -> None:
        """Takes a tick back, and with it the signatures that stand under it. What money closed stays closed."""
        self._lock()
        if not self.is_open:
            raise self._closed()
        if key == BALANCE or key not in self.checklist():
            raise ItemNotFound()
        self._reopen(key, actor, at)

    def close_signed(self, actor: Actor, at: datetime) -> None:
        """Closes the signatures once both stand there. The caller holds the lock."""
        if len(handover_records.signatures_of(self.id)) == len(handover_records.SIDES):
            self._close(SIGNATURES, actor, at)

    def hand_over(self, actor: Actor, at: datetime) -> Handover:
        """The car is the buyer's: sold, in the garage, and the services bought with it begin. Once; a repeat tells it.

        Raises ChecklistOpen and TasksOpen naming what is missing, MoveNotAllowed unless the order is ready, and at the
        buyer's door ArrivalNotProved and DoorPhotoMissing.
        """
        self._lock()
        done = session().scalars(select(Handover).where(Handover.order_id == self.id)).one_or_none()
        if done is not None:
            return done
        if not statuses.may_move(self.status, statuses.HANDED_OVER):
            raise self._no_way_to(statuses.HANDED_OVER)
        rows = self.checklist()
        _refuse_open(checklist.missing_before_handover(key for key, row in rows.items() if row.is_open))
        self._refuse_open_tasks()
        self._refuse_unproved_arrival()
        done = Handover(
            order_id=self.id,
            recipient_id=self.recipient_id,
            slot_id=self.slot_id,
            handed_over_at=at,
            actor_kind=actor.kind,
            actor_id=actor.id,
            odometer_km=rows[ODOMETER].value,
            battery_percent=rows[CHARGE].value if CHARGE in rows else None,
        )
        session().add(done)
        self._move(statuses.HANDED_OVER, actor, at)
        fulfilment.start_at_handover(self, actor, at)
        for line, car in self._cars():
            car.sell(self.id, actor)
            activation.own_vehicle(
                car.vehicle_id, self.customer_id, line.id, at, actor, odometer_km=done.odometer_km
            )
        record(
            OrderHandedOver(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                recipient_id=self.recipient_id,
                number=self.number,
                handed_over_at=at,
            ),
            actor,
            at,
        )
        return done

    def cancel(self, why: str, by: Actor, at: datetime | None = None) -> None:
        """Before the handover: the time and the car are free again, what was bought with it ends, and the money that
        came in online is owed back. A repeat changes nothing. Raises MoveNotAllowed, ReasonNeeded.
        """
        at = at or clock.now()
        if not why.strip():
            raise ReasonNeeded()
        self._lock()
        if self.is_cancelled:
            return
        self._move(statuses.CANCELLED, by, at, why.strip())
        if self.slot_id is not None:
            session().get_one(Slot, self.slot_id).release(self.id, by)
        for line in self.lines:
            activation.revoke(line.id, by, at, "order_cancelled")
        for _line, car in self._cars():
            car.unreserve(self.id, "order_cancelled", by)
        transfers.call_off(self, by, at)
        record(
            OrderCancelled(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                recipient_id=self.recipient_id,
                number=self.number,
            ),
            by,
            at,
        )

    def complete(self, actor: Actor, at: datetime) -> None:
        """Nothing is left to hand over: an order without a car, all of it running."""
        self._move(statuses.COMPLETED, actor, at)

    def _owed(self) -> Money:
        """What is printed less what was paid; below zero when too much came in."""
        due = select(func.coalesce(func.sum(OrderAmount.amount_minor), 0)).where(
            OrderAmount.order_id == self.id, OrderAmount.due != "monthly"
        )
        return Money(int(session().scalar(due) or 0), self.currency) - self.paid()

    def _ring(self) -> None:
        """The dealer's board shows it."""
        board_room.ring(self.recipient_id)

    def _lock(self) -> None:
        session().refresh(self, attribute_names=["status", "answer"], with_for_update={"key_share": True})

    def _move(self, to_status: str, actor: Actor, at: datetime, why: str | None = None) -> None:
        here = self.status
        if not statuses.may_move(here, to_status):
            raise self._no_way_to(to_status)
        self.status = to_status
        session().add(
            OrderMove(
                order_id=self.id,
                from_status=here,
                to_status=to_status,
                at=at,
                actor_kind=actor.kind,
                actor_id=actor.id,
                why=why,
            )
        )
        session().flush()
        record(
            OrderMoved(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                from_status=here,
                to_status=to_status,
            ),
            actor,
            at,
        )
        self._ring()

    def _refuse_open_tasks(self) -> None:
        tasks = handover_records.open_tasks(self.id)
        if tasks:
            raise TasksOpen(tasks=translate(", ").join(task.what for task in tasks[:5]))

    def _refuse_unproved_arrival(self) -> None:
        """At the door: somebody proved to be the buyer, and a photo shows the car there."""
        if self.method != "home_delivery":
            return
        run = handover_records.run_of(self.id)
        if run is None or run.arrived_at is None:
            raise ArrivalNotProved()
        if not handover_records.photo_count(self.id, handover_records.DOOR):
            raise DoorPhotoMissing()

    def _void_signatures(self, actor: Actor, at: datetime) -> None:
        """Nobody has signed what is open again."""
        signed = handover_records.signatures_of(self.id)
        if not signed:
            return
        for row in signed.values():
            session().delete(row)
        session().flush()
        record(
            SignaturesVoided(
                order_id=self.id,
                customer_id=self.customer_id,
                visitor_id=self.visitor_id,
                recipient_id=self.recipient_id,
            ),
            actor,
            at,
        )
        self._reopen(SIGNATURES, actor, at)

    def _close_balance(self, reference: str | None, actor: Actor, at: datetime) -> None:
        owed = self.balance()
        if not owed:
            self._close(BALANCE, actor, at)
            return
        if not reference:
            raise ReferenceNeeded()
        self.receive(owed, reference, "bank_transfer", "balance", actor, at)

    def _close(
        self, key: str, actor: Actor, at: datetime, value: int | None = None, reference: str | None = None
    ) -> None:
        row = self.checklist().get(key)
        if row is None or not row.is_open:
            return
        row.closed_at, row.actor_kind, row.actor_id = at, actor.kind, actor.id
        row.value, row.reference = value, reference
        session().flush()
        record(ChecklistItemClosed(order_id=self.id, key=key), actor, at)
        self._ring()

    def _reopen(self, key: str, actor: Actor, at: datetime) -> None:
        row = self.checklist().get(key)
        if row is None or row.is_open:
            return
        row.closed_at = row.actor_kind = row.actor_id = row.value = row.reference = None
        session().flush()
        record(ChecklistItemReopened(order_id=self.id, key=key), actor, at)
        self._void_signatures(actor, at)
        self._ring()

    def _book(
        self, amount: Money, reference: str, method: str, purpose: str, actor: Actor, at: datetime
    ) -> Receipt:
        """Raises ReferenceUsed when another order books the same reference in this very moment."""
        booked = session().scalars(
            insert(Receipt)
            .values(
                id=ids.uuid7(),
                order_id=self.id,
                reference=reference,
                method=method,
                purpose=purpose,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
                received_at=at,
                actor_kind=actor.kind,
                actor_id=actor.id,
            )
            .on_conflict_do_nothing(index_elements=["reference"])
            .returning(Receipt)
        )
        receipt = booked.one_or_none()
        if receipt is None:
            raise ReferenceUsed()
        self._ring()
        return receipt

    def _has_receipt(self, reference: str) -> bool:
        known = Receipt.by_reference(reference)
        return known is not None and known.order_id == self.id

    def _cars(self) -> list[tuple[OrderLine, StockItem]]:
        """The car lines with their stock items, in one order for all: locks are taken along it. Not those to be built."""
        built = (line for line in self.lines if line.is_vehicle and line.stock_item_id is not None)
        lines = sorted(built, key=lambda line: str(line.stock_item_id))
        return [(line, session().get_one(StockItem, line.stock_item_id)) for line in lines]

    def _name_in_features(self, car: OrderLine) -> None:
        """What was bought for the build is for this vehicle from now on."""
        for line in self.lines:
            if (
                line.kind == "feature"
                and line.configuration_id == car.configuration_id
                and not line.vehicle_id
            ):
                line.vehicle_id = car.vehicle_id

    def _refuse_unbuilt(self) -> None:
        for line in self.lines:
            if line.awaits_vin:
                raise CarNotBuilt(car=line.title.get(language()) or line.title["en"])

    def _open_keys(self) -> list[str]:
        return [key for key, row in self.checklist().items() if row.is_open]

    def _no_way_to(self, to_status: str) -> MoveNotAllowed:
        return MoveNotAllowed(
            status=translate(statuses.NAMES[self.status]),
            wanted=translate(statuses.NAMES.get(to_status, to_status)),
        )

    def _closed(self) -> OrderClosed:
        return OrderClosed(status=translate(statuses.NAMES[self.status]))


def _refuse_open(missing: Sequence[checklist.Item]) -> None:
    if missing:
        names = [translate(item.name) for item in missing]
        raise ChecklistOpen(items=translate(", ").join(names))


def _check_value(key: str, value: int | None) -> None:
    if key not in (KEYS, ODOMETER, CHARGE):
        return
    if key == CHARGE and (value is None or not 0 <= value <= 100):
        raise ChargeOutOfRange()
    if value is None or (key == KEYS and not 1 <= value <= MOST_KEYS):
        raise ItemNeedsValue()
    if key == ODOMETER and not 0 <= value <= MOST_KM:
        raise OdometerOutOfRange()
