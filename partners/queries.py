"""Reads that others ask of partners."""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import select

from app.db import session
from partners.models import Holiday, OpeningHours, Recipient
from partners.opening import Hours, Week


def recipients(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Recipient]:
    if not ids:
        return {}
    found = session().scalars(select(Recipient).where(Recipient.id.in_(ids)))
    return {recipient.id: recipient for recipient in found}


def week_of(recipient: Recipient) -> Week:
    """When somebody is there: the hours for visits, the market's holidays and the place's own."""
    hours = session().scalars(
        select(OpeningHours).where(OpeningHours.recipient_id == recipient.id, OpeningHours.purpose == "visit")
    )
    closed = session().scalars(
        select(Holiday.on).where(
            Holiday.market_key == recipient.market_key,
            Holiday.recipient_id.is_(None) | (Holiday.recipient_id == recipient.id),
        )
    )
    stretches = [Hours(h.weekday, h.opens_at, h.closes_at) for h in hours]
    return Week(recipient.time_zone, stretches, frozenset(closed))


def weeks_of(recipients: Collection[Recipient]) -> Mapping[uuid.UUID, Week]:
    """`week_of` for many at once, in two statements."""
    if not recipients:
        return {}
    hours: dict[uuid.UUID, list[Hours]] = {}
    kept = session().execute(
        select(
            OpeningHours.recipient_id, OpeningHours.weekday, OpeningHours.opens_at, OpeningHours.closes_at
        ).where(
            OpeningHours.recipient_id.in_([one.id for one in recipients]), OpeningHours.purpose == "visit"
        )
    )
    for recipient_id, weekday, opens_at, closes_at in kept:
        hours.setdefault(recipient_id, []).append(Hours(weekday, opens_at, closes_at))
    markets = {one.market_key for one in recipients}
    closed = (
        session()
        .execute(
            select(Holiday.market_key, Holiday.recipient_id, Holiday.on).where(
                Holiday.market_key.in_(markets)
            )
        )
        .all()
    )
    return {
        one.id: Week(
            one.time_zone,
            hours.get(one.id, []),
            frozenset(
                on for market, place, on in closed if market == one.market_key and place in (None, one.id)
            ),
        )
        for one in recipients
    }
