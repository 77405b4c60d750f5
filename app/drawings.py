"""The brand's cars, drawn: one layered source per model and view, painted for every paint and set of wheels.

Pages show the painted files as images. Only the one large car that recolours in the hand is put inline.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from markupsafe import Markup

STATIC = Path(__file__).resolve().parent.parent / "static"
FOLDER = "images/vehicles"
MODELS = ("rill", "mere", "strand", "crag", "haven")
WHEELS = ("aero", "blade", "turbine")
VIEWS = ("side", "front", "rear")


@dataclass(frozen=True)
class Paint:
    """Pale paints keep their form by darker shade, dark ones their depth by less of it."""

    colour: str
    dark: str
    light: str


PAINTS = {
    "mist": Paint("#c3cacb", ".082", ".048"),
    "tarn": Paint("#3c636b", ".068", ".052"),
    "ink": Paint("#17232b", ".058", ".05"),
    "lichen": Paint("#878d6c", ".072", ".05"),
    "slate": Paint("#69757d", ".07", ".052"),
    "cinnabar": Paint("#a63a22", ".07", ".056"),
}

_LOGICAL_STYLESHEET = "css/paint.css"
_VIEW_BOX = re.compile(r'viewBox="([^"]*)"')
_WHEEL = re.compile(r'<use href="#wheel" transform="([^"]*)"/>')
_GRADIENT = re.compile(r"<(linear|radial)Gradient.*?</\1Gradient>")


@dataclass(frozen=True)
class Drawing:
    """A painted file and its size, so that its place is reserved before it comes."""

    file: str
    view: str
    width: int
    height: int


def drawing(model: str | None, paint: str | None, wheels: str | None, view: str = "side") -> Drawing | None:
    """None for makes that have no drawing; an unknown paint or wheel falls back to the family's own."""
    if model not in MODELS:
        return None
    view = view if (model, view) in _views() else "side"
    paint = paint if paint in PAINTS else "tarn"
    wheels = wheels if wheels in WHEELS else "blade"
    width, height = _size(model, view)
    return Drawing(f"{FOLDER}/{model}-{view}-{paint}-{wheels}.svg", view, width, height)


def views(model: str) -> tuple[str, ...]:
    """The views that are drawn of a model, the one for a large stage first."""
    drawn = [view for known, view in _views() if known == model]
    return tuple(sorted(drawn, key=("front", "side", "rear").index)) or ("side",)


def view_box(model: str, view: str = "front") -> Markup:
    return Markup(_box(_source(STATIC, model, _nearest_view(model, view))))


def layers(model: str, view: str = "front") -> Markup:
    """What goes inside an inline svg: every set of wheels is there, a class on the svg shows one."""
    source = _inside(_source(STATIC, model, _nearest_view(model, view)))
    defs = "".join(_wheel_symbol(STATIC, wheels, f"wheel-{wheels}") for wheels in WHEELS)
    source = _WHEEL.sub(
        lambda place: "".join(
            f'<use class="wheel wheel-{wheels}" href="#wheel-{wheels}" transform="{place[1]}"/>'
            for wheels in WHEELS
        ),
        source,
    )
    return Markup(f"<defs>{defs}</defs>{source}")


def generate(source: Path, target: Path) -> list[Path]:
    """Paints every drawing and writes the stylesheet of the paints; names are as `static_url` takes them."""
    made = []
    for (model, view), paint, wheels in product(_views(source), PAINTS, WHEELS):
        path = target / FOLDER / f"{model}-{view}-{paint}-{wheels}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            _painted(_source(source, model, view), PAINTS[paint], _wheel_symbol(source, wheels, "wheel"))
        )
        made.append(path)
    stylesheet = target / _LOGICAL_STYLESHEET
    stylesheet.parent.mkdir(parents=True, exist_ok=True)
    stylesheet.write_text("".join(_rules()))
    return [*made, stylesheet]


JINJA_GLOBALS: Mapping[str, Any] = {"car_drawing": drawing, "car_view_box": view_box, "car_layers": layers}


def painted(source: Path, model: str, view: str, paint: str, wheels: str) -> str:
    """One drawing as a whole SVG file."""
    return _painted(_source(source, model, view), PAINTS[paint], _wheel_symbol(source, wheels, "wheel"))


def view_box_of(svg: str) -> str:
    return _box(svg)


def _rules() -> Iterator[str]:
    for name, paint in PAINTS.items():
        yield f".paint-{name}{{--paint:{paint.colour};--dark:{paint.dark};--light:{paint.light}}}\n"


def _painted(source: str, paint: Paint, wheel: str) -> str:
    coloured = (
        source.replace("var(--paint)", paint.colour)
        .replace("var(--dark)", paint.dark)
        .replace("var(--light)", paint.light)
    )
    return coloured.replace("<defs>", f"<defs>{wheel}", 1)


@functools.cache
def _wheel_symbol(static: Path, wheels: str, name: str) -> str:
    inside = _inside((static / FOLDER / f"wheel-{wheels}.svg").read_text())
    gradients = "".join(match[0] for match in _GRADIENT.finditer(inside))
    shapes = _GRADIENT.sub("", inside).replace("<defs></defs>", "")
    return f'{gradients}<g id="{name}">{shapes}</g>'


@functools.cache
def _views(static: Path = STATIC) -> tuple[tuple[str, str], ...]:
    return tuple(
        (model, view)
        for model, view in product(MODELS, VIEWS)
        if (static / FOLDER / f"{model}-{view}.svg").exists()
    )


def _nearest_view(model: str, view: str) -> str:
    return view if (model, view) in _views() else "side"


@functools.cache
def _source(static: Path, model: str, view: str) -> str:
    return (static / FOLDER / f"{model}-{view}.svg").read_text()


@functools.cache
def _size(model: str, view: str) -> tuple[int, int]:
    """In whole units of the drawing, about a centimetre each."""
    _x, _y, width, height = _box(_source(STATIC, model, view)).split()
    return round(float(width)), round(float(height))


def _box(svg: str) -> str:
    found = _VIEW_BOX.search(svg)
    assert found is not None, "every drawing says its viewBox"
    return found[1]


def _inside(svg: str) -> str:
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]
