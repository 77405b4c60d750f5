"""A build as addresses carry it, read with patience: whatever is written there, a build comes out and no page breaks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.datastructures import MultiDict

from catalog import design_code
from catalog.build import EXTRA, FAMILIES, SINGLE, Assortment, Build, read

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST_CODES = 20
MOST_CHARACTERS = 2_000
MOST_PAIRS = 60
VIEWS = ("front", "side", "rear")
_CONFIGURE = re.compile(r"(?:/(?:en|zh))?/models/([a-z0-9-]{1,60})/configure/?")
_DESIGN = re.compile(r"(?:/(?:en|zh))?/designs/([^/]{1,60})/?")


@dataclass(frozen=True)
class Reference:
    """What somebody wrote to name a build: a design code, or a model with codes."""

    code: str | None = None
    model: str | None = None
    asked: Mapping[str, tuple[str, ...]] | None = None


def asked(given: MultiDict[str, str]) -> dict[str, tuple[str, ...]]:
    """Family -> codes, at most so many of each; what cannot be a code is counted as an unreadable one."""
    found = {}
    for family in FAMILIES:
        values = given.getlist(family)[: MOST_CODES if family == EXTRA else 3]
        codes = tuple(dict.fromkeys(value if CODE.fullmatch(value) else "" for value in values if value))
        if codes:
            found[family] = codes
    return found


def packed(build: Build) -> str:
    """A build in one field of a form: long-range.tarn.blade.sand.tow."""
    return ".".join(code for _family, code in build.choices)


def unpacked(text: str | None, assortment: Assortment) -> Build | None:
    """The build that stood before, if it was one and can be made."""
    codes = (text or "")[:400].split(".")
    if len(codes) < len(SINGLE) or not all(CODE.fullmatch(code) for code in codes):
        return None
    trim, paint, wheels, interior, *extras = codes
    build = Build(assortment.model, trim, paint, wheels, interior, tuple(extras))
    return build if assortment.can_make(build) else None


def view(given: MultiDict[str, str], drawn: tuple[str, ...]) -> str:
    wanted = given.get("view", "")
    return wanted if wanted in drawn else drawn[0]


def reference(text: str) -> Reference | None:
    """From a design code, the address of a saved design, or the address of a build; None for anything else."""
    text = text.strip()[:MOST_CHARACTERS]
    meant = design_code.normalized(text)
    if meant:
        return Reference(code=meant)
    try:
        parts = urlsplit(text)
        pairs = parse_qsl(parts.query, max_num_fields=MOST_PAIRS)
    except ValueError:
        return None
    if design := _DESIGN.fullmatch(parts.path):
        meant = design_code.normalized(design[1])
        return Reference(code=meant) if meant else None
    if configure := _CONFIGURE.fullmatch(parts.path):
        return Reference(model=configure[1], asked=asked(MultiDict(pairs)))
    return None


def build_of(reference: Reference, assortment: Assortment) -> Build:
    return read(assortment, reference.asked or {}).build


def query(build: Build, view: str = "front", before: Build | None = None) -> str:
    """The query of the page that shows this build; `before` is what an undo goes back to."""
    pairs = build.query()
    if view != VIEWS[0]:
        pairs.append(("view", view))
    if before is not None:
        pairs.append(("was", packed(before)))
    return urlencode(pairs)
