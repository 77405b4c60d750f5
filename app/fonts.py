"""The shop's cut of its fonts: weights and widths that the style sheets use, figures that the figure face shows."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

Span = tuple[float, float]


@dataclass(frozen=True)
class Cut:
    """Axes are narrowed to these spans. `letters` are the characters kept; None keeps them all."""

    axes: Mapping[str, Span]
    letters: str | None = None


FEATURES = ("kern", "liga", "calt", "ccmp", "locl", "mark", "tnum")

TEXT = Cut({"wght": (400, 620), "wdth": (100, 122)})
FIGURES = Cut({"wght": (400, 620)}, "%+,.0123456789:¥€−")


def cut(source: Path, wanted: Cut) -> bytes:
    """The font as woff2."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=list(FEATURES), notdef_outline=True, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, wanted.letters) if wanted.letters else font.getBestCmap())
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, dict(wanted.axes))
    font.flavor = "woff2"
    packed = io.BytesIO()
    font.save(packed)
    return packed.getvalue()
