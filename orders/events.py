"""What happened to orders: ids, amounts and states; the reasons people write stay with the moves."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.events import Event
from app.i18n import _, language, translate
from app.money import Money
from orders.statuses import NAMES


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    type: ClassVar[str] = "orders.order_placed"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    public_id: str
    cart_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    number: str
    value_minor: int
    currency: str
    recipient_id: uuid.UUID | None
    has_vehicle: bool = False

    def sentence(self) -> str:
        return _("Order %(number)s was placed", number=self.number)


@dataclass(frozen=True, kw_only=True)
class PaymentReceived(Event):
    type: ClassVar[str] = "orders.payment_received"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    receipt_id: uuid.UUID
    purpose: str
    method: str
    amount_minor: int
    currency: str

    def sentence(self) -> str:
        return _("%(amount)s received", amount=Money(self.amount_minor, self.currency).formatted(language()))


@dataclass(frozen=True, kw_only=True)
class PaymentGivenBack(Event):
    type: ClassVar[str] = "orders.payment_given_back"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    receipt_id: uuid.UUID
    amount_minor: int
    currency: str

    def sentence(self) -> str:
        return _(
            "%(amount)s given back", amount=Money(self.amount_minor, self.currency).formatted(language())
        )


@dataclass(frozen=True, kw_only=True)
class OrderMoved(Event):
    type: ClassVar[str] = "orders.order_moved"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    from_status: str
    to_status: str

    def sentence(self) -> str:
        return _("The order is %(status)s", status=translate(NAMES[self.to_status]))


@dataclass(frozen=True, kw_only=True)
class ChecklistItemClosed(Event):
    type: ClassVar[str] = "orders.checklist_item_closed"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    key: str

    def sentence(self) -> str:
        return _("A point of the checklist was closed")


@dataclass(frozen=True, kw_only=True)
class ChecklistItemReopened(Event):
    type: ClassVar[str] = "orders.checklist_item_reopened"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    key: str

    def sentence(self) -> str:
        return _("A point of the checklist was opened again")


@dataclass(frozen=True, kw_only=True)
class OrderHandedOver(Event):
    type: ClassVar[str] = "orders.order_handed_over"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None
    number: str
    handed_over_at: datetime

    def sentence(self) -> str:
        return _("The car was handed over")


@dataclass(frozen=True, kw_only=True)
class VinAssigned(Event):
    """A car that was made for the order is built. `is_correction` when its number was written down wrong before."""

    type: ClassVar[str] = "orders.vin_assigned"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None
    line_id: uuid.UUID
    vehicle_id: uuid.UUID
    stock_item_id: uuid.UUID
    vin: str
    is_correction: bool = False

    def sentence(self) -> str:
        if self.is_correction:
            return _("The car’s VIN was corrected to %(vin)s", vin=self.vin)
        return _("The car is built, with the VIN %(vin)s", vin=self.vin)


@dataclass(frozen=True, kw_only=True)
class HandoverMoved(Event):
    """Another day, another place, or both. from_starts_at is None when no time was agreed."""

    type: ClassVar[str] = "orders.handover_moved"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    recipient_id: uuid.UUID | None
    change_id: uuid.UUID
    from_method: str
    to_method: str
    from_starts_at: datetime | None
    to_starts_at: datetime

    def sentence(self) -> str:
        return _("The handover was moved")


@dataclass(frozen=True, kw_only=True)
class OrderAmountChanged(Event):
    """A printed amount came to the order or left it; before and after are the order's whole value."""

    type: ClassVar[str] = "orders.amount_changed"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID
    visitor_id: uuid.UUID | None
    key: str
    before_minor: int
    after_minor: int
    currency: str

    def sentence(self) -> str:
        return _(
            "The order comes to %(amount)s now",
            amount=Money(self.after_minor, self.currency).formatted(language()),
        )


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    type: ClassVar[str] = "orders.order_cancelled"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    customer_id: uuid.UUID | None = None
    visitor_id: uuid.UUID | None = None
    recipient_id: uuid.UUID | None = None
    number: str = ""

    def sentence(self) -> str:
        return _("The order was cancelled")


@dataclass(frozen=True, kw_only=True)
class LaneChosen(Event):
    """Somebody of the dealer put the handover into a lane of its own choice."""

    type: ClassVar[str] = "orders.lane_chosen"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    lane_id: uuid.UUID
    starts_at: datetime

    def sentence(self) -> str:
        return _("The handover has another lane")


@dataclass(frozen=True, kw_only=True)
class PreparationPlanned(Event):
    """When and where the car is prepared; lane_id and times are None when the plan was taken back."""

    type: ClassVar[str] = "orders.preparation_planned"
    subject_field: ClassVar[str] = "order_id"

    order_id: uuid.UUID
    lane_id: uuid.UUID | None
    starts_at: datetime | None
    ends_at: datetime | None

    def sentence(self) -> str:
        if self.lane_id is None:
            return _("The plan for the preparation was taken back")
        return _("The preparation was planned")
