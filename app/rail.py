"""What waits behind each name on the staff's rail. A sweep counts it and keeps it on the session rows of who is here, so
that no page pays a query for it.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import select, update

from app import access, clock, sessions
from app.db import close_reading, session, transaction
from app.i18n import translate
from app.pages import page, see_other, wants_fragment
from app.sessions import AuthSession
from app.wiring import RailItem, Waiting

EVERY_S = 5
HERE = timedelta(minutes=30)
"""Who asked for nothing that long is told when they come back."""
MOST_SHOWN = 99


POLICY = access.staff("agent", "dealer", "admin")

blueprint = Blueprint("rail", __name__)

_items: list[RailItem] = []


def install(items: Iterable[RailItem]) -> None:
    _items[:] = items


@dataclass(frozen=True)
class Shown:
    endpoint: str
    url: str
    icon: str
    label: str
    count: str
    """Empty when nothing waits."""
    current: bool


@blueprint.get("/staff/rail")
def now() -> Response:
    """The rail of a page that stays open, `at` being the page's endpoint."""
    at = request.args.get("at", "")[:60]
    if not wants_fragment():
        return see_other("/staff/sign-in")
    return page("layouts/_rail.html", rail=shown(at), rail_at=at)


def shown(endpoint: str | None) -> list[Shown]:
    """The names on the rail of whoever is here, that of the page `endpoint` current."""
    staff = sessions.current().staff
    if staff is None:
        return []
    return [
        Shown(
            item.endpoint,
            url_for(item.endpoint),
            item.icon,
            translate(item.label),
            _count(staff.rail.get(item.endpoint, 0)),
            item.endpoint == endpoint,
        )
        for item in _items
        if staff.has(*item.roles)
    ]


def _count(waiting: int) -> str:
    if waiting > MOST_SHOWN:
        return f"{MOST_SHOWN}+"
    return str(waiting) if waiting else ""


def sweep() -> int:
    """Tells on how many sessions a number changed."""
    here = session().execute(_HERE).all()
    if not here:
        return 0
    waiting = {item: item.waiting() for item in _items if item.waiting is not None}
    found = [(row, told(row.roles, row.place_id, waiting)) for row in here]
    changed = [{"id": row.id, "rail": rail} for row, rail in found if rail != row.rail]
    close_reading()
    if changed:
        with transaction():
            session().execute(update(AuthSession), changed)
    return len(changed)


_HERE = select(AuthSession.id, AuthSession.roles, AuthSession.place_id, AuthSession.rail).where(
    AuthSession.staff_id.is_not(None),
    AuthSession.revoked_at.is_(None),
    AuthSession.expires_at > clock.sql_now,
    AuthSession.seen_at > (clock.sql_now - HERE),
)


def told(
    roles: Sequence[Sequence[Any]], place_id: uuid.UUID | None, waiting: Mapping[RailItem, Waiting]
) -> dict[str, int]:
    """By endpoint; what nobody waits at is left out."""
    counted = {
        item.endpoint: _mine([at for role, at in roles if role in item.roles], place_id, found)
        for item, found in waiting.items()
    }
    return {endpoint: count for endpoint, count in counted.items() if count}


def _mine(places: Sequence[str | None], place_id: uuid.UUID | None, found: Waiting) -> int:
    """Whoever works for the house is told what waits for the house, or else everywhere."""
    if None in places:
        return found[None] if None in found else sum(found.values())
    mine = {uuid.UUID(at) for at in places if at is not None}
    return sum(found.get(at, 0) for at in mine if place_id in (None, at))
