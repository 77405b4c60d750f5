"""Facts ready to show: the templates of cart and checkout compute nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import url_for

from app import clock, i18n
from app.i18n import N_, _, localized
from app.money import Money
from app.pages import date as shown_date
from app.pages import long_date, money, period
from app.pages import time as shown_time
from checkout.basket import SLOT_PURPOSES, Basket, BasketLine
from checkout.cart import MOST, Cart
from checkout.quote import AT_HANDOVER, BY_DATE, MONTHLY, TODAY, Amount, Quote, service_starts
from checkout.refusals import SlotTooEarly
from partners import calendar
from partners.calendar import SlotView

ICONS = {
    "charging": "bolt",
    "credits": "coin",
    "subscription": "repeat",
    "feature": "gear",
    "partner_product": "shield",
}
DAYS_SHOWN = 8
SLOTS_LOOKED_AT = 28


@dataclass(frozen=True)
class Hold:
    words: str
    kind: str
    until: datetime | None


@dataclass(frozen=True)
class Line:
    public_id: str
    title: str
    about: str
    price: str
    period: str
    note: str
    model: str | None
    paint: str
    wheels: str
    icon: str | None
    url: str | None
    hold: Hold | None
    can_renew: bool
    is_blocking: bool
    quantity: int
    most: int


@dataclass(frozen=True)
class PriceRow:
    label: str
    amount: str
    note: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Pay:
    """The box "What you pay"; figures as text, plus the two that a form carries back."""

    rows: tuple[PriceRow, ...]
    total_label: str
    total: str
    monthly: str
    today: str
    today_words: str
    balance: str
    balance_words: str
    bar_line: str
    today_minor: int
    content_hash: str
    has_vehicle: bool
    summary: tuple[PriceRow, ...]
    today_rows: tuple[PriceRow, ...]
    balance_rows: tuple[PriceRow, ...]
    monthly_rows: tuple[PriceRow, ...]
    heading: str
    heading_words: str
    button: str
    side_line: str


@dataclass(frozen=True)
class Day:
    value: str
    weekday: str
    day: int
    free: bool
    current: bool
    label: str
    url: str
    fragment_url: str


@dataclass(frozen=True)
class Time:
    value: str
    words: str
    free: bool
    checked: bool


@dataclass(frozen=True)
class Picker:
    days: tuple[Day, ...]
    times: tuple[Time, ...]
    day_label: str
    earliest: str
    held: str
    purpose: str


@dataclass(frozen=True)
class Way:
    value: str
    title: str
    text: str
    price: str
    icon: str
    checked: bool


@dataclass(frozen=True)
class HandoverFacts:
    ways: tuple[Way, ...]
    picker: Picker | None
    place: str
    method: str
    address: dict[str, str]


@dataclass(frozen=True)
class Step:
    label: str
    state: str
    url: str


def lines(basket: Basket, at: datetime) -> list[Line]:
    return [_line(basket, line, at) for line in basket.lines]


def has_blocking_line(basket: Basket, at: datetime) -> bool:
    """A car whose hold is over, or something that is gone: to be held again or taken out before paying."""
    return any(_is_blocking(basket.cart, line, at) for line in basket.lines)


def pay(basket: Basket) -> Pay:
    quote = basket.quote
    monthly = quote.of(MONTHLY)
    monthly_words = ", ".join(f"{money(a.amount)} {localized_title(a.title)}" for a in monthly)
    if quote.has_vehicle:
        total_label, total = _("Together"), quote.together
    else:
        total_label, total = _("Today"), quote.today
    return Pay(
        rows=tuple(_rows(quote)),
        total_label=total_label,
        total=money(total),
        monthly=monthly_words,
        today=money(quote.today),
        today_words=_today_words(basket),
        balance=money(quote.balance) if quote.has_vehicle else "",
        balance_words=balance_words(quote),
        bar_line=_bar_line(quote),
        today_minor=quote.today.amount_minor,
        content_hash=basket.fingerprint,
        has_vehicle=quote.has_vehicle,
        summary=tuple(_summary(quote)),
        today_rows=tuple(_row(amount) for amount in quote.of(TODAY)),
        balance_rows=tuple(_row(amount) for amount in quote.of(BY_DATE)),
        monthly_rows=tuple(_row(amount) for amount in monthly),
        heading=_heading(quote),
        heading_words=_heading_words(basket),
        button=_button(quote),
        side_line=_side_line(quote),
    )


def balance_words(quote: Quote) -> str:
    if quote.due_on is None:
        return _("Due before handover")
    return _("Due %(date)s", date=shown_date(quote.due_on, weekday=False))


def handover(basket: Basket, place: str, day: date | None = None) -> HandoverFacts | None:
    """None when there is no car. One statement, for the slots of the chosen way."""
    cart, dealer = basket.cart, basket.dealer
    if dealer is None:
        return None
    method = cart.method if cart.method in SLOT_PURPOSES else ""
    dealer_name, city = dealer.name_shown, dealer.city_shown
    ways = []
    if basket.can_be_delivered:
        ways.append(
            Way(
                "home_delivery",
                _("Brought to your door"),
                _(
                    "%(name)s brings the car, shows you everything and takes the plates along.",
                    name=dealer_name,
                ),
                money(Money(basket.market.delivery_minor, basket.market.currency)),
                "home",
                method == "home_delivery",
            )
        )
    ways.append(
        Way(
            "dealer_handover",
            _("Handed over at a dealer"),
            _("%(name)s, %(city)s. A private bay and time for every question.", name=dealer_name, city=city),
            _("Included"),
            "pin",
            method == "dealer_handover",
        )
    )
    picker = slot_picker(basket, place, day) if method else None
    return HandoverFacts(tuple(ways), picker, place, method, dict(cart.address or {}))


def slot_picker(basket: Basket, place: str, day: date | None) -> Picker:
    dealer, cart = basket.dealer, basket.cart
    assert dealer is not None
    slots = calendar.open_slots(
        dealer.id,
        SLOT_PURPOSES[cart.method],
        basket.earliest_on,
        days=SLOTS_LOOKED_AT,
        limit=400,
        holder=cart.id,
        with_full=True,
    )
    by_day = calendar.by_day(slots)
    mine = next((slot for slot in slots if slot.is_mine and slot.id == cart.slot_id), None)
    free_days = [on for on, those in by_day.items() if any(slot.free for slot in those)]
    chosen = day if day in by_day else mine.day if mine else free_days[0] if free_days else None
    first = _first_shown(chosen, basket.earliest_on)
    return Picker(
        days=tuple(_day(first + timedelta(days=ahead), by_day, chosen, place) for ahead in range(DAYS_SHOWN)),
        times=tuple(
            Time(slot.public_id, slot.times, slot.free > 0, mine is not None and slot.id == mine.id)
            for slot in by_day.get(chosen, [])
        )
        if chosen
        else (),
        day_label=long_date(chosen) if chosen else "",
        earliest=_("Earliest %(date)s", date=shown_date(free_days[0], weekday=False)) if free_days else "",
        held=_held_words(cart) if mine else "",
        purpose=SLOT_PURPOSES[cart.method],
    )


def handover_words(basket: Basket) -> tuple[str, ...]:
    """How, where and when, a line each; empty while nothing is chosen."""
    cart, dealer, slot = basket.cart, basket.dealer, basket.slot
    if dealer is None or cart.method not in SLOT_PURPOSES:
        return ()
    if cart.method == "home_delivery":
        address = cart.address or {}
        where = address_line(address)
        how = _("Brought to your door")
    else:
        where = (
            f"{dealer.name_shown}, {dealer.address_shown}"
            if i18n.language() == "en"
            else (f"{dealer.name_shown}，{dealer.address_shown}")
        )
        how = _("Handed over at a dealer")
    when = period(slot.starts_at, slot.ends_at, dealer.time_zone) if slot else ""
    return tuple(words for words in (how, where, when) if words)


def address_line(address: dict[str, Any]) -> str:
    parts = [str(address.get(name, "")) for name in ("street", "district", "city")]
    if not "".join(parts).isascii():
        return "".join(reversed([part for part in parts if part]))
    return ", ".join(part for part in parts if part)


def steps(current: str, basket: Basket) -> list[Step]:
    names = {
        "contact": _("Contact"),
        "handover": _("Handover"),
        "review": _("Review"),
        "pay": _("Pay"),
    }
    order = [name for name in names if name != "handover" or basket.needs_handover]
    here = order.index(current) if current in order else 0
    shown = []
    for place, name in enumerate(order):
        state = "current" if place == here else "done" if place < here else "open"
        shown.append(Step(names[name], state, url_for(f"checkout.{name}")))
    return shown


def localized_title(title: dict[str, str] | None) -> str:
    return localized(title["en"], title.get("zh")) if title else ""


def describe(amount: Amount) -> str:
    return localized_title(amount.title) or _(amount.label)


def _line(basket: Basket, line: BasketLine, at: datetime) -> Line:
    item, row = line.stock_item, line.line
    priced = line.priced
    starts_later = service_starts(priced, basket.quote.has_vehicle) == AT_HANDOVER and not line.is_vehicle
    about = localized(row.detail["en"], row.detail.get("zh"))
    look = item.look() if item is not None else None
    return Line(
        public_id=row.public_id,
        title=localized(row.title["en"], row.title.get("zh")),
        about=about,
        price=money(priced.total),
        period=_(_PERIODS[priced.billing]) if priced.billing in _PERIODS else "",
        note=" ".join(_notes(line, starts_later)),
        model=look.model if look else None,
        paint=look.paint if look else "",
        wheels=look.wheels if look else "",
        icon=None if item is not None else ICONS[row.kind],
        url=url_for("catalog.stock_item", public_id=item.public_id) if item is not None else None,
        hold=_hold(basket.cart, line, at),
        can_renew=item is not None
        and not line.is_held_by(basket.cart, at)
        and not line.is_gone(basket.cart, at),
        is_blocking=_is_blocking(basket.cart, line, at),
        quantity=row.quantity,
        most=MOST.get(row.kind, 1),
    )


_PERIODS = {
    "monthly": N_("a month"),
    "yearly": N_("first year"),
    "daily": N_("a day"),
}


def _notes(line: BasketLine, starts_later: bool) -> list[str]:
    notes = []
    if starts_later:
        notes.append(_("Starts at handover."))
    was = Money(line.line.price_minor, line.priced.price.currency)
    if was != line.priced.price:
        notes.append(_("The price was %(was)s when you added it.", was=money(was)))
    return notes


def _hold(cart: Cart, line: BasketLine, at: datetime) -> Hold | None:
    if not line.is_vehicle:
        return None
    if line.is_held_by(cart, at) and line.hold is not None:
        until = line.hold.until
        if until is None:
            return Hold(_("Held for you"), "done", None)
        return Hold(_("Held for you until %(time)s", time=shown_time(until)), "done", until)
    if line.is_gone(cart, at):
        return Hold(_("Somebody else has this car now"), "problem", None)
    return Hold(_("No longer held for you"), "waiting", None)


def _is_blocking(cart: Cart, line: BasketLine, at: datetime) -> bool:
    return line.is_gone(cart, at) or (line.is_vehicle and not line.is_held_by(cart, at))


def _rows(quote: Quote) -> list[PriceRow]:
    """Car, tax, plates, then what they make; then everything else that is paid once. Deposits are shown apart."""
    if not quote.has_vehicle:
        return [_row(amount) for amount in quote.of(TODAY)]
    once = [a for a in (*quote.of(BY_DATE), *quote.of(TODAY)) if a.key not in ("deposit", "deposit_paid")]
    car_keys = {a.line_key for a in quote.of(BY_DATE) if a.key == "car"}
    road = [a for a in once if a.line_key in car_keys]
    rest = [a for a in once if a.line_key not in car_keys]
    rows = [_row(amount) for amount in road]
    if rest:
        rows.append(PriceRow(_("On the road"), money(quote.on_the_road)))
    return [*rows, *(_row(amount) for amount in rest)]


def _row(amount: Amount) -> PriceRow:
    note = _(amount.reason, **amount_params(amount)) if amount.reason else ""
    return PriceRow(describe(amount), money(amount.amount), note)


def amount_params(amount: Amount) -> dict[str, Any]:
    return {
        name: money(value) if isinstance(value, Money) else value for name, value in amount.params.items()
    }


def _summary(quote: Quote) -> list[PriceRow]:
    """The side of checkout: everything beside the car in two lines, then the two sums."""
    if not quote.has_vehicle:
        return []
    extras = Money.total(
        (a.amount for a in quote.of(BY_DATE) if a.key in ("purchase_tax", "plates", "transfer")),
        quote.currency,
    )
    delivery = Money.total((a.amount for a in quote.of(BY_DATE) if a.key == "delivery"), quote.currency)
    rows = [
        PriceRow(_("Tax and plates"), money(extras)),
        PriceRow(_("On the road"), money(quote.on_the_road)),
    ]
    if delivery:
        rows.append(PriceRow(_("Home delivery"), money(delivery)))
    return [*rows, PriceRow(_("Together"), money(quote.together))]


def _heading(quote: Quote) -> str:
    if not quote.today:
        return _("Place your order")
    return _("Pay your deposit") if _is_deposit_only(quote) else _("Pay what is due today")


def _heading_words(basket: Basket) -> str:
    quote = basket.quote
    if not quote.has_vehicle:
        return _("%(amount)s today.", amount=money(quote.today))
    return _(
        "%(amount)s today. The deposit is fully refundable for %(days)s days, no reason needed.",
        amount=money(quote.today),
        days=basket.market.cancel_days,
    )


def _button(quote: Quote) -> str:
    if not quote.today:
        return _("Place the order")
    if _is_deposit_only(quote):
        return _("Pay %(amount)s deposit", amount=money(quote.today))
    return _("Pay %(amount)s", amount=money(quote.today))


def _side_line(quote: Quote) -> str:
    if not quote.has_vehicle:
        return _("today")
    if quote.due_on is None:
        return _("today. %(balance)s before handover", balance=money(quote.balance))
    return _(
        "today. %(balance)s by %(date)s",
        balance=money(quote.balance),
        date=shown_date(quote.due_on, weekday=False),
    )


def _is_deposit_only(quote: Quote) -> bool:
    return quote.has_vehicle and all(a.key == "deposit" for a in quote.of(TODAY))


def _today_words(basket: Basket) -> str:
    quote, terms = basket.quote, basket.market
    if not quote.has_vehicle:
        return ""
    first = (
        _("Deposit, fully refundable for %(days)s days.", days=terms.cancel_days)
        if _is_deposit_only(quote)
        else _("Deposit, refundable for %(days)s days, and what starts today.", days=terms.cancel_days)
    )
    rest = _("The rest is due %(days)s days before handover.", days=terms.balance_days_before_handover)
    return f"{first} {rest}" if i18n.language() == "en" else first + rest


def _bar_line(quote: Quote) -> str:
    monthly, today = quote.monthly, quote.today
    if monthly and quote.has_vehicle:
        return _("then %(monthly)s a month. %(today)s today", monthly=money(monthly), today=money(today))
    if monthly:
        return _("then %(monthly)s a month", monthly=money(monthly))
    return _("%(today)s today", today=money(today)) if quote.has_vehicle else ""


def _held_words(cart: Cart) -> str:
    if cart.slot_held_until is None or cart.slot_held_until <= clock.now():
        return ""
    return _("Held for you until %(time)s", time=shown_time(cart.slot_held_until))


def _first_shown(chosen: date | None, earliest: date) -> date:
    """The strip moves on with the chosen day and never shows less than a day before it."""
    if chosen is None or chosen < earliest + timedelta(days=DAYS_SHOWN):
        return earliest
    return chosen - timedelta(days=1)


def _day(on: date, by_day: dict[date, list[SlotView]], chosen: date | None, place: str) -> Day:
    page = "checkout.handover" if place == "checkout" else "checkout.cart"
    return Day(
        value=on.isoformat(),
        weekday=format_date(on, "ccc", locale=i18n.locale()),
        day=on.day,
        free=any(slot.free for slot in by_day.get(on, [])),
        current=on == chosen,
        label=long_date(on),
        url=url_for(page, day=on.isoformat(), _anchor="slot-picker"),
        fragment_url=url_for("checkout.slots", day=on.isoformat(), place=place),
    )


def parsed_day(told: str | None) -> date | None:
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        raise SlotTooEarly() from None


def row_list(amounts: Sequence[Amount]) -> list[PriceRow]:
    return [_row(amount) for amount in amounts]
