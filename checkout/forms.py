"""What the checkout forms may carry. Prices, VINs and currencies are not among it: the catalogue knows them."""

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


class Quantity(Form):
    quantity: Annotated[int, Field(ge=1, le=10)]


class ChooseHandover(Form):
    method: Literal["home_delivery", "dealer_handover"]
    slot: PublicId | None = None
    place: Place = "cart"
    city: ShortText | None = None
    district: ShortText | None = None
    street: ShortText | None = None

    @property
    def address(self) -> dict[str, str] | None:
        """All of it or none."""
        if self.city and self.district and self.street:
            return {"city": self.city, "district": self.district, "street": self.street}
        return None


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


class PayBalance(Form):
    expected_total: Annotated[int, Field(ge=1)]
