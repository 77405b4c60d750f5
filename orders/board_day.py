"""One day of a place in lanes: handovers in bays, deliveries in vans, cars that are prepared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders import board_rules, lanes, statuses
from orders.board_rows import BoardRow
from orders.lane_times import HANDOVER, PREPARATION
from orders.lanes import OVERFLOW, Appointment
from partners.lanes import BAY, VAN
from partners.lanes import PREPARATION as PREPARATION_LANE

USUAL_PREPARATION = timedelta(hours=2)
"""How long a car is drawn in preparation that nobody planned and that is not ready yet."""


@dataclass(frozen=True)
class Shut:
    """A time in which nothing goes into a lane, and why."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class LaneFacts:
    public_id: str
    kind: str
    name: str
    shut: Sequence[Shut] = ()


@dataclass(frozen=True)
class Place:
    """A dealer on a day: its lanes in their order, and when it is open (by purpose, in minutes of the day).

    `holiday` names the day off, when it is one; then nothing is open.
    """

    public_id: str
    name: str
    zone: str
    lanes: Sequence[LaneFacts]
    open: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    holiday: str = ""

    def lane_ids(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for lane in self.lanes:
            found.setdefault(lane.kind, []).append(lane.public_id)
        return found

    def shut(self) -> dict[str, list[tuple[datetime, datetime]]]:
        return {
            lane.public_id: [(one.starts_at, one.ends_at) for one in lane.shut]
            for lane in self.lanes
            if lane.shut
        }


@dataclass(frozen=True)
class Block:
    """Something in a lane. `state`: planned, current, done, waiting or problem. `risk` is what stands in the way."""

    appointment: Appointment
    work: str
    state: str
    row: BoardRow
    risk: str | None = None


@dataclass(frozen=True)
class Day:
    """What happens at a place on a day, each thing with its lane (OVERFLOW where all are taken)."""

    place: Place
    on: date
    blocks: Sequence[Block]
    placed: Mapping[str, str]

    def of_lane(self, lane: str, kind: str | None = None) -> list[Block]:
        return [
            block
            for block in self.blocks
            if self.placed[block.appointment.key] == lane and (kind is None or block.appointment.kind == kind)
        ]

    def block(self, public_id: str, work: str) -> Block | None:
        return next((one for one in self.blocks if one.row.public_id == public_id and one.work == work), None)

    def free_lanes(self, appointment: Appointment) -> list[str]:
        everything = [block.appointment for block in self.blocks]
        ours = self.place.lane_ids().get(appointment.kind, [])
        return lanes.free_lanes(appointment, everything, self.placed, ours, self.place.shut())

    def in_the_way(self, wanted: Appointment, lane: str) -> Block | None:
        """Who has the lane at that time."""
        return next(
            (
                block
                for block in self.blocks
                if block.appointment.key != wanted.key
                and self.placed[block.appointment.key] == lane
                and block.appointment.overlaps(wanted)
            ),
            None,
        )


def of_place(rows: Sequence[BoardRow], place: Place, on: date, now: datetime) -> Day:
    """Pure: the day of this place from the rows of its board, all of which are this place's."""
    zone = ZoneInfo(place.zone)
    starts = datetime.combine(on, time.min, zone)
    ends = datetime.combine(on + timedelta(days=1), time.min, zone)
    next_up = _next_up(rows)
    blocks: list[Block] = []
    for row in rows:
        if row.starts_at is not None and starts <= row.starts_at < ends:
            blocks.append(_handover(row, now, next_up))
        began = row.prepare_at or row.preparing_at
        if began is not None and starts <= began < ends:
            blocks.append(_preparation(row, ends, now))
    blocks.sort(key=lambda block: (block.appointment.starts_at, block.appointment.key))
    placed = lanes.assign([block.appointment for block in blocks], place.lane_ids(), place.shut())
    return Day(place, on, blocks, placed)


def _handover(row: BoardRow, now: datetime, next_up: str | None) -> Block:
    appointment = Appointment(
        key=key_of(row, HANDOVER),
        kind=VAN if row.method == "home_delivery" else BAY,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        chosen=row.lane or OVERFLOW,
    )
    risk = board_rules.risk(row.status, row.open_mask, row.awaits_vin, row.open_tasks)
    return Block(appointment, HANDOVER, handover_state(row, risk, now, next_up), row, risk)


def handover_state(row: BoardRow, risk: str | None, now: datetime, next_up: str | None) -> str:
    if row.status not in statuses.BEFORE_HANDOVER:
        return "done"
    if row.ends_at <= now:
        return "problem"
    if risk is not None and row.starts_at - now <= board_rules.RISK_AHEAD:
        return "waiting"
    is_on = row.starts_at <= now
    return "current" if row.status == statuses.READY and (is_on or row.public_id == next_up) else "planned"


def _next_up(rows: Sequence[BoardRow]) -> str | None:
    """The ready car whose time comes first; rows come by their time."""
    return next(
        (row.public_id for row in rows if row.status == statuses.READY and row.ends_at is not None),
        None,
    )


def _preparation(row: BoardRow, midnight: datetime, now: datetime) -> Block:
    starts_at, ends_at = _prepared_between(row, midnight)
    appointment = Appointment(
        key=key_of(row, PREPARATION),
        kind=PREPARATION_LANE,
        starts_at=starts_at,
        ends_at=ends_at,
        chosen=row.prepared_in or OVERFLOW,
    )
    return Block(appointment, PREPARATION, _preparation_state(row, starts_at, ends_at, now), row)


def _prepared_between(row: BoardRow, midnight: datetime) -> tuple[datetime, datetime]:
    """As planned, else as it really was, within its day."""
    if row.prepare_at is not None:
        return row.prepare_at, row.prepare_until
    began: datetime = row.preparing_at
    done: datetime | None = row.ready_at
    ended = done if done is not None and done > began else began + USUAL_PREPARATION
    return began, max(min(ended, midnight), began + timedelta(minutes=30))


def _preparation_state(row: BoardRow, starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    if row.status not in (statuses.PLACED, statuses.PREPARING):
        return "done"
    if row.status == statuses.PLACED:
        return "waiting" if starts_at <= now else "planned"
    return "waiting" if ends_at <= now else "current" if starts_at <= now else "planned"


def key_of(row: BoardRow, work: str) -> str:
    """Older orders come first."""
    return f"{row.placed_at:%Y%m%d%H%M%S%f}.{row.public_id}.{work}"
