"""Choosing another day or place for the handover, ready to show: the ways, the times, and what a choice changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import url_for

from app.errors import Refusal
from app.i18n import _
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from app.pages import period
from orders import changing
from orders.changing import DELIVERY_KEYS, PURPOSES, Effect, Wish
from orders.desk import when, where
from orders.sheet import Sheet
from partners import calendar, slot_choice
from partners.here import market_of
from partners.slot_choice import Choice

DAYS_LOOKED_AT = 28


@dataclass(frozen=True)
class WayLink:
    label: str
    url: str
    note: str
    current: bool


@dataclass(frozen=True)
class HandoverChoice:
    """`why_not` is empty while the handover can be moved."""

    public_id: str
    number: str
    when: str
    where: Sequence[str]
    ways: Sequence[WayLink]
    method: str
    picker: Choice | None
    earliest: str
    why_not: str


@dataclass(frozen=True)
class Row:
    label: str
    before: str
    after: str
    is_changed: bool


@dataclass(frozen=True)
class Change:
    public_id: str
    number: str
    method: str
    slot: str
    rows: Sequence[Row]
    back: str
    expected_minor: int
    asks_address: bool
    address: Mapping[str, str]
    address_fields: Sequence[str]
    choose_url: str


def show(sheet: Sheet, asked: str | None, day: date | None, at: datetime) -> HandoverChoice:
    order = sheet.order
    ways: list[WayLink] = []
    picker, earliest, why_not, method = None, "", "", order.method
    try:
        dealer = changing.refuse_unless_movable(order, sheet.slot, sheet.dealer, at)
    except Refusal as refused:
        why_not = refused.text
    else:
        cars = changing.cars_of(order)
        possible = changing.ways(order, dealer, cars)
        method = asked if asked in possible else order.method
        count = sum(1 for line in order.lines if line.is_vehicle)
        ways = [_way(sheet, way, way == method, count) for way in possible]
        today = at.astimezone(ZoneInfo(dealer.time_zone)).date()
        soonest = changing.earliest(order, cars, today)
        slots = calendar.open_slots(
            dealer.id,
            PURPOSES[method],
            soonest,
            days=DAYS_LOOKED_AT,
            limit=400,
            holder=order.id,
            with_full=True,
        )
        mine = next((slot.public_id for slot in slots if slot.id == order.slot_id), None)
        picker = slot_choice.choose(
            slots, soonest, day, mine, lambda on: (_address(sheet, method, on.isoformat()), "")
        )
        first = picker.first_free
        earliest = _("Earliest %(date)s", date=shown_date(first, weekday=False)) if first else ""
    return HandoverChoice(
        public_id=order.public_id,
        number=order.number,
        when=when(sheet),
        where=where(sheet),
        ways=ways,
        method=method,
        picker=picker,
        earliest=earliest,
        why_not=why_not,
    )


def effect(sheet: Sheet, wish: Wish, told: Effect, typed: Mapping[str, str]) -> Change:
    order, slot = sheet.order, wish.slot
    market = market_of(order.market_key)
    is_new_address = wish.method == "home_delivery" and order.method != "home_delivery"
    zero = Money.zero(order.currency)
    delivered = Money.total((row.amount for row in sheet.amounts if row.key in DELIVERY_KEYS), order.currency)
    rows = [
        _row(_("When"), when(sheet) or _("no time yet"), period(slot.starts_at, slot.ends_at, sheet.zone)),
        _row(_("Where"), _place(sheet, order.method), _place(sheet, wish.method)),
        _row(_("Home delivery"), _price(delivered), _price(delivered + told.delivery)),
        _row(_("Together"), shown_money(sheet.value), shown_money(told.value_after)),
        _row(_("Still to pay"), shown_money(told.balance_before), shown_money(told.balance_after)),
    ]
    if told.balance_after:
        due = shown_date(order.due_on) if order.due_on and told.balance_before else "–"
        rows.append(_row(_("To be paid by"), due, shown_date(told.due_on)))
    known = {name: str((order.address or {}).get(name, "")) for name in market.address_fields}
    return Change(
        public_id=order.public_id,
        number=order.number,
        method=wish.method,
        slot=slot.public_id,
        rows=rows,
        back=shown_money(told.back) if told.back > zero else "",
        expected_minor=told.value_after.amount_minor,
        asks_address=is_new_address,
        address={name: typed.get(name) or known[name] for name in market.address_fields},
        address_fields=market.address_fields,
        choose_url=_address(sheet, wish.method, ""),
    )


def _way(sheet: Sheet, method: str, current: bool, cars: int) -> WayLink:
    market = market_of(sheet.order.market_key)
    if method == "home_delivery":
        label = _("Brought to your door")
        note = shown_money(Money(market.delivery_minor, market.currency) * cars)
    else:
        label, note = _("Handed over at the dealer"), _("Included")
    return WayLink(label, _address(sheet, method, ""), note, current)


def _address(sheet: Sheet, method: str, day: str) -> str:
    told = {"method": method} | ({"day": day} if day else {})
    return url_for("order_buyer.choose", public_id=sheet.order.public_id, _anchor="slot-picker", **told)  # type: ignore[arg-type]


def _place(sheet: Sheet, method: str) -> str:
    if method == sheet.order.method:
        return _(", ").join(where(sheet))
    if method == "home_delivery":
        return _("Brought to your door")
    dealer = sheet.dealer
    return _(", ").join((dealer.name_shown, dealer.address_shown)) if dealer else ""


def _price(amount: Money) -> str:
    return shown_money(amount) if amount else _("none")


def _row(label: str, before: str, after: str) -> Row:
    return Row(label, before, after, before != after)
