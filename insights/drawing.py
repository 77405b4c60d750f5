"""The geometry of the pictures: points of lines on a canvas, in its own units. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

LEFT, RIGHT, TOP, BOTTOM = 62.0, 540.0, 14.0, 170.0
STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)
"""What a line of the grid may stand for, in seconds."""
LINES = 4
NAME_HEIGHT = 16.0


@dataclass(frozen=True)
class GridLine:
    y: float
    text_y: float
    seconds: int


@dataclass(frozen=True)
class Mark:
    x: float
    index: int


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    seconds: float
    index: int


@dataclass(frozen=True)
class Lines:
    """Two lines over the same hours; an hour without an answer breaks them."""

    grid: tuple[GridLine, ...]
    marks: tuple[Mark, ...]
    typical: str
    slow: str
    dots: tuple[Point, ...]
    worst: Point | None
    target_y: float
    """Where the band of times that are good enough begins; it ends at zero."""
    typical_end: Point | None
    slow_end: Point | None
    """Where the name of a line stands: beside its last point, clear of the other's."""


def draw(
    typical: Sequence[float | None],
    slow: Sequence[float | None],
    mark_every: int = 2,
    target_s: float = 0.0,
) -> Lines:
    """Seconds an hour, as two paths. Empty paths where nothing was answered."""
    most = max((value for value in (*typical, *slow, target_s) if value is not None), default=0.0)
    step = _step(most)
    lines = max(1, math.ceil(most / step))
    top = float(lines * step)
    count = len(typical)

    def place(index: int, value: float) -> Point:
        return Point(_x(index, count), BOTTOM - (BOTTOM - TOP) * value / top, value, index)

    slow_points = [place(i, v) if v is not None else None for i, v in enumerate(slow)]
    typical_points = [place(i, v) if v is not None else None for i, v in enumerate(typical)]
    typical_end, slow_end = _apart(_last(typical_points), _last(slow_points))
    return Lines(
        grid=tuple(
            GridLine(y, y + 4, n * step)
            for n in range(lines + 1)
            for y in (round(BOTTOM - (BOTTOM - TOP) * n / lines, 1),)
        ),
        marks=tuple(Mark(_x(i, count), i) for i in range(0, count, mark_every)),
        typical=_path(typical_points),
        slow=_path(slow_points),
        dots=tuple(p for p in _alone(typical_points) + _alone(slow_points)),
        worst=max((p for p in slow_points if p), key=lambda p: p.seconds, default=None),
        target_y=round(place(0, target_s).y, 1),
        typical_end=typical_end,
        slow_end=slow_end,
    )


def _last(points: Sequence[Point | None]) -> Point | None:
    return next((point for point in reversed(points) if point), None)


def _apart(low: Point | None, high: Point | None) -> tuple[Point | None, Point | None]:
    """The slower line never runs below the typical one: its name goes up, and down goes the other's at the ceiling."""
    if low is None or high is None or low.y - high.y >= NAME_HEIGHT:
        return low, high
    y = max(TOP, high.y - (NAME_HEIGHT - (low.y - high.y)))
    return replace(low, y=max(low.y, y + NAME_HEIGHT)), replace(high, y=y)


def _step(most: float) -> int:
    return next(
        (step for step in STEPS_S if most <= LINES * step),
        STEPS_S[-1] * max(1, math.ceil(most / STEPS_S[-1] / LINES)),
    )


def _x(index: int, count: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * (index / (count - 1) if count > 1 else 0.5), 1)


def _path(points: Sequence[Point | None]) -> str:
    drawn: list[str] = []
    before: Point | None = None
    for point in points:
        if point is not None:
            drawn.append(f"{'L' if before else 'M'}{point.x:g} {point.y:.1f}")
        before = point
    return "".join(drawn)


def _alone(points: Sequence[Point | None]) -> list[Point]:
    """Hours with no neighbour: a line cannot show them."""
    padded = [None, *points, None]
    return [
        here
        for before, here, after in zip(padded, padded[1:], padded[2:], strict=False)
        if here is not None and before is None and after is None
    ]


def heat(value: int, most: int) -> int:
    """1 to 6 by share of the largest, 0 for nothing."""
    if value <= 0 or most <= 0:
        return 0
    return min(6, 1 + int(5 * value / most))
