"""Carts that were left: how long is long, the episode that says so once, and the sweep that finds them in sets."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, Model, session, transaction
from app.events import SYSTEM, record_many
from app.settings import settings
from checkout.cart import one_of
from checkout.events import CartAbandoned

STAGES = ("cart", "checkout", "payment")
BATCH = 1000

log = structlog.get_logger()


class Policy(Model):
    """Lengths of time that the business may change, in seconds."""

    __table_args__ = (CheckConstraint("seconds >= 0", name="seconds"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[int]


POLICIES = {
    "abandon_payment": 600,
    "abandon_authentication": 1800,
    "abandon_checkout": 1200,
    "abandon_cart": 3600,
    "hold_browse": 1800,
}
"""What holds where the table has no row."""


class AbandonmentEpisode(IdModel):
    """One leaving of one cart, with what was in it. A cart is left again only with other contents, a day later."""

    __table_args__ = (
        CheckConstraint(one_of("stage", STAGES), name="stage"),
        UniqueConstraint("cart_id", "episode_no"),
        Index("ix_abandonment_episode_visitor_id", "visitor_id"),
        Index("ix_abandonment_episode_detected_at", "detected_at"),
    )

    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    episode_no: Mapped[int]
    visitor_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("customer.id"))
    stage: Mapped[str]
    step: Mapped[str]
    reason: Mapped[str]
    abandoned_at: Mapped[datetime]
    """When the quiet had lasted long enough."""
    detected_at: Mapped[datetime]
    lead_due_at: Mapped[datetime]
    content_hash: Mapped[str]
    value_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    snapshot: Mapped[list[dict[str, Any]]]


@dataclass(frozen=True)
class Thresholds:
    """Seconds of quiet after which a cart counts as left, by how far the buyer had come."""

    payment: int
    authentication: int
    checkout: int
    cart: int


def policy_seconds(name: str) -> int:
    kept = session().scalar(select(Policy.seconds).where(Policy.name == name))
    return POLICIES[name] if kept is None else kept


def thresholds() -> Thresholds:
    """The policy, unless the settings say otherwise."""
    kept = {row.name: row.seconds for row in session().scalars(select(Policy))}
    policy = {**POLICIES, **kept}
    told = settings()
    payment = told.abandon_payment_s
    return Thresholds(
        payment=policy["abandon_payment"] if payment is None else payment,
        authentication=policy["abandon_authentication"] if payment is None else 3 * payment,
        checkout=policy["abandon_checkout"] if told.abandon_checkout_s is None else told.abandon_checkout_s,
        cart=policy["abandon_cart"] if told.abandon_cart_s is None else told.abandon_cart_s,
    )


# Placing an order locks the same cart row, so whoever commits first wins and the other one finds the cart changed.
# A payment that the bank is still working on is never left; a hosted page that merely stands open is.
_DUE = """
    SELECT c.id, stage.stage, reason.reason,
           c.last_activity_at + make_interval(secs => quiet.seconds) AS abandoned_at
    FROM cart c
    LEFT JOIN payment p ON p.cart_id = c.id AND p.purpose = 'today' AND p.state IN ('created', 'open', 'processing')
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.payment_trouble <> 'none' OR p.id IS NOT NULL OR c.step = 'pay' THEN 'payment'
                    WHEN c.checkout_started_at IS NOT NULL THEN 'checkout' ELSE 'cart' END AS stage
    ) AS stage
    CROSS JOIN LATERAL (
        SELECT CASE WHEN stage.stage <> 'payment' THEN stage.stage || '_left'
                    WHEN p.is_authenticating THEN 'authentication_incomplete'
                    WHEN c.payment_trouble IN ('none') THEN 'payment_left'
                    WHEN c.payment_trouble = 'authentication_incomplete' THEN 'authentication_incomplete'
                    ELSE 'payment_' || c.payment_trouble END AS reason
    ) AS reason
    CROSS JOIN LATERAL (
        SELECT CASE WHEN reason.reason = 'payment_expired' THEN 0
                    WHEN p.is_authenticating THEN :authentication
                    WHEN stage.stage = 'payment' THEN :payment
                    WHEN stage.stage = 'checkout' THEN :checkout
                    ELSE :cart END AS seconds
    ) AS quiet
    WHERE c.state IN ('open', 'paying')
      AND c.last_activity_at <= forecourt_now() - make_interval(secs => quiet.seconds)
      AND p.state IS DISTINCT FROM 'processing'
      AND (c.last_episode_hash IS NULL
           OR (c.last_episode_hash <> c.content_hash AND c.last_episode_at < forecourt_now() - interval '24 hours'))
      AND EXISTS (SELECT 1 FROM cart_line l WHERE l.cart_id = c.id AND l.removed_at IS NULL)
"""

_SWEEP = f"""
WITH due AS (
{_DUE}    ORDER BY c.last_activity_at
    LIMIT :batch
    FOR UPDATE OF c SKIP LOCKED
),
left_cart AS (
    UPDATE cart c
    SET episode_no = c.episode_no + 1, last_episode_at = forecourt_now(), last_episode_hash = c.content_hash
    FROM due WHERE c.id = due.id
    RETURNING c.id, c.episode_no, c.visitor_id, c.customer_id, c.step, c.content_hash, c.value_minor, c.currency,
              c.language, c.recipient_id, due.stage, due.reason, due.abandoned_at
),
contents AS (
    SELECT l.cart_id,
           jsonb_agg(jsonb_build_object(
               'kind', l.kind, 'family', l.family, 'sku', l.sku, 'title', l.title, 'detail', l.detail,
               'quantity', l.quantity, 'price_minor', l.price_minor, 'vin', l.vin,
               'stock_item_id', l.stock_item_id, 'configuration_id', l.configuration_id,
               'seller_id', l.seller_id) ORDER BY l.position, l.id) AS lines,
           jsonb_agg(DISTINCT l.family) AS families,
           (array_agg(l.seller_id) FILTER (WHERE l.stock_item_id IS NOT NULL))[1] AS dealer_id
    FROM cart_line l JOIN due ON due.id = l.cart_id
    WHERE l.removed_at IS NULL
    GROUP BY l.cart_id
),
episode AS (
    INSERT INTO abandonment_episode (id, cart_id, episode_no, visitor_id, customer_id, stage, step, reason,
        abandoned_at, detected_at, lead_due_at, content_hash, value_minor, currency, snapshot)
    SELECT uuidv7(), left_cart.id, left_cart.episode_no, left_cart.visitor_id, left_cart.customer_id,
           left_cart.stage, left_cart.step, left_cart.reason, left_cart.abandoned_at, forecourt_now(),
           left_cart.abandoned_at, left_cart.content_hash, left_cart.value_minor, left_cart.currency, contents.lines
    FROM left_cart JOIN contents ON contents.cart_id = left_cart.id
    RETURNING *
)
SELECT episode.*, left_cart.language, contents.families, coalesce(contents.dealer_id, left_cart.recipient_id) AS dealer_id
FROM episode JOIN left_cart ON left_cart.id = episode.cart_id JOIN contents ON contents.cart_id = episode.cart_id
"""


def sweep() -> int:
    """Finds every cart left for too long; each batch is one transaction, leads included."""
    found = 0
    while True:
        with transaction():
            batch = sweep_batch(BATCH)
        found += batch
        if batch < BATCH:
            break
    if found:
        log.info("checkout.abandoned", carts=found)
    return found


def sweep_batch(batch: int) -> int:
    rows = session().execute(text(_SWEEP), {**asdict(thresholds()), "batch": batch}).all()
    record_many([_left(row) for row in rows], SYSTEM)
    return len(rows)


def overdue(seconds: int) -> int:
    """Carts that were due longer ago than this and have no episode: what a sweep that stands still would leave."""
    late = f"SELECT count(*) FROM ({_DUE}) due WHERE abandoned_at < forecourt_now() - make_interval(secs => :late)"
    return int(session().execute(text(late), {**asdict(thresholds()), "late": seconds}).scalar_one())


def _left(row: Any) -> CartAbandoned:
    return CartAbandoned(
        cart_id=row.cart_id,
        visitor_id=row.visitor_id,
        customer_id=row.customer_id,
        episode_id=row.id,
        episode_no=row.episode_no,
        stage=row.stage,
        step=row.step,
        reason=row.reason,
        value_minor=row.value_minor,
        currency=row.currency,
        language=row.language,
        families=list(row.families),
        recipient_id=row.dealer_id,
        abandoned_at=row.abandoned_at,
        lead_due_at=row.lead_due_at,
        snapshot=list(row.snapshot),
    )
