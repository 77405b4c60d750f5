"""Two builds side by side: what each costs, how far it goes, when it comes, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from app import clock
from app.i18n import _
from app.pages import money, number
from catalog import assortments, build_query, build_words, designs
from catalog.build import Assortment, Build, BuildPrice, price
from catalog.build_query import Reference
from catalog.configuration import Configuration
from catalog.configuring import LEGENDS
from catalog.finance import terms_of
from catalog.refusals import DesignNotFound
from partners.models import Market

MOST_OFFERED = 6


@dataclass(frozen=True)
class Side:
    """One build of the two. `named` is what its address says, to be carried along."""

    named: str
    assortment: Assortment
    build: Build
    price: BuildPrice
    title: str
    code: str
    url: str
    alt: str


@dataclass(frozen=True)
class Row:
    label: str
    left: str
    right: str
    kind: str = ""

    @property
    def differs(self) -> bool:
        return self.left != self.right


def facts(left: str, right: str, market: Market, mine: Sequence[Configuration]) -> dict[str, Any]:
    one, other = side(left, market), side(right, market)
    if one is None and other is not None:
        one, other, left, right = other, None, right, left
    return {
        "left": one,
        "right": other,
        "rows": rows(one, other, market) if one and other else [],
        "verdict": verdict(one, other) if one and other else "",
        "typed": right.strip()[:200],
        "wrong": bool(right.strip()) and other is None,
        "left_named": one.named if one else "",
        "left_wrong": bool(left.strip()) and one is None,
        "left_typed": left.strip()[:200],
        "offered": _offered(one, market, mine) if one and not other else [],
    }


def side(named: str, market: Market) -> Side | None:
    """None for what names no build, or none that can be had here."""
    meant = build_query.reference(named) if named.strip() else None
    if meant is None:
        return None
    shelf = assortments.on_show(market.key)
    code = ""
    if meant.code is not None:
        try:
            found = Configuration.by_code(meant.code)
        except DesignNotFound:
            return None
        assortment, build, code = shelf.get(found.model.slug), found.build, found.design_code
        if assortment is None or not assortment.can_make(build):
            return None
        address = url_for("configurator.design", code=code)
    else:
        assortment = shelf.get(meant.model or "")
        if assortment is None:
            return None
        build = build_query.build_of(meant, assortment)
        address = f"{url_for('configurator.configure', slug=build.model)}?{build_query.query(build)}"
    trim = assortment.get(("trim", build.trim))
    title = f"{build_words.model(assortment)} {build_words.name(trim) if trim else ''}".strip()
    return Side(
        named=code or address,
        assortment=assortment,
        build=build,
        price=price(assortment, build, market.tax_policy, terms_of(market)),
        title=title,
        code=code,
        url=address,
        alt=build_words.picture(assortment, build, "side"),
    )


def address(meant: Reference) -> str:
    """The page of a build that was named by its address."""
    pairs = [(family, code) for family, codes in (meant.asked or {}).items() for code in codes if code]
    return f"{url_for('configurator.configure', slug=meant.model)}?{urlencode(pairs)}"


def rows(one: Side, other: Side, market: Market) -> list[Row]:
    today = clock.today(market.time_zone)
    told = [
        Row(_(mine.label), money(mine.amount), money(theirs.amount))
        for mine, theirs in zip(one.price.road, other.price.road, strict=True)
    ]
    told.append(Row(_("On the road"), money(one.price.on_the_road), money(other.price.on_the_road), "total"))
    told += [
        Row(_("Range"), _range(one), _range(other)),
        Row(
            _("Delivery"),
            build_words.window(one.price.lead_days, today),
            build_words.window(other.price.lead_days, today),
        ),
        Row(_("0 to 100 km/h"), _fact(one, "acceleration_s", "s"), _fact(other, "acceleration_s", "s")),
        Row(_("Battery"), _fact(one, "battery_kwh", "kWh"), _fact(other, "battery_kwh", "kWh")),
    ]
    told += [
        Row(_(LEGENDS[family][0]), _named(one, family), _named(other, family))
        for family in ("paint", "wheels", "interior", "extra")
    ]
    return told


def verdict(one: Side, other: Side) -> str:
    """How the second stands to the first, in one sentence."""
    difference = other.price.on_the_road - one.price.on_the_road
    parts = [build_words.more_or_less(difference)]
    if other.price.range_km != one.price.range_km:
        parts.append(build_words.kilometres(other.price.range_km - one.price.range_km))
    parts.append(build_words.week(other.price.lead_days - one.price.lead_days))
    return _("The second: %(does)s", does=build_words.joined(parts))


def _range(of: Side) -> str:
    trim = of.assortment.get(("trim", of.build.trim))
    cycle = str(trim.facts["range_cycle"]).upper() if trim else ""
    return f"{number(of.price.range_km)} km {cycle}".strip()


def _fact(of: Side, name: str, unit: str) -> str:
    trim = of.assortment.get(("trim", of.build.trim))
    return f"{trim.facts[name]} {unit}" if trim else ""


def _named(of: Side, family: str) -> str:
    chosen = [option for option in of.assortment.chosen(of.build) if option.family == family]
    return build_words.names(chosen) or _("none")


def _offered(one: Side, market: Market, mine: Sequence[Configuration]) -> list[dict[str, str]]:
    """What to compare with: the visitor's other designs, then the same car with another drive."""
    offered = [
        {
            "title": found.title_shown,
            "detail": f"{found.design_code}",
            "url": url_for("configurator.compare", a=one.named, b=found.design_code),
        }
        for found in mine[:MOST_OFFERED]
        if found.build != one.build and designs.can_be_compared(found, market)
    ]
    for option in one.assortment.of("trim"):
        other = one.build.taking(option.choice)
        if option.code != one.build.trim and one.assortment.can_make(other):
            path = url_for("configurator.configure", slug=other.model)
            offered.append(
                {
                    "title": f"{build_words.model(one.assortment)} {build_words.name(option)}",
                    "detail": _("the same otherwise"),
                    "url": url_for(
                        "configurator.compare", a=one.named, b=f"{path}?{build_query.query(other)}"
                    ),
                }
            )
    return offered[:MOST_OFFERED]
