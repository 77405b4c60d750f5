"""What cancelling an order would do, ready to show before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.i18n import _
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from orders import changing
from orders.desk import when
from orders.refusals import CancelWindowOver
from orders.sheet import Sheet, told


@dataclass(frozen=True)
class Cancelling:
    """`why_not` is empty while the buyer may cancel alone."""

    public_id: str
    number: str
    title: str
    ends: Sequence[str]
    back: str
    by_transfer: str
    until: str
    why_not: str
    dealer: str
    dealer_phone: str


def show(sheet: Sheet, at: datetime) -> Cancelling:
    order = sheet.order
    until = shown_date(changing.free_until(order))
    return Cancelling(
        public_id=order.public_id,
        number=order.number,
        title=sheet.car_name or told(sheet.lines[0][0].title),
        ends=_ends(sheet),
        back=_sum(sheet, "online"),
        by_transfer=_sum(sheet, "bank_transfer"),
        until=until,
        why_not=_why_not(sheet, at, until),
        dealer=sheet.dealer.name_shown if sheet.dealer else "",
        dealer_phone=sheet.dealer.phone if sheet.dealer else "",
    )


def _why_not(sheet: Sheet, at: datetime, until: str) -> str:
    if not sheet.order.is_open:
        return _("This order is fulfilled. What runs can be ended, the order cannot be undone.")
    if not changing.can_still_cancel(sheet.order, at):
        return CancelWindowOver(date=until).text
    return ""


def _ends(sheet: Sheet) -> list[str]:
    ends = []
    if sheet.car is not None:
        line, _vehicle = sheet.car
        ends.append(
            _("%(car)s is not built.", car=sheet.car_name)
            if line.awaits_vin
            else _("%(car)s is free for other buyers.", car=sheet.car_name)
        )
    if when(sheet):
        ends.append(_("Your time, %(when)s, is free again.", when=when(sheet)))
    services = [told(line.title) for line, _vehicle in sheet.lines if not line.is_vehicle]
    if services:
        ends.append(_("%(services)s: ended at once.", services=_(", ").join(services)))
    return ends


def _sum(sheet: Sheet, method: str) -> str:
    amount = Money.total((row.amount for row in sheet.receipts if row.method == method), sheet.order.currency)
    return shown_money(amount) if amount > Money.zero(amount.currency) else ""
