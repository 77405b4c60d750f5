"""How dealers, desks, partners and their people come into the house."""

import base64
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.errors import InvalidInput
from app.events import Actor, record
from app.i18n import N_, _
from app.settings import settings
from partners import lanes, passwords
from partners.events import RecipientAdded, StaffAdded
from partners.models import HOME_MARKET, KINDS, Market, OpeningHours, Recipient, Staff, StaffRole

WEEKDAYS = (1, 2, 3, 4, 5)
ALL_WEEK = (1, 2, 3, 4, 5, 6, 7)

SHORTEST_PASSWORD = passwords.SHORTEST


@dataclass(frozen=True)
class Hours:
    """One stretch of opening hours on several weekdays (Monday is 1)."""

    purpose: str
    weekdays: tuple[int, ...]
    opens_at: time
    closes_at: time
    slot_minutes: int | None = None
    capacity: int = 1


DEALER_HOURS = (
    Hours("visit", ALL_WEEK, time(9), time(19)),
    Hours("test_drive", ALL_WEEK, time(10), time(17), slot_minutes=60, capacity=2),
    Hours("handover", ALL_WEEK, time(8), time(12), slot_minutes=120),
    Hours("handover", ALL_WEEK, time(14), time(18), slot_minutes=120),
    Hours("delivery", ALL_WEEK, time(8), time(12), slot_minutes=120, capacity=2),
    Hours("delivery", ALL_WEEK, time(14), time(18), slot_minutes=120, capacity=2),
)
DESK_HOURS = (Hours("visit", ALL_WEEK, time(8), time(22)),)
PARTNER_HOURS = (Hours("visit", WEEKDAYS, time(9), time(18)),)


@dataclass(frozen=True)
class Enrolment:
    """What is known of a recipient. `code` is its own name for itself: the same code again updates it."""

    code: str
    kind: str
    name: str
    name_zh: str
    city: str
    city_zh: str
    address: str = ""
    address_zh: str = ""
    phone: str = ""
    market_key: str = HOME_MARKET
    time_zone: str | None = None
    home_delivery: bool = False
    mail_to: str | None = None
    webhook_url: str | None = None
    hours: tuple[Hours, ...] = field(default_factory=tuple)


def enrol(told: Enrolment, actor: Actor) -> tuple[Recipient, bool]:
    """The recipient, and whether it is new. Its hours are set once, when it is new."""
    _check(told)
    found = Recipient.by_code(told.code)
    recipient = found or Recipient(code=told.code, webhook_secret=webhook_secret())
    recipient.kind = told.kind
    recipient.name, recipient.name_zh = told.name, told.name_zh
    recipient.city, recipient.city_zh = told.city, told.city_zh
    recipient.address, recipient.address_zh = told.address, told.address_zh
    recipient.phone = told.phone
    recipient.market_key = told.market_key
    recipient.time_zone = told.time_zone or Market.get(told.market_key).time_zone
    recipient.home_delivery = told.home_delivery
    recipient.mail_to, recipient.webhook_url = told.mail_to, told.webhook_url
    session().add(recipient)
    session().flush()
    if recipient.is_dealer:
        lanes.add_usual(recipient.id, recipient.home_delivery)
    if found is None:
        set_hours(recipient.id, told.hours or default_hours(told.kind))
        record(RecipientAdded(recipient_id=recipient.id, kind=recipient.kind), actor)
    return recipient, found is None


def default_hours(kind: str) -> tuple[Hours, ...]:
    if kind == "dealer":
        return DEALER_HOURS
    return DESK_HOURS if kind in ("agent_desk", "call_centre") else PARTNER_HOURS


def set_hours(recipient_id: uuid.UUID, hours: Iterable[Hours]) -> None:
    session().add_all(
        OpeningHours(
            recipient_id=recipient_id,
            purpose=stretch.purpose,
            weekday=weekday,
            opens_at=stretch.opens_at,
            closes_at=stretch.closes_at,
            slot_minutes=stretch.slot_minutes,
            capacity=stretch.capacity,
        )
        for stretch in hours
        for weekday in stretch.weekdays
    )
    session().flush()


def employ(
    email: str,
    name: str,
    password: str,
    roles: Iterable[tuple[str, uuid.UUID | None]],
    actor: Actor,
    name_zh: str = "",
    language: str = "en",
) -> Staff:
    """Adds somebody to the staff, or gives somebody known the roles that are missing."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput({"password": _("Use at least %(count)s characters.", count=SHORTEST_PASSWORD)})
    staff = Staff.by_email(email)
    is_new = staff is None
    if staff is None:
        staff = Staff(
            email=email.strip().lower(),
            name=name,
            name_zh=name_zh,
            language=language,
            password_hash=passwords.hashed(password),
        )
        session().add(staff)
        session().flush()
    roles = list(roles)
    for role, recipient_id in roles:
        session().execute(
            insert(StaffRole)
            .values(staff_id=staff.id, role=role, recipient_id=recipient_id)
            .on_conflict_do_nothing()
        )
    session().refresh(staff, ["roles"])
    if is_new:
        record(StaffAdded(staff_id=staff.id, roles=[role for role, _at in roles]), actor)
    return staff


def webhook_secret() -> str:
    """In the form of the Standard Webhooks specification: whsec_ and 24 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _check(told: Enrolment) -> None:
    errors = {}
    if told.kind not in KINDS:
        errors["kind"] = _("Choose one of: %(kinds)s.", kinds=", ".join(KINDS))
    if session().scalar(select(Market.key).where(Market.key == told.market_key)) is None:
        errors["market"] = _("There is no market %(key)s.", key=told.market_key)
    if told.webhook_url and not _is_callable(told.webhook_url):
        errors["webhook_url"] = _(WEBHOOK_URL)
    if errors:
        raise InvalidInput(errors)


WEBHOOK_URL = N_("Write an https address without a user name.")


def _is_callable(url: str) -> bool:
    """The transport checks every address again when it connects; http is for a demo on one machine only."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    schemes = ("https", "http") if settings().is_demo else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and parts.username is None and port != 0
