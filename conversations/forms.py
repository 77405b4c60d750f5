"""What is sent from the ask pages and the agents' console."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import ClientKey, Email, Form, LongText, PersonName, PhoneNumber, PublicId, ShortText, Ticked

Family = Literal[
    "vehicle_new",
    "vehicle_used",
    "charging",
    "credits",
    "subscription",
    "feature",
    "partner_product",
    "none",
]
PagePath = Annotated[str, Field(max_length=300)]


class Ask(Form):
    client_key: ClientKey
    page: PagePath = ""
    kind: Literal["message", "callback"] = "message"
    family: Family = "none"
    message: LongText | None = None
    name: PersonName | None = None
    email: Email | None = None
    phone: PhoneNumber | None = None
    wished: ShortText | None = None
    """When the wished time for a call begins, as the form offered it; None is as soon as possible."""


class AskTestDrive(Form):
    client_key: ClientKey
    page: PagePath = ""
    vehicle: PublicId
    slot: PublicId
    name: PersonName
    email: Email | None = None
    phone: PhoneNumber | None = None
    message: LongText | None = None
    share: Ticked = False


class Say(Form):
    client_key: ClientKey
    message: LongText
    page: PagePath = ""


class Contact(Form):
    """A way to be answered, from somebody who waits in the sheet."""

    name: PersonName | None = None
    email: Email | None = None
    phone: PhoneNumber | None = None
    page: PagePath = ""
