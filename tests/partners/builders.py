"""Places and people with speaking defaults."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.db import session
from app.events import SYSTEM
from app.ids import uuid7
from partners import demo
from partners.enrolment import Enrolment, employ, enrol
from partners.models import HOME_MARKET, Market, Recipient, Slot, Staff

PASSWORD = "still-water-2026"


def the_market() -> Market:
    known = session().get(Market, HOME_MARKET)
    if known is None:
        known = Market(**demo.MARKET)
        session().add(known)
        session().flush()
    return known


def a_recipient(code: str = "west-lake", kind: str = "dealer", **told: Any) -> Recipient:
    the_market()
    words = {"name": "Tarn West Lake", "name_zh": "泰然西湖店", "city": "Hangzhou", "city_zh": "杭州"} | told
    return enrol(Enrolment(code=code, kind=kind, **words), SYSTEM)[0]


def a_slot(
    recipient: Recipient, purpose: str = "test_drive", starts_at: datetime | None = None, capacity: int = 1
) -> Slot:
    starts_at = starts_at or clock.now() + timedelta(days=2)
    slot = Slot(
        recipient_id=recipient.id,
        purpose=purpose,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        capacity=capacity,
    )
    session().add(slot)
    session().flush()
    return slot


def a_member_of_staff(
    email: str = "ben@tarn.example", role: str = "dealer", recipient: Recipient | None = None, **told: Any
) -> Staff:
    the_market()
    place = recipient.id if recipient else None
    return employ(email, told.pop("name", "Ben Sells"), PASSWORD, [(role, place)], SYSTEM, **told)


def somebody() -> uuid.UUID:
    return uuid7()
