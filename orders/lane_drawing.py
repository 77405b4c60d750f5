"""The lanes of a day as a drawing: numbers for the template, no words decided here. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from orders import lanes
from orders.board_day import Block, Day, LaneFacts, Shut
from orders.lanes import OVERFLOW
from partners.lanes import KINDS, VAN
from partners.lanes import PREPARATION as PREPARATION_LANE

WIDTH, LABEL, HEAD, ROW = 1320.0, 116.0, 28.0, 46.0
GAP, BLOCK = 7.0, 32.0
NARROWEST = 18.0
FROM_H, TO_H = 8, 18
"""The hours that are always drawn."""
MOST_OVERFLOW_ROWS = 3

PURPOSES = {VAN: "delivery", PREPARATION_LANE: "visit"}


@dataclass(frozen=True)
class DrawnBlock:
    block: Block
    lane: str
    x: float
    width: float
    y: float

    @property
    def text_width(self) -> float:
        return max(self.width - 14, 0)


@dataclass(frozen=True)
class DrawnShut:
    shut: Shut
    x: float
    width: float

    @property
    def text_width(self) -> float:
        return max(self.width - 14, 0)


@dataclass(frozen=True)
class DrawnRow:
    """A lane, or what found no room (`lane` is OVERFLOW). `closed` are pairs x, width: outside of the opening hours;
    `shut` is closed although it is open.
    """

    lane: str
    kind: str
    name: str
    y: float
    closed: Sequence[tuple[float, float]]
    blocks: Sequence[DrawnBlock]
    shut: Sequence[DrawnShut] = ()


@dataclass(frozen=True)
class DrawnPlace:
    """`now_x` is where the line of now stands, None when it is not on the drawing; from `top` to `bottom`."""

    name: str
    rows: Sequence[DrawnRow]
    top: float
    bottom: float
    now_x: float | None
    left_out: int
    """Things that found no room on the drawing."""


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    hours: Sequence[tuple[str, float]]
    places: Sequence[DrawnPlace]


def draw(days: Sequence[Day], now: datetime) -> Drawing:
    """Several places one below the other, each on its own clock, under one scale of hours."""
    first, last = _hours(days)
    scale = _Scale(first, last)
    places: list[DrawnPlace] = []
    top = HEAD
    for day in days:
        place = _place(day, scale, top, now, heads=len(days) > 1)
        places.append(place)
        top = place.bottom
    hours = [(f"{hour:02d}:00", scale.x(hour * 60)) for hour in range(first, last)]
    return Drawing(WIDTH, top, hours, places)


@dataclass(frozen=True)
class _Scale:
    first_h: int
    last_h: int

    def x(self, minute: float) -> float:
        span = (self.last_h - self.first_h) * 60
        inside = min(max(minute - self.first_h * 60, 0), span)
        return round(LABEL + inside * (WIDTH - LABEL) / span, 1)

    def holds(self, minute: float) -> bool:
        return self.first_h * 60 <= minute <= self.last_h * 60


def _place(day: Day, scale: _Scale, top: float, now: datetime, heads: bool) -> DrawnPlace:
    y = top + (ROW / 2 if heads else 0)
    rows: list[DrawnRow] = []
    for lane in day.place.lanes:
        row = _row(day, scale, lane.public_id, lane.kind, lane.name, day.of_lane(lane.public_id), y)
        rows.append(replace(row, shut=_shut(day, scale, lane)))
        y += ROW
    left_out = 0
    for kind in KINDS:
        spilled = day.of_lane(OVERFLOW, kind)
        stacked = lanes.rows([block.appointment for block in spilled])
        by_key = {block.appointment.key: block for block in spilled}
        for line in stacked[:MOST_OVERFLOW_ROWS]:
            rows.append(_row(day, scale, OVERFLOW, kind, "", [by_key[one.key] for one in line], y))
            y += ROW
        left_out += sum(len(line) for line in stacked[MOST_OVERFLOW_ROWS:])
    local = now.astimezone(ZoneInfo(day.place.zone))
    minute = local.hour * 60 + local.minute
    is_shown = local.date() == day.on and scale.holds(minute)
    return DrawnPlace(
        day.place.name if heads else "", rows, top, y, scale.x(minute) if is_shown else None, left_out
    )


def _row(
    day: Day, scale: _Scale, lane: str, kind: str, name: str, blocks: Sequence[Block], y: float
) -> DrawnRow:
    drawn = []
    for block in blocks:
        starts, ends = _minutes(block, day)
        x = scale.x(starts)
        drawn.append(DrawnBlock(block, lane, x, max(scale.x(ends) - x - 2, NARROWEST), y + GAP))
    return DrawnRow(lane, kind, name, y, _closed(day, scale, kind), drawn)


def _closed(day: Day, scale: _Scale, kind: str) -> list[tuple[float, float]]:
    """Where nobody works: between the opening hours, on both sides of them, all of a holiday."""
    if not day.place.open and not day.place.holiday:
        return []  # nobody wrote its hours down
    stretches = [] if day.place.holiday else sorted(day.place.open.get(PURPOSES.get(kind, "handover"), ()))
    closed, at = [], scale.first_h * 60
    for opens, closes in [*stretches, (scale.last_h * 60, scale.last_h * 60)]:
        left, right = scale.x(at), scale.x(opens)
        if right > left:
            closed.append((left, round(right - left, 1)))
        at = max(at, closes)
    return closed


def _shut(day: Day, scale: _Scale, lane: LaneFacts) -> list[DrawnShut]:
    drawn = []
    for shut in lane.shut:
        starts, ends = _minutes_between(shut.starts_at, shut.ends_at, day)
        left, right = scale.x(starts), scale.x(ends)
        if right > left:
            drawn.append(DrawnShut(shut, left, round(right - left, 1)))
    return drawn


def _hours(days: Sequence[Day]) -> tuple[int, int]:
    first, last = FROM_H, TO_H
    for day in days:
        for block in day.blocks:
            starts, ends = _minutes(block, day)
            first, last = min(first, starts // 60), max(last, -(-ends // 60))
    return first, min(last, 24)


def _minutes(block: Block, day: Day) -> tuple[int, int]:
    """Of its day, on the clock of the place; what lasts longer ends at midnight."""
    return _minutes_between(block.appointment.starts_at, block.appointment.ends_at, day)


def _minutes_between(starts_at: datetime, ends_at: datetime, day: Day) -> tuple[int, int]:
    zone = ZoneInfo(day.place.zone)
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    since = starts.hour * 60 + starts.minute if starts.date() >= day.on else 0
    until = ends.hour * 60 + ends.minute if ends.date() == day.on else 24 * 60
    return since, until
