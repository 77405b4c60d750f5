"""The bell of the dealers' boards: whoever looks at a dealer's orders looks again after each change of one."""

import functools
import uuid

from sqlalchemy import select

from app import live
from app.db import session
from partners.models import Recipient


def room(recipient_public_id: str) -> str:
    return live.room("board", recipient_public_id)


def ring(recipient_id: uuid.UUID | None) -> None:
    """Tells the dealer's board once the open transaction has committed, once however much changed in it."""
    if recipient_id is not None:
        live.ring(room(_public_id(recipient_id)), "order")


@functools.lru_cache(maxsize=1_000)
def _public_id(recipient_id: uuid.UUID) -> str:
    return session().scalars(select(Recipient.public_id).where(Recipient.id == recipient_id)).one()
