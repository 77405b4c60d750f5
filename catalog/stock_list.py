"""The list of cars made ready for a page: what it can be narrowed by, what it is narrowed by, and how to go on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from app import i18n
from app.i18n import _
from app.money import Money
from app.pages import money
from catalog import showing
from catalog.forms import FAR_KM, SORTS, StockFilter
from catalog.shelves import Shelves

SORT_NAMES: dict[str, Callable[[], str]] = {
    "soonest": lambda: _("Soonest first"),
    "price": lambda: _("Lowest price first"),
    "price-down": lambda: _("Highest price first"),
}
BARS_HEIGHT = 40
MOST_WAYS_OUT = 4
MOST_KEPT = 300


@dataclass(frozen=True)
class Choice:
    """One value of a kind, and how many cars it leaves."""

    value: str
    label: str
    count: int
    on: bool


@dataclass(frozen=True)
class Narrowing:
    """What one view can be narrowed by and is narrowed by, made ready once while the counts stay as they are."""

    choices: Mapping[str, Sequence[Choice]]
    panel: Markup
    quick: Sequence[dict[str, Any]]
    applied: Sequence[dict[str, str]]


def narrowing(wanted: StockFilter, shelves: Shelves) -> Narrowing:
    key = (wanted.at_page(1), i18n.language(), request.script_root)
    made = shelves.kept.get(key)
    if made is None:
        if len(shelves.kept) >= MOST_KEPT:
            shelves.kept.clear()
        made = shelves.kept[key] = _narrowing(wanted, shelves)
    found: Narrowing = made
    return found


def _narrowing(wanted: StockFilter, shelves: Shelves) -> Narrowing:
    choices = facets(wanted, shelves)
    panel = render_template(
        "catalog/_filters.html",
        wanted=wanted,
        facets=choices,
        bars=bars(wanted, shelves),
        clear_url=url_for("catalog.stock"),
    )
    return Narrowing(
        choices, Markup(panel), quick(wanted, choices), applied(wanted, choices, shelves.market.currency)
    )


def facets(wanted: StockFilter, shelves: Shelves) -> Mapping[str, Sequence[Choice]]:
    counts = shelves.counts(wanted)
    paints = {code: row.name_shown for (family, code), row in shelves.equipment.items() if family == "paint"}
    names: dict[str, Mapping[str, str]] = {
        "model": {slug: showing.model_name(slug) for slug in showing.HOUSE_MODELS},
        "condition": {c: showing.condition_name(c) for c in ("new", "demo", "used")},
        "paint": paints,
        "dealer": {code: dealer.name_shown for code, dealer in shelves.dealers.items()},
        "drive": {code: name() for code, name in showing.DRIVES.items()},
        "ready": {"soon": ready_soon()},
        "range": {"far": range_far()},
    }
    return {
        kind: [
            Choice(value, label, counts[kind].get(value, 0), value in wanted.kinds[kind])
            for value, label in labels.items()
            if value in shelves.choices[kind] or value in wanted.kinds[kind]
        ]
        for kind, labels in names.items()
    }


def ready_soon() -> str:
    return _("Ready within a week")


def range_far() -> str:
    return _("%(km)s km and more", km=FAR_KM)


def quick(wanted: StockFilter, choices: Mapping[str, Sequence[Choice]]) -> list[dict[str, Any]]:
    """The few that matter most, above the list as well as in their place."""
    shown = [*choices["ready"], *(c for c in choices["drive"] if c.value == "awd"), *choices["range"]]
    kinds = {"soon": "readies", "awd": "drives", "far": "ranges"}
    return [
        {
            "label": choice.label,
            "on": choice.on,
            "url": list_url(
                wanted.without(kinds[choice.value], choice.value)
                if choice.on
                else wanted.with_value(kinds[choice.value], choice.value)
            ),
        }
        for choice in shown
        if choice.on or choice.count
    ]


def applied(
    wanted: StockFilter, choices: Mapping[str, Sequence[Choice]], currency: str
) -> list[dict[str, str]]:
    labels = {(kind, choice.value): choice.label for kind, found in choices.items() for choice in found}
    chips = [
        (labels.get((kind, value), value), wanted.without(StockFilter.KINDS[kind], value))
        for kind, values in wanted.kinds.items()
        for value in values
    ]
    if wanted.price_from is not None:
        low = money(Money.of(currency, wanted.price_from))
        chips.append((_("from %(price)s", price=low), wanted.without("price_from")))
    if wanted.price_to is not None:
        high = money(Money.of(currency, wanted.price_to))
        chips.append((_("up to %(price)s", price=high), wanted.without("price_to")))
    if wanted.query:
        chips.append((wanted.query, wanted.without("query")))
    return [{"label": label, "url": list_url(to)} for label, to in chips]


def bars(wanted: StockFilter, shelves: Shelves) -> list[dict[str, Any]]:
    """The prices as columns, the tallest of them 40 high; those outside of the asked range are quiet."""
    found = shelves.bars(wanted)
    most = max((count for _start, _end, count in found), default=0) or 1
    currency = shelves.market.currency
    low = Money.of(currency, wanted.price_from).amount_minor if wanted.price_from is not None else 0
    high = Money.of(currency, wanted.price_to).amount_minor if wanted.price_to is not None else None
    return [
        {
            "x": at * 20,
            "height": max(2, round(BARS_HEIGHT * count / most)) if count else 1,
            "on": count and end > low and (high is None or start <= high),
        }
        for at, (start, end, count) in enumerate(found)
    ]


def sorts() -> list[tuple[str, str]]:
    return [(code, SORT_NAMES[code]()) for code in SORTS]


def list_url(wanted: StockFilter) -> str:
    query = wanted.query_string
    return url_for("catalog.stock") + (f"?{query}" if query else "")


def loosened(
    wanted: StockFilter, shelves: Shelves, choices: Mapping[str, Sequence[Choice]]
) -> list[dict[str, Any]]:
    """When nothing is left: which one thing to take back, and how many cars that brings."""
    ways: list[dict[str, str]] = applied(wanted, choices, shelves.market.currency)
    narrower = [
        wanted.without(StockFilter.KINDS[kind], value)
        for kind, values in wanted.kinds.items()
        for value in values
    ]
    narrower += [
        wanted.without(name)
        for name in ("price_from", "price_to", "query")
        if getattr(wanted, name) not in (None, "")
    ]
    told = [(shelves.total(looser), way) for way, looser in zip(ways, narrower, strict=True)]
    told.sort(key=lambda found: -found[0])
    return [{**way, "count": count} for count, way in told if count][:MOST_WAYS_OUT]
