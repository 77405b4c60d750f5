"""What leaves the house: a row per mail or webhook, with its attempts, until it has arrived or is visibly dead.

The row carries ids only. A composer (registered by kind) writes the words at the moment of sending, so that what has
changed meanwhile is taken into account: it may withhold the delivery, for a while or for good, with a reason.
Nothing is ever deleted by failure; `replay` sends again under the same id.
"""

import random
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app import clock
from app.db import IdModel, after_commit, close_reading, session, transaction
from app.events import SYSTEM, Event, act_as, record, registry
from app.i18n import _
from app.ids import uuid7

STATES = ("pending", "sending", "delivered", "parked", "dead", "cancelled")
LEASE = timedelta(seconds=90)
SENDERS = 6
SENDERS_TO_ONE = 3
SENDERS_TO_SLOW = 2
"""However many recipients hang, the others have the rest."""
SLOW_S = 3.0
SLOW_FOR_S = 60.0
LOOK_AGAIN_S = 1.0
"""While some recipients take their time: how soon what has come meanwhile is sent by the senders that are free."""
BACKOFF_S = (5, 60, 300, 1800, 7200, 18000, 50400, 86400, 105_600)
"""Between ten tries over about 75 hours, each with a fifth of jitter either way."""
MOST_TRIES = len(BACKOFF_S) + 1
MOST_RETRY_AFTER_S = 86_400
PARK_AFTER = 3
"""Refusals (4xx other than 408, 425, 429) before a delivery waits for a person."""
BETWEEN_REPLAYS = timedelta(milliseconds=250)
"""So that what is sent once more in great number does not fall on a recipient all at once."""
ADDRESS = re.compile(r"[^\s<>@:;,\"']+@[^\s<>@:;,\"']+")

log = structlog.get_logger()

_slow_until: dict[str, float] = {}
"""Recipients that took long the last time, until when they count as slow; of this process."""


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
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        Index("ix_delivery_attempt_gone", "at", postgresql_where="outcome = 'gone'"),
    )

    delivery_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("delivery.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    outcome: Mapped[str]
    status_code: Mapped[int | None]
    latency_ms: Mapped[int | None]
    excerpt: Mapped[str | None]
    replay: Mapped[int] = mapped_column(server_default="0", default=0)
    """Of which repeat this try was one; 0 of the first sending."""
    sent_digest: Mapped[str | None]
    """SHA-256 of what was sent, without what differs from try to try."""


@dataclass(frozen=True, kw_only=True)
class DeliveryGivenUp(Event):
    """After its last try, or (`outcome` gone) because the address is no more. Ids and codes only."""

    type: ClassVar[str] = "deliveries.given_up"
    subject_field: ClassVar[str] = "delivery_id"

    delivery_id: uuid.UUID
    kind: str
    recipient_key: str
    outcome: str
    began_at: datetime
    """When the try began."""

    def sentence(self) -> str:
        return _("Something was given up after its last try")


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

    While a secret is changed, the former ones sign as well.
    """

    url: str
    secret: str
    type: str
    body: Mapping[str, Any]
    former_secrets: tuple[str, ...] = ()


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
    sent_digest: str | None = None


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
    """Puts the delivery on its way once; a repeat with the same key gives the row that is there.

    One that was called back before it went is on its way again: it is wanted after all.
    """
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
        return _wanted_after_all(key, not_before)
    after_commit(registry().after_record)
    return made


def _wanted_after_all(key: str, not_before: datetime | None) -> Delivery:
    known = session().scalars(select(Delivery).where(Delivery.key == key).with_for_update()).one()
    if known.state == "cancelled":
        known.state, known.reason, known.next_at = "pending", None, not_before or clock.now()
        after_commit(registry().after_record)
    return known


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


def replay(delivery_id: uuid.UUID, not_before: datetime | None = None) -> Delivery:
    """Sends once more, whatever became of it before, under the same id."""
    delivery = session().get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.state == "sending":  # it is on its way this moment; a second one would make it two
        return delivery
    if delivery.state != "pending":
        delivery.replays += 1
    delivery.state, delivery.next_at, delivery.reason = "pending", not_before or clock.now(), None
    delivery.attempts, delivery.refusals = 0, 0
    after_commit(registry().after_record)
    return delivery


def deliver_due() -> int:
    """Sends what is due; tells how many tries were made."""
    tries = 0
    under_way: dict[Future[None], str] = {}
    with ThreadPoolExecutor(SENDERS, "sender") as senders:
        while True:
            tries += _start(senders, under_way)
            if not under_way:
                break
            ended, _still = wait(under_way, LOOK_AGAIN_S, FIRST_COMPLETED)
            for each in ended:
                del under_way[each]
                each.result()
    return tries


def _start(senders: ThreadPoolExecutor, under_way: dict[Future[None], str]) -> int:
    started = 0
    while len(under_way) < SENDERS:
        claimed = _claim(_served(under_way.values()))
        if claimed is None:
            break
        under_way[senders.submit(_try_alone, *claimed)] = claimed[1]
        started += 1
    return started


def _served(keys: Collection[str]) -> set[str]:
    """Recipients that have as many of the senders as one may have, and the slow ones as all of them together may."""
    counts = Counter(keys)
    served = {key for key, count in counts.items() if count >= SENDERS_TO_ONE}
    slow = {key for key, until in list(_slow_until.items()) if until > time.monotonic()}
    return served | slow if sum(counts[key] for key in slow) >= SENDERS_TO_SLOW else served


def _try_alone(delivery_id: uuid.UUID, recipient_key: str) -> None:
    """In a thread of its own, so that a recipient that hangs keeps nobody else waiting."""
    act_as(SYSTEM)
    started = time.monotonic()
    try:
        _try(delivery_id)
    finally:
        close_reading()
        _slow_until.pop(recipient_key, None)
        if time.monotonic() - started > SLOW_S:
            _slow_until[recipient_key] = time.monotonic() + SLOW_FOR_S


def _claim(but_not: Collection[str]) -> tuple[uuid.UUID, str] | None:
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
            Delivery.recipient_key.not_in(but_not),
        )
        .order_by(Delivery.next_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    with transaction():
        claimed = (
            session()
            .execute(
                # With IN the database may ask again for each row, and lock another one each time.
                update(Delivery)
                .where(Delivery.id == due.scalar_subquery())
                .values(state="sending", leased_until=func.forecourt_now() + LEASE)
                .returning(Delivery.id, Delivery.recipient_key)
                .execution_options(synchronize_session=False)
            )
            .one_or_none()
        )
    return (claimed[0], claimed[1]) if claimed is not None else None


def _try(delivery_id: uuid.UUID) -> None:
    try:
        with transaction():
            delivery = session().get_one(Delivery, delivery_id)
            message = _composers[delivery.kind](delivery)
            if isinstance(message, Withhold):
                _withhold(delivery, message)
                return
            send, lease = _transports[type(message)], delivery.leased_until
    except (OperationalError, NoConnection) as failed:  # taken up again after the lease
        log.warning("delivery.put_off", delivery=str(delivery_id), error=type(failed).__name__)
        return
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
        _note(session().get_one(Delivery, delivery_id, with_for_update=True), answer, lease)


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


def _note(delivery: Delivery, answer: Answer, lease: datetime | None) -> None:
    is_ours = delivery.leased_until == lease  # else the lease ran out, and another sender is at it or was
    if is_ours:
        delivery.attempts += 1
        delivery.leased_until = None
    excerpt = _impersonal(answer.excerpt)
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
            excerpt=excerpt,
            replay=delivery.replays,
            sent_digest=answer.sent_digest,
        )
    )
    if answer.outcome == "delivered":
        delivery.state, delivery.delivered_at, delivery.reason = "delivered", clock.now(), None
        delivery.leased_until = None
        return
    if not is_ours:
        return
    delivery.reason = excerpt or answer.outcome
    if answer.outcome == "gone":
        _give_up(delivery, answer)
        return
    if answer.outcome == "refused":
        delivery.refusals += 1
        if delivery.refusals >= PARK_AFTER:
            delivery.state, delivery.next_at = "parked", clock.now() + timedelta(hours=1)
            return
    if delivery.attempts >= MOST_TRIES:
        _give_up(delivery, answer)
        return
    asked_s = min(answer.retry_after_s or 0, MOST_RETRY_AFTER_S)
    # Never sooner than ours: ten tries of one second each would be over before anybody could mend anything.
    wait_s = max(asked_s, BACKOFF_S[delivery.attempts - 1] * random.uniform(0.8, 1.2))
    delivery.state, delivery.next_at = "pending", clock.now() + timedelta(seconds=wait_s)


def _give_up(delivery: Delivery, answer: Answer) -> None:
    delivery.state = "dead"
    now = clock.now()
    record(
        DeliveryGivenUp(
            delivery_id=delivery.id,
            kind=delivery.kind,
            recipient_key=delivery.recipient_key,
            outcome=answer.outcome,
            began_at=now - timedelta(milliseconds=answer.latency_ms or 0),
        ),
        SYSTEM,
        now,
    )


def _impersonal(excerpt: str | None) -> str | None:
    """What the other side said, without mail addresses, which servers like to repeat."""
    return ADDRESS.sub("…@…", excerpt or "")[:1000] or None
