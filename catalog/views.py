"""The shop window: home, models, stock, one car, services."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import access, clock, sessions
from app.i18n import _, localized, ngettext
from app.money import Money
from app.pages import money, number, page, page_or_fragment
from catalog import queries, showing
from catalog.forms import PAGE_SIZE, SORTS, StockFilter, code
from catalog.refusals import ModelNotFound, VehicleNotFound
from partners.models import Market

blueprint = Blueprint("catalog", __name__)

FEATURED = "mere"


@blueprint.get("/")
def home() -> Response:
    market = Market.home()
    line_up = queries.line_up()
    stock = queries.stock_in_brief(market)
    featured = next(
        (entry for entry in line_up if entry.model.slug == FEATURED), line_up[0] if line_up else None
    )
    counts = {condition: count for condition, (count, _lowest) in stock.items()}
    return page(
        "catalog/home.html",
        stands=[showing.stand(entry) for entry in line_up],
        featured=_featured(featured, market) if featured else None,
        in_stock=number(sum(counts.values())),
        new_in_stock=number(counts.get("new", 0)),
        used_from=_lowest(stock, "used", market),
        subscription_from=_subscription_from(market),
    )


def _featured(entry: queries.LineUp, market: Market) -> dict[str, Any]:
    best = entry.range_to
    return {
        "slug": entry.model.slug,
        "name": entry.model.name_shown,
        "price": money(entry.price_from),
        "range": f"{best.range_km} km",
        "range_of": _("%(cycle)s range, %(trim)s", cycle=best.range_cycle.upper(), trim=best.name_shown),
        "cancel_days": market.cancel_days,
        "delivery": money(Money(market.delivery_minor, market.currency)),
    }


def _lowest(stock: Mapping[str, tuple[int, int | None]], condition: str, market: Market) -> str:
    lowest = stock.get(condition, (0, None))[1]
    return money(Money(lowest, market.currency)) if lowest else ""


def _subscription_from(market: Market) -> str:
    prices = [offer.price for offer, _seller in queries.offers(market) if offer.family == "subscription"]
    return money(min(prices, key=lambda price: price.amount_minor)) if prices else ""


@blueprint.get("/models")
def models() -> Response:
    make = code(request.args.get("make", "")) or None
    words = request.args.get("q", "").strip()[:60].replace("\x00", "")
    number_asked = request.args.get("page", "1")
    asked = (
        int(number_asked)
        if number_asked.isascii() and number_asked.isdigit() and len(number_asked) < 6
        else 1
    )
    makes = queries.all_makes(make, words, asked)
    return page_or_fragment(
        "catalog/models.html",
        "catalog/_makes.html",
        stands=[showing.stand(entry) for entry in queries.line_up()],
        makes=makes.makes,
        make=make or "",
        words=words,
        total=makes.total,
        shown=[
            {
                "url": url_for(".model", slug=model.slug),
                "name": showing.record_name(model),
                "year": model.year,
                "ranges": showing.ranges_brief(model),
            }
            for model in makes.models
        ],
        earlier=_makes_url(make, words, makes.page - 1) if makes.page > 1 else "",
        later=_makes_url(make, words, makes.page + 1) if makes.page < makes.pages else "",
        page_number=makes.page,
        pages=makes.pages,
    )


def _makes_url(make: str | None, words: str, at: int) -> str:
    return url_for(".models", make=make or None, q=words or None, page=at if at > 1 else None) + "#makes"


@blueprint.get("/models/<slug>")
def model(slug: str) -> Response:
    """Raises ModelNotFound."""
    found = queries.model_by_slug(slug) if code(slug) else None
    if found is None:
        raise ModelNotFound(remedy_url=url_for(".models"))
    if found.origin == "house":
        return _house_model(found)
    return page(
        "catalog/record.html",
        name=showing.record_name(found),
        year=found.year,
        ranges=[
            {"range": f"{number(r.range_km)} km", "cycle": showing.cycle_name(r.cycle), "note": r.note or ""}
            for r in found.ranges
        ],
        figures=showing.figures(found),
        list_prices=[
            {
                "price": showing.list_price(price.amount_minor, price.currency),
                "where": showing.country(price.country),
                "year": price.year,
            }
            for price in found.list_prices
        ],
        source=f"{found.source} {found.source_version}",
        licence=found.licence,
        make_url=url_for(".models", make=found.make_slug) + "#makes",
        make=found.make_name,
    )


def _house_model(found: Any) -> Response:
    market = Market.home()
    count = queries.in_stock_of(found, market)
    trims = [trim for trim in found.trims if trim.market_key == market.key]
    paint, wheels = showing.STAND_LOOKS.get(found.slug, ("tarn", "blade"))
    return page(
        "catalog/model.html",
        slug=found.slug,
        name=found.name,
        about=localized(found.tagline or "", found.tagline_zh),
        paint=paint,
        wheels=wheels,
        price=money(min((trim.price for trim in trims), key=lambda price: price.amount_minor)),
        trim_rows=[
            (
                trim.name_shown,
                money(trim.price),
                f"{trim.range_km} km {trim.range_cycle.upper()}",
                f"{trim.battery_kwh} kWh",
                f"{trim.acceleration_s} s",
                showing.DRIVES[trim.drivetrain]() if trim.drivetrain in showing.DRIVES else trim.drivetrain,
            )
            for trim in trims
        ],
        best=max(trims, key=lambda trim: trim.range_km),
        figures=[(label, figure) for label, figure in showing.figures(found) if figure != _("not stated")],
        in_stock=count,
        stock_url=url_for(".stock", model=found.slug),
    )


@blueprint.get("/stock")
def stock() -> Response:
    market, wanted, at = Market.home(), StockFilter.of(request.args), clock.now()
    found = queries.stock_page(wanted, market)
    shelves = queries.shelves(market)
    names = shelves.equipment
    today = clock.today(market.time_zone)
    here = min(wanted.page, found.pages)
    return page_or_fragment(
        "catalog/stock.html",
        "catalog/_results.html",
        cards=[showing.card(listed, names, at, today) for listed in found.cars],
        total=found.total,
        total_shown=number(found.total),
        wanted=wanted,
        facets=_facets(wanted, shelves),
        applied=_applied(wanted, shelves),
        clear_url=url_for(".stock"),
        sorts=[(code, SORT_NAMES[code]()) for code in SORTS],
        earlier=_stock_url(wanted.at_page(here - 1)) if here > 1 else "",
        later=_stock_url(wanted.at_page(here + 1)) if here < found.pages else "",
        first=(here - 1) * PAGE_SIZE + 1,
        last=(here - 1) * PAGE_SIZE + len(found.cars),
        as_of=at,
    )


SORT_NAMES = {
    "soonest": lambda: _("Soonest first"),
    "price": lambda: _("Lowest price first"),
    "price-down": lambda: _("Highest price first"),
}


def _stock_url(wanted: StockFilter) -> str:
    query = wanted.query_string
    return url_for(".stock") + (f"?{query}" if query else "")


def _facets(wanted: StockFilter, shelves: queries.Shelves) -> dict[str, list[dict[str, Any]]]:
    counts = shelves.counts
    return {
        "model": [
            {
                "value": slug,
                "label": showing.model_name(slug),
                "count": counts["model"].get(slug, 0),
                "on": slug in wanted.models,
            }
            for slug in showing.HOUSE_MODELS
            if counts["model"].get(slug) or slug in wanted.models
        ],
        "condition": [
            {
                "value": c,
                "label": showing.condition_name(c),
                "count": counts["condition"].get(c, 0),
                "on": c in wanted.conditions,
            }
            for c in ("new", "demo", "used")
        ],
        "paint": [
            _choice(code, row.name_shown, counts["paint"], wanted.paints)
            for (family, code), row in shelves.equipment.items()
            if family == "paint"
        ],
        "dealer": [
            {
                "value": code,
                "label": dealer.name_shown,
                "count": counts["dealer"].get(code, 0),
                "on": code in wanted.dealers,
            }
            for code, dealer in shelves.dealers.items()
        ],
    }


def _choice(value: str, label: str, counts: Mapping[str, int], chosen: tuple[str, ...]) -> dict[str, Any]:
    return {"value": value, "label": label, "count": counts.get(value, 0), "on": value in chosen}


def _applied(wanted: StockFilter, shelves: queries.Shelves) -> list[dict[str, str]]:
    names, dealers = shelves.equipment, shelves.dealers
    chips: list[tuple[str, StockFilter]] = []
    chips += [(showing.model_name(slug), wanted.without("models", slug)) for slug in wanted.models]
    chips += [(showing.condition_name(c), wanted.without("conditions", c)) for c in wanted.conditions]
    chips += [
        (names[("paint", p)].name_shown if ("paint", p) in names else p, wanted.without("paints", p))
        for p in wanted.paints
    ]
    chips += [
        (dealers[d].name_shown if d in dealers else d, wanted.without("dealers", d)) for d in wanted.dealers
    ]
    if wanted.price_from is not None:
        chips.append((_("from ¥%(price)s", price=number(wanted.price_from)), wanted.without("price_from")))
    if wanted.price_to is not None:
        chips.append((_("up to ¥%(price)s", price=number(wanted.price_to)), wanted.without("price_to")))
    if wanted.query:
        chips.append((wanted.query, wanted.without("query")))
    return [{"label": label, "url": _stock_url(to)} for label, to in chips]


@blueprint.get("/stock/<public_id>")
def stock_item(public_id: str) -> Response:
    """Raises VehicleNotFound; a sold or withdrawn car answers 410 with the nearest that can be had."""
    market, at = Market.home(), clock.now()
    found = queries.vehicle_page(public_id, market) if code(public_id) else None
    if found is None:
        raise VehicleNotFound(remedy_url=url_for(".stock"))
    names = queries.equipment(market)
    return page(
        "catalog/vehicle.html",
        status=410 if found.item.state in ("sold", "withdrawn") else 200,
        **_vehicle_facts(found, names, market, at),
    )


def _vehicle_facts(found: queries.Listed, names: Any, market: Market, at: datetime) -> dict[str, Any]:
    item, vehicle, dealer = found.item, found.item.vehicle, found.dealer
    today = clock.today(market.time_zone)
    until = found.held_until(at)
    chosen = [
        (family, names.get((family, getattr(vehicle, family)))) for family in ("paint", "wheels", "interior")
    ]
    trim = vehicle.trim
    return {
        "item": item,
        "vehicle": vehicle,
        "name": vehicle.model.name,
        "title": showing.vehicle_name(vehicle),
        "about": _vehicle_about(found),
        "condition": showing.condition_name(item.condition),
        "model": vehicle.model.slug,
        "alt": showing.picture(vehicle, names, _("from the front")),
        "alt_side": showing.picture(vehicle, names, _("from the side")),
        "price": money(item.price),
        "lines": showing.lines(found.road),
        "on_the_road": money(found.on_the_road),
        "deposit": money(Money(market.deposit_minor, market.currency)),
        "equipment": [
            (FAMILY_NAMES[family](), row.name_shown if row else getattr(vehicle, family))
            for family, row in chosen
        ],
        "trim": trim,
        "range": f"{trim.range_km} km" if trim else "",
        "cycle": trim.range_cycle.upper() if trim else "",
        "dealer": dealer.name_shown,
        "dealer_address": dealer.address_shown,
        "ready": showing.ready(item.ready_on, today),
        "delivery": money(Money(market.delivery_minor, market.currency)) if dealer.home_delivery else "",
        "cancel_days": market.cancel_days,
        "balance_days": market.balance_days_before_handover,
        "state": item.state,
        "held_until": until,
        "held_by_me": found.hold is not None and found.hold.holder == sessions.current().cart_id,
        "cart_url": f"{request.script_root}/cart",
        "similar": [showing.card(listed, names, at, today) for listed in queries.similar(item, market)],
        "test_drive_url": f"{request.script_root}/ask/test-drive?vehicle={item.public_id}",
        "add_url": f"{request.script_root}/cart/lines",
    }


FAMILY_NAMES = {
    "paint": lambda: _("Paint"),
    "wheels": lambda: _("Wheels"),
    "interior": lambda: _("Interior"),
}


def _vehicle_about(found: queries.Listed) -> str:
    vehicle = found.item.vehicle
    parts = [
        showing.condition_name(found.item.condition),
        str(vehicle.model_year),
        showing.distance(vehicle.odometer_km),
    ]
    if vehicle.owners:
        parts.append(ngettext("%(n)s owner", "%(n)s owners", vehicle.owners) % {"n": vehicle.owners})
    return showing.separator().join(parts)


@blueprint.get("/services")
def services() -> Response:
    market = Market.home()
    by_family: dict[str, list[showing.Service]] = {}
    for offer, seller in queries.offers(market):
        by_family.setdefault(offer.family, []).append(showing.service(offer, seller))
    most = max((s.grants.get("kwh", 0) for s in by_family.get("charging", [])), default=0) or 1
    return page(
        "catalog/services.html",
        by_family=by_family,
        most_kwh=most * 10 // 7,
        km_per_kwh=6,
        add_url=f"{request.script_root}/cart/lines",
    )


@blueprint.get("/subscribe")
def subscribe() -> Response:
    market = Market.home()
    return page(
        "catalog/subscribe.html",
        plans=[
            showing.service(offer, seller)
            for offer, seller in queries.offers(market)
            if offer.family == "subscription"
        ],
        add_url=f"{request.script_root}/cart/lines",
    )


policies = {
    "catalog.home": access.PUBLIC,
    "catalog.models": access.PUBLIC,
    "catalog.model": access.PUBLIC,
    "catalog.stock": access.PUBLIC,
    "catalog.stock_item": access.PUBLIC,
    "catalog.services": access.PUBLIC,
    "catalog.subscribe": access.PUBLIC,
}
