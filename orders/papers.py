"""The papers of an order, each a page that prints: only those that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.i18n import _, language
from app.pages import date as shown_date
from app.pages import money as shown_money
from app.pages import number as shown_number
from app.pages import time as shown_time
from orders import statuses
from orders.desk import PriceRow, price_rows, when, where
from orders.records import Handover, Receipt
from orders.sheet import Sheet, told

ALL = "all"
ORDER = "order"
HANDOVER = "handover"


@dataclass(frozen=True)
class Paper:
    """A row of the list. `when` is its day."""

    kind: str
    name: str
    when: str


@dataclass(frozen=True)
class Part:
    """One sheet of paper, ready to print."""

    kind: str
    name: str
    day: str
    pairs: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str]] = ()
    today: Sequence[PriceRow] = ()
    by_date: Sequence[PriceRow] = ()
    monthly: Sequence[PriceRow] = ()
    today_total: str = ""
    by_date_total: str = ""
    monthly_total: str = ""
    together: str = ""
    foot: str = ""


def papers(sheet: Sheet) -> list[Paper]:
    """Order and price, a receipt for each payment, a slip for each refund, the handover."""
    zone = sheet.zone
    found = [Paper(ORDER, _("Order and price"), _day(sheet.order.placed_at, zone))]
    found += [Paper(kind, name, _day(row.received_at, zone)) for kind, name, row in _slips(sheet)]
    handed_over_at = sheet.moved_at(statuses.HANDED_OVER)
    if handed_over_at is not None:
        found.append(Paper(HANDOVER, _("Handover protocol"), _day(handed_over_at, zone)))
    return found


def parts(sheet: Sheet, kind: str, handover: Handover | None) -> list[Part]:
    """The sheets of one paper, or of all; empty for a paper that does not exist."""
    known = [paper.kind for paper in papers(sheet)]
    wanted = known if kind == ALL else [kind] if kind in known else []
    slips = {slip: (name, row) for slip, name, row in _slips(sheet)}
    made = []
    for one in wanted:
        if one == ORDER:
            made.append(_order(sheet))
        elif one == HANDOVER:
            made += [_handover(sheet, handover)] if handover is not None else []
        else:
            made.append(_slip(sheet, one, *slips[one]))
    return made


def _slips(sheet: Sheet) -> list[tuple[str, str, Receipt]]:
    found, came, back = [], 0, 0
    for row in sheet.receipts:
        if row.purpose == "bounced":
            continue
        amount = shown_money(row.amount if row.amount_minor > 0 else -row.amount)
        if row.amount_minor > 0:
            came += 1
            found.append((f"receipt-{came}", _("Receipt, %(amount)s", amount=amount), row))
        else:
            back += 1
            found.append((f"refund-{back}", _("Refund slip, %(amount)s", amount=amount), row))
    return found


def _parties(sheet: Sheet) -> list[tuple[str, str]]:
    pairs = [(_("Buyer"), sheet.customer.name)]
    if sheet.dealer is not None:
        seller = _(", ").join(part for part in (sheet.dealer.name_shown, sheet.dealer.address_shown) if part)
        pairs.append((_("Seller"), seller))
    return pairs


def _car(sheet: Sheet) -> list[tuple[str, str]]:
    if sheet.car is None:
        return []
    line, vehicle = sheet.car
    vin = vehicle.vin if vehicle is not None else _("follows when it is built")
    return [(_("Car bought"), told(line.title)), (_("VIN"), vin)]


def _order(sheet: Sheet) -> Part:
    order, monthly = sheet.order, sheet.sum("monthly")
    pairs = [(_("Ordered"), _stamp(order.placed_at, sheet.zone)), *_parties(sheet), *_car(sheet)]
    if order.is_cancelled:
        at = sheet.moved_at(statuses.CANCELLED)
        pairs.append((_("Cancelled"), _stamp(at, sheet.zone) if at else ""))
    elif when(sheet):
        pairs.append((_("Handover"), when(sheet)))
        pairs += [(_("Place"), _(", ").join(where(sheet)))] if where(sheet) else []
    if order.start_agreed_at is not None:
        pairs.append((_("Started at once at your wish"), _stamp(order.start_agreed_at, sheet.zone)))
    return Part(
        kind=ORDER,
        name=_("Order and price"),
        day=_day(order.placed_at, sheet.zone),
        pairs=pairs,
        lines=[
            (told(line.title) + (f" × {line.quantity}" if line.quantity > 1 else ""), told(line.detail))
            for line, _vehicle in sheet.lines
        ],
        today=price_rows(sheet, "today"),
        by_date=price_rows(sheet, "by_date"),
        monthly=price_rows(sheet, "monthly"),
        today_total=shown_money(sheet.sum("today")),
        by_date_total=shown_money(sheet.sum("by_date")),
        monthly_total=shown_money(monthly) if monthly else "",
        together=shown_money(sheet.value),
    )


def _slip(sheet: Sheet, kind: str, name: str, row: Receipt) -> Part:
    is_back = row.amount_minor < 0
    how = _("Bank transfer") if row.method == "bank_transfer" else _("Online, by card")
    pairs = [
        (_("Given back") if is_back else _("Received"), _stamp(row.received_at, sheet.zone)),
        (_("Amount"), shown_money(-row.amount if is_back else row.amount)),
        (_("How"), how),
        (_("Reference"), row.reference),
        *_parties(sheet),
        *_car(sheet),
    ]
    foot = _("A bank shows it within 5 to 10 days.") if is_back else ""
    return Part(kind, name, _day(row.received_at, sheet.zone), pairs, foot=foot)


def _handover(sheet: Sheet, done: Handover) -> Part:
    pairs = [
        (_("Handed over"), _stamp(done.handed_over_at, sheet.zone)),
        (_("Place"), _(", ").join(where(sheet))),
        *_parties(sheet),
        *_car(sheet),
    ]
    if done.odometer_km is not None:
        pairs.append((_("Odometer"), _("%(n)s km", n=shown_number(done.odometer_km))))
    if done.battery_percent is not None:
        pairs.append((_("State of charge"), f"{done.battery_percent} %"))
    keys = sheet.items.get("keys_counted")
    if keys is not None and keys.value is not None:
        pairs.append((_("Keys handed over"), str(keys.value)))
    return Part(
        HANDOVER,
        _("Handover protocol"),
        _day(done.handed_over_at, sheet.zone),
        pairs,
        foot=_("Car, keys and papers were handed over complete. Both sides have signed."),
    )


def _day(at: datetime, zone: str) -> str:
    return shown_date(at, zone, weekday=False)


def _stamp(at: datetime, zone: str) -> str:
    """Paper outlives the day it is printed on: always with the year."""
    day = at.astimezone(ZoneInfo(zone)).date()
    if language() == "zh":
        return f"{day.year} 年 {day.month} 月 {day.day} 日 {shown_time(at, zone)}"
    return f"{format_date(day, 'd MMMM y', locale='en_GB')}, {shown_time(at, zone)}"
