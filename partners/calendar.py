"""The calendar of a place: slots cut from its opening hours on its own clock, and which of them are open."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text, update

from app import clock
from app.db import session, transaction
from partners.models import Booking

OUTSIDE_HOURS = "outside_hours"
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
      AND (CAST(:only AS uuid) IS NULL OR h.recipient_id = :only)
      AND extract(isodow FROM calendar.day) = h.weekday
      AND NOT EXISTS (
          SELECT 1 FROM holiday d
          WHERE d.market_key = r.market_key AND d."on" = calendar.day
            AND (d.recipient_id IS NULL OR d.recipient_id = r.id)
      )
"""

_EXTEND = """
WITH wanted AS MATERIALIZED (<WANTED>),
had AS MATERIALIZED (
    SELECT s.recipient_id, s.purpose, s.starts_at, s.ends_at FROM slot s
    WHERE s.starts_at > forecourt_now() - interval '1 day'
      AND EXISTS (SELECT 1 FROM booking b WHERE b.slot_id = s.id AND b.state <> 'released')
),
added AS (
    INSERT INTO slot (id, public_id, recipient_id, purpose, starts_at, ends_at, capacity)
    SELECT uuidv7(),
           rtrim(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/', '-_'), '='),
           wanted.recipient_id, wanted.purpose, wanted.starts_at, wanted.ends_at, wanted.capacity
    FROM wanted
    WHERE wanted.starts_at > (SELECT forecourt_now())
      -- Beside a time that somebody has, cut by earlier hours, no other one is offered that overlaps it.
      AND NOT EXISTS (
          SELECT 1 FROM had
          WHERE had.recipient_id = wanted.recipient_id AND had.purpose = wanted.purpose
            AND had.starts_at <> wanted.starts_at
            AND had.starts_at < wanted.ends_at AND had.ends_at > wanted.starts_at
      )
    ON CONFLICT (recipient_id, purpose, starts_at) DO NOTHING
    RETURNING id
)
SELECT count(*) FROM added
"""

# Length and number of parties follow the hours, but never below what people already have.
_FIT = """
WITH wanted AS MATERIALIZED (<WANTED>),
had AS MATERIALIZED (
    SELECT b.slot_id, o.recipient_id, o.purpose, o.starts_at, o.ends_at, count(*)::integer AS parties
    FROM booking b JOIN slot o ON o.id = b.slot_id AND o.starts_at > forecourt_now()
    WHERE b.state <> 'released'
    GROUP BY b.slot_id, o.id
),
other AS (
    SELECT s.id,
           CASE WHEN EXISTS (
               SELECT 1 FROM had near
               WHERE near.recipient_id = s.recipient_id AND near.purpose = s.purpose AND near.slot_id <> s.id
                 AND near.starts_at < wanted.ends_at AND near.ends_at > s.starts_at
           ) THEN s.ends_at ELSE wanted.ends_at END AS ends_at, coalesce(had.parties, 0) AS parties,
           greatest(wanted.capacity, coalesce(had.parties, 0)) AS capacity
    FROM wanted
    JOIN slot s ON s.recipient_id = wanted.recipient_id AND s.purpose = wanted.purpose
         AND s.starts_at = wanted.starts_at
    LEFT JOIN had ON had.slot_id = s.id
    WHERE s.starts_at > (SELECT forecourt_now())
      AND ((s.ends_at <> wanted.ends_at AND had.parties IS NULL)
           OR s.capacity <> greatest(wanted.capacity, coalesce(had.parties, 0)))
)
UPDATE slot s
SET ends_at = CASE WHEN other.parties = 0 THEN other.ends_at ELSE s.ends_at END, capacity = other.capacity
FROM other WHERE other.id = s.id
"""

# A time that somebody had or has cannot be taken back; outside of the hours it is closed for everybody else.
_CLOSE = """
WITH wanted AS MATERIALIZED (<WANTED>)
UPDATE slot s SET closed_at = forecourt_now(), closed_reason = '<OUTSIDE>'
WHERE s.id IN (
    SELECT o.id FROM slot o
    LEFT JOIN wanted ON wanted.recipient_id = o.recipient_id AND wanted.purpose = o.purpose
         AND wanted.starts_at = o.starts_at
    WHERE o.starts_at > (SELECT forecourt_now()) AND o.closed_at IS NULL AND wanted.starts_at IS NULL
      AND (CAST(:only AS uuid) IS NULL OR o.recipient_id = :only)
      AND o.id IN (SELECT slot_id FROM booking)
)
"""

_REOPEN = """
WITH wanted AS MATERIALIZED (<WANTED>)
UPDATE slot s SET closed_at = NULL, closed_reason = NULL
FROM wanted
WHERE s.closed_reason = '<OUTSIDE>' AND s.starts_at > (SELECT forecourt_now())
  AND wanted.recipient_id = s.recipient_id AND wanted.purpose = s.purpose AND wanted.starts_at = s.starts_at
"""

_LOCK_UNWANTED = """
WITH wanted AS MATERIALIZED (<WANTED>)
SELECT s.id FROM slot s
WHERE s.id IN (
    SELECT o.id FROM slot o
    LEFT JOIN wanted ON wanted.recipient_id = o.recipient_id AND wanted.purpose = o.purpose
         AND wanted.starts_at = o.starts_at
    WHERE o.starts_at > (SELECT forecourt_now()) AND wanted.starts_at IS NULL
      AND (CAST(:only AS uuid) IS NULL OR o.recipient_id = :only)
      AND o.id NOT IN (SELECT slot_id FROM booking)
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
  AND (s.closed_at IS NULL OR b.holder = :holder)
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


_LANES_OF = "CASE w.purpose WHEN 'handover' THEN 'bay' WHEN 'delivery' THEN 'van' END"

# While bays are closed, no more handovers are taken at a time than bays are open, and none when none is; for vans and
# deliveries alike. Lanes that nobody closed limit nothing: how many parties come at a time stands in the hours.
_WANTED_WHILE_CLOSED = f"""
    SELECT * FROM (
        SELECT w.recipient_id, w.purpose, w.starts_at, w.ends_at,
               CASE WHEN w.recipient_id = ANY(:closed_at) THEN (
                   SELECT CASE WHEN count(DISTINCT c.lane_id) = 0 THEN w.capacity
                               ELSE least(w.capacity, count(DISTINCT l.id) - count(DISTINCT c.lane_id)) END
                   FROM lane l
                   LEFT JOIN lane_closure c ON c.lane_id = l.id AND c.lifted_at IS NULL
                        AND c.ends_at > w.starts_at AND c.starts_at < w.ends_at
                   WHERE l.recipient_id = w.recipient_id AND l.retired_at IS NULL AND l.kind = {_LANES_OF}
               ) ELSE w.capacity END AS capacity
        FROM ({_WANTED}) AS w
        OFFSET 0
    ) AS limited
    WHERE limited.capacity > 0
"""

_CLOSED_AT = text(
    """
    SELECT DISTINCT l.recipient_id FROM lane_closure c JOIN lane l ON l.id = c.lane_id
    WHERE c.lifted_at IS NULL AND c.ends_at > forecourt_now() AND l.retired_at IS NULL
      AND (CAST(:only AS uuid) IS NULL OR l.recipient_id = :only)
    """
)


@dataclass(frozen=True)
class _Cut:
    """The statements that cut slots, in their order; then the one that looks for those to drop."""

    extend: TextClause
    changes: tuple[TextClause, ...]
    lock_unwanted: TextClause

    @classmethod
    def of(cls, wanted: str) -> "_Cut":
        def made(statement: str) -> TextClause:
            return text(statement.replace("<WANTED>", wanted).replace("<OUTSIDE>", OUTSIDE_HOURS))

        return cls(made(_EXTEND), tuple(made(one) for one in (_FIT, _CLOSE, _REOPEN)), made(_LOCK_UNWANTED))


_CUT = _Cut.of(_WANTED)
_CUT_WHILE_CLOSED = _Cut.of(_WANTED_WHILE_CLOSED)


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


def extend_now(days: int = HORIZON_DAYS, only: uuid.UUID | None = None) -> int:
    """The same, inside the caller's transaction, for every place or for one."""
    told: dict[str, object] = {"days": days, "only": only}
    closed_at = session().scalars(_CLOSED_AT, {"only": only}).all()
    cut = _CUT
    if closed_at:
        cut, told = _CUT_WHILE_CLOSED, {**told, "closed_at": list(closed_at)}
    with _in_sets():
        added: int = session().execute(cut.extend, told).scalar_one()
        for change in cut.changes:
            session().execute(change, told)
        unwanted = session().scalars(cut.lock_unwanted, told).all()
        if unwanted:
            session().execute(text(_DROP_UNWANTED), {"ids": list(unwanted)})
    return added + len(unwanted)


@contextlib.contextmanager
def _in_sets() -> Iterator[None]:
    """Statements in here join thousands of slots with thousands of times. Right after a table was filled or emptied the
    database takes it for small and would compare each with each, which takes minutes.
    """
    told = text("SELECT set_config('enable_nestloop', :is_on, true)")
    session().execute(told, {"is_on": "off"})
    yield
    session().execute(told, {"is_on": "on"})


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
