"""Facts of the catalogue."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.events import Event
from app.i18n import _


@dataclass(frozen=True, kw_only=True)
class VehicleHeld(Event):
    type: ClassVar[str] = "catalog.vehicle_held"
    subject_field: ClassVar[str] = "stock_item_id"

    stock_item_id: uuid.UUID
    vin: str
    holder: uuid.UUID
    visitor_id: uuid.UUID | None
    purpose: str
    until: datetime | None

    def sentence(self) -> str:
        return _("Held %(vin)s", vin=self.vin)


@dataclass(frozen=True, kw_only=True)
class HoldReleased(Event):
    type: ClassVar[str] = "catalog.hold_released"
    subject_field: ClassVar[str] = "stock_item_id"

    stock_item_id: uuid.UUID
    vin: str
    holder: uuid.UUID
    why: str

    def sentence(self) -> str:
        return _("Let %(vin)s go", vin=self.vin)


@dataclass(frozen=True, kw_only=True)
class VehicleReserved(Event):
    type: ClassVar[str] = "catalog.vehicle_reserved"
    subject_field: ClassVar[str] = "stock_item_id"

    stock_item_id: uuid.UUID
    vin: str
    holder: uuid.UUID

    def sentence(self) -> str:
        return _("Reserved %(vin)s", vin=self.vin)


@dataclass(frozen=True, kw_only=True)
class VehicleSold(Event):
    type: ClassVar[str] = "catalog.vehicle_sold"
    subject_field: ClassVar[str] = "stock_item_id"

    stock_item_id: uuid.UUID
    vin: str
    holder: uuid.UUID

    def sentence(self) -> str:
        return _("%(vin)s has a new owner", vin=self.vin)


@dataclass(frozen=True, kw_only=True)
class VehicleListed(Event):
    type: ClassVar[str] = "catalog.vehicle_listed"
    subject_field: ClassVar[str] = "stock_item_id"

    stock_item_id: uuid.UUID
    vin: str
    price_minor: int
    currency: str

    def sentence(self) -> str:
        return _("%(vin)s came into stock", vin=self.vin)
