"""Which appointment stands in which lane of a day. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

OVERFLOW = ""
"""Stands for the lane of those that found no room."""


@dataclass(frozen=True)
class Appointment:
    """Something that takes a lane of a kind for a while. `chosen` is the lane that a person put it into.

    `key` also tells who was there first: of two, the smaller one is placed first.
    """

    key: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    chosen: str = OVERFLOW

    def overlaps(self, other: "Appointment") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def is_during(self, times: Sequence[tuple[datetime, datetime]]) -> bool:
        return any(self.starts_at < ends_at and starts_at < self.ends_at for starts_at, ends_at in times)


Shut = Mapping[str, Sequence[tuple[datetime, datetime]]]
"""By lane the times in which nothing goes into it."""


def assign(
    appointments: Sequence[Appointment], lanes: Mapping[str, Sequence[str]], shut: Shut | None = None
) -> dict[str, str]:
    """By appointment the lane, of those of its kind in their order: the chosen one while it is free, else the first
    that is; OVERFLOW when all are taken or shut.

    Who was there first keeps its lane: a later appointment never moves an earlier one that nobody chose a lane for,
    unless a person put it into that place.
    """
    shut = shut or {}
    taken: dict[str, list[Appointment]] = {}
    placed: dict[str, str] = {}
    for appointment in sorted(appointments, key=lambda one: (not one.chosen, one.key)):
        ours = lanes.get(appointment.kind, ())
        wanted = [appointment.chosen, *ours] if appointment.chosen in ours else ours
        placed[appointment.key] = lane = next(
            (
                lane
                for lane in wanted
                if is_free(appointment, taken.get(lane, ())) and not appointment.is_during(shut.get(lane, ()))
            ),
            OVERFLOW,
        )
        taken.setdefault(lane, []).append(appointment)
    return placed


def is_free(wanted: Appointment, there: Sequence[Appointment]) -> bool:
    return not any(wanted.overlaps(one) for one in there if one.key != wanted.key)


def free_lanes(
    wanted: Appointment,
    appointments: Sequence[Appointment],
    placed: Mapping[str, str],
    lanes: Sequence[str],
    shut: Shut | None = None,
) -> list[str]:
    """The lanes that could have it instead of the one it is in."""
    shut = shut or {}
    return [
        lane
        for lane in lanes
        if lane != placed.get(wanted.key)
        and not wanted.is_during(shut.get(lane, ()))
        and is_free(wanted, [one for one in appointments if placed.get(one.key) == lane])
    ]


def rows(appointments: Sequence[Appointment]) -> list[list[Appointment]]:
    """Those of one lane as few rows in which nothing overlaps: one row, but for the overflow."""
    found: list[list[Appointment]] = []
    for appointment in sorted(appointments, key=lambda one: (one.starts_at, one.key)):
        row = next((row for row in found if not row[-1].overlaps(appointment)), None)
        if row is None:
            row = []
            found.append(row)
        row.append(appointment)
    return found
