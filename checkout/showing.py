"""Facts ready to show: the templates of cart and checkout compute nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for

from app import clock, i18n
from app.i18n import N_, _, localized
from app.money import Money
from app.pages import date as shown_date
from app.pages import money, period
from app.pages import time as shown_time
from catalog.build import BuildPrice, delivery_window
from checkout.basket import SLOT_PURPOSES, Basket, BasketLine
from checkout.cart import MOST, Cart
from checkout.quote import (
    AT_HANDOVER,
    BY_DATE,
    DELIVERY_PROMOTION,
    MONTHLY,
    TODAY,
    Amount,
    Quote,
    service_starts,
)
from orders.addresses import in_one_line
from partners import calendar, slot_choice
from partners.models import Recipient
from partners.slot_choice import Day, Time, Turn

ICONS = {
    "charging": "bolt",
    "credits": "coin",
    "subscription": "repeat",
    "feature": "gear",
    "partner_product": "shield",
}
PLANS = ("charging", "credits", "subscription")
"""Of these a buyer takes one out of a row; features and partners' products stand each for itself."""
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
    change_url: str | None = None
    plan_url: str | None = None


@dataclass(frozen=True)
class PriceRow:
    label: str
    amount: str
    note: str = ""
    suffix: str = ""
    due: str = ""
    is_open: bool = False


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
class Picker:
    days: tuple[Day, ...]
    times: tuple[Time, ...]
    day_label: str
    earliest: str
    held: str
    purpose: str
    earlier: Turn | None = None
    later: Turn | None = None


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
    dealers: tuple[tuple[str, str], ...] = ()
    """(public id, name and address) of those to choose from; none where there is no choice."""
    dealer: str = ""
    let_go: str = ""
    """Said when the time that was held had to be let go."""


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
        button=_button(basket),
        side_line=_side_line(quote),
    )


def balance_words(quote: Quote) -> str:
    if quote.due_on is None:
        return _("Due before handover")
    return _("Due %(date)s", date=shown_date(quote.due_on, weekday=False))


def handover(
    basket: Basket, place: str, day: date | None = None, has_let_go: bool = False
) -> HandoverFacts | None:
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
                _delivery_price(basket),
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
    return HandoverFacts(
        tuple(ways),
        picker,
        place,
        method,
        dict(cart.address or {}),
        dealers=tuple((one.public_id, _dealer_line(one)) for one in basket.dealers)
        if len(basket.dealers) > 1
        else (),
        dealer=dealer.public_id,
        let_go=_("Your time at the other dealer is free again. Choose one at %(name)s.", name=dealer_name)
        if has_let_go and basket.slot is None
        else "",
    )


def _dealer_line(dealer: Recipient) -> str:
    """The city once, where the address does not tell it."""
    city = "" if dealer.city_shown in dealer.address_shown else dealer.city_shown
    return _(", ").join(part for part in (dealer.name_shown, dealer.address_shown, city) if part)


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
    mine = next((slot for slot in slots if slot.is_mine and slot.id == cart.slot_id), None)
    shown = slot_choice.choose(
        slots, basket.earliest_on, day, mine.public_id if mine else None, lambda on: _addresses(on, place)
    )
    return Picker(
        days=shown.days,
        times=shown.times,
        day_label=shown.day_label,
        earliest=_("Earliest %(date)s", date=shown_date(shown.first_free, weekday=False))
        if shown.first_free
        else "",
        held=_held_words(cart) if mine else "",
        purpose=SLOT_PURPOSES[cart.method],
        earlier=shown.earlier,
        later=shown.later,
    )


def handover_words(basket: Basket) -> tuple[str, ...]:
    """How, where and when, a line each; empty while nothing is chosen."""
    cart, dealer, slot = basket.cart, basket.dealer, basket.slot
    if dealer is None or cart.method not in SLOT_PURPOSES:
        return ()
    if cart.method == "home_delivery":
        address = cart.address or {}
        where = in_one_line(address)
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


def starting_today(basket: Basket) -> str:
    """The services that take an express wish to begin today, by name; empty where none does."""
    return _(", ").join(localized_title(line.line.title) for line in basket.starting_at_once)


def localized_title(title: dict[str, str] | None) -> str:
    return localized(title["en"], title.get("zh")) if title else ""


def describe(amount: Amount) -> str:
    return localized_title(amount.title) or _(amount.label)


def _delivery_price(basket: Basket) -> str:
    """As this very cart charges it, for one car."""
    whole = Money(basket.market.delivery_minor, basket.market.currency)
    if basket.off.delivery is None:
        return money(whole)
    left = money(basket.off.delivery.leaves(whole))
    return _("%(price)s instead of %(before)s", price=left, before=money(whole))


def _line(basket: Basket, line: BasketLine, at: datetime) -> Line:
    item, row = line.stock_item, line.line
    priced = line.priced
    starts_later = service_starts(priced, basket.quote.has_vehicle) == AT_HANDOVER and not line.is_vehicle
    about = localized(row.detail["en"], row.detail.get("zh"))
    sells = item or line.configuration
    look = sells.look() if sells is not None else None
    return Line(
        public_id=row.public_id,
        title=localized(row.title["en"], row.title.get("zh")),
        about=about,
        price=money(priced.total),
        period=period_words(priced.billing),
        note=" ".join(_notes(basket, line, starts_later, at)),
        model=look.model if look else None,
        paint=look.paint if look else "",
        wheels=look.wheels if look else "",
        icon=None if sells is not None else ICONS[row.kind],
        url=url_for("catalog.stock_item", public_id=item.public_id) if item is not None else None,
        hold=_hold(basket.cart, line, at),
        can_renew=item is not None
        and not line.is_held_by(basket.cart, at)
        and not line.is_gone(basket.cart, at),
        is_blocking=_is_blocking(basket.cart, line, at),
        quantity=row.quantity,
        most=MOST.get(row.kind, 1),
        change_url=f"{request.script_root}{line.configuration.configure_path()}"
        if line.configuration
        else None,
        plan_url=url_for("sharing.plan", line_id=row.public_id) if row.kind in PLANS else None,
    )


PERIODS = {
    "monthly": N_("a month"),
    "yearly": N_("first year"),
    "daily": N_("a day"),
}


def period_words(billing: str) -> str:
    return _(PERIODS[billing]) if billing in PERIODS else ""


def _notes(basket: Basket, line: BasketLine, starts_later: bool, at: datetime) -> list[str]:
    notes = []
    if line.configuration is not None:
        notes += _build_notes(basket, line.build, at)
    if starts_later:
        notes.append(_("Starts at handover."))
    was = Money(line.line.price_minor, line.priced.price.currency)
    if was != line.priced.price:
        notes.append(_("The price was %(was)s when you added it.", was=money(was)))
    return notes


def _build_notes(basket: Basket, build: BuildPrice | None, at: datetime) -> list[str]:
    """When it would be built, and how long the price stands; both are the catalogue's of today."""
    if build is None:
        return [_("A part of it is not offered any more. Change it or take it out, then check out.")]
    zone = basket.market.time_zone
    first, last = delivery_window(build.lead_days, at.astimezone(ZoneInfo(zone)).date())
    window = f"{shown_date(first, weekday=False)} – {shown_date(last, weekday=False)}"
    return [
        _("Built for you, ready %(window)s.", window=window),
        _("Today’s price; if it changes, you agree to it anew before you pay."),
    ]


def _hold(cart: Cart, line: BasketLine, at: datetime) -> Hold | None:
    if line.stock_item is None:
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
    is_open = amount.key == "purchase_tax"
    return PriceRow(describe(amount), money(amount.amount), note, due=_due_words(amount), is_open=is_open)


def _due_words(amount: Amount) -> str:
    if amount.when == TODAY:
        return _("Due today.")
    if amount.when == MONTHLY:
        return _("Each month.")
    if amount.due_on is None:
        return _("Due before handover.")
    return _("Due %(date)s.", date=shown_date(amount.due_on, weekday=False))


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
    taxes = any(a.key == "purchase_tax" for a in quote.of(BY_DATE))
    brought = ("delivery", DELIVERY_PROMOTION)
    delivery = Money.total((a.amount for a in quote.of(BY_DATE) if a.key in brought), quote.currency)
    rows = [
        PriceRow(_("Tax and plates") if taxes else _("Plates and registration"), money(extras)),
        PriceRow(_("On the road"), money(quote.on_the_road)),
    ]
    if any(a.key == "delivery" for a in quote.of(BY_DATE)):
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


def _button(basket: Basket) -> str:
    quote = basket.quote
    if basket.market.order_words == "obligation":
        return _("Order with obligation to pay")
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


def _addresses(on: date, place: str) -> tuple[str, str]:
    """Where a day opens its times, as a page and as a part of it."""
    page = "checkout.handover" if place == "checkout" else "checkout.cart"
    return (
        url_for(page, day=on.isoformat(), _anchor="slot-picker"),
        url_for("checkout.slots", day=on.isoformat(), place=place),
    )


def row_list(amounts: Sequence[Amount]) -> list[PriceRow]:
    return [_row(amount) for amount in amounts]
