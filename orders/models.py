"""The tables of orders."""

from orders.handover_records import (
    DoorRun,
    OrderAnswer,
    OrderNote,
    OrderPhoto,
    OrderTask,
    Signature,
)
from orders.lane_times import LaneTime
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
from orders.transfers import CarTransfer

__all__ = [
    "CarTransfer",
    "ChecklistItem",
    "DoorRun",
    "Handover",
    "LaneTime",
    "NumberSeries",
    "Order",
    "OrderAmount",
    "OrderAnswer",
    "OrderChange",
    "OrderLine",
    "OrderMove",
    "OrderNote",
    "OrderPhoto",
    "OrderRefund",
    "OrderTask",
    "Receipt",
    "Signature",
]
