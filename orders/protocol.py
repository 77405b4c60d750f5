"""The handover protocol: what changed hands, where, when, and who signed for it; values ready to be printed."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select

from app.db import session
from app.i18n import _, language, speaking, translate
from app.pages import number as shown_number
from app.pages import time as shown_time
from orders import checklist, handover_records, sheet
from orders.checklist import BALANCE, CHARGE, KEYS, ODOMETER, SIGNATURES
from orders.desk import where
from orders.handover_records import BUYER, DEALER, DoorRun, Signature
from orders.ink import Ink
from orders.protocol_pdf import Item, Mark, Protocol, drawn
from orders.records import ChecklistItem, Handover
from orders.sheet import Sheet, told


def of_order(public_id: str) -> tuple[str, bytes] | None:
    """File name and PDF, in the buyer's language; None while the car is not handed over."""
    found = sheet.load(public_id)
    done = session().scalars(select(Handover).where(Handover.order_id == found.order.id)).one_or_none()
    if done is None:
        return None
    with speaking(found.order.language):
        facts = protocol(
            found,
            done,
            handover_records.signatures_of(found.order.id),
            handover_records.photo_count(found.order.id),
        )
    return f"handover-{found.order.number}.pdf", drawn(facts)


def protocol(sheet: Sheet, done: Handover, signed: Mapping[str, Signature], photos: int) -> Protocol:
    order, dealer = sheet.order, sheet.dealer
    at = _stamp(sheet, done)
    place = _(", ").join(where(sheet))
    pairs = [
        (_("Order number"), order.number),
        (_("Handed over"), at),
        (_("Place"), place),
        (_("Buyer"), sheet.customer.name),
        (_("Dealer"), _(", ").join((dealer.name_shown, dealer.address_shown)) if dealer else ""),
    ]
    for line, vehicle in sheet.lines:
        if line.is_vehicle:
            vin = line.vin or (vehicle.vin if vehicle is not None else "")
            pairs += [(_("The car"), told(line.title)), (_("VIN"), vin)]
    pairs += _read(sheet.items, done)
    pairs.append((_("Photos"), str(photos) if photos else ""))
    pairs.append((_("At the door"), _proof(sheet, handover_records.run_of(order.id))))
    return Protocol(
        title=_("Handover protocol"),
        house="tarn",
        subject=_("Order %(number)s", number=order.number),
        pairs=[(label, value) for label, value in pairs if value],
        items_heading=_("Checked and explained"),
        items=[_item(row, sheet) for row in _in_order(sheet.items)],
        signatures_heading=_("Signatures"),
        marks=[
            _mark(signed[side], label, sheet)
            for side, label in ((BUYER, _("Buyer")), (DEALER, _("Dealer")))
            if side in signed
        ],
        foot=_("Car, keys and papers were handed over complete. Both sides have signed."),
        language=language(),
        at=done.handed_over_at,
    )


def _read(items: Mapping[str, ChecklistItem], done: Handover) -> list[tuple[str, str]]:
    keys = items.get(KEYS)
    rows = []
    if done.odometer_km is not None:
        rows.append((_("Odometer"), _("%(n)s km", n=shown_number(done.odometer_km))))
    if done.battery_percent is not None:
        rows.append((_("State of charge"), f"{done.battery_percent} %"))
    if keys is not None and keys.value is not None:
        rows.append((_("Keys handed over"), str(keys.value)))
    return rows


def _proof(sheet: Sheet, run: DoorRun | None) -> str:
    """How the buyer was known at the door; why it was not by the code stays with the house."""
    if run is None or run.arrived_at is None:
        return ""
    when = shown_time(run.arrived_at, sheet.zone)
    if run.proof == "code":
        return _("arrived %(time)s, the buyer gave the arrival code", time=when)
    return _("arrived %(time)s, without the arrival code", time=when)


def _in_order(items: Mapping[str, ChecklistItem]) -> Sequence[ChecklistItem]:
    return [
        items[item.key]
        for item in checklist.ITEMS
        if item.key in items
        and item.key not in (SIGNATURES, ODOMETER, CHARGE)
        and not items[item.key].is_open
    ]


def _item(row: ChecklistItem, sheet: Sheet) -> Item:
    known = checklist.BY_KEY[row.key]
    at = row.closed_at
    when = f"{_day(at.astimezone(ZoneInfo(sheet.zone)).date())} {shown_time(at, sheet.zone)}" if at else ""
    return Item(translate(known.name), _about(row, known), when)


def _about(row: ChecklistItem, known: checklist.Item) -> str:
    """What was written down with the tick, else what the point is about."""
    if row.key == BALANCE:
        return row.reference or ""
    return str(row.value) if row.key == KEYS and row.value is not None else translate(known.about)


def _mark(row: Signature, label: str, sheet: Sheet) -> Mark:
    local = row.signed_at.astimezone(ZoneInfo(sheet.zone))
    when = f"{_day(local.date())} {shown_time(row.signed_at, sheet.zone)}"
    ink = Ink.of(row.strokes) if row.strokes is not None else None
    how = "" if ink is not None else _("Signed by the full name, typed")
    return Mark(label, row.name, when, how, ink.strokes if ink is not None else ())


def _stamp(sheet: Sheet, done: Handover) -> str:
    local = done.handed_over_at.astimezone(ZoneInfo(sheet.zone))
    ahead = local.strftime("%z")  # names such as CST stand for several clocks
    clock = f"UTC{ahead[:3]}:{ahead[3:]}"
    return f"{_day(local.date())} {shown_time(done.handed_over_at, sheet.zone)} ({clock})"


def _day(day: date) -> str:
    """Paper outlives the day it is printed on: always with the year."""
    if language() == "zh":
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return format_date(day, "d MMMM y", locale="en_GB")
