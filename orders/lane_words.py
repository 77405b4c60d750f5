"""The lanes of a day ready to show: the drawing with its words, and the same as a list by time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from app.i18n import N_, _, translate
from app.pages import time as shown_time
from orders import lane_drawing
from orders.board_day import Block, Day, Shut
from orders.checklist import BY_KEY
from orders.lane_drawing import DrawnPlace
from orders.lane_times import PREPARATION
from orders.lanes import OVERFLOW
from partners.lanes import BAY, VAN
from partners.lanes import PREPARATION as PREPARATION_LANE

RISKS: Mapping[str, str] = {
    "balance_received": N_("balance not in"),
    "vin": N_("car not built"),
    "tasks": N_("tasks open"),
}
FULL: Mapping[str, str] = {
    BAY: N_("Bays full"),
    VAN: N_("Vans full"),
    PREPARATION_LANE: N_("Preparation full"),
}
STATES: Mapping[str, str] = {
    "planned": N_("planned"),
    "current": N_("up next"),
    "done": N_("done"),
    "waiting": N_("waiting"),
    "problem": N_("late"),
}
KINDS: Mapping[str, str] = {
    "planned": "plain",
    "current": "tarn",
    "done": "done",
    "waiting": "waiting",
    "problem": "problem",
}


@dataclass(frozen=True)
class BlockShown:
    x: float
    y: float
    width: float
    text_width: float
    state: str
    words: str
    label: str
    url: str


@dataclass(frozen=True)
class ShutShown:
    x: float
    width: float
    text_width: float
    words: str
    label: str


@dataclass(frozen=True)
class RowShown:
    name: str
    is_overflow: bool
    y: float
    closed: Sequence[tuple[float, float]]
    blocks: Sequence[BlockShown]
    shut: Sequence[ShutShown] = ()


@dataclass(frozen=True)
class PlaceShown:
    name: str
    holiday: str
    top: float
    bottom: float
    now_x: float | None
    rows: Sequence[RowShown]


@dataclass(frozen=True)
class ListRow:
    """What happens, on phones: in the order of time."""

    time: str
    words: str
    lane: str
    state: str
    kind: str
    url: str


@dataclass(frozen=True)
class Lanes:
    width: float
    height: float
    hours: Sequence[tuple[str, float]]
    places: Sequence[PlaceShown]
    listed: Sequence[ListRow]
    left_out: int


def show(days: Sequence[Day], now: datetime) -> Lanes:
    drawing = lane_drawing.draw(days, now)
    return Lanes(
        drawing.width,
        drawing.height,
        drawing.hours,
        [_place(place, day) for place, day in zip(drawing.places, days, strict=True)],
        _listed(days),
        sum(place.left_out for place in drawing.places),
    )


def risk_words(key: str) -> str:
    """balance not in; papers missing."""
    if key in RISKS:
        return translate(RISKS[key])
    return _("missing: %(item)s", item=translate(BY_KEY[key].name)) if key in BY_KEY else key


def state_words(state: str) -> str:
    return translate(STATES[state])


def lane_name(day: Day, lane: str, kind: str) -> str:
    if lane == OVERFLOW:
        return translate(FULL[kind])
    return next((one.name for one in day.place.lanes if one.public_id == lane), "")


def words_of(block: Block) -> str:
    """Whom or which car, and what is special about it."""
    row = block.row
    car = row.model_name or ""
    if block.work == PREPARATION:
        return " ".join(part for part in ((row.vin or "")[-6:], car) if part) or row.number
    if block.state == "done":
        return _("%(name)s, handed over", name=row.customer)
    if block.state == "waiting" and block.risk:
        return _("%(name)s, %(reason)s", name=row.customer, reason=risk_words(block.risk))
    return f"{row.customer} {car}".strip()


def _place(place: DrawnPlace, day: Day) -> PlaceShown:
    rows = [
        RowShown(
            name=row.name or translate(FULL[row.kind]),
            is_overflow=row.lane == OVERFLOW,
            y=row.y,
            closed=row.closed,
            blocks=[
                BlockShown(
                    x=drawn.x,
                    y=drawn.y,
                    width=drawn.width,
                    text_width=drawn.text_width,
                    state=drawn.block.state,
                    words=words_of(drawn.block),
                    label=_label(drawn.block, day, row.name or translate(FULL[row.kind])),
                    url=url_for("dealer.order", public_id=drawn.block.row.public_id),
                )
                for drawn in row.blocks
            ],
            shut=[
                ShutShown(
                    drawn.x,
                    drawn.width,
                    drawn.text_width,
                    drawn.shut.reason,
                    _(", ").join((row.name, shut_times(drawn.shut, day), shut_words(drawn.shut))),
                )
                for drawn in row.shut
            ],
        )
        for row in place.rows
    ]
    return PlaceShown(place.name, day.place.holiday, place.top, place.bottom, place.now_x, rows)


def times_of(block: Block, day: Day) -> str:
    zone = day.place.zone
    return f"{shown_time(block.appointment.starts_at, zone)}–{shown_time(block.appointment.ends_at, zone)}"


def shut_words(shut: Shut) -> str:
    return _("closed: %(reason)s", reason=shut.reason)


def shut_times(shut: Shut, day: Day) -> str:
    """Within the day; without words for a lane that is shut all of it."""
    zone = ZoneInfo(day.place.zone)
    starts = datetime.combine(day.on, time.min, zone)
    ends = datetime.combine(day.on + timedelta(days=1), time.min, zone)
    if shut.starts_at <= starts and shut.ends_at >= ends:
        return _("all day")
    until = "24:00" if shut.ends_at >= ends else shown_time(shut.ends_at, day.place.zone)
    return f"{shown_time(max(shut.starts_at, starts), day.place.zone)}–{until}"


def _label(block: Block, day: Day, lane: str) -> str:
    parts = (lane, times_of(block, day), words_of(block), translate(STATES[block.state]))
    return _(", ").join(parts)


def _listed(days: Sequence[Day]) -> list[ListRow]:
    everything = sorted(
        ((block, day) for day in days for block in day.blocks), key=lambda one: one[0].appointment.starts_at
    )
    shut = [
        ListRow(
            time=shut_times(one, day),
            words=one.reason,
            lane=lane.name + (f" · {day.place.name}" if len(days) > 1 else ""),
            state=_("not in use"),
            kind="waiting",
            url="",
        )
        for day in days
        for lane in day.place.lanes
        for one in lane.shut
    ]
    return shut + [
        ListRow(
            time=times_of(block, day),
            words=words_of(block),
            lane=lane_name(day, day.placed[block.appointment.key], block.appointment.kind)
            + (f" · {day.place.name}" if len(days) > 1 else ""),
            state=translate(STATES[block.state]),
            kind=KINDS[block.state],
            url=url_for("dealer.order", public_id=block.row.public_id),
        )
        for block, day in everything
    ]
