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


class Reply(Say):
    seen: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    """How far whoever replies has read."""


class Contact(Form):
    """A way to be answered, from somebody who waits in the sheet."""

    name: PersonName | None = None
    email: Email | None = None
    phone: PhoneNumber | None = None
    page: PagePath = ""


OutcomeCode = Literal["answered", "bought", "call_agreed", "handed_over", "no_answer", "other"]
DesignCode = Annotated[str, Field(min_length=1, max_length=40)]
LookCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
Sku = Annotated[str, Field(min_length=1, max_length=60)]


class Take(Form):
    holder: PublicId | None = None
    """Who had it when it was looked at."""


class Settle(Form):
    outcome: OutcomeCode
    note: ShortText | None = None
    seen: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None
    """How far the thread was read."""


class WriteNote(Form):
    client_key: ClientKey
    note: LongText


class SendLink(Form):
    """A page chosen from those shown, or an address of the shop; the address counts where both are told."""

    client_key: ClientKey
    page: PagePath | None = None
    address: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    words: LongText | None = None

    @property
    def wanted(self) -> str:
        return self.address or self.page or ""


class SendCart(Form):
    client_key: ClientKey


class SuggestInCart(Form):
    client_key: ClientKey
    line: PublicId | None = None
    paint: LookCode | None = None
    wheels: LookCode | None = None
    interior: LookCode | None = None
    design: DesignCode | None = None
    car: PublicId | None = None
    sku: Sku | None = None
    words: Annotated[LongText, Field(max_length=500)] | None = None

    @property
    def look(self) -> dict[str, str]:
        told = {"paint": self.paint, "wheels": self.wheels, "interior": self.interior}
        return {family: code for family, code in told.items() if code}


class HoldTime(Form):
    client_key: ClientKey
    slot: PublicId
    words: LongText | None = None


class KeepDrive(Form):
    client_key: ClientKey
    car: PublicId
    slot: PublicId
    words: LongText | None = None


class AgreeCall(Form):
    wished: ShortText | None = None
    """When the window begins, as the form offered it; None is as soon as possible."""


class CallTry(Form):
    client_key: ClientKey
    disposition: Literal["reached", "no_answer", "voicemail", "wrong_number", "do_not_call", "new_time"]
    wished: ShortText | None = None


class HandToDealer(Form):
    client_key: ClientKey
    dealer: PublicId
    reason: Literal["test_drive", "stock", "used_car", "handover", "finance", "other"]
    summary: LongText


class Snooze(Form):
    until: ShortText
    """A choice of those shown, or a local time as the browser's field writes it."""


class Transfer(Form):
    colleague: PublicId


class AnswerCard(Form):
    answer: Literal["yes", "no"]
    share: Ticked = False
    """For a test drive: may the dealer know who comes?"""


AnswerKey = Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[a-z0-9-]+$")]


class KeepAnswer(Form):
    key: AnswerKey
    family: Family | None = None
    step: Literal["browse", "configure", "cart", "contact", "handover", "review", "pay", "order"] | None = (
        None
    )
    language: Literal["en", "zh"]
    title: Annotated[ShortText, Field(max_length=60)]
    body: LongText
    position: Annotated[int, Field(ge=0, le=9999)] = 100
    preview: Ticked = False
