"""One order as its buyer follows it: values ready to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app import clock
from app.i18n import N_, _, translate
from app.pages import date as shown_date
from app.pages import long_date
from app.pages import money as shown_money
from app.pages import time as shown_time
from catalog.stock import Look
from orders import before_driving, changing, door, handover_records, papers, statuses
from orders.desk import PriceRow, RefundRow, Step, history, price_rows, refund_rows, when, where
from orders.papers import Paper
from orders.sheet import Sheet, told

LEADS = {
    statuses.COMPLETED: N_("Everything in this order runs."),
}


@dataclass(frozen=True)
class Point:
    label: str
    when: str
    state: str


@dataclass(frozen=True)
class Fact:
    """A station of an order: its words when it is so and while it is next, since when, or when it is expected."""

    done: str
    to_come: str
    at: datetime | None
    expected: str = ""


@dataclass(frozen=True)
class Thing:
    """Something left for the buyer, or done."""

    title: str
    about: str
    done: bool
    is_payment: bool = False


@dataclass(frozen=True)
class Bought:
    title: str
    detail: str
    state: str


@dataclass(frozen=True)
class NeedRow:
    what: str
    who: str
    by: str
    state: str


@dataclass(frozen=True)
class Glance:
    """What a shared link shows: where the car is on its way and when it comes. No money, no address, no names."""

    number: str
    heading: str
    times: str
    status: str
    car_name: str
    look: Look | None
    at: int


@dataclass(frozen=True)
class OnTheWay:
    """The car on its way to the buyer's door, and the code that the driver asks for."""

    expected: str
    code: str
    has_arrived: bool


@dataclass(frozen=True)
class Tracking:
    public_id: str
    number: str
    status: str
    heading: str
    lead: str
    car_name: str
    look: Look | None
    points: Sequence[Point]
    at: int
    """Where the car stands between the six points, 1 to 6."""
    things: Sequence[Thing]
    things_heading: str
    history: Sequence[Step]
    dealer: str
    dealer_phone: str
    handover_heading: str
    when: str
    where: tuple[str, ...]
    bought: Sequence[Bought]
    today: Sequence[PriceRow]
    by_date: Sequence[PriceRow]
    monthly: Sequence[PriceRow]
    today_total: str
    by_date_total: str
    monthly_total: str
    due: str
    together: str
    paid: str
    balance: str
    needs: Sequence[NeedRow]
    refunds: Sequence[RefundRow]
    papers: Sequence[Paper]
    can_move: bool
    is_delivery: bool
    is_open: bool
    cancel_until: str
    """Empty once the time to cancel alone is over."""
    on_the_way: "OnTheWay | None"
    photos: Sequence[str]
    """Public ids of those that the dealer shows."""


def show(sheet: Sheet) -> Tracking:
    order = sheet.order
    points = _points(sheet)
    things = _things(sheet)
    monthly = sheet.sum("monthly")
    left = sum(1 for thing in things if not thing.done)
    return Tracking(
        public_id=order.public_id,
        number=order.number,
        status=order.status,
        heading=_heading(sheet),
        lead=_lead(sheet),
        car_name=sheet.car_name,
        look=sheet.look,
        points=points,
        at=_at(points),
        things=things,
        things_heading=_things_heading(left),
        history=history(sheet),
        dealer=sheet.dealer.name_shown if sheet.dealer else "",
        dealer_phone=sheet.dealer.phone if sheet.dealer else "",
        handover_heading=_("To your door") if order.method == "home_delivery" else _("At the dealer"),
        when=when(sheet),
        where=where(sheet),
        bought=_bought(sheet),
        today=price_rows(sheet, "today"),
        by_date=price_rows(sheet, "by_date"),
        monthly=price_rows(sheet, "monthly"),
        today_total=shown_money(sheet.sum("today")),
        by_date_total=shown_money(sheet.sum("by_date")),
        monthly_total=shown_money(monthly) if monthly else "",
        due=shown_date(order.due_on) if order.due_on else "",
        together=shown_money(sheet.value),
        paid=shown_money(sheet.paid),
        balance=shown_money(sheet.open_balance) if sheet.open_balance else "",
        needs=need_rows(sheet),
        refunds=refund_rows(sheet),
        papers=papers.papers(sheet),
        can_move=order.is_open and order.method in changing.PURPOSES,
        is_delivery=order.method == "home_delivery",
        is_open=order.is_open,
        cancel_until=shown_date(changing.free_until(order))
        if changing.can_still_cancel(order, clock.now())
        else "",
        on_the_way=_on_the_way(sheet),
        photos=handover_records.shown_photos(order.id),
    )


def glance(sheet: Sheet) -> Glance:
    order, slot = sheet.order, sheet.slot
    has_time = slot is not None and order.is_open
    times = f"{shown_time(slot.starts_at, sheet.zone)}–{shown_time(slot.ends_at, sheet.zone)}" if slot else ""
    return Glance(
        number=order.number,
        heading=_heading(sheet),
        times=times if has_time else "",
        status=translate(statuses.NAMES[order.status]).capitalize(),
        car_name=sheet.car_name,
        look=sheet.look,
        at=_at(_points(sheet)),
    )


def _on_the_way(sheet: Sheet) -> OnTheWay | None:
    """Of a car that stands ready, as no other sets off."""
    if sheet.order.status != statuses.READY or sheet.order.method != "home_delivery":
        return None
    run = handover_records.run_of(sheet.order.id)
    if run is None:
        return None
    code = door.code_of(run)
    return OnTheWay(
        shown_time(run.expected_at, sheet.zone), f"{code[:3]} {code[3:]}", run.arrived_at is not None
    )


def need_rows(sheet: Sheet, who: Mapping[str, str] = before_driving.WHO) -> list[NeedRow]:
    """The list of what must be so before the buyer drives; empty once it is handed over or cancelled.

    `who` names the sides for whoever reads it.
    """
    order = sheet.order
    if not order.is_open or order.method not in changing.PURPOSES:
        return []
    zone = ZoneInfo(sheet.zone)
    now = before_driving.Standing(
        today=clock.today(sheet.zone),
        balance=sheet.open_balance,
        due_on=order.due_on,
        handover_on=sheet.slot.starts_at.astimezone(zone).date() if sheet.slot else None,
        has_address=order.method == "dealer_handover" or bool(order.address),
        is_built=not sheet.awaits_vin,
        closed=[key for key, row in sheet.items.items() if not row.is_open],
    )
    return [_need_row(row, who) for row in before_driving.needs(now)]


def _need_row(row: before_driving.Need, who: Mapping[str, str]) -> NeedRow:
    by = shown_date(row.by) if row.by is not None else ""
    if row.state == before_driving.AT_HANDOVER:
        by = _("at the handover")
    elif row.state == before_driving.DONE:
        by = ""
    elif by:
        by = _("by %(date)s", date=by)
    return NeedRow(translate(row.what), translate(who[row.who]), by, row.state)


def _heading(sheet: Sheet) -> str:
    if sheet.order.is_cancelled:
        return _("Cancelled")
    handed_over_at = sheet.moved_at(statuses.HANDED_OVER)
    if handed_over_at is not None:
        return _("Yours since %(date)s", date=shown_date(handed_over_at, sheet.zone, weekday=False))
    if sheet.slot is not None:
        return long_date(sheet.slot.starts_at, sheet.zone)
    return _("Thank you") if sheet.car is None else _("Day to be agreed")


def _lead(sheet: Sheet) -> str:
    order = sheet.order
    if order.is_cancelled:
        return _cancelled(sheet)
    if order.status in LEADS:
        return translate(LEADS[order.status])
    if order.status == statuses.HANDED_OVER or sheet.slot is None:
        return sheet.dealer.name_shown if sheet.dealer else ""
    times = f"{shown_time(sheet.slot.starts_at, sheet.zone)}–{shown_time(sheet.slot.ends_at, sheet.zone)}"
    if order.method == "home_delivery":
        address = order.address or {}
        district = str(address.get("district") or address.get("city") or "")
        return _("%(times)s, to your door in %(place)s", times=times, place=district)
    place = sheet.dealer.name_shown if sheet.dealer else ""
    return _("%(times)s, at %(place)s", times=times, place=place)


def _cancelled(sheet: Sheet) -> str:
    """Where the money is, at a glance; the rows say more."""
    states = {row.state for row in sheet.refunds}
    if "failed" in states or "by_hand" in states:
        return _("This order was cancelled. We are on it that your money comes back.")
    if "owed" in states or sheet.paid > sheet.paid * 0:
        return _("This order was cancelled. What you paid online goes back to your card.")
    if "returned" in states:
        return _("This order was cancelled, and your money is back. A bank shows it within 5 to 10 days.")
    return _("This order was cancelled. Nothing was paid.")


def _points(sheet: Sheet) -> list[Point]:
    """Six facts, the done ones in the order they came true; the first open one is where the order stands, and is
    worded as still to come. A car made for the order is built where one from stock has its balance.
    """
    order, zone = sheet.order, sheet.zone
    due = shown_date(order.due_on, weekday=False) if order.due_on else ""
    day = shown_date(sheet.slot.starts_at, zone, weekday=False) if sheet.slot else ""
    paid_at = sheet.receipts[0].received_at if sheet.receipts else None
    ready_at = sheet.moved_at(statuses.READY) if order.status != statuses.PREPARING else None
    balance = Fact(
        _("Balance paid"),
        _("Balance to pay"),
        sheet.received_all_at,
        _("by %(date)s", date=due) if due else "",
    )
    made = Fact(_("Built"), _("Being built"), sheet.vin_at)
    preparation = Fact(_("In preparation"), _("To be prepared"), sheet.moved_at(statuses.PREPARING))
    between = (made if sheet.is_built else balance, preparation)
    facts = [
        Fact(_("Ordered"), "", order.placed_at),
        Fact(_("Deposit paid"), _("Deposit to pay"), paid_at),
        *sorted(between, key=lambda fact: (fact.at is None, fact.at or order.placed_at)),
        Fact(_("Ready"), _("Being made ready"), ready_at),
        Fact(_("Yours"), _("Your handover"), sheet.moved_at(statuses.HANDED_OVER), day),
    ]
    here = next((place for place, fact in enumerate(facts) if fact.at is None), len(facts))
    return [
        Point(fact.done, _day(fact.at, zone), "done")
        if fact.at is not None and place < here
        else Point(
            fact.to_come if place == here else fact.done,
            fact.expected,
            "current" if place == here else "open",
        )
        for place, fact in enumerate(facts)
    ]


def _day(at: datetime, zone: str) -> str:
    return shown_date(at, zone, weekday=False)


def _at(points: Sequence[Point]) -> int:
    return next((place for place, point in enumerate(points, 1) if point.state == "current"), len(points))


def _things(sheet: Sheet) -> list[Thing]:
    if sheet.order.is_cancelled or sheet.car is None:
        return []
    things = []
    if sheet.open_balance:
        due = _("Due %(date)s.", date=shown_date(sheet.order.due_on)) if sheet.order.due_on else ""
        amount = shown_money(sheet.open_balance)
        things.append(Thing(_("Pay the balance, %(amount)s", amount=amount), due, False, is_payment=True))
    else:
        at = sheet.received_all_at
        things.append(Thing(_("Balance paid"), _day(at, sheet.zone) if at else "", True))
    identity = sheet.items.get("identity_checked")
    if identity is not None and not identity.is_open:
        at = identity.closed_at
        things.append(Thing(_("Identity checked"), _day(at, sheet.zone) if at else "", True))
    elif sheet.order.is_open:
        about = _("We compare it with the order when the car is handed over.")
        things.append(Thing(_("Have your identity card with you"), about, False))
    return sorted(things, key=lambda thing: thing.done)


def _things_heading(left: int) -> str:
    if not left:
        return _("Nothing left for you to do")
    return _("One thing left for you") if left == 1 else _("Two things left for you")


def _bought(sheet: Sheet) -> list[Bought]:
    return [
        Bought(
            told(line.title) + (f" × {line.quantity}" if line.quantity > 1 else ""),
            told(line.detail),
            _state(sheet, line.kind, line.starts),
        )
        for line, _vehicle in sheet.lines
    ]


def _state(sheet: Sheet, kind: str, starts: str) -> str:
    if sheet.order.is_cancelled:
        return _("ended")
    if kind == "vehicle":
        return ""
    runs = sheet.order.status in (statuses.HANDED_OVER, statuses.COMPLETED) or starts == "today"
    return _("runs") if runs else _("from handover")
