"""Who did what, read from the events: newest first, a page at a time, each page in the same few statements."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, values
from sqlalchemy import String as SqlString
from sqlalchemy import column as sql_column
from sqlalchemy.orm import aliased

from app import events
from app.db import session
from app.events import EventRow, Recorded
from partners.models import Staff

PAGE = 50
KINDS = ("sign_in", "people", "contact", "refused", "settings")


@dataclass(frozen=True)
class Entry:
    """One line. `subject_name` is whom it was done to, if that is somebody else on the staff."""

    id: uuid.UUID
    at: datetime
    kind: str
    by: str
    sentence: str
    subject_name: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    entries: Sequence[Recorded[Any]]
    names: Mapping[str, str]
    """Staff id as text -> name."""
    next_before: uuid.UUID | None


def audited(kind: str | None = None) -> list[str]:
    """The types of event that stand here: all, or of one kind."""
    return sorted(
        name
        for name, event_class in events.registry().types.items()
        if event_class.audited_as and (kind is None or event_class.audited_as == kind)
    )


def read(
    kind: str | None, person: uuid.UUID | None, day: date | None, zone: str, before: uuid.UUID | None
) -> Page:
    """A page of what is audited. `before` is the last event of the page before."""
    narrowed = [*_of_day(day, zone), *_before(before)]
    if person is not None:
        rows = _of_person(person, audited(kind), narrowed)
    else:
        rows = _of_types(audited(kind), narrowed)
    shown = [events.revive(row) for row in rows[:PAGE]]
    next_before = rows[PAGE - 1].id if len(rows) > PAGE else None
    return Page(shown, _names(shown), next_before)


def _of_types(types: Sequence[str], narrowed: Sequence[ColumnElement[bool]]) -> Sequence[EventRow]:
    """The newest of every type by its index, then the newest of those: never a sort of the whole table."""
    if not types:
        return []
    wanted = values(sql_column("type", SqlString), name="wanted").data([(name,) for name in types])
    newest = (
        select(EventRow)
        .where(EventRow.type == wanted.c.type, *narrowed)
        .order_by(EventRow.at.desc(), EventRow.id.desc())
        .limit(PAGE + 1)
        .lateral("newest")
    )
    row = aliased(EventRow, newest)
    found = select(row).select_from(wanted).join(newest, and_(True))
    return session().scalars(found.order_by(row.at.desc(), row.id.desc()).limit(PAGE + 1)).all()


def _of_person(
    person: uuid.UUID, types: Sequence[str], narrowed: Sequence[ColumnElement[bool]]
) -> Sequence[EventRow]:
    """What somebody did, and what was done to them."""
    theirs = or_(
        and_(EventRow.actor_kind == "staff", EventRow.actor_id == str(person)),
        EventRow.subject_id == person,
    )
    wanted = select(EventRow).where(EventRow.type.in_(types), theirs, *narrowed)
    return session().scalars(wanted.order_by(EventRow.at.desc(), EventRow.id.desc()).limit(PAGE + 1)).all()


def _of_day(day: date | None, zone: str) -> list[ColumnElement[bool]]:
    if day is None:
        return []
    begins = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    return [EventRow.at >= begins, EventRow.at < ends]


def _before(event_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    if event_id is None:
        return []
    mark = select(EventRow.at).where(EventRow.id == event_id).scalar_subquery()
    return [tuple_(EventRow.at, EventRow.id) < tuple_(func.coalesce(mark, EventRow.at), event_id)]


def _names(shown: Sequence[Recorded[Any]]) -> Mapping[str, str]:
    told: set[uuid.UUID] = set()
    for entry in shown:
        staff_id = getattr(entry.event, "staff_id", None)
        if isinstance(staff_id, uuid.UUID):
            told.add(staff_id)
        if entry.actor.kind == "staff" and entry.actor.id:
            told.add(uuid.UUID(entry.actor.id))
    if not told:
        return {}
    found = session().scalars(select(Staff).where(Staff.id.in_(told)))
    return {str(one.id): one.name_shown for one in found}
