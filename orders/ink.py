"""A drawn signature: strokes of points in a field of fixed size, read from what a browser sends. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from orders.refusals import SignatureNeeded, SignatureNotRead, SignatureTooShort

WIDTH, HEIGHT = 600, 200
MOST_CHARACTERS = 60_000
MOST_STROKES = 80
MOST_POINTS = 4_000
LEAST_LENGTH = 80
"""Of the line drawn, in the field's units."""

Point = tuple[int, int]


@dataclass(frozen=True)
class Ink:
    """Strokes of whole-numbered points; x to the right up to 600, y down to 200."""

    strokes: tuple[tuple[Point, ...], ...]

    @property
    def length(self) -> float:
        return sum(math.dist(a, b) for stroke in self.strokes for a, b in pairwise(stroke))

    @property
    def path(self) -> str:
        """As an SVG path; a point alone is a short dash."""
        return " ".join(
            f"M{stroke[0][0]} {stroke[0][1]}"
            + "".join(f"L{x} {y}" for x, y in stroke[1:] or ((stroke[0][0] + 1, stroke[0][1]),))
            for stroke in self.strokes
        )

    @property
    def kept(self) -> list[Any]:
        return [[list(point) for point in stroke] for stroke in self.strokes]

    @classmethod
    def of(cls, kept: Sequence[Sequence[Sequence[int]]]) -> "Ink":
        return cls(tuple(tuple((point[0], point[1]) for point in stroke) for stroke in kept))


def parse(sent: str | None) -> Ink:
    """Raises SignatureNeeded when nothing was drawn, SignatureNotRead for anything else than strokes in the field,
    and SignatureTooShort for a dot.
    """
    if not sent or not sent.strip():
        raise SignatureNeeded()
    if len(sent) > MOST_CHARACTERS:
        raise SignatureNotRead()
    try:
        strokes = json.loads(sent)
    except (ValueError, RecursionError):
        raise SignatureNotRead() from None
    if strokes == []:
        raise SignatureNeeded()
    if not isinstance(strokes, list) or len(strokes) > MOST_STROKES:
        raise SignatureNotRead()
    ink = Ink(tuple(_stroke(stroke) for stroke in strokes))
    if sum(len(stroke) for stroke in ink.strokes) > MOST_POINTS:
        raise SignatureNotRead()
    if ink.length < LEAST_LENGTH:
        raise SignatureTooShort()
    return ink


def _stroke(sent: Any) -> tuple[Point, ...]:
    if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_POINTS:
        raise SignatureNotRead()
    return tuple(_point(point) for point in sent)


def _point(sent: Any) -> Point:
    if not isinstance(sent, list) or len(sent) != 2 or not all(type(number) is int for number in sent):
        raise SignatureNotRead()
    x, y = sent
    if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
        raise SignatureNotRead()
    return x, y
