"""Catalogue values made ready for a page: names in the reader's language, prices and dates as people write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from flask import url_for

from app import assets, drawings, i18n
from app.i18n import LOCALES, _, localized, ngettext
from app.money import Money
from app.pages import date, money, number
from catalog import vin as vins
from catalog.finance import HirePurchase
from catalog.pricing import PriceLine
from catalog.products import Equipment, Model, Offer
from catalog.promotions import Running
from catalog.queries import Listed
from catalog.shelves import LineUp, Shelves
from catalog.stock import Vehicle
from partners.models import Market, Recipient

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
    monthly: str
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


def card(listed: Listed, shelves: Shelves, held_minutes: int, today: Date) -> Card:
    item, vehicle = listed.item, listed.item.vehicle
    tag, kind = _tag(listed, held_minutes)
    return Card(
        url=url_for("catalog.stock_item", public_id=item.public_id),
        title=vehicle_name(vehicle),
        about=_about(listed),
        price=money(item.price),
        under_price=_("%(price)s on the road", price=money(listed.on_the_road)),
        monthly=_("%(price)s a month", price=money(shelves.by_the_month(item.price).instalment)),
        facts=(
            ("pin", localized(listed.dealer.name, listed.dealer.name_zh)),
            ("calendar", ready(item.ready_on, today)),
        ),
        tag=tag,
        tag_kind=kind,
        model=vehicle.model.slug,
        paint=vehicle.paint,
        wheels=vehicle.wheels,
        alt=picture(vehicle, shelves.equipment, _("from the side")),
    )


@dataclass(frozen=True)
class Alike:
    """A car to have instead of one that is gone, in one line."""

    public_id: str
    url: str
    words: str
    price: str
    model: str
    paint: str
    wheels: str


def alike(listed: Listed, today: Date) -> Alike:
    vehicle = listed.item.vehicle
    return Alike(
        public_id=listed.item.public_id,
        url=url_for("catalog.stock_item", public_id=listed.item.public_id),
        words=separator().join(
            (localized(listed.dealer.city, listed.dealer.city_zh), ready(listed.item.ready_on, today))
        ),
        price=money(listed.on_the_road),
        model=vehicle.model.slug,
        paint=vehicle.paint,
        wheels=vehicle.wheels,
    )


def vehicle_name(vehicle: Vehicle) -> str:
    title = vehicle.title
    return localized(title["en"], title["zh"])


def condition_name(condition: str) -> str:
    return {"new": _("New"), "demo": _("Demonstrator"), "used": _("Certified pre-owned")}[condition]


def _tag(listed: Listed, held_minutes: int) -> tuple[str, str]:
    if held_minutes:
        return ngettext(
            "Somebody is buying it, %(n)s minute left",
            "Somebody is buying it, %(n)s minutes left",
            held_minutes,
        ) % {"n": held_minutes}, "waiting"
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


VIEWS = ("front", "side", "rear")


def view_words(view: str) -> str:
    return {"front": _("from the front"), "side": _("from the side"), "rear": _("from the back")}[view]


def views_of(model: str) -> list[str]:
    return [
        view for view in VIEWS if (found := drawings.drawing(model, None, None, view)) and found.view == view
    ]


def drawn(name: str, shelves: Shelves, paint: str, wheels: str, view: str) -> str:
    """What the drawing of a model shows, that is not yet a car."""
    names = shelves.equipment
    return _(
        "%(model)s in %(paint)s with %(wheels)s wheels, %(view)s",
        model=name,
        paint=names[("paint", paint)].name_shown if ("paint", paint) in names else paint,
        wheels=names[("wheels", wheels)].name_shown if ("wheels", wheels) in names else wheels,
        view=view_words(view),
    )


@dataclass(frozen=True)
class PaintChoice:
    code: str
    label: str
    price: str
    url: str
    on: bool


def paints(slug: str, shelves: Shelves, chosen: str) -> list[PaintChoice]:
    return [
        PaintChoice(
            code=code,
            label=row.name_shown,
            price=f"+{money(Money(row.price_minor, row.currency))}" if row.price_minor else _("included"),
            url=url_for("catalog.model", slug=slug, paint=code),
            on=code == chosen,
        )
        for (family, code), row in shelves.equipment.items()
        if family == "paint"
    ]


def day_range(first: Date, last: Date) -> str:
    """12–18 Dec; 28 Dec – 3 Jan; 12 月 12–18 日."""
    zh = i18n.language() == "zh"
    if (first.year, first.month) == (last.year, last.month):
        if zh:
            return f"{first.month} 月 {first.day}–{last.day} 日"
        return f"{first.day}–{date(last, weekday=False)}"
    return f"{date(first, weekday=False)} – {date(last, weekday=False)}"


def full_day(day: Date) -> str:
    if i18n.language() == "zh":
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return format_date(day, "d MMM y", locale="en_GB").replace("Sept", "Sep")


def percent(share: Decimal) -> str:
    """To one decimal, as the rate of a credit is told; 20% has none."""
    return f"{(share * 100).quantize(Decimal('0.1'), ROUND_HALF_UP).normalize():f}%"


def terms(hire: HirePurchase) -> str:
    """The three that make a monthly figure mean something."""
    return _(
        "%(down)s down, %(n)s months, %(apr)s APR",
        down=percent(Decimal(hire.down_payment.amount_minor) / hire.cash_price.amount_minor),
        n=hire.months,
        apr=percent(hire.apr),
    )


def example(hire: HirePurchase, lender: Recipient | None) -> str:
    """A monthly figure never stands without it."""
    told = {
        "price": money(hire.cash_price),
        "down": money(hire.down_payment),
        "credit": money(hire.credit),
        "n": hire.months,
        "each": money(hire.instalment),
        "last": money(hire.last_instalment),
        "rate": percent(hire.rate),
        "apr": percent(hire.apr),
        "total": money(hire.total_payable),
    }
    text = _(
        "Example: price %(price)s, %(down)s down, credit %(credit)s. %(n)s months at %(each)s, the last %(last)s."
        " Interest %(rate)s a year, fixed, %(apr)s APR, %(total)s in all.",
        **told,
    )
    if lender is None:
        return text
    return f"{text} {_('Lender: %(name)s, who decides on it.', name=localized(lender.name, lender.name_zh))}"


def static(name: str) -> str:
    return assets.Manifest.load().url(name)


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
    cost: "Cost"
    seller: str
    grants: Mapping[str, Any]


PERIODS: dict[str, Callable[[], str]] = {
    "once": lambda: "",
    "daily": lambda: _("a day"),
    "monthly": lambda: _("a month"),
    "yearly": lambda: _("a year"),
}


FIRST_PERIODS: dict[str, Callable[[], str]] = {
    "once": lambda: "",
    "daily": lambda: "",
    "monthly": lambda: _("first month"),
    "yearly": lambda: _("first year"),
}


@dataclass(frozen=True)
class Cost:
    """What a service costs: `price` for `period`. With a promotion, `before` is the price that it replaces.

    `note` says what follows the first charge, or when alone it is reduced.
    """

    price: str
    period: str
    before: str = ""
    note: str = ""
    reduced_by: str = ""

    @property
    def words(self) -> str:
        return f"{self.price} {self.period}".strip()


def service(offer: Offer, seller: Recipient | None, off: Running) -> Service:
    return Service(
        sku=offer.sku,
        name=offer.name_shown,
        about=offer.summary_shown,
        cost=cost(offer, off),
        seller=localized(seller.name, seller.name_zh) if seller else "",
        grants=offer.grants,
    )


def cost(offer: Offer, off: Running) -> Cost:
    """As the cart will charge it: only the first charge is ever reduced, and with a car a month may begin later."""
    period, reduction = PERIODS[offer.billing](), off.services.get(offer.sku)
    whole = money(offer.price)
    if reduction is None or not reduction.of(offer.price):
        return Cost(whole, period)
    first = money(reduction.leaves(offer.price))
    name = localized(reduction.title["en"], reduction.title["zh"])
    if offer.billing == "monthly" and offer.starts != "today":
        note = _(
            "First month %(price)s where it starts today; with a new car it starts at the handover, at the usual price.",
            price=first,
        )
        return Cost(whole, period, note=note, reduced_by=name)
    then = _("Then %(price)s.", price=f"{whole} {period}") if offer.billing == "monthly" else ""
    return Cost(first, FIRST_PERIODS[offer.billing](), before=whole, note=then, reduced_by=name)


def delivery(market: Market, off: Running) -> Cost:
    whole = Money(market.delivery_minor, market.currency)
    if off.delivery is None or not off.delivery.of(whole):
        return Cost(money(whole), "")
    name = localized(off.delivery.title["en"], off.delivery.title["zh"])
    return Cost(money(off.delivery.leaves(whole)), "", before=money(whole), reduced_by=name)
