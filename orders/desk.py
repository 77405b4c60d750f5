"""One order as its dealer works on it: values ready to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.i18n import N_, _, translate
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.pages import money as shown_money
from app.pages import number as shown_number
from app.pages import period as shown_period
from catalog.stock import Look
from orders import checklist, statuses
from orders.checklist import BALANCE, ODOMETER
from orders.records import OrderMove, Receipt
from orders.sheet import Sheet, told

FIELD_LABELS: Mapping[str, str] = {
    "keys": N_("Keys"),
    "kilometres": N_("Kilometres"),
    "reference": N_("Reference of the transfer"),
}
MOVED: Mapping[str, str] = {
    statuses.PLACED: N_("Order placed"),
    statuses.PREPARING: N_("Preparation began"),
    statuses.READY: N_("Car ready"),
    statuses.HANDED_OVER: N_("Car handed over"),
    statuses.COMPLETED: N_("Everything runs"),
    statuses.CANCELLED: N_("Order cancelled"),
}
ENDS: Mapping[str, str] = {
    statuses.HANDED_OVER: N_("The car is the buyer’s. Its services run."),
    statuses.COMPLETED: N_("Everything on this order runs."),
    statuses.CANCELLED: N_("The car and the time are free again. Online payments go back by themselves."),
}


@dataclass(frozen=True)
class ItemRow:
    """One point of the checklist. takes: nothing, keys, kilometres or reference."""

    key: str
    name: str
    about: str
    takes: str
    field_label: str
    is_open: bool
    can_reopen: bool
    done: str
    typed: str
    error: str


@dataclass(frozen=True)
class PriceRow:
    label: str
    amount: str
    note: str


@dataclass(frozen=True)
class Step:
    """A line of the timeline."""

    what: str
    when: str
    note: str
    at: datetime


@dataclass(frozen=True)
class Desk:
    public_id: str
    number: str
    status: str
    status_name: str
    status_kind: str
    customer: str
    initials: str
    email: str | None
    phone: str | None
    language_name: str
    when: str
    where: tuple[str, ...]
    car_name: str
    vin: str
    look: Look | None
    before_ready: Sequence[ItemRow]
    at_handover: Sequence[ItemRow]
    missing: str
    next_move: str
    """prepare, wait, ready, handover or none."""
    next_text: str
    balance: str
    due: str
    prices: Sequence[PriceRow]
    total: str
    monthly: str
    services: Sequence[tuple[str, str]]
    history: Sequence[Step]
    can_cancel: bool
    why: str
    refused: str
    """Why the last thing sent was not done, when it was about the whole order."""


def show(
    sheet: Sheet,
    names: Mapping[str, str],
    typed: Mapping[str, str],
    refused: str = "",
    refused_key: str | None = None,
) -> Desk:
    order = sheet.order
    rows = {
        item.key: _item(sheet, item, names, typed, refused if item.key == refused_key else "")
        for item in checklist.ITEMS
        if item.key in sheet.items
    }
    next_move, missing = _next(sheet)
    monthly = sheet.sum("monthly")
    return Desk(
        public_id=order.public_id,
        number=order.number,
        status=order.status,
        status_name=translate(statuses.NAMES[order.status]).capitalize(),
        status_kind={"ready": "done", "handed_over": "done", "cancelled": "problem"}.get(
            order.status, "plain"
        ),
        customer=sheet.customer.name,
        initials=_initials(sheet.customer.name),
        email=sheet.customer.email,
        phone=sheet.customer.phone_e164,
        language_name="中文" if sheet.customer.language == "zh" else "English",
        when=when(sheet),
        where=where(sheet),
        car_name=sheet.car_name,
        vin=sheet.car[1].vin if sheet.car else "",
        look=sheet.look,
        before_ready=[row for key, row in rows.items() if checklist.BY_KEY[key].before_ready],
        at_handover=[row for key, row in rows.items() if not checklist.BY_KEY[key].before_ready],
        missing=missing,
        next_move=next_move,
        next_text=translate(ENDS[order.status]) if order.status in ENDS else "",
        balance=shown_money(sheet.open_balance) if sheet.open_balance else "",
        due=_due(sheet),
        prices=price_rows(sheet),
        total=shown_money(sheet.value),
        monthly=shown_money(monthly) if monthly else "",
        services=_services(sheet),
        history=history(sheet, names),
        can_cancel=order.is_open,
        why=typed.get("why", "")[:200],
        refused=refused if refused_key is None else "",
    )


def when(sheet: Sheet) -> str:
    """The time of the handover; a cancelled order has none any more."""
    if sheet.slot is None or sheet.order.is_cancelled:
        return ""
    return shown_period(sheet.slot.starts_at, sheet.slot.ends_at, sheet.zone)


def where(sheet: Sheet) -> tuple[str, ...]:
    """The lines of the place where the car changes hands."""
    order, dealer = sheet.order, sheet.dealer
    if order.method == "home_delivery" and order.address:
        parts = [
            str(order.address[name]) for name in ("city", "district", "street") if order.address.get(name)
        ]
        return (_(", ").join(parts),)
    if order.method == "dealer_handover" and dealer is not None:
        return (dealer.name_shown, dealer.address_shown)
    return ()


def price_rows(sheet: Sheet, *times: str) -> list[PriceRow]:
    """The printed amounts of these times, word for word."""
    wanted = times or ("today", "by_date")
    # Read together, the deposit and the line that takes it off again say nothing: they cancel out.
    silent = () if times else ("deposit", "deposit_paid")
    return [
        PriceRow(told(row.label), shown_money(row.amount), told(row.reason) if row.reason else "")
        for row in sheet.amounts
        if row.due in wanted and row.key not in silent
    ]


def history(sheet: Sheet, names: Mapping[str, str] | None = None) -> list[Step]:
    """Moves and money, the latest first. With the names of the staff it is the house's own: who did it, and why."""
    zone = sheet.zone
    steps = [
        Step(
            translate(MOVED[move.to_status]),
            shown_datetime(move.at, zone),
            _by(move, names, move.why),
            move.at,
        )
        for move in sheet.moves
    ]
    for row in sheet.receipts:
        came = row.amount_minor > 0
        amount = shown_money(row.amount if came else -row.amount)
        words = _("%(amount)s received", amount=amount) if came else _("%(amount)s given back", amount=amount)
        how = (
            _("Bank transfer, %(reference)s", reference=row.reference)
            if row.method == "bank_transfer"
            else None
        )
        steps.append(
            Step(words, shown_datetime(row.received_at, zone), _by(row, names, how), row.received_at)
        )
    # Of two at one instant the later written comes first.
    return sorted(steps, key=lambda step: step.at)[::-1]


def _item(
    sheet: Sheet, item: checklist.Item, names: Mapping[str, str], typed: Mapping[str, str], error: str
) -> ItemRow:
    row = sheet.items[item.key]
    about = translate(item.about)
    if item.key == BALANCE and row.is_open and sheet.open_balance:
        about = _("%(amount)s open. %(due)s", amount=shown_money(sheet.open_balance), due=_due(sheet))
    field_name = "reference" if item.takes == "reference" else "value"
    return ItemRow(
        key=item.key,
        name=translate(item.name),
        about=about,
        takes=item.takes,
        field_label=translate(FIELD_LABELS[item.takes]) if item.takes in FIELD_LABELS else "",
        is_open=row.is_open,
        can_reopen=not row.is_open and item.key != BALANCE and sheet.order.is_open,
        done=_done(sheet, item, names),
        typed=typed.get(field_name, "")[:200] if error else "",
        error=error,
    )


def _done(sheet: Sheet, item: checklist.Item, names: Mapping[str, str]) -> str:
    row = sheet.items[item.key]
    if row.closed_at is None:
        return ""
    parts = []
    if row.value is not None:
        unit = _("%(n)s km") if item.key == ODOMETER else "%(n)s"
        parts.append(unit % {"n": shown_number(row.value)})
    if row.reference is not None:
        parts.append(row.reference)
    name = names.get(row.actor_id or "") if row.actor_kind == "staff" else None
    parts.append(name or _("by itself"))
    parts.append(shown_datetime(row.closed_at, sheet.zone))
    return _(", ").join(parts)


def _next(sheet: Sheet) -> tuple[str, str]:
    """The step that comes next, and what is missing for it."""
    status = sheet.order.status
    if status == statuses.PLACED:
        return "prepare", ""
    if status == statuses.PREPARING:
        missing = checklist.missing_before_ready(sheet.open_keys)
        return ("wait" if missing else "ready"), _names(missing)
    if status == statuses.READY:
        missing = checklist.missing_before_handover(sheet.open_keys)
        return ("wait" if missing else "handover"), _names(missing)
    return "none", ""


def _names(items: Sequence[checklist.Item]) -> str:
    return _(", ").join(translate(item.name) for item in items)


def _due(sheet: Sheet) -> str:
    due_on = sheet.order.due_on
    return _("Due %(date)s.", date=shown_date(due_on)) if due_on else _("Due before the handover.")


def _services(sheet: Sheet) -> list[tuple[str, str]]:
    def begins(starts: str) -> str:
        if sheet.order.status in (statuses.HANDED_OVER, statuses.COMPLETED):
            return _("runs")
        return _("from handover") if starts == "handover" else _("runs")

    if sheet.order.is_cancelled:
        return [(told(line.title), _("ended")) for line, _vehicle in sheet.lines if not line.is_vehicle]
    return [(told(line.title), begins(line.starts)) for line, _vehicle in sheet.lines if not line.is_vehicle]


def _by(row: OrderMove | Receipt, names: Mapping[str, str] | None, note: str | None) -> str:
    if names is None:
        return ""
    return _(", ").join(part for part in (note, names.get(row.actor_id or "")) if part)


def _initials(name: str) -> str:
    words = name.split()
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:1]
    return (words[0][0] + words[-1][0]).upper()
