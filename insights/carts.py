"""The carts behind a cell of the friction grid, newest first, each with the lead that it became."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import text

from app.db import session
from insights.asked import Asked
from insights.counting import LEFT_CARTS
from insights.queries import Period

MOST = 50
LOOKED_AT = 5_000
"""So many of the carts that were left last are looked at; a rare reason may have older ones."""

_EPISODES = f"""(
    SELECT * FROM abandonment_episode WHERE detected_at >= :since ORDER BY detected_at DESC LIMIT {LOOKED_AT}
)"""
_CARTS = f"""
    SELECT carts.detected_at, carts.device, carts.language, carts.currency, carts.value_minor, l.number,
           l.public_id
    FROM ({LEFT_CARTS % {"episodes": _EPISODES}}) carts
    LEFT JOIN lead l ON l.kind = 'abandoned_cart' AND l.source_id = carts.id
    WHERE carts.on_day BETWEEN :first AND :last AND carts.step = :step AND carts.reason = :reason
      AND (CAST(:market AS text) IS NULL OR carts.market_key = :market)
      AND (CAST(:device AS text) IS NULL OR carts.device = :device)
      AND (CAST(:language AS text) IS NULL OR carts.language = :language)
    ORDER BY carts.detected_at DESC LIMIT {MOST}
"""


@dataclass(frozen=True)
class LeftCart:
    left_at: datetime
    device: str
    language: str
    currency: str
    value_minor: int
    lead_number: str | None
    lead_public_id: str | None


def behind(asked: Asked, period: Period, step: str, reason: str) -> list[LeftCart]:
    """One statement."""
    told = {
        "since": datetime.combine(period.first - timedelta(days=1), time.min, UTC),
        "first": period.first,
        "last": period.last,
        "step": step,
        "reason": reason,
        "market": asked.market_key,
        "device": asked.device,
        "language": asked.language,
    }
    return [LeftCart(*row) for row in session().execute(text(_CARTS), told)]
