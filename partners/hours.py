"""A place's week, days off and times, as its people change them. What somebody has booked stays booked."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update

from app import clock
from app.db import session
from app.errors import InvalidInput
from app.events import Actor, record
from app.i18n import _
from partners import calendar
from partners.models import Booking, Holiday, OpeningHours, Recipient, Slot
from partners.places import ring_board
from partners.recipient_events import DayOffChanged, HoursChanged, SlotsClosed, SlotsOpened
from partners.refusals import ChangedMeanwhile

WEEKDAYS = (1, 2, 3, 4, 5, 6, 7)
STRETCHES = ("a", "b")
SHORTEST_SLOT, LONGEST_SLOT = 10, 480
MOST_PARTIES = 50
MOST_SHOWN = 50


@dataclass(frozen=True)
class Stretch:
    weekday: int
    opens_at: time
    closes_at: time


@dataclass(frozen=True)
class Week:
    """The hours for one purpose. `slot_minutes` None: open, but nothing is booked by the hour."""

    stretches: tuple[Stretch, ...]
    slot_minutes: int | None = None
    capacity: int = 1


@dataclass(frozen=True)
class TypedWeek:
    """`week` is None when something is wrong; `errors` by the name of the field."""

    week: Week | None
    errors: Mapping[str, str] = field(default_factory=dict)


def field_name(weekday: int, stretch: str, end: str) -> str:
    """o1a: when Monday's first stretch opens; c1a: when it closes."""
    return f"{end}{weekday}{stretch}"


def read_form(given: Mapping[str, str], has_slots: bool) -> TypedWeek:
    errors: dict[str, str] = {}
    stretches: list[Stretch] = []
    for weekday in WEEKDAYS:
        stretches += _day(given, weekday, errors)
    minutes = _number(given, "slot_minutes", SHORTEST_SLOT, LONGEST_SLOT, errors) if has_slots else None
    capacity = _number(given, "capacity", 1, MOST_PARTIES, errors) if has_slots else 1
    if minutes is not None:
        for one in stretches:
            if _length(one) < timedelta(minutes=minutes):
                name = field_name(one.weekday, "a", "c")
                errors.setdefault(name, _("Not one time of this length fits between the two."))
    if errors:
        return TypedWeek(None, errors)
    return TypedWeek(Week(tuple(stretches), minutes, capacity or 1))


def _day(given: Mapping[str, str], weekday: int, errors: dict[str, str]) -> list[Stretch]:
    found: list[Stretch] = []
    for stretch in STRETCHES:
        opens, closes = field_name(weekday, stretch, "o"), field_name(weekday, stretch, "c")
        told = given.get(opens, "").strip(), given.get(closes, "").strip()
        if told == ("", ""):
            continue
        begin, end = (_time(told[0], opens, errors), _time(told[1], closes, errors))
        if begin is None or end is None:
            continue
        if begin >= end:
            errors[closes] = _("It must close after it opens.")
            continue
        found.append(Stretch(weekday, begin, end))
    if len(found) == 2:
        first, second = sorted(found, key=lambda one: one.opens_at)
        if second.opens_at < first.closes_at:
            errors[field_name(weekday, "b", "o")] = _("The two stretches of this day overlap.")
    return found


def _time(told: str, name: str, errors: dict[str, str]) -> time | None:
    if not told:
        errors[name] = _("Say both when it opens and when it closes.")
        return None
    try:
        return datetime.strptime(told[:5] if len(told) == 8 else told, "%H:%M").time()
    except ValueError:
        errors[name] = _("Write a time such as 09:00.")
        return None


def _number(given: Mapping[str, str], name: str, least: int, most: int, errors: dict[str, str]) -> int | None:
    told = given.get(name, "").strip()
    if not told.isascii() or not told.isdigit() or not least <= int(told[:6]) <= most or len(told) > 6:
        errors[name] = _("Write a whole number from %(least)s to %(most)s.", least=least, most=most)
        return None
    return int(told)


def _length(one: Stretch) -> timedelta:
    some_day = date(2026, 1, 1)
    return datetime.combine(some_day, one.closes_at) - datetime.combine(some_day, one.opens_at)


def of_place(recipient_id: uuid.UUID) -> dict[str, list[OpeningHours]]:
    """The rows of every purpose, in one statement."""
    rows = session().scalars(
        select(OpeningHours)
        .where(OpeningHours.recipient_id == recipient_id)
        .order_by(OpeningHours.weekday, OpeningHours.opens_at)
    )
    found: dict[str, list[OpeningHours]] = {}
    for row in rows:
        found.setdefault(row.purpose, []).append(row)
    return found


def version_of(rows: Sequence[OpeningHours]) -> str:
    told = repr(sorted((r.weekday, r.opens_at, r.closes_at, r.slot_minutes or 0, r.capacity) for r in rows))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def change(
    recipient: Recipient, purpose: str, to: Week, seen_version: str, actor: Actor, at: datetime
) -> None:
    """From now on; free times follow at once, booked ones stay. Raises ChangedMeanwhile."""
    session().execute(select(Recipient.id).where(Recipient.id == recipient.id).with_for_update())
    present = of_place(recipient.id).get(purpose, [])
    if version_of(present) != seen_version:
        raise ChangedMeanwhile()
    session().execute(
        delete(OpeningHours).where(OpeningHours.recipient_id == recipient.id, OpeningHours.purpose == purpose)
    )
    session().add_all(
        OpeningHours(
            recipient_id=recipient.id,
            purpose=purpose,
            weekday=one.weekday,
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            slot_minutes=to.slot_minutes,
            capacity=to.capacity,
        )
        for one in to.stretches
    )
    session().flush()
    record(HoursChanged(recipient_id=recipient.id, purpose=purpose), actor, at)
    _cut_again(recipient)


def add_day_off(recipient: Recipient, on: date, name: str, name_zh: str, actor: Actor, at: datetime) -> None:
    """Raises InvalidInput for a day gone by, or one that is off already."""
    today = clock.today(recipient.time_zone)
    if on < today:
        raise InvalidInput({"on": _("Choose a day from today on.")})
    if on > today + timedelta(days=730):
        raise InvalidInput({"on": _("Choose a day within two years.")})
    known = select(Holiday.id).where(
        Holiday.market_key == recipient.market_key, Holiday.recipient_id == recipient.id, Holiday.on == on
    )
    if session().scalar(known) is not None:
        raise InvalidInput({"on": _("This day is off already.")})
    session().add(
        Holiday(market_key=recipient.market_key, recipient_id=recipient.id, on=on, name=name, name_zh=name_zh)
    )
    session().flush()
    record(DayOffChanged(recipient_id=recipient.id, on=on.isoformat(), is_off=True), actor, at)
    _cut_again(recipient)


def take_back_day_off(recipient: Recipient, holiday_id: uuid.UUID, actor: Actor, at: datetime) -> bool:
    """Only the place's own; tells whether there was one."""
    gone = session().scalars(
        delete(Holiday)
        .where(Holiday.id == holiday_id, Holiday.recipient_id == recipient.id)
        .returning(Holiday.on)
    )
    on = gone.one_or_none()
    if on is None:
        return False
    record(DayOffChanged(recipient_id=recipient.id, on=on.isoformat(), is_off=False), actor, at)
    _cut_again(recipient)
    return True


def days_off(recipient: Recipient) -> Sequence[Holiday]:
    """From today on: the market's, and the place's own."""
    wanted = select(Holiday).where(
        Holiday.market_key == recipient.market_key,
        Holiday.recipient_id.is_(None) | (Holiday.recipient_id == recipient.id),
        Holiday.on >= clock.today(recipient.time_zone),
    )
    return session().scalars(wanted.order_by(Holiday.on).limit(MOST_SHOWN)).all()


@dataclass(frozen=True)
class SlotOfDay:
    public_id: str
    purpose: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    closed_reason: str | None
    has_begun: bool


_PARTIES = (
    select(func.count())
    .select_from(Booking)
    .where(Booking.slot_id == Slot.id, Booking.is_live())
    .correlate(Slot)
    .scalar_subquery()
)


def slots_on(recipient: Recipient, day: date) -> list[SlotOfDay]:
    """Every time of the day on the place's clock, closed ones too. One statement."""
    zone = ZoneInfo(recipient.time_zone)
    begin = datetime.combine(day, time(0), zone)
    end = datetime.combine(day + timedelta(days=1), time(0), zone)
    rows = session().execute(
        select(Slot, _PARTIES)
        .where(Slot.recipient_id == recipient.id, Slot.starts_at >= begin, Slot.starts_at < end)
        .order_by(Slot.purpose, Slot.starts_at)
    )
    now = clock.now()
    return [_of_day(slot, taken, now) for slot, taken in rows]


def _of_day(slot: Slot, taken: int, now: datetime) -> SlotOfDay:
    return SlotOfDay(
        slot.public_id,
        slot.purpose,
        slot.starts_at,
        slot.ends_at,
        slot.capacity,
        taken,
        slot.closed_reason,
        slot.starts_at <= now,
    )


def outside_hours(recipient: Recipient) -> list[SlotOfDay]:
    """Booked times that the hours no longer call for. They stay; somebody should speak with those people."""
    rows = session().execute(
        select(Slot, _PARTIES)
        .where(
            Slot.recipient_id == recipient.id,
            Slot.starts_at > clock.sql_now,
            Slot.closed_reason == calendar.OUTSIDE_HOURS,
            _PARTIES > 0,
        )
        .order_by(Slot.starts_at)
        .limit(MOST_SHOWN)
    )
    now = clock.now()
    return [_of_day(slot, taken, now) for slot, taken in rows]


def close_slots(
    recipient: Recipient, slots: Sequence[str], reason: str, staff_id: uuid.UUID, actor: Actor, at: datetime
) -> int:
    """Nobody new gets these times; tells how many. Only this place's own, and only before they begin."""
    closed = session().scalars(
        update(Slot)
        .where(
            Slot.recipient_id == recipient.id,
            Slot.public_id.in_(slots),
            Slot.starts_at > clock.sql_now,
            Slot.closed_at.is_(None),
        )
        .values(closed_at=at, closed_reason=reason, closed_by=staff_id)
        .returning(Slot.id)
    )
    ids = [str(slot_id) for slot_id in closed]
    if ids:
        record(SlotsClosed(recipient_id=recipient.id, slot_ids=ids, reason=reason), actor, at)
        ring_board(recipient, "hours")
    return len(ids)


def open_slots(recipient: Recipient, slots: Sequence[str], actor: Actor, at: datetime) -> int:
    """Takes a closing back; a time outside of the hours stays closed."""
    opened = session().scalars(
        update(Slot)
        .where(
            Slot.recipient_id == recipient.id,
            Slot.public_id.in_(slots),
            Slot.closed_at.is_not(None),
            Slot.closed_reason != calendar.OUTSIDE_HOURS,
        )
        .values(closed_at=None, closed_reason=None, closed_by=None)
        .returning(Slot.id)
    )
    ids = [str(slot_id) for slot_id in opened]
    if ids:
        record(SlotsOpened(recipient_id=recipient.id, slot_ids=ids), actor, at)
        calendar.extend_now(only=recipient.id)
        ring_board(recipient, "hours")
    return len(ids)


def _cut_again(recipient: Recipient) -> None:
    calendar.extend_now(only=recipient.id)
    ring_board(recipient, "hours")
