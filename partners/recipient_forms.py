"""What is typed about a recipient."""

import functools
import re
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from app.forms import Email, Form, ShortText, Ticked, refuse
from app.i18n import N_

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_WINDOW_MIN = 7 * 24 * 60


@functools.cache
def zones() -> tuple[str, ...]:
    """Those that a place can be in, by name."""
    return tuple(
        sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    )


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise refuse(N_("Write a time zone such as Asia/Shanghai."))
    return value


def _code(value: str) -> str:
    if not CODE.fullmatch(value):
        raise refuse(N_("Use small letters, digits and single hyphens, such as hangzhou-west-lake."))
    return value


def _phone(value: str) -> str:
    if not re.fullmatch(r"[0-9 +()/.-]{3,40}", value):
        raise refuse(N_("Write a phone number with digits, spaces and a plus sign."))
    return value


Phone = Annotated[str, AfterValidator(_phone)]
Zone = Annotated[str, AfterValidator(_zone)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_WINDOW_MIN)]


class Particulars(Form):
    """`version` is what the form was made from, so that two people do not undo each other's changes."""

    name: ShortText
    name_zh: ShortText
    city: ShortText
    city_zh: ShortText
    address: ShortText | None = None
    address_zh: ShortText | None = None
    phone: Phone | None = None
    time_zone: Zone
    home_delivery: Ticked = False
    active: Ticked = False
    mail_to: Email | None = None
    contact_mail_to: Email | None = None
    wants_adf: Ticked = False
    adf_mail_to: Email | None = None
    webhook_url: Annotated[str, Field(max_length=500)] | None = None
    accept_within_min: Minutes
    capacity_open: Annotated[int, Field(ge=1, le=10_000)] | None = None
    languages: tuple[Literal["zh", "en"], ...] = ()
    version: Annotated[str, Field(max_length=64)] = ""


class NewRecipient(Particulars):
    code: Annotated[str, Field(max_length=60), AfterValidator(_code)]
    kind: Literal[
        "dealer", "agent_desk", "call_centre", "insurance_partner", "finance_partner", "energy_partner"
    ]
    market: Annotated[str, Field(max_length=8)]


class NewSecret(Form):
    has_leaked: Ticked = False


class DayOff(Form):
    on: Annotated[str, Field(max_length=10)]
    name: ShortText
    name_zh: ShortText | None = None


class SlotChoice(Form):
    slots: tuple[str, ...] = ()
    reason: Annotated[str, Field(max_length=120)] | None = None
    do: Literal["close", "open"]
    day: Annotated[str, Field(max_length=10)] = ""
