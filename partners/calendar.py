"""The calendar of a place: slots cut from its opening hours on its own clock, and which of them are open."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text, update

from app import clock
from app.db import session, transaction
from partners.models import Booking

HORIZON_DAYS = 56
"""A car that is built to order takes weeks; its time is chosen when it is ordered."""

# Every slot that the hours call for, the holidays of the market and of the place left out. Local times become
# instants in the place's zone, so a slot at ten is at ten on both sides of a clock change.
_WANTED = """
    SELECT h.recipient_id, h.purpose, local.starts AT TIME ZONE r.time_zone AS starts_at,
           local.starts AT TIME ZONE r.time_zone + make_interval(mins => h.slot_minutes) AS ends_at, h.capacity
    FROM opening_hours h
    JOIN recipient r ON r.id = h.recipient_id AND r.active
    CROSS JOIN LATERAL (
        SELECT (forecourt_now() AT TIME ZONE r.time_zone)::date + ahead AS day
        FROM generate_series(0, :days) AS ahead
    ) AS calendar
    CROSS JOIN LATERAL generate_series(
        calendar.day + h.opens_at,
        calendar.day + h.closes_at - make_interval(mins => h.slot_minutes),
        make_interval(mins => h.slot_minutes)
    ) AS local(starts)
    WHERE h.slot_minutes IS NOT NULL
      AND extract(isodow FROM calendar.day) = h.weekday
      AND NOT EXISTS (
          SELECT 1 FROM holiday d
          WHERE d.market_key = r.market_key AND d."on" = calendar.day
            AND (d.recipient_id IS NULL OR d.recipient_id = r.id)
      )
"""

_EXTEND = f"""
WITH added AS (
    INSERT INTO slot (id, public_id, recipient_id, purpose, starts_at, ends_at, capacity)
    SELECT uuidv7(),
           rtrim(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='),
           wanted.recipient_id, wanted.purpose, wanted.starts_at, wanted.ends_at, wanted.capacity
    FROM ({_WANTED}) AS wanted
    WHERE wanted.starts_at > forecourt_now()
    ON CONFLICT (recipient_id, purpose, starts_at) DO NOTHING
    RETURNING id
)
SELECT count(*) FROM added
"""

_LOCK_UNWANTED = f"""
SELECT s.id FROM slot s
WHERE s.starts_at > forecourt_now()
  AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.slot_id = s.id)
  AND NOT EXISTS (
      SELECT 1 FROM ({_WANTED}) AS wanted
      WHERE wanted.recipient_id = s.recipient_id AND wanted.purpose = s.purpose AND wanted.starts_at = s.starts_at
  )
FOR UPDATE OF s SKIP LOCKED
"""

# A second look after the lock: somebody may have taken the slot between the two.
_DROP_UNWANTED = """
DELETE FROM slot s WHERE s.id = ANY(:ids) AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.slot_id = s.id)
"""

_OPEN = """
SELECT s.id, s.public_id, s.starts_at, s.ends_at, r.time_zone,
       s.capacity - count(b.id) FILTER (WHERE b.holder IS DISTINCT FROM :holder) AS free,
       coalesce(bool_or(b.holder = :holder), false) AS is_mine
FROM slot s
JOIN recipient r ON r.id = s.recipient_id AND r.active
LEFT JOIN booking b ON b.slot_id = s.id
     AND (b.state = 'booked' OR (b.state = 'held' AND b.until > forecourt_now()))
WHERE s.recipient_id = :recipient_id AND s.purpose = :purpose
  AND s.starts_at > greatest(forecourt_now(), coalesce(:from_at, CAST(:from_on AS date)::timestamp
                                              AT TIME ZONE r.time_zone, forecourt_now()))
  AND s.starts_at < greatest(forecourt_now(), coalesce(:from_at, CAST(:from_on AS date)::timestamp
                                              AT TIME ZONE r.time_zone, forecourt_now()))
                    + make_interval(days => :days)
GROUP BY s.id, r.time_zone
HAVING :with_full OR s.capacity > count(b.id) FILTER (WHERE b.holder IS DISTINCT FROM :holder)
ORDER BY s.starts_at
LIMIT :limit
"""


@dataclass(frozen=True)
class SlotView:
    """A slot ready to show; the local times are the place's own."""

    id: uuid.UUID
    public_id: str
    starts_at: datetime
    ends_at: datetime
    day: date
    local_start: datetime
    local_end: datetime
    free: int
    is_mine: bool

    @property
    def times(self) -> str:
        return f"{self.local_start:%H:%M}–{self.local_end:%H:%M}"


def open_slots(
    recipient_id: uuid.UUID,
    purpose: str,
    from_: datetime | date | None = None,
    days: int = 14,
    limit: int = 60,
    *,
    holder: uuid.UUID | None = None,
    with_full: bool = False,
) -> list[SlotView]:
    """The slots still free from then on, soonest first; never one that has begun. One statement.

    A date starts at midnight of the place. What the holder itself has counts as free and `is_mine`. With
    `with_full` the taken ones are listed too, with `free` at 0.
    """
    at = from_ if isinstance(from_, datetime) else None
    on = None if at is not None else from_
    rows = session().execute(
        text(_OPEN),
        {
            "recipient_id": recipient_id,
            "purpose": purpose,
            "holder": holder,
            "from_at": at,
            "from_on": on,
            "days": days,
            "limit": limit,
            "with_full": with_full,
        },
    )
    return [
        _view(row.id, row.public_id, row.starts_at, row.ends_at, row.time_zone, row.free, row.is_mine)
        for row in rows
    ]


def _view(
    id: uuid.UUID,
    public_id: str,
    starts_at: datetime,
    ends_at: datetime,
    time_zone: str,
    free: int,
    is_mine: bool,
) -> SlotView:
    zone = ZoneInfo(time_zone)
    local = starts_at.astimezone(zone)
    return SlotView(
        id,
        public_id,
        starts_at,
        ends_at,
        local.date(),
        local,
        ends_at.astimezone(zone),
        max(free, 0),
        is_mine,
    )


def by_day(slots: list[SlotView]) -> dict[date, list[SlotView]]:
    """The same slots under their local day, in order."""
    days: dict[date, list[SlotView]] = {}
    for slot in slots:
        days.setdefault(slot.day, []).append(slot)
    return days


def extend() -> int:
    """Keeps eight weeks of slots ahead and takes back the free ones that hours or holidays no longer call for."""
    with transaction():
        return extend_now()


def extend_now(days: int = HORIZON_DAYS) -> int:
    """The same, inside the caller's transaction."""
    added: int = session().execute(text(_EXTEND), {"days": days}).scalar_one()
    unwanted = session().scalars(text(_LOCK_UNWANTED), {"days": days}).all()
    if unwanted:
        session().execute(text(_DROP_UNWANTED), {"ids": list(unwanted)})
    return added + len(unwanted)


def release_lapsed() -> int:
    """Marks holds whose time is over. They count for nothing either way; this keeps the table honest."""
    with transaction():
        lapsed = session().scalars(
            update(Booking)
            .where(Booking.state == "held", Booking.until < clock.sql_now - timedelta(hours=1))
            .values(state="released", until=None, moved_at=clock.sql_now)
            .returning(Booking.id)
        )
        return len(lapsed.all())
