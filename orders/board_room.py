"""The bell of the dealers' boards: whoever looks at a dealer's orders looks again after each change of one. Each ring
also moves the version of the board: what was made of it serves no longer.
"""

import functools
import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app import live, versions
from app.db import session
from partners.models import Recipient

KIND = "board"


def room(recipient_public_id: str) -> str:
    return live.room(KIND, recipient_public_id)


def version(recipient_ids: Sequence[uuid.UUID] | None) -> int:
    """Moves with every change at one of these dealers, or at any (None)."""
    if recipient_ids is None:
        return versions.of_kind(KIND)
    rooms = select(room("") + Recipient.public_id).where(Recipient.id.in_(recipient_ids))
    return versions.of(rooms)


def ring(recipient_id: uuid.UUID | None) -> None:
    """Tells the dealer's board once the open transaction has committed, once however much changed in it."""
    if recipient_id is not None:
        live.ring(room(_public_id(recipient_id)), "order")


@functools.lru_cache(maxsize=1_000)
def _public_id(recipient_id: uuid.UUID) -> str:
    return session().scalars(select(Recipient.public_id).where(Recipient.id == recipient_id)).one()
