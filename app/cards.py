"""Pictures for places that take no SVG: the card that a shared link shows, and the icons of an installed shop.

One card for each model and paint: the car on the waterline, the seal, the model's character, no words.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from itertools import product
from multiprocessing import get_context
from pathlib import Path

from app import drawings

SIZE = (1200, 630)
FOLDER = "images/cards"
ICONS = {
    "images/icons/icon-192.png": (192, False),
    "images/icons/icon-512.png": (512, False),
    "images/icons/maskable-192.png": (192, True),
    "images/icons/maskable-512.png": (512, True),
    "images/icons/apple-touch.png": (180, True),
}

_WATERLINE = 452
_RIDGE_TOP = 132
_SCALE = 1.68
"""Pixels per centimetre of car: a small car is drawn smaller than a large one."""
_GROUND_SHARE = 0.026
"""How far the tyres stand above the drawing's lower edge, as a share of its width."""
_RIDGES = ("#c3cecf", "#b6c4c6", "#aebfc1")
_WHEELS = {"rill": "aero", "mere": "blade", "strand": "turbine", "crag": "turbine", "haven": "blade"}
_RIDGE = re.compile(r'<symbol id="r1".*?</symbol>', re.DOTALL)
_PATH = re.compile(r'd="([^"]*)"')


def name(model: str, paint: str) -> str:
    """The card's file as `static_url` takes it; a paint that we do not have falls back to the family's own."""
    return f"{FOLDER}/{model}-{paint if paint in drawings.PAINTS else 'tarn'}.png"


def generate(source: Path, kept: Path) -> Mapping[str, bytes]:
    """Every picture by its logical name. What was drawn before from the same lines is read from `kept`."""
    wanted = {
        logical: (svg, width, kept / _kept_name(svg, width)) for logical, (svg, width) in _sheets(source)
    }
    missing = [sheet for sheet in wanted.values() if not sheet[2].is_file()]
    if missing:
        kept.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            list(pool.map(_draw, *zip(*missing, strict=True)))
    pictures = {logical: path.read_bytes() for logical, (_svg, _width, path) in wanted.items()}
    _forget_others(kept, {path.name for _svg, _width, path in wanted.values()})
    return pictures


def _sheets(source: Path) -> Iterator[tuple[str, tuple[str, int]]]:
    """Logical name -> (svg, width in pixels)."""
    for model, paint in product(drawings.MODELS, drawings.PAINTS):
        if (source / drawings.FOLDER / f"{model}-side.svg").exists():
            yield name(model, paint), (_card(source, model, paint), SIZE[0])
    if (source / "images/seal.svg").exists():
        seal = _inside((source / "images/seal.svg").read_text())
        for logical, (width, is_full) in ICONS.items():
            yield logical, (_icon(seal, is_full), width)


def _draw(svg: str, width: int, path: Path) -> None:
    import resvg_py  # only those who build need it

    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True)))
    fresh.replace(path)


def _kept_name(svg: str, width: int) -> str:
    return hashlib.sha256(f"{_drawn_by()}|{width}|{svg}".encode()).hexdigest()[:24] + ".png"


@cache
def _drawn_by() -> str:
    return version("resvg-py")


def _forget_others(kept: Path, names: set[str]) -> None:
    for path in kept.glob("*.png"):
        if path.name not in names:
            path.unlink(missing_ok=True)


def _card(source: Path, model: str, paint: str) -> str:
    width, height = SIZE
    car = drawings.painted(source, model, "side", paint, _WHEELS.get(model, "blade"))
    place, mirror = _place_on_water(car), f"translate(0 {2 * _WATERLINE}) scale(1 -1)"
    hills = f"translate(0 {_RIDGE_TOP}) scale({width / 1440:.4f} {(_WATERLINE - _RIDGE_TOP) / 360:.4f})"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><defs>{_washes()}</defs>'
        f'<rect width="{width}" height="{height}" fill="#f4f6f6"/>'
        f'<rect width="{width}" height="{_WATERLINE}" fill="url(#sky)"/>'
        f'<g mask="url(#far)"><g transform="{hills}">{_ridges(source)}</g></g>'
        f'<rect y="{_WATERLINE}" width="{width}" height="{height - _WATERLINE}" fill="url(#water)"/>'
        f'<path d="M0 {_WATERLINE}h{width}" stroke="#9aa7aa"/>'
        f'<g mask="url(#below)"><g transform="{mirror}"><g transform="{place}">'
        f"{_inside(_without_filters(car))}</g></g></g>"
        f'<g transform="{place}">{_inside(car)}</g>{_marks(source, model)}</svg>'
    )


def _place_on_water(car: str) -> str:
    left, top, width, height = (float(number) for number in drawings.view_box_of(car).split())
    ground = top + height - _GROUND_SHARE * width
    x = (SIZE[0] - width * _SCALE) / 2 - left * _SCALE
    return f"translate({x:.1f} {_WATERLINE - ground * _SCALE:.1f}) scale({_SCALE})"


def _washes() -> str:
    """Sky and water fade to the page; hills fade before the waterline, the mirror image below it."""
    width, height = SIZE
    far = _WATERLINE - _RIDGE_TOP
    return (
        '<linearGradient id="sky" x2="0" y2="1"><stop stop-color="#cfdadc"/>'
        '<stop offset="1" stop-color="#f0f3f3"/></linearGradient>'
        '<linearGradient id="water" x2="0" y2="1"><stop stop-color="#c4d1d3"/>'
        '<stop offset="1" stop-color="#f0f3f3"/></linearGradient>'
        '<linearGradient id="deep" gradientUnits="userSpaceOnUse" x1="0" x2="0"'
        f' y1="{_WATERLINE}" y2="{_WATERLINE + 150}">'
        '<stop stop-color="#fff" stop-opacity=".42"/><stop offset="1" stop-color="#fff" stop-opacity="0"/>'
        '</linearGradient><linearGradient id="haze" x2="0" y2="1"><stop offset=".3" stop-color="#fff"/>'
        '<stop offset=".97" stop-color="#fff" stop-opacity="0"/></linearGradient><mask id="below">'
        f'<rect y="{_WATERLINE}" width="{width}" height="{height - _WATERLINE}" fill="url(#deep)"/></mask>'
        f'<mask id="far" maskUnits="userSpaceOnUse" x="0" y="0" width="{width}" height="{_WATERLINE}">'
        f'<rect y="{_RIDGE_TOP}" width="{width}" height="{far}" fill="url(#haze)"/></mask>'
    )


def _ridges(source: Path) -> str:
    path = source / "images/ridges.svg"
    found = _RIDGE.search(path.read_text()) if path.exists() else None
    lines = _PATH.findall(found[0]) if found else []
    return "".join(f'<path d="{d}" fill="{fill}"/>' for d, fill in zip(lines, _RIDGES, strict=False))


def _marks(source: Path, model: str) -> str:
    seal, character = source / "images/seal.svg", source / f"images/characters/{model}.svg"
    marks = (
        f'<g transform="translate(64 56) scale(1.15)">{_inside(seal.read_text())}</g>'
        if seal.exists()
        else ""
    )
    if character.exists():
        marks += f'<g transform="translate(1032 56) scale(.104)" fill="#12191c">{_inside(character.read_text())}</g>'
    return marks


def _icon(seal: str, is_full: bool) -> str:
    """The seal on its 56 grid. A maskable one bleeds to the edge and keeps moon and water in the safe circle."""
    if not is_full:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 56 56">{seal}</svg>'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 56 56"><rect width="56" height="56" fill="#bd3d22"/>'
        f'<g transform="translate(5.6 5.6) scale(.8)">{seal}</g></svg>'
    )


def _without_filters(svg: str) -> str:
    """A mirror image in water needs no soft shadows, and blurring is what drawing costs."""
    return re.sub(
        r'<g class="shadow">.*?</g>', "", re.sub(r' filter="url\(#[a-z]+\)"', "", svg), flags=re.DOTALL
    )


def _inside(svg: str) -> str:
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]
