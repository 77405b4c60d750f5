"""Hire purchase: what a car costs by the month, and the rate that this really is. Pure: Decimal in, minor units out.

Annuity with payments in arrears. The APR is the effective yearly rate of EU Directive 2008/48 Annex I (the UK computes
the same): what was lent equals what is paid back, each payment discounted by (1 + APR) ** (months / 12).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.money import Money, half_up
from partners.models import Market

MONTHS_A_YEAR = 12
PRECISION = 40
CONVERGED = Decimal("1e-20")


@dataclass(frozen=True)
class FinanceTerms:
    """What a lender offers in a market. Rates and shares are fractions (0.032 is 3.2 %), the step is minor units."""

    rate: Decimal
    months: int
    down_share: Decimal
    step_minor: int
    lender_code: str


@dataclass(frozen=True)
class HirePurchase:
    """A representative example, every figure of it. The last instalment differs by what rounding left over."""

    cash_price: Money
    down_payment: Money
    credit: Money
    instalment: Money
    last_instalment: Money
    months: int
    rate: Decimal
    apr: Decimal
    lender_code: str

    @property
    def repaid(self) -> Money:
        """Total payable under the credit: every instalment, the last one as it is."""
        return self.instalment * (self.months - 1) + self.last_instalment

    @property
    def total_payable(self) -> Money:
        return self.repaid + self.down_payment

    @property
    def interest(self) -> Money:
        return self.repaid - self.credit


def terms_of(market: Market) -> FinanceTerms:
    return FinanceTerms(
        rate=market.finance_rate,
        months=market.finance_months,
        down_share=market.finance_down_share,
        step_minor=market.finance_step_minor,
        lender_code=market.finance_lender_code,
    )


def hire_purchase(price: Money, terms: FinanceTerms) -> HirePurchase:
    """The example for a cash price: a share down, the rest in equal months, the last one made even."""
    down = half_up(Decimal(price.amount_minor) * terms.down_share, terms.step_minor)
    credit = price.amount_minor - down
    each = instalment(credit, terms.rate, terms.months, step=terms.step_minor)
    last = last_instalment(credit, terms.rate, terms.months, each)
    payments = [(month, each) for month in range(1, terms.months)] + [(terms.months, last)]
    return HirePurchase(
        cash_price=price,
        down_payment=Money(down, price.currency),
        credit=Money(credit, price.currency),
        instalment=Money(each, price.currency),
        last_instalment=Money(last, price.currency),
        months=terms.months,
        rate=terms.rate,
        apr=apr(credit, payments),
        lender_code=terms.lender_code,
    )


def instalment(
    credit_minor: int,
    rate: Decimal,
    months: int,
    *,
    balloon_minor: int = 0,
    balloon_month: int | None = None,
    step: int = 1,
) -> int:
    """What is due each month, in arrears, so that credit and interest are paid by the end; minor units, half up.

    A balloon is due with the last instalment unless `balloon_month` says a later one.
    """
    if months < 1:
        raise ValueError("A credit runs for one month at least")
    with localcontext(prec=PRECISION):
        monthly = rate / MONTHS_A_YEAR
        if not monthly:
            return half_up(Decimal(credit_minor - balloon_minor) / months, step)
        today_worth = balloon_minor * (1 + monthly) ** -(balloon_month or months)
        exact = (credit_minor - today_worth) * monthly / (1 - (1 + monthly) ** -months)
        return half_up(exact, step)


def last_instalment(
    credit_minor: int, rate: Decimal, months: int, each_minor: int, *, balloon_minor: int = 0
) -> int:
    """What is left to pay in the last month when every one before it was `each_minor`; minor units, half up."""
    with localcontext(prec=PRECISION):
        growth = 1 + rate / MONTHS_A_YEAR
        owed = Decimal(credit_minor)
        for _month in range(months - 1):
            owed = owed * growth - each_minor
        return half_up(owed * growth) - balloon_minor


def apr(credit_minor: int, payments: Iterable[tuple[int, int]]) -> Decimal:
    """The effective yearly rate as a fraction. `payments` are (months after the credit, minor units)."""
    by_month = sorted(payments)
    if credit_minor <= 0 or sum(amount for _month, amount in by_month) <= credit_minor:
        return Decimal(0)
    with localcontext(prec=PRECISION):
        growth = _monthly_growth(credit_minor, by_month)
        return growth**MONTHS_A_YEAR - 1


def _monthly_growth(credit_minor: int, payments: list[tuple[int, int]]) -> Decimal:
    """Newton's method from below: the worth of the payments falls as the rate grows, and bends one way only."""
    growth = Decimal(1)
    for _step in range(100):
        discount, at, worth, slope = 1 / growth, 0, Decimal(-credit_minor), Decimal(0)
        factor = Decimal(1)
        for month, amount in payments:
            while at < month:
                factor *= discount
                at += 1
            worth += amount * factor
            slope -= month * amount * factor * discount
        step = worth / slope
        growth -= step
        if abs(step) < CONVERGED:
            break
    return growth
