"""What happened to what customers have."""

import uuid
from dataclasses import dataclass
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class ServiceActivated(Event):
    type: ClassVar[str] = "garage.service_activated"
    subject_field: ClassVar[str] = "entitlement_id"

    entitlement_id: uuid.UUID
    order_line_id: uuid.UUID
    customer_id: uuid.UUID
    family: str
    sku: str

    def sentence(self) -> str:
        return _("A service became active")


@dataclass(frozen=True, kw_only=True)
class ServiceEnded(Event):
    """state is expired (its time was over) or revoked (it was taken back)."""

    type: ClassVar[str] = "garage.service_ended"
    subject_field: ClassVar[str] = "entitlement_id"

    entitlement_id: uuid.UUID
    order_line_id: uuid.UUID
    customer_id: uuid.UUID
    state: str

    def sentence(self) -> str:
        return _("A service ended") if self.state == "expired" else _("A service was taken back")


@dataclass(frozen=True, kw_only=True)
class VehicleOwned(Event):
    type: ClassVar[str] = "garage.vehicle_owned"
    subject_field: ClassVar[str] = "vehicle_id"

    vehicle_id: uuid.UUID
    customer_id: uuid.UUID
    order_line_id: uuid.UUID

    def sentence(self) -> str:
        return _("A car joined the garage")


@dataclass(frozen=True, kw_only=True)
class CreditsMoved(Event):
    """kind is grant, spend, return, expire or take_back; credits is what the customer's balance changed by."""

    type: ClassVar[str] = "garage.credits_moved"
    subject_field: ClassVar[str] = "customer_id"

    customer_id: uuid.UUID
    tx_id: uuid.UUID
    kind: str
    credits: int

    def sentence(self) -> str:
        if self.credits >= 0:
            return _("%(credits)s mobility credits were added", credits=self.credits)
        return _("%(credits)s mobility credits were used or ended", credits=-self.credits)
