"""What the dealer's and the buyer's pages send."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import Form, PublicId, ShortText, Ticked


class Move(Form):
    to: Literal["preparing", "ready", "cancelled"]
    why: ShortText | None = None


class CloseItem(Form):
    """`value` counts keys or kilometres, `reference` is the bank's."""

    value: Annotated[int, Field(ge=0, le=999_999)] | None = None
    reference: ShortText | None = None


class AssignVin(Form):
    """`instead_of` is the VIN that is corrected, as the page showed it."""

    vin: Annotated[str, Field(min_length=1, max_length=40)]
    instead_of: Annotated[str | None, Field(max_length=40)] = None


class Empty(Form):
    """A button and nothing else."""


class Cancel(Form):
    """The box that says: yes, end it."""

    agreed: Ticked = False


class ChangeHandover(Form):
    """`expected_total` is the order's value after the change, in minor units, as the buyer saw it."""

    method: Literal["home_delivery", "dealer_handover"]
    slot: PublicId
    expected_total: Annotated[int, Field(ge=0)]
    city: ShortText | None = None
    district: ShortText | None = None
    street: ShortText | None = None
    postcode: ShortText | None = None
