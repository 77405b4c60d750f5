"""What a list may be asked for. Unknown members of an address are ignored: links of others must keep working."""

import re
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from catalog.stock import CONDITIONS

SORTS = ("soonest", "price", "price-down")
PAGE_SIZE = 24
MOST_PAGES = 10_000
MOST_VALUES = 20
SOON_DAYS = 7
FAR_KM = 600
DRIVES = ("rwd", "fwd", "awd")
CODE = re.compile(r"[A-Za-z0-9._-]{1,300}")


@dataclass(frozen=True)
class StockFilter:
    """One view of the list; values of one kind are alternatives, kinds narrow one another. Prices in whole units."""

    KINDS: ClassVar[dict[str, str]] = {
        "model": "models",
        "condition": "conditions",
        "paint": "paints",
        "dealer": "dealers",
        "drive": "drives",
        "ready": "readies",
        "range": "ranges",
    }

    models: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    paints: tuple[str, ...] = ()
    dealers: tuple[str, ...] = ()
    drives: tuple[str, ...] = ()
    readies: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    price_from: int | None = None
    price_to: int | None = None
    query: str = ""
    sort: str = "soonest"
    page: int = 1

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> "StockFilter":
        sort = given.get("sort", "soonest")
        return cls(
            models=_codes(given, "model"),
            conditions=tuple(c for c in _codes(given, "condition") if c in CONDITIONS),
            paints=_codes(given, "paint"),
            dealers=_codes(given, "dealer"),
            drives=tuple(d for d in _codes(given, "drive") if d in DRIVES),
            readies=tuple(r for r in _codes(given, "ready") if r == "soon"),
            ranges=tuple(r for r in _codes(given, "range") if r == "far"),
            price_from=_whole(given.get("min")),
            price_to=_whole(given.get("max")),
            query=given.get("q", "").strip()[:60].replace("\x00", ""),
            sort=sort if sort in SORTS else "soonest",
            page=min(_whole(given.get("page")) or 1, MOST_PAGES),
        )

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Kind as addresses name it -> the values chosen."""
        return {kind: getattr(self, name) for kind, name in self.KINDS.items()}

    @property
    def is_narrowed(self) -> bool:
        return replace(self, sort="soonest", page=1) != StockFilter()

    def without(self, name: str, value: str | None = None) -> "StockFilter":
        """The same view with one value, or one kind, taken out, from its first page."""
        changed: dict[str, Any] = {"page": 1}
        if value is not None:
            changed[name] = tuple(v for v in getattr(self, name) if v != value)
        else:
            changed[name] = "" if name == "query" else None
        return replace(self, **changed)

    def with_value(self, name: str, value: str) -> "StockFilter":
        changed: dict[str, Any] = {"page": 1, name: (*getattr(self, name), value)}
        return replace(self, **changed)

    def at_page(self, page: int) -> "StockFilter":
        return replace(self, page=page)

    @property
    def query_string(self) -> str:
        pairs: list[tuple[str, Any]] = []
        for name, values in self.kinds.items():
            pairs += [(name, value) for value in values]
        pairs += [
            (name, value)
            for name, value in (("min", self.price_from), ("max", self.price_to), ("q", self.query))
            if value not in (None, "")
        ]
        if self.sort != "soonest":
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", self.page))
        return urlencode(pairs)


def code(text: str) -> str:
    """A code as addresses carry it, or nothing: what else is written there names nothing of ours."""
    return text if CODE.fullmatch(text) else ""


def _codes(given: MultiDict[str, str], name: str) -> tuple[str, ...]:
    values = (value for value in given.getlist(name) if code(value))
    return tuple(dict.fromkeys(values))[:MOST_VALUES]


def _whole(text: str | None) -> int | None:
    digits = (text or "").replace(",", "").replace(" ", "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
