"""The tables of orders."""

from orders.order import Order
from orders.records import (
    ChecklistItem,
    Handover,
    NumberSeries,
    OrderAmount,
    OrderChange,
    OrderLine,
    OrderMove,
    OrderRefund,
    Receipt,
)

__all__ = [
    "ChecklistItem",
    "Handover",
    "NumberSeries",
    "Order",
    "OrderAmount",
    "OrderChange",
    "OrderLine",
    "OrderMove",
    "OrderRefund",
    "Receipt",
]
