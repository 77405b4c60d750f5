"""A car follows its order to another dealer."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.i18n import _
from orders.handover_events import OfOrder


@dataclass(frozen=True, kw_only=True)
class OfTransfer(OfOrder):
    """`recipient_id` is the dealer that has the order, where the car goes."""

    transfer_id: uuid.UUID
    from_recipient_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class CarAskedFor(OfTransfer):
    type: ClassVar[str] = "orders.car_asked_for"

    def sentence(self) -> str:
        return _("The car is to be brought to the dealer that has the order now")


@dataclass(frozen=True, kw_only=True)
class CarSent(OfTransfer):
    type: ClassVar[str] = "orders.car_sent"

    def sentence(self) -> str:
        return _("The car was handed to transport")


@dataclass(frozen=True, kw_only=True)
class CarReceived(OfTransfer):
    type: ClassVar[str] = "orders.car_received"

    def sentence(self) -> str:
        return _("The car arrived from the other dealer")


@dataclass(frozen=True, kw_only=True)
class CarStays(OfTransfer):
    type: ClassVar[str] = "orders.car_stays"

    def sentence(self) -> str:
        return _("The car stays where it is")


ALL = (CarAskedFor, CarSent, CarReceived, CarStays)
