"""What the dealer's and the buyer's pages send."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import Form, NoteText, PersonName, PublicId, ShortText, Ticked


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


class Answer(Form):
    """A dealer's answer to an order; a no has its reason."""

    answer: Literal["accept", "decline"]
    reason: Literal["no_capacity", "wrong_place", "not_by_the_day", "other"] | None = None
    note: ShortText | None = None


class AddTask(Form):
    """`for_staff` is somebody of the place, by their public id."""

    what: ShortText
    for_staff: PublicId | None = None


class WriteNote(Form):
    body: NoteText


class AddPhoto(Form):
    """Beside the file. `place` is where it was taken."""

    place: Literal["workshop", "handover", "door"]
    for_buyer: Ticked = False


class ShowPhoto(Form):
    for_buyer: Ticked = False


class Sign(Form):
    """way drawn: with strokes, as JSON; typed: the name is the signature."""

    name: PersonName
    way: Literal["drawn", "typed"]
    strokes: Annotated[str | None, Field(max_length=80_000)] = None


class SetOff(Form):
    """When the car arrives today, on the place's clock."""

    expected: Annotated[str, Field(min_length=1, max_length=8)]


class EnterCode(Form):
    code: Annotated[str, Field(min_length=1, max_length=20)]


class Because(Form):
    because: ShortText


class MoveToDealer(Form):
    """Without a slot the day is to be agreed."""

    recipient: PublicId
    slot: PublicId | None = None


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
