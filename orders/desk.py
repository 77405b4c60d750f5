"""One order as its dealer works on it: values ready to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.characters import initials
from app.i18n import N_, _, language, translate
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.pages import money as shown_money
from app.pages import number as shown_number
from app.pages import period as shown_period
from catalog.stock import Look
from customers.masking import masked_email, masked_phone
from orders import checklist, statuses
from orders.addresses import in_one_line
from orders.checklist import BALANCE, CHARGE, ODOMETER
from orders.records import OrderChange, OrderMove, Receipt
from orders.sheet import Sheet, told

FIELD_LABELS: Mapping[str, str] = {
    "keys": N_("Number of keys"),
    "kilometres": N_("Kilometres"),
    "reference": N_("Reference of the transfer"),
    "percent": N_("Percent"),
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
    """One point of the checklist. takes: nothing, keys, kilometres, percent, reference or signatures."""

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
class RefundRow:
    """state is owed, returned, failed or by_hand."""

    amount: str
    state: str
    when: str


@dataclass(frozen=True)
class Step:
    """A line of the timeline."""

    what: str
    when: str
    note: str
    at: datetime


@dataclass(frozen=True)
class CarToBuild:
    """A car that is made for this order. `place` names its line, `vin` is empty while it waits for one."""

    place: int
    title: str
    detail: str
    code: str
    vin: str
    since: str
    can_correct: bool
    typed: str
    error: str


@dataclass(frozen=True)
class Desk:
    public_id: str
    number: str
    status: str
    status_name: str
    status_kind: str
    customer: str
    initials: str
    email: str
    phone: str
    """Masked, both: whoever needs more says why."""
    language_name: str
    when: str
    where: tuple[str, ...]
    car_name: str
    vin: str
    look: Look | None
    built: Sequence[CarToBuild]
    before_ready: Sequence[ItemRow]
    at_handover: Sequence[ItemRow]
    missing: str
    next_move: str
    """build, prepare, wait, ready, handover or none."""
    next_text: str
    balance: str
    due: str
    prices: Sequence[PriceRow]
    total: str
    monthly: str
    services: Sequence[tuple[str, str]]
    history: Sequence[Step]
    can_cancel: bool
    refunds: Sequence[RefundRow]
    why: str
    refused: str
    """Why the last thing sent was not done, when it was about the whole order."""


def show(
    sheet: Sheet,
    names: Mapping[str, str],
    typed: Mapping[str, str],
    refused: str = "",
    refused_key: str | None = None,
    refused_place: int | None = None,
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
        initials=initials(sheet.customer.name),
        email=masked_email(sheet.customer.email),
        phone=masked_phone(sheet.customer.phone_e164),
        language_name="中文" if sheet.customer.language == "zh" else "English",
        when=when(sheet),
        where=where(sheet),
        car_name=sheet.car_name,
        vin=(sheet.car[0].vin or "") if sheet.car else "",
        look=sheet.look,
        built=_built(sheet, typed, refused, refused_place),
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
        refunds=refund_rows(sheet),
        why=typed.get("why", "")[:200],
        refused=refused if refused_key is None and refused_place is None else "",
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
        return (in_one_line(order.address),)
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
        if row.purpose == "bounced":
            words = _("%(amount)s came back from the bank", amount=amount)
        how = (
            _("Bank transfer, %(reference)s", reference=row.reference)
            if row.method == "bank_transfer"
            else None
        )
        steps.append(
            Step(words, shown_datetime(row.received_at, zone), _by(row, names, how), row.received_at)
        )
    for line, _vehicle in sheet.lines:
        if line.vin_assigned_at is not None and line.vin:
            words = _("Car built, VIN %(vin)s", vin=line.vin)
            steps.append(Step(words, shown_datetime(line.vin_assigned_at, zone), "", line.vin_assigned_at))
    for change in sheet.changes:
        steps.append(
            Step(
                _("Handover moved to %(when)s", when=shown_datetime(change.to_starts_at, zone)),
                shown_datetime(change.at, zone),
                _moved_from(change, zone),
                change.at,
            )
        )
    # Of two at one instant the later written comes first.
    return sorted(steps, key=lambda step: step.at)[::-1]


def _moved_from(change: OrderChange, zone: str) -> str:
    parts = []
    if change.from_starts_at is not None and change.from_starts_at != change.to_starts_at:
        parts.append(_("Was %(when)s.", when=shown_datetime(change.from_starts_at, zone)))
    if change.from_method != change.to_method:
        at_home = change.to_method == "home_delivery"
        parts.append(_("To the door now.") if at_home else _("Picked up at the dealer now."))
    return " ".join(parts) if language() == "en" else "".join(parts)


def refund_rows(sheet: Sheet) -> list[RefundRow]:
    """Money on its way back, the latest first; one that failed waits for a person."""
    return [
        RefundRow(shown_money(row.amount), row.state, shown_datetime(row.moved_at, sheet.zone))
        for row in reversed(sheet.refunds)
    ]


def _built(
    sheet: Sheet, typed: Mapping[str, str], refused: str, refused_place: int | None
) -> list[CarToBuild]:
    """Each car made for this order, waiting for its VIN or with it."""
    rows = []
    for line, _vehicle in sheet.lines:
        if not line.is_built:
            continue
        is_refused = line.position == refused_place
        build = sheet.builds.get(line.configuration_id) if line.configuration_id else None
        at = line.vin_assigned_at
        rows.append(
            CarToBuild(
                place=line.position,
                title=told(line.title),
                detail=told(line.detail),
                code=build.design_code if build else line.sku,
                vin=line.vin or "",
                since=shown_datetime(at, sheet.zone) if at else "",
                can_correct=line.vin is not None and sheet.order.status == statuses.PLACED,
                typed=typed.get("vin", "")[:40] if is_refused else "",
                error=refused if is_refused else "",
            )
        )
    return rows


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
        unit = {ODOMETER: _("%(n)s km"), CHARGE: "%(n)s %%"}.get(item.key, "%(n)s")
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
        return ("build" if sheet.awaits_vin else "prepare"), ""
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
