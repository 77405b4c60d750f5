"""The rules as rows: planted from the matrix where they are missing, read at every routing."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.ids import uuid7
from leads.matrix import PRODUCTS, SOURCES, Default, defaults
from leads.models import RoutingRule

Rules = Mapping[tuple[str, str], RoutingRule]
"""By source (a row of the matrix) and product."""


def all_rules(market_key: str) -> Rules:
    """Every rule of a market; pairs without one get the house's default. Inside a transaction."""
    rules = _kept(market_key)
    if len(rules) < len(SOURCES) * len(PRODUCTS):
        plant(market_key)
        rules = _kept(market_key)
    return rules


def as_shown(market_key: str) -> Rules:
    """Every rule of a market, for reading: where none is kept, the default as it would be planted."""
    planted = {
        (rule.source, rule.product): RoutingRule(**_row(market_key, rule), version=1) for rule in defaults()
    }
    return {**planted, **_kept(market_key)}


def plant(market_key: str) -> int:
    """Adds the default for every pair that has no rule; a rule that the house changed stays."""
    planted = session().scalars(
        insert(RoutingRule)
        .values([{"id": uuid7(), **_row(market_key, rule)} for rule in defaults()])
        .on_conflict_do_nothing(
            index_elements=["market_key", "source", "product"], index_where=text("superseded_at IS NULL")
        )
        .returning(RoutingRule.id)
    )
    return len(planted.all())


def _row(market_key: str, rule: Default) -> dict[str, Any]:
    return {
        "market_key": market_key,
        "source": rule.source,
        "product": rule.product,
        "recipient_kind": rule.recipient_kind,
        "fallback_kinds": list(rule.fallback_kinds),
        "reason": rule.reason,
        "reason_zh": rule.reason_zh,
        "answer_within_s": rule.answer_within_s,
    }


def _kept(market_key: str) -> Rules:
    kept = session().scalars(
        select(RoutingRule).where(RoutingRule.market_key == market_key, RoutingRule.superseded_at.is_(None))
    )
    return {(rule.source, rule.product): rule for rule in kept}
