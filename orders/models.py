"""The tables of orders."""

from orders.order import Order
from orders.records import (
    ChecklistItem,
    Handover,
    NumberSeries,
    OrderAmount,
    OrderLine,
    OrderMove,
    Receipt,
)

__all__ = [
    "ChecklistItem",
    "Handover",
    "NumberSeries",
    "Order",
    "OrderAmount",
    "OrderLine",
    "OrderMove",
    "Receipt",
]
