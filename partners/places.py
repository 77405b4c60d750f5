"""The places somebody on the staff works for, and the one they look at."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app import live, sessions
from app.db import session
from app.errors import NotFound
from app.sessions import StaffPrincipal
from partners.models import DEALER, Recipient


@dataclass(frozen=True)
class Place:
    id: uuid.UUID
    public_id: str
    name: str


def ring_board(place: Recipient, kind: str) -> None:
    """Whoever looks at the board of this place looks again, and reads it anew."""
    live.ring(live.room("board", place.public_id), kind)


def places_of(principal: StaffPrincipal) -> tuple[Place, ...]:
    """Their dealers by name; an admin has every dealer that is open for business. One statement."""
    wanted = select(Recipient).where(Recipient.kind == DEALER, Recipient.active)
    if not principal.has("admin"):
        if not principal.recipient_ids:
            return ()
        wanted = wanted.where(Recipient.id.in_(principal.recipient_ids))
    found = session().scalars(wanted.order_by(Recipient.market_key, Recipient.code))
    return tuple(Place(place.id, place.public_id, place.name_shown) for place in found)


def in_hand(principal: StaffPrincipal) -> Place:
    """The one they look at, else the first of theirs. Raises NotFound for somebody without a place."""
    theirs = places_of(principal)
    if not theirs:
        raise NotFound()
    return next((place for place in theirs if place.id == principal.place_id), theirs[0])


@dataclass(frozen=True)
class Choice:
    """What the switcher shows; nothing for somebody with one place."""

    places: tuple[Place, ...] = ()
    chosen: uuid.UUID | None = None


def choice_of(principal: StaffPrincipal) -> Choice:
    """Asks the database only for somebody who has a choice."""
    if not principal.has("admin") and len(principal.recipient_ids) < 2:
        return Choice()
    return Choice(places_of(principal), principal.place_id)


def shown_to(principal: StaffPrincipal) -> Sequence[uuid.UUID] | None:
    """Whose work a list shows: the chosen place, else all of theirs; None is every place there is, for an admin."""
    is_admin = principal.has("admin")
    if principal.place_id is not None and (is_admin or principal.place_id in principal.recipient_ids):
        return (principal.place_id,)
    return None if is_admin else principal.recipient_ids


def choose(principal: StaffPrincipal, public_id: str | None) -> None:
    """Looks at this place from now on, or with None at all of theirs. Raises NotFound for what is not theirs."""
    if public_id is None:
        sessions.choose_place(None)
        return
    mine = {place.public_id: place.id for place in places_of(principal)}
    if public_id not in mine:
        raise NotFound()
    sessions.choose_place(mine[public_id])
