"""What the outcome forms may carry."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import Form, ShortText

Kind = Literal["dealer", "agent_desk", "call_centre", "partner"]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class Move(Form):
    to: Literal["accepted", "contacted", "won", "lost"]
    reason: ShortText | None = None


class Cell(Form):
    """One cell of the matrix; `version` is the one that was looked at."""

    recipient_kind: Kind
    fallback_1: Kind | None = None
    fallback_2: Kind | None = None
    answer_within_min: Annotated[int, Field(ge=1, le=7 * 24 * 60)]
    reason: Reason
    reason_zh: Reason
    version: Annotated[int, Field(ge=1)]

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.recipient_kind, *filter(None, (self.fallback_1, self.fallback_2)))
