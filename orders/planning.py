"""Planning a dealer's day: who is in which lane, when which car is prepared. Whoever plans locks the lanes first."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import clock
from app.db import session
from app.events import Actor, record
from app.i18n import _
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.pages import period as shown_period
from app.pages import time as shown_time
from orders import (
    board,
    board_cards,
    board_day,
    board_room,
    board_rows,
    day_places,
    lane_times,
    lane_words,
    statuses,
    transfer_desk,
    transfers,
)
from orders.board import Asked
from orders.board_day import Block, Day, LaneFacts, Place
from orders.board_rows import BoardRow
from orders.events import LaneChosen, PreparationPlanned
from orders.lane_refusals import (
    LaneNotFree,
    LaneShut,
    NoSuchLane,
    NoTimeAgreed,
    PreparationOver,
    PreparationTooLate,
    WorkDone,
)
from orders.lane_times import HANDOVER, PREPARATION
from orders.lanes import OVERFLOW, Appointment
from orders.order import Order
from orders.transfer_desk import MovingRow
from partners import lane_keeping
from partners.lanes import PREPARATION as PREPARATION_LANE
from partners.lanes import Lane
from partners.models import Recipient, Slot

USUAL_MINUTES = 120
MOST_TO_PREPARE = 20


def move_handover(order: Order, lane_public_id: str, actor: Actor, at: datetime) -> None:
    """Into another lane, at the same time. What else stands in a lane that day stays where it is.

    Raises WorkDone, NoTimeAgreed, NoSuchLane, LaneNotFree.
    """
    if not order.is_open:
        raise WorkDone()
    lanes = lane_keeping.locked(order.recipient_id)
    day = _day_of(order, at)
    block = day.block(order.public_id, HANDOVER) if day else None
    if day is None or block is None:
        raise NoTimeAgreed()
    lane = lanes.get(lane_public_id)
    if lane is None or lane.kind != block.appointment.kind:
        raise NoSuchLane()
    _refuse_shut(day, block.appointment, lane)
    _refuse_taken(day, block.appointment, lane, day.in_the_way(block.appointment, lane.public_id))
    for other in day.blocks:
        stands_in = lanes.get(day.placed[other.appointment.key])
        if (
            other.work == HANDOVER
            and other.row.lane is None
            and other.state != "done"
            and stands_in is not None
        ):
            _write(other.row.order_id, other.appointment, HANDOVER, stands_in, actor, at)
    _write(order.id, block.appointment, HANDOVER, lane, actor, at)
    record(LaneChosen(order_id=order.id, lane_id=lane.id, starts_at=block.appointment.starts_at), actor, at)
    board_room.ring(order.recipient_id)


def plan_preparation(
    order: Order,
    lane_public_id: str,
    on: date,
    starts: str | None,
    minutes: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    """When and where the car is prepared, on the clock of the place; planned again, the later word counts.

    Raises WorkDone, NoSuchLane, PreparationOver, PreparationTooLate, LaneNotFree.
    """
    if order.status not in (statuses.PLACED, statuses.PREPARING):
        raise WorkDone()
    lane = lane_keeping.locked(order.recipient_id).get(lane_public_id)
    dealer = session().get(Recipient, order.recipient_id)
    if lane is None or dealer is None or lane.kind != PREPARATION_LANE:
        raise NoSuchLane()
    zone = ZoneInfo(dealer.time_zone)
    starts_at = datetime.combine(on, time.fromisoformat(starts or "09:00"), zone)
    ends_at = starts_at + timedelta(minutes=minutes or USUAL_MINUTES)
    if ends_at <= at:
        raise PreparationOver()
    day = _read_day(order.recipient_id, on, at)
    row = next((block.row for block in day.blocks if block.row.public_id == order.public_id), None)
    handover_at = row.starts_at if row is not None else _handover_at(order)
    if handover_at is not None and ends_at > handover_at:
        raise PreparationTooLate(
            time=shown_period(handover_at, handover_at, dealer.time_zone).rpartition("–")[0]
        )
    wanted = Appointment(f"{order.public_id}.{PREPARATION}", PREPARATION_LANE, starts_at, ends_at)
    _refuse_shut(day, wanted, lane)
    _refuse_taken(day, wanted, lane, _planned_there(day, order.public_id, wanted, lane))
    _write(order.id, wanted, PREPARATION, lane, actor, at)
    record(
        PreparationPlanned(order_id=order.id, lane_id=lane.id, starts_at=starts_at, ends_at=ends_at),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)


def drop_preparation(order: Order, actor: Actor, at: datetime) -> None:
    """Nothing is planned any more; nothing planned, nothing changes."""
    known = lane_times.of(order.id, PREPARATION)
    if known is None:
        return
    lane_times.drop(order.id, PREPARATION)
    record(PreparationPlanned(order_id=order.id, lane_id=None, starts_at=None, ends_at=None), actor, at)
    board_room.ring(order.recipient_id)


def _day_of(order: Order, at: datetime) -> Day | None:
    """The day of the order's handover."""
    starts_at = _handover_at(order)
    dealer = session().get(Recipient, order.recipient_id) if order.recipient_id else None
    if starts_at is None or dealer is None:
        return None
    return _read_day(order.recipient_id, starts_at.astimezone(ZoneInfo(dealer.time_zone)).date(), at)


def _read_day(recipient_id: uuid.UUID | None, on: date, at: datetime) -> Day:
    assert recipient_id is not None
    (place,) = day_places.places((recipient_id,), on)
    return board_day.of_place(board_rows.read((recipient_id,), on, place.zone, on), place, on, at)


def _handover_at(order: Order) -> datetime | None:
    from_slot = select(Slot.starts_at).where(Slot.id == order.slot_id)
    return session().scalar(from_slot) if order.slot_id is not None else None


def _planned_there(day: Day, public_id: str, wanted: Appointment, lane: Lane) -> Block | None:
    """What is drawn as it happened and was never planned makes room."""
    return next(
        (
            block
            for block in day.blocks
            if block.work == PREPARATION
            and block.row.public_id != public_id
            and block.row.prepared_in == lane.public_id
            and block.appointment.overlaps(wanted)
        ),
        None,
    )


def _refuse_shut(day: Day, wanted: Appointment, lane: Lane) -> None:
    """As the lanes stand now that they are held."""
    closure = lane_keeping.closure_in(lane.id, wanted.starts_at, wanted.ends_at)
    if closure is None:
        return
    zone = day.place.zone
    ends_on = closure.ends_at.astimezone(ZoneInfo(zone)).date()
    raise LaneShut(
        lane=lane.name_shown,
        times=shown_period(closure.starts_at, closure.ends_at, zone)
        if ends_on == day.on == closure.starts_at.astimezone(ZoneInfo(zone)).date()
        else _("until %(when)s", when=shown_datetime(closure.ends_at, zone)),
        reason=closure.reason,
        free=_free_beside(day, wanted, lane),
    )


def _refuse_taken(day: Day, wanted: Appointment, lane: Lane, there: Block | None) -> None:
    if there is None:
        return
    raise LaneNotFree(
        lane=lane.name_shown,
        times=lane_words.times_of(there, day),
        name=there.row.customer,
        free=_free_beside(day, wanted, lane),
    )


def _free_beside(day: Day, wanted: Appointment, lane: Lane) -> str:
    free = set(day.free_lanes(wanted))
    names = [one.name for one in day.place.lanes if one.public_id in free and one.public_id != lane.public_id]
    return _(", ").join(names) if names else _("none")


def _write(
    order_id: uuid.UUID, appointment: Appointment, work: str, lane: Lane, actor: Actor, at: datetime
) -> None:
    lane_times.write(order_id, work, lane.id, appointment.starts_at, appointment.ends_at, actor, at)


@dataclass(frozen=True)
class LaneOption:
    public_id: str
    words: str
    is_current: bool


@dataclass(frozen=True)
class PlannedRow:
    """Something in a lane that day. `options` is empty for what is done; `can_drop` for a plan of a person."""

    public_id: str
    work: str
    time: str
    words: str
    state: str
    kind: str
    lane: str
    options: Sequence[LaneOption]
    can_drop: bool
    starts: str
    minutes: int
    error: str
    url_key: str


@dataclass(frozen=True)
class ToPrepare:
    """A car that nobody planned the preparation of; typed values come back with the refusal."""

    public_id: str
    words: str
    when: str
    options: Sequence[LaneOption]
    starts: str
    minutes: str
    error: str


@dataclass(frozen=True)
class Plan:
    day: date
    day_shown: str
    before: str
    after: str
    rows: Sequence[PlannedRow]
    to_prepare: Sequence[ToPrepare]
    holidays: Sequence[str]
    transfers: Sequence[MovingRow]
    """Cars that leave for another dealer or come from one."""
    shut: Sequence[tuple[str, str, str]]
    """Lanes that are closed: which, when, and why."""


def show(
    recipient_ids: Sequence[uuid.UUID] | None,
    asked: date | None,
    typed: Mapping[str, str],
    public_id: str,
    refused: str,
) -> Plan:
    """The plan of a day, ready to show. `refused` is what was said to the order `public_id`."""
    now = clock.now()
    places, zone, on, today = board.where(recipient_ids, Asked(day=asked), now)
    rows = board_rows.read(recipient_ids, on, zone, today)
    days = board.days_of(rows, places, on, now)
    is_of = typed.get("work", "") if refused else ""
    return Plan(
        day=on,
        day_shown=shown_date(on, zone),
        before=(on - timedelta(days=1)).isoformat(),
        after=(on + timedelta(days=1)).isoformat(),
        rows=[
            _row(block, day, refused if (block.row.public_id, block.work) == (public_id, is_of) else "")
            for day in days
            for block in day.blocks
        ],
        to_prepare=_to_prepare(rows, places, today, typed, public_id if is_of != HANDOVER else "", refused),
        holidays=[place.holiday for place in places if place.holiday],
        transfers=transfer_desk.rows_of(transfers.moving(recipient_ids), recipient_ids),
        shut=[
            (lane.name, lane_words.shut_times(one, day), one.reason)
            for day in days
            for lane in day.place.lanes
            for one in lane.shut
        ],
    )


def _row(block: Block, day: Day, error: str) -> PlannedRow:
    appointment = block.appointment
    lane = day.placed[appointment.key]
    free = set(day.free_lanes(appointment))
    may_move = block.state != "done" and (block.work == HANDOVER or block.row.prepared_in is not None)
    options = [
        LaneOption(
            one.public_id,
            _option_words(one, one.public_id in free or one.public_id == lane, appointment),
            one.public_id == lane,
        )
        for one in day.place.lanes
        if one.kind == appointment.kind
    ]
    zone = day.place.zone
    return PlannedRow(
        public_id=block.row.public_id,
        work=block.work,
        time=lane_words.times_of(block, day),
        words=lane_words.words_of(block),
        state=lane_words.state_words(block.state),
        kind=lane_words.KINDS[block.state],
        lane=lane_words.lane_name(day, lane, appointment.kind),
        options=options if may_move and (len(options) > 1 or lane == OVERFLOW) else (),
        can_drop=block.work == PREPARATION and block.row.prepared_in is not None and block.state != "done",
        starts=shown_time(appointment.starts_at, zone),
        minutes=int((appointment.ends_at - appointment.starts_at).total_seconds() // 60),
        error=error,
        url_key=f"{block.row.public_id}-{block.work}",
    )


def _option_words(lane: LaneFacts, is_free: bool, wanted: Appointment) -> str:
    if is_free:
        return lane.name
    if wanted.is_during([(one.starts_at, one.ends_at) for one in lane.shut]):
        return _("%(lane)s, closed", lane=lane.name)
    return _("%(lane)s, taken", lane=lane.name)


def _to_prepare(
    rows: Sequence[BoardRow],
    places: Sequence[Place],
    today: date,
    typed: Mapping[str, str],
    refused_id: str,
    refused: str,
) -> list[ToPrepare]:
    by_place = {place.public_id: place for place in places}
    wanted = [
        row
        for row in rows
        if row.status in (statuses.PLACED, statuses.PREPARING)
        and row.prepare_at is None
        and not row.awaits_vin
        and row.place in by_place
    ]
    refused_row = [row for row in wanted[MOST_TO_PREPARE:] if refused and row.public_id == refused_id]
    found = []
    for row in [*wanted[:MOST_TO_PREPARE], *refused_row]:
        is_refused = bool(refused) and row.public_id == refused_id
        options = [
            LaneOption(
                lane.public_id, lane.name, lane.public_id == typed.get("lane") if is_refused else False
            )
            for lane in by_place[row.place].lanes
            if lane.kind == PREPARATION_LANE
        ]
        if options:
            found.append(
                ToPrepare(
                    public_id=row.public_id,
                    words=" ".join(
                        part for part in ((row.vin or "")[-6:], row.model_name or "", row.customer) if part
                    ),
                    when=board_cards.when(row, today),
                    options=options,
                    starts=typed.get("starts", "")[:5] if is_refused else "09:00",
                    minutes=typed.get("minutes", "")[:4] if is_refused else str(USUAL_MINUTES),
                    error=refused if is_refused else "",
                )
            )
    return found
