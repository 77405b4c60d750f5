"""The shop window: home, models, stock, one car, services."""

from collections.abc import Sequence
from datetime import date as Date
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from app import access, clock, reach, sessions, signals
from app.i18n import _, localized, ngettext
from app.money import Money
from app.pages import money, number, page, page_or_fragment, wants_fragment
from catalog import promotions, queries, showing, stock_list, structured
from catalog.build import delivery_window
from catalog.forms import PAGE_SIZE, StockFilter, code
from catalog.products import Model
from catalog.ready_cards import ready_cards
from catalog.refusals import ModelNotFound, VehicleNotFound
from catalog.shelves import LineUp, Shelves, shelves
from partners.here import market_here, market_of

blueprint = Blueprint("catalog", __name__)

FEATURED = "mere"
MIDDLE_OF = 5
"""Fewer cars alike than this say nothing about a price."""


@blueprint.get("/")
def home() -> Response:
    shelf = shelves(market_here())
    featured = next(
        (entry for entry in shelf.line_up if entry.model.slug == FEATURED),
        shelf.line_up[0] if shelf.line_up else None,
    )
    count = {c: bits.bit_count() for c, bits in shelf.choices["condition"].items()}
    return page(
        "catalog/home.html",
        stands=[showing.stand(entry) for entry in shelf.line_up],
        featured=_featured(featured, shelf) if featured else None,
        own=_own(shelf),
        in_stock=number(len(shelf.prices)),
        soon=number(shelf.choices["ready"].get("soon", 0).bit_count()),
        new_in_stock=number(count.get("new", 0)),
        dealers=len(shelf.dealers),
        used_from=money(shelf.lowest("condition", "used")),
        subscription_from=_subscription_from(shelf),
        wheels=_wheels_worth(shelf),
        structured=[
            structured.organization(
                "Tarn", reach.absolute("/"), reach.absolute(showing.static("images/icons/icon-512.png"))
            )
        ],
    )


def _featured(entry: LineUp, shelf: Shelves) -> dict[str, Any]:
    best, market = entry.range_to, shelf.market
    first, last = delivery_window(best.lead_days, clock.today(market.time_zone))
    paint, wheels = showing.STAND_LOOKS.get(entry.model.slug, ("tarn", "blade"))
    return {
        "slug": entry.model.slug,
        "name": entry.model.name,
        "name_shown": entry.model.name_shown,
        "paint": paint,
        "wheels": wheels,
        "alt": showing.drawn(entry.model.name_shown, shelf, paint, wheels, "side"),
        "price": money(entry.price_from),
        "price_words": _price_words(shelf),
        "range": f"{best.range_km} km",
        "range_of": _("%(cycle)s range, %(trim)s", cycle=best.range_cycle.upper(), trim=best.name_shown),
        "window": showing.day_range(first, last),
        "build_url": _build_url(entry.model.slug),
        "cancel_days": market.cancel_days,
    }


def _price_words(shelf: Shelves) -> str:
    """What is in a price from a price list, and what is not: markets differ."""
    if shelf.market.tax_mode == "gross_vat":
        return _("VAT included, before plates")
    return _("before purchase tax and plates")


def _own(shelf: Shelves) -> dict[str, str] | None:
    """The lowest price of the line-up by the month, with the example that it must not stand without."""
    if not shelf.line_up:
        return None
    lowest = min((entry.price_from for entry in shelf.line_up), key=lambda price: price.amount_minor)
    hire = shelf.by_the_month(lowest)
    return {
        "monthly": money(hire.instalment),
        "terms": showing.terms(hire),
        "example": showing.example(hire, shelf.lender),
    }


def _wheels_worth(shelf: Shelves) -> dict[str, str] | None:
    """A question with an answer out of the catalogue, for the words about help."""
    wheels = shelf.equipment.get(("wheels", "blade"))
    if wheels is None or not wheels.range_delta_km:
        return None
    price = Money(wheels.price_minor, wheels.currency)
    return {"name": wheels.name_shown, "price": money(price), "km": str(-wheels.range_delta_km)}


def _subscription_from(shelf: Shelves) -> str:
    prices = [offer.price for offer, _seller in shelf.offers if offer.family == "subscription"]
    return money(min(prices, key=lambda price: price.amount_minor)) if prices else ""


def _build_url(slug: str) -> str:
    return f"{request.script_root}/models/{slug}/configure"


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
    if not makes.total and (make or words):
        signals.note("empty_search", "models")
    line_up = shelves(market_here()).line_up
    stands = [showing.stand(entry) for entry in line_up]
    return page_or_fragment(
        "catalog/models.html",
        "catalog/_makes.html",
        stands=stands,
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
        structured=[
            structured.item_list([(stand.name, reach.canonical(stand.url)) for stand in stands], len(stands))
        ],
    )


def _makes_url(make: str | None, words: str, at: int) -> str:
    return url_for(".models", make=make or None, q=words or None, page=at if at > 1 else None) + "#makes"


@blueprint.get("/models/<slug>")
def model(slug: str) -> Response:
    """Raises ModelNotFound."""
    shelf = shelves(market_here())
    entry = next((entry for entry in shelf.line_up if entry.model.slug == slug), None)
    if entry is not None:
        return _house_model(entry, shelf)
    found = queries.model_by_slug(slug) if code(slug) else None
    if found is None or found.origin == "house":
        raise ModelNotFound(remedy_url=url_for(".models"))
    return _record(found)


def _record(found: Model) -> Response:
    name = showing.record_name(found)
    return page(
        "catalog/record.html",
        name=name,
        year=found.year,
        ranges=[
            {"range": f"{number(r.range_km)} km", "cycle": showing.cycle_name(r.cycle), "note": r.note or ""}
            for r in found.ranges
        ],
        ranges_brief=showing.ranges_brief(found),
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
        structured=[_crumbs((_("Models"), url_for(".models")), (name, request.path))],
    )


def _house_model(entry: LineUp, shelf: Shelves) -> Response:
    found, best = entry.model, entry.range_to
    paint, wheels = showing.STAND_LOOKS.get(found.slug, ("tarn", "blade"))
    asked = request.args.get("paint", "")
    paint = asked if ("paint", asked) in shelf.equipment else paint
    hire = shelf.by_the_month(entry.price_from)
    first, last = delivery_window(best.lead_days, clock.today(shelf.market.time_zone))
    alt = showing.drawn(found.name_shown, shelf, paint, wheels, "side")
    facts: dict[str, Any] = {
        "slug": found.slug,
        "name": found.name,
        "name_shown": found.name_shown,
        "about": localized(found.tagline or "", found.tagline_zh),
        "paint": paint,
        "wheels": wheels,
        "alt": alt,
        "paints": showing.paints(found.slug, shelf, paint),
        "paint_name": shelf.equipment[("paint", paint)].name_shown
        if ("paint", paint) in shelf.equipment
        else "",
        "build_url": f"{_build_url(found.slug)}?paint={paint}",
    }
    if wants_fragment():
        return page("catalog/_stage.html", **facts)
    return page(
        "catalog/model.html",
        **facts,
        alt_front=showing.drawn(found.name_shown, shelf, paint, wheels, "front"),
        price=money(entry.price_from),
        price_words=_price_words(shelf),
        monthly=money(hire.instalment),
        example=showing.example(hire, shelf.lender),
        trims=[
            {
                "name": trim.name_shown,
                "price": money(trim.price),
                "range": f"{trim.range_km} km {trim.range_cycle.upper()}",
                "battery": f"{trim.battery_kwh} kWh",
                "acceleration": f"{trim.acceleration_s} s",
                "drive": showing.DRIVES[trim.drivetrain]()
                if trim.drivetrain in showing.DRIVES
                else trim.drivetrain,
                "build_url": f"{_build_url(found.slug)}?trim={trim.code}&paint={paint}",
            }
            for trim in entry.trims
        ],
        best=best,
        window=showing.day_range(first, last),
        figures=[(label, figure) for label, figure in showing.figures(found) if figure != _("not stated")],
        in_stock=shelf.choices["model"].get(found.slug, 0).bit_count(),
        stock_url=url_for(".stock", model=found.slug),
        cards=ready_cards(queries.of_model(found.slug, shelf.market), shelf, clock.now()),
        beside=_beside(shelf),
        share_look=(found.slug, paint),
        share_alt=alt,
        structured=[
            _model_data(entry, shelf, paint),
            _crumbs((_("Models"), url_for(".models")), (found.name_shown, request.path)),
        ],
    )


def _model_data(entry: LineUp, shelf: Shelves, paint: str) -> structured.Thing:
    found, best = entry.model, entry.range_to
    url = reach.canonical(url_for(".model", slug=found.slug))
    each = [structured.offer(trim.price, "built", url, name=trim.name_shown) for trim in entry.trims]
    return structured.car(
        f"Tarn {found.name}",
        found.name,
        url,
        reach.share_picture(found.slug, paint),
        description=localized(found.tagline or "", found.tagline_zh),
        vehicleSeatingCapacity=found.seats,
        numberOfDoors=found.doors,
        additionalProperty=[
            structured.rated_range(best.range_km, best.range_cycle),
            structured.battery(best.battery_kwh),
        ],
        offers=structured.offers(entry.price_from, entry.price_to, each),
    )


def _beside(shelf: Shelves) -> list[dict[str, str]]:
    """What goes with a car: the lowest price of each kind that the market sells."""
    kinds = {
        "charging": (_("Charging"), _("One bill for every network, stop any month"), "charging"),
        "feature": (
            _("Features on demand"),
            _("Already in the car, on for the months you want it"),
            "features",
        ),
        "partner_product": (_("Insurance"), _("Sold by the partner, arranged here"), "partners"),
        "credits": (_("Mobility credits"), _("Rides, parking, tolls and trains"), "credits"),
    }
    rows, off = [], promotions.shown(shelf.market)
    for family, (name, about, anchor) in kinds.items():
        of_family = [offer for offer, _seller in shelf.offers if offer.family == family]
        if of_family:
            lowest = min(of_family, key=lambda offer: offer.price_minor)
            price = _("from %(price)s", price=showing.cost(lowest, off).words)
            rows.append(
                {"name": name, "about": about, "price": price, "url": f"{url_for('.services')}#{anchor}"}
            )
    return rows


def _crumbs(*steps: tuple[str, str]) -> structured.Thing:
    whole = ((_("Tarn"), url_for(".home")), *steps)
    return structured.breadcrumbs([(words, reach.canonical(path)) for words, path in whole])


@blueprint.get("/stock")
def stock() -> Response:
    market, wanted, at = market_here(), StockFilter.of(request.args), clock.now()
    shelf = shelves(market)
    found = queries.stock_page(wanted, market)
    cards = ready_cards(found.places, shelf, at)
    if not found.total and wanted.is_narrowed:
        signals.note("empty_search", "stock")
    narrowing = stock_list.narrowing(wanted, shelf)
    here = min(wanted.page, found.pages)
    first = (here - 1) * PAGE_SIZE + 1
    answer = page_or_fragment(
        "catalog/stock.html",
        "catalog/_stock.html",
        cards=cards,
        total=found.total,
        total_shown=number(found.total),
        wanted=wanted,
        filters=narrowing.panel,
        quick=narrowing.quick,
        applied=narrowing.applied,
        ways_out=[] if cards else stock_list.loosened(wanted, shelf, narrowing.choices),
        clear_url=url_for(".stock"),
        sorts=stock_list.sorts(),
        earlier=stock_list.list_url(wanted.at_page(here - 1)) if here > 1 else "",
        later=stock_list.list_url(wanted.at_page(here + 1)) if here < found.pages else "",
        first=first,
        last=first - 1 + len(cards),
        page_number=here,
        example=_dearest_example(shelf),
        as_of=at,
        zone=market.time_zone,
        canonical_query=f"?page={here}" if here > 1 and not wanted.is_narrowed else "",
        structured=[
            structured.item_list(
                [(card.title, reach.canonical(card.url)) for card in cards], found.total, first
            )
        ],
    )
    if wants_fragment():
        answer.headers["HX-Push-Url"] = stock_list.list_url(wanted.at_page(here))
    return answer


def _dearest_example(shelf: Shelves) -> str:
    """One whole example beside the monthly figures of a list: for the middle price."""
    if not shelf.prices:
        return ""
    middle = Money(shelf.prices[len(shelf.prices) // 2], shelf.market.currency)
    return showing.example(shelf.by_the_month(middle), shelf.lender)


@blueprint.get("/stock/<public_id>")
def stock_item(public_id: str) -> Response:
    """Raises VehicleNotFound; a sold or withdrawn car answers 410 with the nearest that can be had.

    A car is shown as its own market sells it, whoever looks; it is bought there too.
    """
    found = queries.vehicle_page(public_id) if code(public_id) else None
    if found is None:
        raise VehicleNotFound(remedy_url=url_for(".stock"))
    shelf, at = shelves(market_of(found.item.market_key)), clock.now()
    view = request.args.get("view", "front")
    return page_or_fragment(
        "catalog/vehicle.html",
        "catalog/_photo.html",
        status=410 if found.item.state in ("sold", "withdrawn") else 200,
        **_photo_facts(found, shelf, view if view in showing.VIEWS else "front"),
        **({} if wants_fragment() else _vehicle_facts(found, shelf, at)),
    )


def _photo_facts(found: queries.Listed, shelf: Shelves, view: str) -> dict[str, Any]:
    item, vehicle = found.item, found.item.vehicle
    here = url_for(".stock_item", public_id=item.public_id)
    return {
        "item": item,
        "vehicle": vehicle,
        "model": vehicle.model.slug,
        "condition": showing.condition_name(item.condition),
        "view": view,
        "alt": showing.picture(vehicle, shelf.equipment, showing.view_words(view)),
        "views": [
            {
                "view": name,
                "label": showing.view_words(name),
                "url": f"{here}?view={name}",
                "on": name == view,
            }
            for name in showing.views_of(vehicle.model.slug)
        ],
    }


def _vehicle_facts(found: queries.Listed, shelf: Shelves, at: datetime) -> dict[str, Any]:
    item, vehicle, dealer, market = found.item, found.item.vehicle, found.dealer, shelf.market
    today, trim, until = clock.today(market.time_zone), found.item.vehicle.trim, found.held_until(at)
    chosen = [
        (family, shelf.equipment.get((family, getattr(vehicle, family))))
        for family in ("paint", "wheels", "interior")
    ]
    hire = shelf.by_the_month(item.price)
    title = showing.vehicle_name(vehicle)
    alike = queries.similar(item, market)
    return {
        "name": vehicle.model.name,
        "title": title,
        "about": _vehicle_about(found),
        "price": money(item.price),
        "monthly": money(hire.instalment),
        "example": showing.example(hire, shelf.lender),
        "among": _beside_others(found, shelf),
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
        "delivery": showing.delivery(market, promotions.shown(market)) if dealer.home_delivery else None,
        "cancel_days": market.cancel_days,
        "balance_days": market.balance_days_before_handover,
        "state": item.state,
        "sold_in": "" if market.key == market_here().key else localized(market.name, market.name_zh),
        "there_url": url_for(".stock_item", public_id=item.public_id, market=market.key),
        "held_until": until,
        "held_by_me": found.hold is not None and found.hold.holder == sessions.current().cart_id,
        "life": _life(found, today),
        "zone": market.time_zone,
        "total_shown": number(len(shelf.prices)),
        "cart_url": f"{request.script_root}/cart",
        "similar": ready_cards(alike, shelf, at),
        "alike": _alike(alike, shelf, today) if item.state in ("sold", "withdrawn") else [],
        "test_drive_url": f"{request.script_root}/ask/test-drive?vehicle={item.public_id}",
        "add_url": f"{request.script_root}/cart/lines",
        "share_look": (vehicle.model.slug, vehicle.paint),
        "share_alt": showing.picture(vehicle, shelf.equipment, showing.view_words("side")),
        "structured": [
            _vehicle_data(found, shelf, "held" if until and item.state == "available" else item.state),
            _crumbs((_("In stock"), url_for(".stock")), (title, request.path)),
        ],
    }


def _alike(places: Sequence[queries.Place], shelf: Shelves, today: Date) -> list[showing.Alike]:
    """The first few to have instead, in one line each."""
    ids = [place.id for place in places[:ALIKE_SHOWN]]
    cars = queries.listed(ids, shelf.market)
    return [showing.alike(cars[id], today) for id in ids if id in cars]


def _vehicle_data(found: queries.Listed, shelf: Shelves, availability: str) -> structured.Thing:
    item, vehicle, dealer = found.item, found.item.vehicle, found.dealer
    trim, url = vehicle.trim, reach.canonical(url_for(".stock_item", public_id=item.public_id))
    names = {family: shelf.equipment.get((family, getattr(vehicle, family))) for family in FAMILY_NAMES}
    rated = (
        [structured.rated_range(trim.range_km, trim.range_cycle), structured.battery(trim.battery_kwh)]
        if trim
        else []
    )
    if vehicle.battery_health_pct:
        rated.append(structured.battery_health(vehicle.battery_health_pct))
    condition = structured.CONDITIONS[item.condition]
    return structured.car(
        showing.vehicle_name(vehicle),
        vehicle.model.name,
        url,
        reach.share_picture(vehicle.model.slug, vehicle.paint),
        description=_vehicle_about(found),
        vehicleIdentificationNumber=vehicle.vin,
        sku=item.public_id,
        vehicleModelDate=str(vehicle.model_year),
        vehicleConfiguration=trim.name_shown if trim else None,
        mileageFromOdometer=structured.distance(vehicle.odometer_km),
        itemCondition=condition,
        color=names["paint"].name_shown if names["paint"] else vehicle.paint,
        vehicleInteriorColor=names["interior"].name_shown if names["interior"] else vehicle.interior,
        driveWheelConfiguration=structured.DRIVES.get(trim.drivetrain) if trim else None,
        numberOfPreviousOwners=vehicle.owners or None,
        dateVehicleFirstRegistered=vehicle.first_registered_on.isoformat()
        if vehicle.first_registered_on
        else None,
        additionalProperty=rated,
        offers=structured.offer(
            item.price,
            availability,
            url,
            itemCondition=condition,
            seller=structured.dealer(dealer.name_shown, dealer.address_shown, shelf.market.key),
        ),
    )


def _beside_others(found: queries.Listed, shelf: Shelves) -> dict[str, Any] | None:
    """Where this price lies among the cars of its model and condition; nothing when they are few or all alike."""
    item = found.item
    prices = shelf.alike(item.vehicle.model.slug, item.condition)
    if len(prices) < MIDDLE_OF or prices[0] == prices[-1]:
        return None
    low, high, middle = prices[0], prices[-1], prices[len(prices) // 2]
    off = Money(abs(item.price_minor - middle), item.currency)
    if not off:
        words = _("the middle of %(n)s like it", n=len(prices))
    elif item.price_minor < middle:
        words = _("%(price)s under the middle of %(n)s like it", price=money(off), n=len(prices))
    else:
        words = _("%(price)s over the middle of %(n)s like it", price=money(off), n=len(prices))
    at = round(100 * (item.price_minor - low) / (high - low))
    return {
        "low": money(Money(low, item.currency)),
        "high": money(Money(high, item.currency)),
        "words": words,
        "at": min(max(at, 0), 100),
    }


def _life(found: queries.Listed, today: Date) -> Sequence[dict[str, Any]]:
    """What we know of the car's life, newest first: only what is written down."""
    item, vehicle = found.item, found.item.vehicle
    if item.condition == "new":
        return []
    told: list[dict[str, Any]] = [
        {
            "what": _("Checked and put on sale by %(dealer)s", dealer=found.dealer.name_shown),
            "when": showing.full_day(item.listed_at.date()),
            "at": item.listed_at.replace(microsecond=0),
        }
    ]
    if vehicle.first_registered_on:
        registered_on = vehicle.first_registered_on
        told.append(
            {"what": _("First registered"), "when": showing.full_day(registered_on), "at": registered_on}
        )
    return told


ALIKE_SHOWN = 2

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
    by_family: dict[str, list[showing.Service]] = {}
    market = market_here()
    off = promotions.shown(market)
    for offer, seller in shelves(market).offers:
        by_family.setdefault(offer.family, []).append(showing.service(offer, seller, off))
    most = max((s.grants.get("kwh", 0) for s in by_family.get("charging", [])), default=0) or 1
    return page(
        "catalog/services.html",
        by_family=by_family,
        most_kwh=most * 10 // 7,
        km_per_kwh=6,
        add_url=f"{request.script_root}/cart/lines",
        structured=[_crumbs((_("Services"), request.path))],
    )


@blueprint.get("/subscribe")
def subscribe() -> Response:
    market = market_here()
    off = promotions.shown(market)
    plans = [
        showing.service(offer, seller, off)
        for offer, seller in shelves(market).offers
        if offer.family == "subscription"
    ]
    return page(
        "catalog/subscribe.html",
        plans=plans,
        add_url=f"{request.script_root}/cart/lines",
        structured=[_crumbs((_("Subscribe"), request.path))],
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
