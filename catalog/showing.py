"""Catalogue values made ready for a page: names in the reader's language, prices and dates as people write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel import Locale
from flask import url_for

from app import i18n
from app.i18n import LOCALES, _, localized, ngettext
from app.money import Money
from app.pages import date, money, number
from catalog import vin as vins
from catalog.pricing import PriceLine
from catalog.products import Equipment, Model, Offer
from catalog.queries import LineUp, Listed
from catalog.stock import Vehicle
from partners.models import Recipient

HOUSE_MODELS = {
    "rill": "溪 Rill",
    "mere": "澄 Mere",
    "strand": "岸 Strand",
    "crag": "岩 Crag",
    "haven": "湾 Haven",
}


def model_name(slug: str) -> str:
    """A house model by its slug, without asking the database."""
    return localized(slug.capitalize(), HOUSE_MODELS.get(slug))


@dataclass(frozen=True)
class Card:
    """A car on a list."""

    url: str
    title: str
    about: str
    price: str
    under_price: str
    facts: tuple[tuple[str, str], ...]
    tag: str
    tag_kind: str
    model: str
    paint: str
    wheels: str
    alt: str


@dataclass(frozen=True)
class Line:
    label: str
    amount: str
    note: str = ""


def card(listed: Listed, names: Mapping[tuple[str, str], Equipment], at: datetime, today: Date) -> Card:
    item, vehicle = listed.item, listed.item.vehicle
    tag, kind = _tag(listed, at)
    return Card(
        url=url_for("catalog.stock_item", public_id=item.public_id),
        title=vehicle_name(vehicle),
        about=_about(listed),
        price=money(item.price),
        under_price=_("%(price)s on the road", price=money(listed.on_the_road)),
        facts=(
            ("pin", localized(listed.dealer.name, listed.dealer.name_zh)),
            ("calendar", ready(item.ready_on, today)),
        ),
        tag=tag,
        tag_kind=kind,
        model=vehicle.model.slug,
        paint=vehicle.paint,
        wheels=vehicle.wheels,
        alt=picture(vehicle, names, _("from the side")),
    )


def vehicle_name(vehicle: Vehicle) -> str:
    title = vehicle.title
    return localized(title["en"], title["zh"])


def condition_name(condition: str) -> str:
    return {"new": _("New"), "demo": _("Demonstrator"), "used": _("Certified pre-owned")}[condition]


def _tag(listed: Listed, at: datetime) -> tuple[str, str]:
    until = listed.held_until(at)
    if until is not None:
        minutes = max(1, -(-int((until - at).total_seconds()) // 60))
        return ngettext(
            "Somebody is buying it, %(n)s minute left", "Somebody is buying it, %(n)s minutes left", minutes
        ) % {"n": minutes}, "waiting"
    if listed.item.vehicle.battery_health_pct:
        return _("Battery %(percent)s%%", percent=listed.item.vehicle.battery_health_pct), "note"
    return condition_name(listed.item.condition), "done" if listed.item.condition == "new" else "plain"


def _about(listed: Listed) -> str:
    vehicle = listed.item.vehicle
    parts = [condition_name(listed.item.condition)] if listed.item.condition != "new" else [_("In stock")]
    if listed.item.condition != "new":
        parts.append(str(vehicle.model_year))
    parts += [distance(vehicle.odometer_km), vins.masked(vehicle.vin)]
    return separator().join(parts)


def separator() -> str:
    return " · " if i18n.language() == "zh" else ", "


def distance(km: int) -> str:
    return f"{number(km)} km"


def ready(on: Date, today: Date) -> str:
    if on <= today + timedelta(days=1):
        return _("Ready tomorrow")
    return _("Ready from %(day)s", day=date(on))


def picture(vehicle: Vehicle, names: Mapping[tuple[str, str], Equipment], view: str) -> str:
    """What the drawing shows, for those who do not see it."""
    paint = names.get(("paint", vehicle.paint))
    wheels = names.get(("wheels", vehicle.wheels))
    return _(
        "%(model)s in %(paint)s with %(wheels)s wheels, %(view)s",
        model=localized(vehicle.model.name, vehicle.model.name_zh),
        paint=paint.name_shown if paint else vehicle.paint,
        wheels=wheels.name_shown if wheels else vehicle.wheels,
        view=view,
    )


def lines(road: Sequence[PriceLine]) -> list[Line]:
    return [Line(_(line.label), money(line.amount), reason(line)) for line in road]


def reason(line: PriceLine) -> str:
    if not line.reason:
        return ""
    told = {name: money(value) if isinstance(value, Money) else value for name, value in line.params.items()}
    return _(line.reason, **told) if told else _(line.reason)


@dataclass(frozen=True)
class Stand:
    """A house model in the line-up."""

    slug: str
    name: str
    about: str
    price: str
    range: str
    url: str
    paint: str
    wheels: str


STAND_LOOKS = {
    "rill": ("lichen", "aero"),
    "mere": ("tarn", "blade"),
    "strand": ("mist", "turbine"),
    "crag": ("cinnabar", "turbine"),
    "haven": ("ink", "blade"),
}


def stand(entry: LineUp) -> Stand:
    model = entry.model
    paint, wheels = STAND_LOOKS.get(model.slug, ("tarn", "blade"))
    return Stand(
        slug=model.slug,
        name=model.name,
        about=localized(model.tagline or "", model.tagline_zh),
        price=_("from %(price)s", price=money(entry.price_from)),
        range=f"{entry.range_to.range_km} km {entry.range_to.range_cycle.upper()}",
        url=url_for("catalog.model", slug=model.slug),
        paint=paint,
        wheels=wheels,
    )


def record_name(model: Model) -> str:
    parts = [model.make_name, model.name, model.trim_name, model.variant_name]
    return " ".join(part for part in parts if part)


CYCLES = {"cltc": "CLTC", "wltp": "WLTP", "epa": "EPA", "nedc": "NEDC", "jc08": "JC08"}


def cycle_name(cycle: str) -> str:
    return CYCLES.get(cycle) or (_("cycle not named") if cycle == "other" else cycle.upper())


def ranges_brief(model: Model) -> str:
    if not model.ranges:
        return _("Range not stated")
    return separator().join(f"{number(r.range_km)} km {cycle_name(r.cycle)}" for r in model.ranges)


def figures(model: Model) -> list[tuple[str, str]]:
    """Every figure with its unit; what the source does not state says so."""
    return [
        (_("Body"), _body(model.body_style)),
        (_("Seats"), _stated(model.seats)),
        (_("Doors"), _stated(model.doors)),
        (_("Drive"), DRIVES[model.drivetrain]() if model.drivetrain in DRIVES else _stated(model.drivetrain)),
        (_("Power"), _stated(model.power_kw, "kW")),
        (_("Torque"), _stated(model.torque_nm, "Nm")),
        (_("Battery, net"), _stated(model.battery_net_kwh, "kWh")),
        (_("Battery, gross"), _stated(model.battery_gross_kwh, "kWh")),
        (_("Charging, AC"), _stated(model.ac_kw, "kW")),
        (_("Charging, DC"), _stated(model.dc_kw, "kW")),
        (_("0 to 100 km/h"), _stated(model.acceleration_s, "s")),
        (_("Top speed"), _stated(model.top_speed_kmh, "km/h")),
        (_("Length"), _stated(model.length_mm, "mm")),
        (_("Width"), _stated(model.width_mm, "mm")),
        (_("Height"), _stated(model.height_mm, "mm")),
        (_("Wheelbase"), _stated(model.wheelbase_mm, "mm")),
        (_("Kerb weight"), _stated(model.weight_kg, "kg")),
        (_("Luggage"), _stated(model.cargo_l, "l")),
    ]


DRIVES: dict[str, Callable[[], str]] = {
    "rwd": lambda: _("Rear-wheel drive"),
    "fwd": lambda: _("Front-wheel drive"),
    "awd": lambda: _("All-wheel drive"),
}
BODIES: dict[str, Callable[[], str]] = {
    "sedan": lambda: _("Saloon"),
    "suv": lambda: _("SUV"),
    "hatchback": lambda: _("Hatchback"),
    "wagon": lambda: _("Estate"),
    "coupe": lambda: _("Coupé"),
    "van": lambda: _("Van"),
    "pickup": lambda: _("Pick-up"),
    "convertible": lambda: _("Convertible"),
    "crossover": lambda: _("Crossover"),
    "mpv": lambda: _("MPV"),
    "roadster": lambda: _("Roadster"),
    "liftback": lambda: _("Liftback"),
    "fastback": lambda: _("Fastback"),
    "shooting_brake": lambda: _("Shooting brake"),
    "minivan": lambda: _("MPV"),
    "suv_coupe": lambda: _("SUV coupé"),
    "mini_suv": lambda: _("Small SUV"),
    "quadricycle": lambda: _("Quadricycle"),
}


def list_price(amount_minor: int, currency: str) -> str:
    """With the currency spelt out: the same sign stands for many dollars."""
    return f"{Money(amount_minor, currency).amount.normalize():,f} {currency}"


def country(code: str) -> str:
    return str(Locale.parse(LOCALES[i18n.language()]).territories.get(code, code))


def _body(style: str | None) -> str:
    return BODIES[style]() if style in BODIES else _stated(style)


def _stated(value: Any, unit: str = "") -> str:
    if value is None:
        return _("not stated")
    if isinstance(value, Decimal):
        value = f"{value.normalize():,f}"
    elif isinstance(value, int):
        value = f"{value:,}"
    return f"{value} {unit}".strip()


@dataclass(frozen=True)
class Service:
    sku: str
    name: str
    about: str
    price: str
    period: str
    seller: str
    grants: Mapping[str, Any]


PERIODS: dict[str, Callable[[], str]] = {
    "once": lambda: "",
    "daily": lambda: _("a day"),
    "monthly": lambda: _("a month"),
    "yearly": lambda: _("a year"),
}


def service(offer: Offer, seller: Recipient | None) -> Service:
    return Service(
        sku=offer.sku,
        name=offer.name_shown,
        about=offer.summary_shown,
        price=money(offer.price),
        period=PERIODS[offer.billing](),
        seller=localized(seller.name, seller.name_zh) if seller else "",
        grants=offer.grants,
    )
