"""A kept design as a page shows it: the price of its day, today's, and what is no longer to be had."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app import clock
from app.i18n import _, localized
from app.money import Money
from app.pages import date, money
from app.reach import absolute
from catalog import assortments, build_query, build_words, configuring
from catalog.build import Assortment, BuildPrice, price, read
from catalog.configuration import Configuration, gone, priced
from catalog.finance import terms_of
from partners.models import Market


def facts(found: Configuration, market: Market) -> dict[str, Any]:
    """Of the design as it was kept; where a part is gone, the nearest build that can be had stands for it."""
    assortment = assortments.read_now(market.key).get(found.model.slug)
    today = clock.today(market.time_zone)
    can_be_had = assortment is not None and assortment.can_make(found.build)
    now = (
        price(assortment, found.build, market.tax_policy, terms_of(market))
        if assortment and can_be_had
        else None
    )
    path = url_for("configurator.design", code=found.design_code)
    return {
        "code": found.design_code,
        "link": absolute(url_for("configurator.design", code=found.design_code)),
        "title": found.title_shown,
        "look": found.look(),
        "share_look": (found.model.slug, found.paint),
        "detail": detail(found),
        "priced_on": date(found.priced_on, market.time_zone, weekday=False),
        "price_then": money(found.price),
        "has_moved": now is not None and has_moved(found, now),
        "moved": build_words.more_or_less(now.car - found.price)
        if now and now.car.currency == found.currency
        else "",
        "gone": _gone_words(assortment, found),
        "change_url": change_url(assortment, found),
        "compare_url": url_for("configurator.compare", a=found.design_code),
        "path": path,
        "now": configuring.price_facts(now, today) if now else None,
        "range": f"{now.range_km} km" if now else "",
    }


def has_moved(found: Configuration, now: BuildPrice) -> bool:
    return now.car != found.price


def detail(found: Configuration) -> str:
    _title, told = found.titles()
    return localized(told["en"], told["zh"])


def change_url(assortment: Assortment | None, found: Configuration) -> str:
    """To the configurator with the nearest build that can be had now."""
    if assortment is None:
        return url_for("catalog.models")
    asked: dict[str, tuple[str, ...]] = {}
    for family, code in found.build.choices:
        asked[family] = (*asked.get(family, ()), code)
    nearest = read(assortment, asked).build
    return f"{url_for('configurator.configure', slug=nearest.model)}?{build_query.query(nearest)}"


def _gone_words(assortment: Assortment | None, found: Configuration) -> list[str]:
    if assortment is None:
        return [_("The %(model)s is not sold here.", model=found.title_shown)]
    if assortment.can_make(found.build):
        return []
    missing = gone(assortment, found.build)
    shown = [option for option in map(assortment.get, missing) if option]
    named = {build_words.name(option) for option in shown} or {code for _family, code in missing}
    return [_("%(option)s is not offered any more.", option=option) for option in sorted(named)]


@dataclass(frozen=True)
class Kept:
    """A row of the list."""

    code: str
    url: str
    compare_url: str
    title: str
    detail: str
    model: str
    paint: str
    wheels: str
    price: str
    note: str
    can_be_had: bool


def list_facts(mine: Sequence[Configuration], market: Market) -> dict[str, Any]:
    prices = priced(mine, market)
    return {"kept": [_row(found, prices.get(found.id), market) for found in mine]}


def _row(found: Configuration, now: BuildPrice | None, market: Market) -> Kept:
    priced_on = date(found.priced_on, market.time_zone, weekday=False)
    note = _("Priced on %(day)s", day=priced_on)
    if now is None:
        note = _("Not offered like this any more")
    elif has_moved(found, now):
        note = _("%(then)s on %(day)s", then=money(found.price), day=priced_on)
    return Kept(
        code=found.design_code,
        url=url_for("configurator.design", code=found.design_code),
        compare_url=url_for("configurator.compare", a=found.design_code),
        title=found.title_shown,
        detail=_in_brief(found, market),
        model=found.model.slug,
        paint=found.paint,
        wheels=found.wheels,
        price=money(now.car if now else Money(found.price_minor, found.currency)),
        note=note,
        can_be_had=now is not None,
    )


def _in_brief(found: Configuration, market: Market) -> str:
    assortment = assortments.on_show(market.key).get(found.model.slug)
    if assortment is None:
        return found.design_code
    return build_words.names(option for option in assortment.chosen(found.build) if option.family != "trim")


def can_be_compared(found: Configuration, market: Market) -> bool:
    assortment = assortments.on_show(market.key).get(found.model.slug)
    return assortment is not None and assortment.can_make(found.build)
