"""Dealers with what their day is drawn on: lanes, opening hours, days off. Three statements, kept for some seconds."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, time

from sqlalchemy import select

from app.db import session
from app.i18n import language, localized
from app.kept import Kept
from orders.board_day import LaneFacts, Place
from partners.lanes import Lane
from partners.models import DEALER, Holiday, OpeningHours, Recipient

KEPT_S = 5

_kept = Kept[tuple[frozenset[uuid.UUID] | None, date, str], Sequence[Place]](KEPT_S)


def places(recipient_ids: Sequence[uuid.UUID] | None, on: date) -> Sequence[Place]:
    """Of these recipients, or of every dealer (None), by their code."""
    ours = None if recipient_ids is None else frozenset(recipient_ids)
    return _kept.get((ours, on, language()), lambda: _read(ours, on))


def forget() -> None:
    _kept.forget()


def _read(recipient_ids: frozenset[uuid.UUID] | None, on: date) -> Sequence[Place]:
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
    lanes, hours = _lanes([row.id for row in found]), _hours([row.id for row in found], on)
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


def _lanes(recipient_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[LaneFacts]]:
    found: dict[uuid.UUID, list[LaneFacts]] = {}
    wanted = (
        select(Lane.recipient_id, Lane.public_id, Lane.kind, Lane.name, Lane.name_zh)
        .where(Lane.recipient_id.in_(recipient_ids))
        .order_by(Lane.recipient_id, Lane.position)
    )
    for row in session().execute(wanted):
        lane = LaneFacts(row.public_id, row.kind, localized(row.name, row.name_zh))
        found.setdefault(row.recipient_id, []).append(lane)
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
