"""A place's lanes as its people keep them: added, renamed, put in order, closed for a time.

Whoever changes a lane or plans into one locks the lanes of the place first, along their ids, then the times.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.db import session
from app.errors import InvalidInput, NotFound
from app.events import Actor, record
from app.i18n import _
from partners import calendar
from partners.lane_events import LaneAdded, LaneClosed, LaneMoved, LaneOpened, LaneRenamed, LaneRetired
from partners.lanes import KINDS, Lane, LaneClosure
from partners.models import Recipient
from partners.places import ring_board

MOST_LANES = 24
LONGEST_CLOSURE = timedelta(days=366)
MOST_SHOWN = 50


def of_place(recipient_id: uuid.UUID) -> Sequence[Lane]:
    """Those in use, by kind and in their order."""
    wanted = select(Lane).where(Lane.recipient_id == recipient_id, Lane.retired_at.is_(None))
    return sorted(session().scalars(wanted), key=lambda lane: (KINDS.index(lane.kind), lane.position))


def closures_ahead(recipient_id: uuid.UUID, at: datetime) -> Sequence[tuple[LaneClosure, Lane]]:
    """Not lifted and not over, the next first."""
    wanted = (
        select(LaneClosure, Lane)
        .join(Lane, Lane.id == LaneClosure.lane_id)
        .where(
            Lane.recipient_id == recipient_id,
            Lane.retired_at.is_(None),
            LaneClosure.lifted_at.is_(None),
            LaneClosure.ends_at > at,
        )
        .order_by(LaneClosure.starts_at, LaneClosure.id)
        .limit(MOST_SHOWN)
    )
    return [(closure, lane) for closure, lane in session().execute(wanted)]


def closure_in(lane_id: uuid.UUID, starts_at: datetime, ends_at: datetime) -> LaneClosure | None:
    """The first that keeps anything out of the lane in that time."""
    wanted = select(LaneClosure).where(
        LaneClosure.lane_id == lane_id,
        LaneClosure.lifted_at.is_(None),
        LaneClosure.starts_at < ends_at,
        LaneClosure.ends_at > starts_at,
    )
    return session().scalars(wanted.order_by(LaneClosure.starts_at).limit(1)).one_or_none()


def locked(recipient_id: uuid.UUID | None) -> dict[str, Lane]:
    """Those in use by their public id, with every other change of them and every planning waiting."""
    wanted = select(Lane).where(Lane.recipient_id == recipient_id).order_by(Lane.id).with_for_update()
    found = session().scalars(wanted.execution_options(populate_existing=True))
    return {lane.public_id: lane for lane in found if lane.retired_at is None}


def add(recipient: Recipient, kind: str, name: str, name_zh: str, actor: Actor, at: datetime) -> Lane:
    """Raises InvalidInput for a name that another lane has, and for more lanes than can be drawn."""
    session().execute(select(Recipient.id).where(Recipient.id == recipient.id).with_for_update())
    present = locked(recipient.id)
    if len(present) >= MOST_LANES:
        raise InvalidInput({"name": _("A place has %(most)s lanes at most.", most=MOST_LANES)})
    _refuse_same_name(present.values(), name, name_zh)
    last = session().scalar(select(func.max(Lane.position)).where(Lane.recipient_id == recipient.id)) or 0
    lane = Lane(recipient_id=recipient.id, kind=kind, name=name, name_zh=name_zh, position=last + 1)
    session().add(lane)
    session().flush()
    record(LaneAdded(recipient_id=recipient.id, lane_id=lane.id, kind=kind, name=name), actor, at)
    ring_board(recipient, "lanes")
    return lane


def rename(recipient: Recipient, public_id: str, name: str, name_zh: str, actor: Actor, at: datetime) -> None:
    """The same names again change nothing. Raises NotFound, InvalidInput."""
    present = locked(recipient.id)
    lane = _of(present, public_id)
    if (lane.name, lane.name_zh) == (name, name_zh):
        return
    _refuse_same_name((one for one in present.values() if one is not lane), name, name_zh)
    before, lane.name, lane.name_zh = lane.name, name, name_zh
    session().flush()
    record(LaneRenamed(recipient_id=recipient.id, lane_id=lane.id, before=before, name=name), actor, at)
    ring_board(recipient, "lanes")


def move(recipient: Recipient, public_id: str, down: bool, actor: Actor, at: datetime) -> None:
    """One place among the lanes of its kind; the first does not go up. Raises NotFound."""
    present = locked(recipient.id)
    lane = _of(present, public_id)
    alike = sorted((one for one in present.values() if one.kind == lane.kind), key=lambda one: one.position)
    to = alike.index(lane) + (1 if down else -1)
    if not 0 <= to < len(alike):
        return
    other = alike[to]
    mine, theirs = lane.position, other.position
    for one, position in ((lane, -1), (other, mine), (lane, theirs)):  # no two have one position, ever
        one.position = position
        session().flush()
    record(LaneMoved(recipient_id=recipient.id, lane_id=lane.id), actor, at)
    ring_board(recipient, "lanes")


def retire(recipient: Recipient, lane: Lane, actor: Actor, at: datetime) -> None:
    """The caller holds the lanes and has seen that nothing is planned in it."""
    lane.retired_at = at
    session().flush()
    record(LaneRetired(recipient_id=recipient.id, lane_id=lane.id, name=lane.name), actor, at)
    calendar.extend_now(only=recipient.id)
    ring_board(recipient, "lanes")


def close(
    recipient: Recipient,
    public_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    staff_id: uuid.UUID | None,
    actor: Actor,
    at: datetime,
) -> LaneClosure:
    """For a time; what could be booked then becomes less at once, what is booked stays. Raises NotFound, InvalidInput."""
    if ends_at <= starts_at:
        raise InvalidInput({"until": _("It must end after it begins.")})
    if ends_at <= at:
        raise InvalidInput({"until": _("This time is over. Choose a later one.")})
    if ends_at - starts_at > LONGEST_CLOSURE:
        raise InvalidInput({"until": _("Choose a day within a year, or retire the lane.")})
    lane = _of(locked(recipient.id), public_id)
    closure = LaneClosure(
        lane_id=lane.id, starts_at=starts_at, ends_at=ends_at, reason=reason, closed_at=at, closed_by=staff_id
    )
    session().add(closure)
    session().flush()
    record(
        LaneClosed(
            recipient_id=recipient.id, lane_id=lane.id, closure_id=closure.id, name=lane.name, reason=reason
        ),
        actor,
        at,
    )
    calendar.extend_now(only=recipient.id)
    ring_board(recipient, "lanes")
    return closure


def lift(
    recipient: Recipient, public_id: str, staff_id: uuid.UUID | None, actor: Actor, at: datetime
) -> None:
    """Open again from now on; what was closed until now stays written down. A repeat changes nothing. Raises NotFound."""
    lanes = {lane.id: lane for lane in locked(recipient.id).values()}
    wanted = select(LaneClosure).where(LaneClosure.public_id == public_id, LaneClosure.lane_id.in_(lanes))
    closure = session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if closure is None:
        raise NotFound()
    if closure.lifted_at is not None or closure.ends_at <= at:
        return
    if closure.starts_at < at:
        closure.ends_at = at
        closure.lifted_by = staff_id
    else:
        closure.lifted_at, closure.lifted_by = at, staff_id
    session().flush()
    lane = lanes[closure.lane_id]
    record(
        LaneOpened(recipient_id=recipient.id, lane_id=lane.id, closure_id=closure.id, name=lane.name),
        actor,
        at,
    )
    calendar.extend_now(only=recipient.id)
    ring_board(recipient, "lanes")


def _of(present: Mapping[str, Lane], public_id: str) -> Lane:
    if public_id not in present:
        raise NotFound()
    return present[public_id]


def _refuse_same_name(others: Iterable[Lane], name: str, name_zh: str) -> None:
    for other in others:
        if other.name.casefold() == name.casefold():
            raise InvalidInput({"name": _("Another lane has this name.")})
        if other.name_zh.casefold() == name_zh.casefold():
            raise InvalidInput({"name_zh": _("Another lane has this name.")})
