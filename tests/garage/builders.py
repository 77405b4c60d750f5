"""Lines that were paid, with speaking defaults."""

import uuid
from typing import Any

from app.ids import uuid7
from app.money import Money
from customers.models import Customer
from garage.activation import ActivationLine


def a_line(customer: Customer, family: str = "charging", **told: Any) -> ActivationLine:
    values: dict[str, Any] = {
        "order_line_id": uuid7(),
        "customer_id": customer.id,
        "family": family,
        "sku": family.upper(),
        "name": {"en": "Charge 250", "zh": "充电 250"},
        "grants": {"kwh": 250},
        "vehicle_id": None,
        "price": Money(199_00, "CNY"),
        "billing": "monthly",
        "starts_on": None,
        "market_key": "CN",
    }
    return ActivationLine(**(values | told))


def a_credits_line(customer: Customer, credits: int = 500, **told: Any) -> ActivationLine:
    words = {"name": {"en": f"{credits} credits", "zh": f"{credits} 点数"}, "billing": "once"}
    return a_line(customer, "credits", **({"grants": {"credits": credits}, **words} | told))


def some_line() -> uuid.UUID:
    return uuid7()
