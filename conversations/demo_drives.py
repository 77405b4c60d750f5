"""Test drives with the cars that a dealer keeps for them: which are free, booking one, and how the drive went."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.db import session
from app.events import Actor, record
from app.i18n import N_, _, translate
from catalog.models import StockItem
from conversations import demo_cars
from conversations.cards import ThreadCard
from conversations.demo_cars import DemoCar, TestDrive
from conversations.events import TestDriveSettled
from conversations.models import Conversation, HelpRequest
from conversations.refusals import DriveIsSettled, DriveNotBegun, DriveWordsNeeded
from partners.calendar import SlotView
from partners.models import Slot
from partners.refusals import SlotTaken

NOTE_KEYS = uuid.UUID("b9c87a52-8df9-4b49-8a39-57f7d3b2d1b0")
OUTCOMES = {"driven": N_("Driven"), "no_show": N_("Nobody came"), "cancelled": N_("Cancelled")}
TOLD = {
    "driven": N_("Test drive done: %(car)s."),
    "no_show": N_("The test drive did not take place. Write here for another time."),
    "cancelled": N_("The test drive was cancelled: %(note)s"),
}
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Busy:
    """When a demo car is out."""

    car_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime


def cars_for(car: StockItem) -> Sequence[DemoCar]:
    """The demo cars that stand for this car. None: it is driven itself, as every used car is."""
    if car.condition == "used":
        return ()
    return demo_cars.of_model(car.recipient_id, car.vehicle.model_id, car.vehicle.trim_id)


def offered(
    slots: Sequence[SlotView], car: StockItem, conversation_id: uuid.UUID | None = None
) -> list[SlotView]:
    """The same slots; those at which the car to drive, or every demo car of its model, is out count as taken.

    What is kept for this conversation counts as free. Three statements.
    """
    if not slots:
        return []
    cars = cars_for(car)
    begin, end = slots[0].starts_at, slots[-1].ends_at
    if not cars:
        busy = _itself_busy(car.id, begin, end, conversation_id)
        return [
            replace(slot, free=0) if any(_meet(one, slot.starts_at, slot.ends_at) for one in busy) else slot
            for slot in slots
        ]
    busy = _busy([one.id for one in cars], begin, end, conversation_id)
    return [
        slot if free_car(cars, busy, slot.starts_at, slot.ends_at) else replace(slot, free=0)
        for slot in slots
    ]


def free_car(
    cars: Sequence[DemoCar], busy: Sequence[Busy], starts_at: datetime, ends_at: datetime
) -> DemoCar | None:
    """The first that is not out in that time."""
    out = {one.car_id for one in busy if _meet(one, starts_at, ends_at)}
    return next((car for car in cars if car.id not in out), None)


def take(car: StockItem, slot: Slot, conversation_id: uuid.UUID | None = None) -> DemoCar | None:
    """A demo car that is free then, kept for the open transaction; None where the car itself is driven.

    Whoever books one of these cars queues here, so no car goes out twice; what is kept for this conversation counts
    as free. Raises SlotTaken when none is.
    """
    cars = cars_for(car)
    if not cars:
        session().execute(select(StockItem.id).where(StockItem.id == car.id).with_for_update(key_share=True))
        if _itself_busy(car.id, slot.starts_at, slot.ends_at, conversation_id):
            raise SlotTaken()
        return None
    ids = [one.id for one in cars]
    session().execute(
        select(DemoCar.id).where(DemoCar.id.in_(ids)).order_by(DemoCar.id).with_for_update(key_share=True)
    )
    busy = _busy(ids, slot.starts_at, slot.ends_at, conversation_id)
    found = free_car(cars, busy, slot.starts_at, slot.ends_at)
    if found is None:
        raise SlotTaken()
    return found


def write_down(request: HelpRequest, slot: Slot, demo_car: DemoCar | None) -> TestDrive:
    drive = TestDrive(
        help_request_id=request.id,
        demo_car_id=demo_car.id if demo_car else None,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    session().add(drive)
    session().flush()
    return drive


def settle(
    request: HelpRequest,
    outcome: str,
    note: str | None,
    staff_id: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> TestDrive:
    """How it went, told to the buyer in the conversation. The same again changes nothing.

    Raises DriveIsSettled, DriveNotBegun and DriveWordsNeeded, and then nothing has moved.
    """
    # A conversation is locked before its slot, wherever both are.
    Conversation.locked(request.conversation_id)
    drive = _locked(request)
    if drive.state == outcome:
        return drive
    if drive.state != "booked":
        raise DriveIsSettled(how=translate(OUTCOMES[drive.state]))
    if outcome == "cancelled" and not note:
        raise DriveWordsNeeded()
    if outcome != "cancelled" and at < drive.starts_at:
        raise DriveNotBegun()
    drive.state, drive.settled_at, drive.settled_by = outcome, at, staff_id
    drive.note = note[:LONGEST_NOTE] if note else None
    slot = session().get(Slot, request.slot_id) if request.slot_id else None
    if outcome == "cancelled" and slot is not None:
        slot.release(request.id, actor)
    session().flush()
    record(
        TestDriveSettled(
            help_request_id=request.id,
            conversation_id=request.conversation_id,
            outcome=outcome,
            customer_id=request.customer_id,
            visitor_id=request.visitor_id,
        ),
        actor,
        at,
    )
    return drive


def tell(request: HelpRequest, drive: TestDrive, car_name: str, at: datetime) -> None:
    """A line in the conversation; in the language being spoken."""
    words = translate(TOLD[drive.state], car=car_name, note=drive.note or "")
    conversation = Conversation.locked(request.conversation_id)
    conversation.note(words, uuid.uuid5(NOTE_KEYS, f"{drive.id}:{drive.state}"), at)


def words_of(drive: TestDrive, car_name: str) -> str:
    """What the buyer's page says under the time."""
    if drive.state == "booked":
        return _("You drive %(car)s.", car=car_name) if car_name else ""
    return translate(TOLD[drive.state], car=car_name, note=drive.note or "")


def name_of(drive: TestDrive) -> str:
    found = session().get(DemoCar, drive.demo_car_id) if drive.demo_car_id else None
    return found.name_shown if found is not None else ""


def _locked(request: HelpRequest) -> TestDrive:
    """Those booked before drives were written down get their row now."""
    wanted = select(TestDrive).where(TestDrive.help_request_id == request.id).with_for_update(key_share=True)
    drive = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if drive is not None:
        return drive
    return write_down(request, session().get_one(Slot, request.slot_id), None)


def _busy(
    car_ids: Sequence[uuid.UUID], begin: datetime, end: datetime, conversation_id: uuid.UUID | None
) -> list[Busy]:
    """When these demo cars are out, or kept for somebody who has not answered yet."""
    rows = session().execute(
        select(TestDrive.demo_car_id, TestDrive.starts_at, TestDrive.ends_at)
        .where(
            TestDrive.demo_car_id.in_(car_ids),
            TestDrive.state == "booked",
            TestDrive.starts_at < end,
            TestDrive.ends_at > begin,
        )
        .union_all(
            _kept(ThreadCard.demo_car_id, begin, end, conversation_id).where(
                ThreadCard.demo_car_id.in_(car_ids)
            )
        )
    )
    return [Busy(car_id, starts_at, ends_at) for car_id, starts_at, ends_at in rows if car_id]


def _itself_busy(
    car_id: uuid.UUID, begin: datetime, end: datetime, conversation_id: uuid.UUID | None
) -> list[Busy]:
    """When this very car is out, or kept for somebody who has not answered yet."""
    rows = session().execute(
        select(HelpRequest.stock_item_id, TestDrive.starts_at, TestDrive.ends_at)
        .join(HelpRequest, HelpRequest.id == TestDrive.help_request_id)
        .where(
            HelpRequest.stock_item_id == car_id,
            TestDrive.demo_car_id.is_(None),
            TestDrive.state == "booked",
            TestDrive.starts_at < end,
            TestDrive.ends_at > begin,
        )
        .union_all(
            _kept(ThreadCard.stock_item_id, begin, end, conversation_id).where(
                ThreadCard.stock_item_id == car_id, ThreadCard.demo_car_id.is_(None)
            )
        )
    )
    return [Busy(car_id, starts_at, ends_at) for _car_id, starts_at, ends_at in rows]


def _kept(
    which: InstrumentedAttribute[uuid.UUID | None],
    begin: datetime,
    end: datetime,
    conversation_id: uuid.UUID | None,
) -> Select[uuid.UUID | None, datetime, datetime]:
    """Times that the desk keeps for a buyer elsewhere."""
    return (
        select(which, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == ThreadCard.slot_id)
        .where(
            ThreadCard.kind == "drive",
            ThreadCard.help_request_id.is_(None),
            ThreadCard.held_until > clock.sql_now,
            ThreadCard.conversation_id.is_distinct_from(conversation_id),
            Slot.starts_at < end,
            Slot.ends_at > begin,
        )
    )


def _meet(one: Busy, starts_at: datetime, ends_at: datetime) -> bool:
    return one.starts_at < ends_at and starts_at < one.ends_at
