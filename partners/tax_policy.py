"""What a market lays on the price of a car, as a value that pure rules can take."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class TaxPolicy:
    """Rates are shares (0.05 is 5 %), amounts minor units; `rounding` maps a kind of line to its step."""

    currency: str
    purchase_tax_rate: Decimal
    purchase_tax_cap_minor: int | None
    vat_rate: Decimal
    plates_minor: int
    used_transfer_minor: int
    purchase_tax_step: int
    mode: str = "purchase_tax"
