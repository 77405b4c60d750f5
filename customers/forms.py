"""What is sent from the consents page, the entrance and the account."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from app.forms import Email, Form, PersonName, PhoneNumber, PublicId, ShortText


class TakeBack(Form):
    purpose: Literal["answer_me", "share_with_recipient", "marketing"]
    recipient: PublicId | None = None


class AskForLink(Form):
    email: Email
    next: Annotated[str, Field(max_length=400)] | None = None


class Details(Form):
    name: PersonName
    phone: PhoneNumber | None = None
    language: Literal["en", "zh"]


class NewAddress(Form):
    email: Email


class EndSession(Form):
    """One of the account's sign-ins, or all but this one."""

    session: uuid.UUID | None = None


class KeyName(Form):
    name: Annotated[ShortText, Field(max_length=60)]


class NewKey(Form):
    """The browser's answer to a registration, as it came."""

    credential: dict[str, Any]
    name: Annotated[ShortText, Field(max_length=60)] | None = None


class KeySignIn(Form):
    credential: dict[str, Any]
    next: Annotated[str, Field(max_length=400)] | None = None
