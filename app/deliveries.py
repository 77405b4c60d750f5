"""What leaves the house: a row per mail or webhook, with its attempts, until it has arrived or is visibly dead.

The row carries ids only. A composer (registered by kind) writes the words at the moment of sending, so that what has
changed meanwhile is taken into account: it may withhold the delivery, for a while or for good, with a reason.
Nothing is ever deleted by failure; `replay` sends again under the same id.
"""

import random
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app import clock
from app.db import IdModel, after_commit, close_reading, session, transaction
from app.events import SYSTEM, act_as, registry
from app.ids import uuid7

STATES = ("pending", "sending", "delivered", "parked", "dead", "cancelled")
LEASE = timedelta(seconds=90)
SENDERS = 6
LOOK_AGAIN_S = 1.0
"""While some recipients take their time: how soon what has come meanwhile is sent by the senders that are free."""
BACKOFF_S = (5, 60, 300, 1800, 7200, 18000, 36000, 36000, 72000, 72000)
"""Ten tries over about 70 hours, each with a fifth of jitter either way."""
MOST_RETRY_AFTER_S = 86_400
PARK_AFTER = 3
"""Refusals (4xx other than 408, 425, 429) before a delivery waits for a person."""

log = structlog.get_logger()


class Delivery(IdModel):
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_delivery_due", "next_at", postgresql_where="state IN ('pending', 'sending')"),
        Index("ix_delivery_group", "group_key", "id"),
        Index("ix_delivery_subject", "subject_id"),
        Index(
            "ix_delivery_not_arrived",
            "state",
            "id",
            postgresql_where="state IN ('pending', 'sending', 'parked', 'dead')",
        ),
        Index("ix_delivery_recipient_key_id", "recipient_key", "id"),
    )

    kind: Mapped[str]
    recipient_key: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    payload: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(unique=True)
    group_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="pending")
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    refusals: Mapped[int] = mapped_column(server_default="0")
    leased_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    replays: Mapped[int] = mapped_column(server_default="0")
    """How often somebody had it sent once more."""


class DeliveryAttempt(IdModel):
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str]
    status_code: Mapped[int | None]
    latency_ms: Mapped[int | None]
    excerpt: Mapped[str | None]


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str | None = None
    reply_to: str | None = None
    language: str = "en"
    headers: Mapping[str, str] = field(default_factory=dict)
    for_software: bool = False
    """ASCII that a programme reads: it travels as it stands, neither folded nor encoded."""


@dataclass(frozen=True)
class WebhookCall:
    """`type` and `body` travel as Standard Webhooks lays down; the webhook-id is the delivery's id on every try.

    While a secret is changed, the former one signs as well (`former_secret`).
    """

    url: str
    secret: str
    type: str
    body: Mapping[str, Any]
    former_secret: str | None = None


@dataclass(frozen=True)
class Withhold:
    """Not now, or not at all: with `until` it is looked at again then, without it is cancelled."""

    reason: str
    until: datetime | None = None


Composer = Callable[[Delivery], Mail | WebhookCall | Withhold]


@dataclass(frozen=True)
class Answer:
    """How a try ended. outcome: delivered, failed (try again), refused (4xx) or gone (410)."""

    outcome: str
    status_code: int | None = None
    latency_ms: int | None = None
    excerpt: str | None = None
    retry_after_s: int | None = None


Transport = Callable[[Delivery, Any], Answer]

_composers: Mapping[str, Composer] = {}
_transports: Mapping[type, Transport] = {}


def install(composers: Mapping[str, Composer], transports: Mapping[type, Transport]) -> None:
    global _composers, _transports
    _composers, _transports = composers, transports


def queue(
    kind: str,
    recipient_key: str,
    subject_id: uuid.UUID | None,
    payload: Mapping[str, Any],
    key: str,
    group: str | None = None,
    not_before: datetime | None = None,
) -> Delivery:
    """Puts the delivery on its way once; a repeat with the same key gives the row that is there."""
    made = (
        session()
        .scalars(
            insert(Delivery)
            .values(
                id=uuid7(),
                kind=kind,
                recipient_key=recipient_key,
                subject_id=subject_id,
                payload=dict(payload),
                key=key,
                group_key=group,
                next_at=not_before or clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(Delivery)
        )
        .one_or_none()
    )
    if made is None:
        return session().scalars(select(Delivery).where(Delivery.key == key)).one()
    after_commit(registry().after_record)
    return made


def cancel(key_prefix: str, why: str) -> int:
    """Stops what has not gone yet; what is being sent this moment still arrives."""
    stopped = session().execute(
        update(Delivery)
        .where(
            Delivery.key.startswith(key_prefix, autoescape=True), Delivery.state.in_(("pending", "parked"))
        )
        .values(state="cancelled", reason=why)
    )
    return int(stopped.rowcount)  # type: ignore[attr-defined]


def replay(delivery_id: uuid.UUID) -> Delivery:
    """Sends once more, whatever became of it before, under the same id."""
    delivery = session().get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.state == "sending":  # it is on its way this moment; a second one would make it two
        return delivery
    if delivery.state != "pending":
        delivery.replays += 1
    delivery.state, delivery.next_at, delivery.reason = "pending", clock.now(), None
    delivery.attempts, delivery.refusals = 0, 0
    after_commit(registry().after_record)
    return delivery


def deliver_due() -> int:
    """Sends what is due; tells how many tries were made."""
    tries = 0
    under_way: set[Future[None]] = set()
    with ThreadPoolExecutor(SENDERS, "sender") as senders:
        while True:
            claimed = _claim(SENDERS - len(under_way))
            under_way |= {senders.submit(_try_alone, delivery_id) for delivery_id in claimed}
            tries += len(claimed)
            if not under_way:
                break
            ended, under_way = wait(under_way, LOOK_AGAIN_S, FIRST_COMPLETED)
            for each in ended:
                each.result()
    return tries


def _try_alone(delivery_id: uuid.UUID) -> None:
    """In a thread of its own, so that a recipient that hangs keeps nobody else waiting."""
    act_as(SYSTEM)
    try:
        _try(delivery_id)
    finally:
        close_reading()


def _claim(most: int) -> list[uuid.UUID]:
    earlier = aliased(Delivery)
    blocked = exists().where(
        earlier.group_key == Delivery.group_key,
        earlier.id < Delivery.id,
        earlier.state.in_(("pending", "sending", "parked")),
    )
    due = (
        select(Delivery.id)
        .where(
            or_(
                (Delivery.state == "pending") & (Delivery.next_at <= clock.sql_now),
                (Delivery.state == "sending") & (Delivery.leased_until < clock.sql_now),
            ),
            or_(Delivery.group_key.is_(None), ~blocked),
        )
        .order_by(Delivery.next_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    with transaction():
        return list(
            session().scalars(
                update(Delivery)
                .where(Delivery.id.in_(due.scalar_subquery()))
                .values(state="sending", leased_until=func.forecourt_now() + LEASE)
                .returning(Delivery.id)
                .execution_options(synchronize_session=False)
            )
        )


def _try(delivery_id: uuid.UUID) -> None:
    try:
        with transaction():
            delivery = session().get_one(Delivery, delivery_id)
            message = _composers[delivery.kind](delivery)
            if isinstance(message, Withhold):
                _withhold(delivery, message)
                return
            send = _transports[type(message)]
    except Exception as failed:  # a message that cannot be written waits for a person; the others go on
        log.error("delivery.not_composed", delivery=str(delivery_id), error=repr(failed))
        _park(delivery_id, f"cannot be written: {failed!r}")
        return
    try:
        answer = send(delivery, message)
    except Exception as failed:  # whatever a recipient makes of us counts as one try
        log.error("delivery.send_failed", delivery=str(delivery_id), error=repr(failed))
        answer = Answer("failed", excerpt=repr(failed))
    with transaction():
        _note(session().get_one(Delivery, delivery_id, with_for_update=True), answer)


def _withhold(delivery: Delivery, withheld: Withhold) -> None:
    delivery.reason = withheld.reason
    delivery.leased_until = None
    if withheld.until is None:  # what arrived before stays arrived; only the repeat is not sent
        delivery.state = "cancelled" if delivery.delivered_at is None else "delivered"
    else:
        delivery.state, delivery.next_at = "pending", withheld.until


def _park(delivery_id: uuid.UUID, why: str) -> None:
    with transaction():
        delivery = session().get_one(Delivery, delivery_id, with_for_update=True)
        delivery.state, delivery.reason, delivery.leased_until = "parked", why[:1000], None
        delivery.next_at = clock.now() + timedelta(hours=1)


def _note(delivery: Delivery, answer: Answer) -> None:
    delivery.attempts += 1
    delivery.leased_until = None
    made = session().scalar(
        select(func.count()).select_from(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery.id)
    )
    session().add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            number=(made or 0) + 1,
            at=clock.now(),
            outcome=answer.outcome,
            status_code=answer.status_code,
            latency_ms=answer.latency_ms,
            excerpt=(answer.excerpt or "")[:1000] or None,
        )
    )
    if answer.outcome == "delivered":
        delivery.state, delivery.delivered_at, delivery.reason = "delivered", clock.now(), None
        return
    delivery.reason = answer.excerpt or answer.outcome
    if answer.outcome == "gone":
        delivery.state = "dead"
        return
    if answer.outcome == "refused":
        delivery.refusals += 1
        if delivery.refusals >= PARK_AFTER:
            delivery.state, delivery.next_at = "parked", clock.now() + timedelta(hours=1)
            return
    if delivery.attempts >= len(BACKOFF_S):
        delivery.state = "dead"
        return
    asked_s = min(answer.retry_after_s or 0, MOST_RETRY_AFTER_S)
    wait_s = asked_s or BACKOFF_S[delivery.attempts - 1] * random.uniform(0.8, 1.2)
    delivery.state, delivery.next_at = "pending", clock.now() + timedelta(seconds=wait_s)
