"""What a car costs on the road, line by line with the reason beside each figure. Pure: values in, values out."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.i18n import N_
from app.money import Money, half_up
from partners.tax_policy import TaxPolicy


@dataclass(frozen=True)
class PriceLine:
    """One printed line. `label` and `reason` are message ids, `params` fills the reason (Money is formatted)."""

    key: str
    label: str
    amount: Money
    reason: str = ""
    params: dict[str, Any] = field(default_factory=dict)


def road_price(car_minor: int, policy: TaxPolicy, condition: str = "new") -> tuple[PriceLine, ...]:
    """The car with tax and plates; the sum is the price on the road.

    Where prices are gross, the VAT is in the car's price: it is told beside it and never added. A used car is sold
    under the margin scheme, which shows no VAT.
    China's purchase tax: a share of the price without VAT, at the reduced rate for new-energy vehicles, rounded to whole
    yuan half up, capped. Rate and cap are data of the market. A used car was taxed when it was new.
    """
    if policy.mode == "gross_vat":
        return _gross_price(car_minor, policy, condition)
    car = PriceLine("car", N_("Car, as it stands"), Money(car_minor, policy.currency))
    if condition == "used":
        return (
            car,
            PriceLine(
                "purchase_tax",
                N_("Purchase tax"),
                Money.zero(policy.currency),
                N_("Already paid by the first owner."),
            ),
            PriceLine(
                "plates",
                N_("Transfer and new plates"),
                Money(policy.used_transfer_minor, policy.currency),
                N_("The state's fees for the change of owner."),
            ),
        )
    base = price_without_vat(car_minor, policy.vat_rate)
    return (
        car,
        PriceLine(
            "purchase_tax",
            N_("Purchase tax"),
            Money(purchase_tax(base, policy), policy.currency),
            N_(
                "%(percent)s%% new-energy rate on the price without VAT, %(base)s. Paid to the state, not to us."
            ),
            {
                "percent": f"{(policy.purchase_tax_rate * 100).normalize():f}",
                "base": Money(half_up(base, 100), policy.currency),
            },
        ),
        PriceLine(
            "plates",
            N_("Plates and registration"),
            Money(policy.plates_minor, policy.currency),
            N_("The state's fees, at cost."),
        ),
    )


def _gross_price(car_minor: int, policy: TaxPolicy, condition: str) -> tuple[PriceLine, ...]:
    is_used = condition == "used"
    reason = N_("Sold under the margin scheme; VAT is not shown separately.")
    params: dict[str, Any] = {}
    if not is_used:
        reason = N_("Of which %(percent)s%% VAT: %(vat)s.")
        vat = Money(vat_in(car_minor, policy.vat_rate), policy.currency)
        params = {"percent": f"{(policy.vat_rate * 100).normalize():f}", "vat": vat}
    fees = policy.used_transfer_minor if is_used else policy.plates_minor
    return (
        PriceLine("car", N_("Car, as it stands"), Money(car_minor, policy.currency), reason, params),
        PriceLine(
            "plates",
            N_("Plates and registration"),
            Money(fees, policy.currency),
            N_("The state's fees, at cost."),
        ),
    )


def vat_in(gross_minor: int, vat_rate: Decimal) -> int:
    """Minor units of VAT that a gross price holds; with the price without VAT it makes the gross price again."""
    return gross_minor - half_up(price_without_vat(gross_minor, vat_rate))


def price_without_vat(gross_minor: int, vat_rate: Decimal) -> Decimal:
    return Decimal(gross_minor) / (1 + vat_rate)


def purchase_tax(base_minor: Decimal, policy: TaxPolicy) -> int:
    """Minor units. The base is first rounded to a whole unit of the step, as the authority's form does."""
    rounded_base = half_up(base_minor, policy.purchase_tax_step)
    tax = half_up(rounded_base * policy.purchase_tax_rate, policy.purchase_tax_step)
    return tax if policy.purchase_tax_cap_minor is None else min(tax, policy.purchase_tax_cap_minor)


def on_the_road(lines: tuple[PriceLine, ...]) -> Money:
    return Money.total((line.amount for line in lines), lines[0].amount.currency)
