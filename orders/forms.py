"""What the dealer's pages send."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import Form, ShortText


class Move(Form):
    to: Literal["preparing", "ready", "cancelled"]
    why: ShortText | None = None


class CloseItem(Form):
    """`value` counts keys or kilometres, `reference` is the bank's."""

    value: Annotated[int, Field(ge=0, le=999_999)] | None = None
    reference: ShortText | None = None


class Empty(Form):
    """A button and nothing else."""
