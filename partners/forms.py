"""What is typed at the staff entrance, on one's own page, and by admins about people."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.forms import Email, Form, PersonName, PublicId, ShortText


class SignIn(Form):
    email: Email
    password: Annotated[str, Field(min_length=1, max_length=200)]
    next: Annotated[str, Field(max_length=400)] | None = None


Password = Annotated[str, Field(min_length=1, max_length=200)]
Language = Literal["en", "zh"]
HouseRole = Literal["agent", "admin"]


class Code(Form):
    """Of the app or of the paper."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class Proved(Form):
    """Something that only the person behind the session may do."""

    password: Password


class Welcome(Form):
    name: PersonName
    name_zh: PersonName | None = None
    language: Language
    password: Password


class Myself(Form):
    name: PersonName
    name_zh: PersonName | None = None
    language: Language


class NewPassword(Form):
    password: Password
    new_password: Password


class EndSignIn(Form):
    """One of one's own, or all but this one."""

    session: uuid.UUID | None = None


class ChoosePlace(Form):
    place: PublicId | None = None
    next: Annotated[str, Field(max_length=400)] | None = None


class Invite(Form):
    email: Email
    language: Language = "en"
    roles: tuple[HouseRole, ...] = ()
    places: tuple[PublicId, ...] = ()


class Roles(Form):
    roles: tuple[HouseRole, ...] = ()
    places: tuple[PublicId, ...] = ()


class NewAddress(Form):
    email: Email


class Nothing(Form):
    """A press of a button."""


class Find(Form):
    """Somebody on the staff by name or address, a page at a time."""

    q: Annotated[ShortText, Field(max_length=80)] | None = None
    after: PublicId | None = None


class Looked(Form):
    """What the audit page is asked for. `who` is typed; `person` is whom it was found to be."""

    who: Annotated[ShortText, Field(max_length=80)] | None = None
    person: PublicId | None = None
    kind: Literal["sign_in", "people", "contact", "refused", "settings"] | None = None
    day: date | None = None
    before: uuid.UUID | None = None
