"""What a cart costs and when: today, by a date, each month. Values in, values out; nothing here reads a clock.

Amounts of the three times are never added across monthly: "on the road" is the car with tax and plates,
"together" adds delivery and the partners' first year, and equals what is due today plus what is due by the date
for a cart that is bought around a car.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.i18n import N_
from app.money import Money
from catalog.pricing import PriceLine
from catalog.promotions import Reduction

TODAY = "today"
BY_DATE = "by_date"
MONTHLY = "monthly"

AT_HANDOVER = "handover"
DELIVERY_PROMOTION = "delivery_promotion"


@dataclass(frozen=True)
class Terms:
    """What the market lays down for a purchase."""

    currency: str
    deposit: Money
    delivery: Money
    balance_days_before_handover: int
    cancel_days: int
    delivery_reduction: Reduction | None = None


@dataclass(frozen=True)
class QuoteLine:
    """One cart line as the catalogue prices it now. `road` is set for a vehicle only and starts with the car itself."""

    key: str
    kind: str
    title: dict[str, str]
    price: Money
    quantity: int = 1
    billing: str = "once"
    starts: str = TODAY
    road: tuple[PriceLine, ...] = ()
    reduction: Reduction | None = None

    @property
    def total(self) -> Money:
        return self.price * self.quantity


@dataclass(frozen=True)
class Handover:
    """How the car reaches the buyer; `on` is the day of the chosen slot."""

    method: str = "none"
    on: date | None = None


@dataclass(frozen=True)
class Amount:
    """One printed line. `label` is a message id; `title` replaces it where the shop's own content names the line."""

    when: str
    key: str
    amount: Money
    line_key: str | None = None
    label: str = ""
    title: dict[str, str] | None = None
    reason: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    due_on: date | None = None


@dataclass(frozen=True)
class Quote:
    currency: str
    amounts: tuple[Amount, ...]
    on_the_road: Money
    together: Money
    due_on: date | None
    has_vehicle: bool

    def of(self, when: str) -> tuple[Amount, ...]:
        return tuple(amount for amount in self.amounts if amount.when == when)

    def sum(self, when: str) -> Money:
        return Money.total((amount.amount for amount in self.of(when)), self.currency)

    @property
    def today(self) -> Money:
        return self.sum(TODAY)

    @property
    def balance(self) -> Money:
        return self.sum(BY_DATE)

    @property
    def monthly(self) -> Money:
        return self.sum(MONTHLY)


def quote(lines: Sequence[QuoteLine], terms: Terms, handover: Handover, today: date) -> Quote:
    """Prices the cart. The balance is due a few days before the handover, never before today."""
    cars = [line for line in lines if line.road]
    due_on = _balance_due_on(handover, terms, today) if cars else None
    amounts: list[Amount] = []
    for line in lines:
        amounts += (
            _vehicle(line, terms, due_on) if line.road else _reduced(line, _service(line, bool(cars), due_on))
        )
    if cars and handover.method == "home_delivery":
        amounts += _delivery(terms, len(cars), due_on)
    road = Money.total((part.amount for line in cars for part in line.road), terms.currency)
    once = [amount.amount for amount in amounts if amount.when != MONTHLY]
    together = Money.total(once, terms.currency)
    return Quote(terms.currency, tuple(amounts), road, together, due_on, bool(cars))


def service_starts(line: QuoteLine, has_vehicle: bool) -> str:
    """A service bought with the car begins when the car is handed over, every other one at once."""
    if line.starts == "handover_if_vehicle" and has_vehicle:
        return AT_HANDOVER
    return TODAY


def _balance_due_on(handover: Handover, terms: Terms, today: date) -> date | None:
    if handover.on is None:
        return None
    return max(today, handover.on - timedelta(days=terms.balance_days_before_handover))


def _vehicle(line: QuoteLine, terms: Terms, due_on: date | None) -> list[Amount]:
    road = Money.total((part.amount for part in line.road), terms.currency)
    deposit = min(terms.deposit, road)
    parts = [
        Amount(
            TODAY,
            "deposit",
            deposit,
            line.key,
            label=N_("Deposit"),
            reason=N_("Comes off the price. Fully refundable for %(days)s days."),
            params={"days": terms.cancel_days},
        )
    ]
    for part in line.road:
        parts.append(
            Amount(
                BY_DATE,
                part.key,
                part.amount,
                line.key,
                label=part.label,
                title=line.title if part.key == "car" else None,
                reason=part.reason,
                params=dict(part.params),
                due_on=due_on,
            )
        )
    parts.append(
        Amount(BY_DATE, "deposit_paid", -deposit, line.key, label=N_("Less the deposit"), due_on=due_on)
    )
    return parts


def _delivery(terms: Terms, cars: int, due_on: date | None) -> list[Amount]:
    """What it costs, with what comes off printed below it."""
    whole = Amount(BY_DATE, "delivery", terms.delivery * cars, label=N_("Home delivery"), due_on=due_on)
    off = terms.delivery_reduction
    if off is None or not whole.amount:
        return [whole]
    less = -off.of(whole.amount)
    return [whole, Amount(BY_DATE, DELIVERY_PROMOTION, less, title=off.title, due_on=due_on)]


def _reduced(line: QuoteLine, amounts: list[Amount]) -> list[Amount]:
    """What is charged at first, with what comes off printed below it; the months that follow cost what they cost."""
    first = next((amount for amount in amounts if amount.when != MONTHLY), None)
    if line.reduction is None or first is None or not first.amount:
        return amounts
    off = Amount(
        first.when,
        "promotion",
        -line.reduction.of(first.amount),
        line.key,
        title=line.reduction.title,
        due_on=first.due_on,
    )
    place = amounts.index(first) + 1
    return [*amounts[:place], off, *amounts[place:]]


def _service(line: QuoteLine, has_vehicle: bool, due_on: date | None) -> list[Amount]:
    at_handover = service_starts(line, has_vehicle) == AT_HANDOVER
    if line.billing == "monthly":
        monthly = Amount(
            MONTHLY,
            "monthly",
            line.total,
            line.key,
            title=line.title,
            reason=N_("From handover.") if at_handover else N_("From next month. Stop any month."),
        )
        if at_handover:
            return [monthly]
        first = Amount(
            TODAY, "first_month", line.total, line.key, title=line.title, reason=N_("First month.")
        )
        return [first, monthly]
    if has_vehicle and line.kind == "partner_product":
        reason = N_("First year.") if line.billing == "yearly" else ""
        return [
            Amount(BY_DATE, "partner", line.total, line.key, title=line.title, reason=reason, due_on=due_on)
        ]
    reason = {"yearly": N_("First year."), "daily": N_("One day.")}.get(line.billing, "")
    return [Amount(TODAY, "once", line.total, line.key, title=line.title, reason=reason)]
