"""What the checkout forms may carry. Prices, VINs and currencies are not among it: the catalogue knows them."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from app.forms import Email, Form, PersonName, PhoneNumber, PublicId, ShortText, Ticked

Sku = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")]
Place = Literal["cart", "checkout"]


class AddLine(Form):
    """A car by its stock item, or a service by its SKU with, for a feature, the car it is for."""

    stock_item: PublicId | None = None
    sku: Sku | None = None
    quantity: Annotated[int, Field(ge=1, le=10)] = 1
    vehicle: Annotated[str | None, Field(max_length=40)] = None


OptionCode = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class AddBuild(Form):
    """A car to be built: by the design code it was kept under, or by what is chosen, family by family."""

    design: Annotated[str | None, Field(max_length=80)] = None
    model: OptionCode | None = None
    trim: OptionCode | None = None
    paint: OptionCode | None = None
    wheels: OptionCode | None = None
    interior: OptionCode | None = None
    extra: Annotated[list[OptionCode], Field(default_factory=list, max_length=20)]
    quantity: Annotated[int, Field(ge=1, le=1)] = 1

    def missing(self) -> list[str]:
        """What a build cannot be without."""
        return [name for name in ("model", "trim", "paint", "wheels", "interior") if not getattr(self, name)]


class ChooseDealer(Form):
    dealer: PublicId
    place: Place = "cart"


class Quantity(Form):
    quantity: Annotated[int, Field(ge=1, le=10)]


class ChooseHandover(Form):
    method: Literal["home_delivery", "dealer_handover"]
    slot: PublicId | None = None
    place: Place = "cart"
    city: ShortText | None = None
    district: ShortText | None = None
    street: ShortText | None = None
    postcode: ShortText | None = None

    def address(self, fields: Sequence[str]) -> dict[str, str] | None:
        """All that an address of the market is made of, or none of it."""
        told = {name: getattr(self, name) for name in fields}
        return told if all(told.values()) else None


class GiveContact(Form):
    name: PersonName
    email: Email
    phone: PhoneNumber | None = None
    answer_me: Ticked = False
    marketing: Ticked = False
    share: Annotated[list[PublicId], Field(default_factory=list, max_length=20)]


class Agree(Form):
    """What the buyer saw on the review page; any other figure by now is refused."""

    cart: PublicId
    expected_total: Annotated[int, Field(ge=0)]
    """Minor units due today."""
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    start_now: Ticked = False
    """The express wish that what starts today starts before the time to withdraw is over."""


class PayBalance(Form):
    expected_total: Annotated[int, Field(ge=1)]
