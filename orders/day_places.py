"""Dealers with what their day is drawn on: lanes, opening hours, days off. Three statements."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from app.db import session
from app.i18n import _, localized
from orders.board_day import LaneFacts, Place, Shut
from partners.lanes import KINDS, Lane, LaneClosure
from partners.models import DEALER, Holiday, OpeningHours, Recipient


def places(recipient_ids: Sequence[uuid.UUID] | None, on: date) -> Sequence[Place]:
    """Of these recipients, or of every dealer (None), by their code."""
    mine = Recipient.kind == DEALER if recipient_ids is None else Recipient.id.in_(recipient_ids)
    found = (
        session()
        .execute(
            select(
                Recipient.id,
                Recipient.public_id,
                Recipient.name,
                Recipient.name_zh,
                Recipient.time_zone,
                Holiday.name.label("holiday"),
                Holiday.name_zh.label("holiday_zh"),
            )
            .outerjoin(
                Holiday,
                (Holiday.on == on)
                & (Holiday.market_key == Recipient.market_key)
                & (Holiday.recipient_id.is_(None) | (Holiday.recipient_id == Recipient.id)),
            )
            .where(mine)
            .order_by(Recipient.code, Holiday.recipient_id)
        )
        .all()
    )
    lanes, hours = _lanes({row.id: row.time_zone for row in found}, on), _hours([row.id for row in found], on)
    by_id = {
        row.id: Place(
            row.public_id,
            localized(row.name, row.name_zh),
            row.time_zone,
            lanes.get(row.id, ()),
            hours.get(row.id, {}),
            localized(row.holiday, row.holiday_zh) if row.holiday else "",
        )
        for row in found
    }
    return list(by_id.values())


def _lanes(zones: Mapping[uuid.UUID, str], on: date) -> Mapping[uuid.UUID, Sequence[LaneFacts]]:
    """Those in use on the day, each with the times of the day in which it is shut. A lane that is retired is shut from
    then on and gone from the next day.
    """
    begin = datetime.combine(on - timedelta(days=1), time.min, UTC)
    end = begin + timedelta(days=3)
    wanted = (
        select(Lane, LaneClosure.starts_at, LaneClosure.ends_at, LaneClosure.reason)
        .outerjoin(
            LaneClosure,
            and_(
                LaneClosure.lane_id == Lane.id,
                LaneClosure.lifted_at.is_(None),
                LaneClosure.starts_at < end,
                LaneClosure.ends_at > begin,
            ),
        )
        .where(Lane.recipient_id.in_(zones), Lane.retired_at.is_(None) | (Lane.retired_at > begin))
        .order_by(Lane.recipient_id, Lane.position, LaneClosure.starts_at)
    )
    lanes: dict[uuid.UUID, Lane] = {}
    shut: dict[uuid.UUID, list[Shut]] = {}
    for lane, starts_at, ends_at, reason in session().execute(wanted):
        lanes[lane.id] = lane
        if starts_at is not None:
            shut.setdefault(lane.id, []).append(Shut(starts_at, ends_at, reason))
    found: dict[uuid.UUID, list[LaneFacts]] = {}
    for lane in sorted(lanes.values(), key=lambda one: (KINDS.index(one.kind), one.position)):
        zone = ZoneInfo(zones[lane.recipient_id])
        starts = datetime.combine(on, time.min, zone)
        ends = datetime.combine(on + timedelta(days=1), time.min, zone)
        times = [one for one in shut.get(lane.id, ()) if one.starts_at < ends and one.ends_at > starts]
        if lane.retired_at is not None:
            if lane.retired_at <= starts:
                continue
            if lane.retired_at < ends:
                times.append(Shut(lane.retired_at, ends, _("no longer in use")))
        facts = LaneFacts(lane.public_id, lane.kind, lane.name_shown, times)
        found.setdefault(lane.recipient_id, []).append(facts)
    return found


def _hours(
    recipient_ids: Sequence[uuid.UUID], on: date
) -> Mapping[uuid.UUID, Mapping[str, Sequence[tuple[int, int]]]]:
    """By purpose in minutes of the day. A place that wrote down no hours for anything has no entry."""
    found: dict[uuid.UUID, dict[str, list[tuple[int, int]]]] = {}
    wanted = select(
        OpeningHours.recipient_id,
        OpeningHours.purpose,
        OpeningHours.weekday,
        OpeningHours.opens_at,
        OpeningHours.closes_at,
    ).where(OpeningHours.recipient_id.in_(recipient_ids))
    for row in session().execute(wanted):
        stretches = found.setdefault(row.recipient_id, {}).setdefault(row.purpose, [])
        if row.weekday == on.isoweekday():
            stretches.append((_minute(row.opens_at), _minute(row.closes_at)))
    return found


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
