"""What the outcome forms may carry."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import ClientKey, Form, LongText, PublicId, ShortText
from leads import touch_words

Kind = Literal["dealer", "agent_desk", "call_centre", "partner"]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class Move(Form):
    to: Literal["accepted", "contacted", "won", "lost"]
    reason: ShortText | None = None


class Touch(Form):
    """`suggested` is the step that the page advised."""

    code: touch_words.Touch
    suggested: Literal[
        "message", "confirm_slot", "call", "write", "ask_consent", "look_again", "settle", "wait"
    ]


class Note(Form):
    body: LongText
    client_key: ClientKey


class Snooze(Form):
    until: Literal["hour", "three_hours", "tomorrow", "three_days", "week", "now"]


class Assign(Form):
    """Empty for nobody in particular."""

    colleague: PublicId | None = None


class LinkTo(Form):
    """The number of the other lead."""

    to: ShortText


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
