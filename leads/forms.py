"""What the outcome forms may carry."""

from typing import Literal

from app.forms import Form, ShortText


class Move(Form):
    to: Literal["accepted", "contacted", "won", "lost"]
    reason: ShortText | None = None
