"""Facts about a purchase in progress, by id and amount; what people typed is never in them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import N_, _, language
from app.money import Money


@dataclass(frozen=True, kw_only=True)
class AboutCart:
    subject_field: ClassVar[str] = "cart_id"

    cart_id: UUID
    visitor_id: UUID | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CartLineAdded(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_line_added"

    line_id: UUID
    kind: str
    sku: str
    quantity: int
    price_minor: int
    currency: str
    stock_item_id: UUID | None = None
    configuration_id: UUID | None = None

    def sentence(self) -> str:
        return _("%(sku)s put into the cart", sku=self.sku)


@dataclass(frozen=True, kw_only=True)
class CartLineRemoved(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_line_removed"

    line_id: UUID
    kind: str
    sku: str

    def sentence(self) -> str:
        return _("%(sku)s taken out of the cart", sku=self.sku)


@dataclass(frozen=True, kw_only=True)
class CheckoutStepReached(AboutCart, Event):
    type: ClassVar[str] = "checkout.step_reached"

    step: str

    def sentence(self) -> str:
        return _(STEP_SENTENCES.get(self.step, N_("Looked at the cart")))


@dataclass(frozen=True, kw_only=True)
class ContactGiven(AboutCart, Event):
    """The buyer said how to be reached; whoever waits for a name may look again."""

    type: ClassVar[str] = "checkout.contact_given"

    def sentence(self) -> str:
        return _("Gave contact details at checkout")


@dataclass(frozen=True, kw_only=True)
class AboutPayment:
    subject_field: ClassVar[str] = "payment_id"

    payment_id: UUID
    cart_id: UUID | None = None
    order_id: UUID | None = None
    visitor_id: UUID | None = None
    customer_id: UUID | None = None
    purpose: str
    amount_minor: int
    currency: str

    @property
    def amount(self) -> str:
        return Money(self.amount_minor, self.currency).formatted(language())


@dataclass(frozen=True, kw_only=True)
class PaymentStarted(AboutPayment, Event):
    type: ClassVar[str] = "checkout.payment_started"

    def sentence(self) -> str:
        return _("Went to pay %(amount)s", amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(AboutPayment, Event):
    type: ClassVar[str] = "checkout.payment_declined"

    code: str

    def sentence(self) -> str:
        return _("The bank declined %(amount)s (%(code)s)", amount=self.amount, code=self.code)


@dataclass(frozen=True, kw_only=True)
class PaymentEnded(AboutPayment, Event):
    """The payment page closed without money: outcome is cancelled, expired or declined."""

    type: ClassVar[str] = "checkout.payment_ended"

    outcome: str

    def sentence(self) -> str:
        return _("The payment of %(amount)s ended without money moving", amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(AboutPayment, Event):
    type: ClassVar[str] = "checkout.payment_captured"

    def sentence(self) -> str:
        return _("%(amount)s paid", amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(AboutPayment, Event):
    type: ClassVar[str] = "checkout.payment_refunded"

    refund_id: UUID
    why: str

    def sentence(self) -> str:
        return _("%(amount)s paid back", amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class CartAbandoned(AboutCart, Event):
    """A cart was left. stage: cart, checkout or payment; reason says how (payment_failed, checkout_left, …)."""

    type: ClassVar[str] = "checkout.cart_abandoned"
    subject_field: ClassVar[str] = "episode_id"

    episode_id: UUID
    episode_no: int
    stage: str
    step: str
    reason: str
    value_minor: int
    currency: str
    language: str
    families: list[str] = field(default_factory=list)
    recipient_id: UUID | None = None
    """The dealer where the car stands, when there is a car."""
    abandoned_at: datetime
    lead_due_at: datetime
    snapshot: list[dict[str, Any]] = field(default_factory=list)
    """One entry a line: kind, sku, title {en, zh}, quantity, price_minor, vin, stock_item_id."""

    def sentence(self) -> str:
        return _(REASON_SENTENCES.get(self.reason, N_("Left the cart")))


STEP_SENTENCES = {
    "contact": N_("Began checkout"),
    "handover": N_("Chose how to get the car"),
    "review": N_("Looked everything over"),
    "pay": N_("Came to the payment step"),
}

REASON_SENTENCES = {
    "cart_left": N_("Left the cart"),
    "checkout_left": N_("Left during checkout"),
    "payment_left": N_("Left at payment"),
    "payment_failed": N_("Left after the bank declined"),
    "payment_cancelled": N_("Left after going back from payment"),
    "payment_expired": N_("Let the payment page lapse"),
    "authentication_incomplete": N_("Did not finish the bank's check"),
    "payment_refunded": N_("Left after a payment had to be paid back"),
}


@dataclass(frozen=True, kw_only=True)
class PolicyChanged(Event):
    """A length of time that the house lays down was changed, in seconds."""

    type: ClassVar[str] = "checkout.policy_changed"

    name: str
    before_s: int
    after_s: int

    def sentence(self) -> str:
        return _("A length of time was changed: %(name)s", name=self.name)


@dataclass(frozen=True, kw_only=True)
class PromotionAdded(Event):
    type: ClassVar[str] = "checkout.promotion_added"
    subject_field: ClassVar[str] = "promotion_id"

    promotion_id: UUID
    sku: str
    percent: int

    def sentence(self) -> str:
        return _("A promotion was set up: %(percent)s%% off %(sku)s", percent=self.percent, sku=self.sku)


@dataclass(frozen=True, kw_only=True)
class PromotionSwitched(Event):
    type: ClassVar[str] = "checkout.promotion_switched"
    subject_field: ClassVar[str] = "promotion_id"

    promotion_id: UUID
    sku: str
    is_on: bool

    def sentence(self) -> str:
        if self.is_on:
            return _("The promotion on %(sku)s was switched on", sku=self.sku)
        return _("The promotion on %(sku)s was switched off", sku=self.sku)
