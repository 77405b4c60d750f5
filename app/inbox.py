"""What other parties tell us: stored raw under their own event id first, acknowledged, then handled once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import UniqueConstraint, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import IdModel, session, transaction

MAX_ATTEMPTS = 20

log = structlog.get_logger()


class InboxEvent(IdModel):
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    provider: Mapped[str]
    event_id: Mapped[str]
    raw: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    handled_at: Mapped[datetime | None]
    effects: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now(), index=True)
    error: Mapped[str | None]


def store(provider: str, event_id: str, raw: bytes) -> bool:
    """Keeps the event; False when it was here before. The sender's signature has been verified by the caller."""
    kept = session().execute(
        insert(InboxEvent)
        .values(provider=provider, event_id=event_id, raw=raw)
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(InboxEvent.id)
    )
    return kept.first() is not None


def pending(provider: str, limit: int = 100) -> list[uuid.UUID]:
    return list(
        session().scalars(
            select(InboxEvent.id)
            .where(
                InboxEvent.provider == provider,
                InboxEvent.handled_at.is_(None),
                InboxEvent.attempts < MAX_ATTEMPTS,
                or_(InboxEvent.next_at.is_(None), InboxEvent.next_at <= clock.sql_now),
            )
            .order_by(InboxEvent.received_at)
            .limit(limit)
        )
    )


def handle(event_id: uuid.UUID, work: Callable[[InboxEvent], int]) -> None:
    """Runs `work` on the stored event; it opens its own transactions, is safe to repeat, and tells its effects.

    The event is marked handled once; a failure is kept with it and tried again later.
    """
    with transaction():
        event = session().get(InboxEvent, event_id)
    if event is None or event.handled_at is not None:
        return
    try:
        effects = work(event)
    except Exception as failed:  # whatever went wrong, the event stays and is tried again
        log.warning("inbox.failed", provider=event.provider, event_id=event.event_id, error=repr(failed))
        _postpone(event_id, repr(failed))
        return
    with transaction():
        locked = session().get(InboxEvent, event_id, with_for_update=True)
        if locked is not None and locked.handled_at is None:
            locked.handled_at = clock.now()
            locked.effects = min(effects, 1)
            locked.attempts += 1
            locked.error = None


def _postpone(event_id: uuid.UUID, error: str) -> None:
    with transaction():
        event = session().get(InboxEvent, event_id, with_for_update=True)
        if event is not None and event.handled_at is None:
            event.attempts += 1
            event.error = error[:1000]
            event.next_at = clock.now() + timedelta(seconds=min(3600, 5 * 2**event.attempts))
