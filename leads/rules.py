"""The rules as rows: planted from the matrix where they are missing, read at every routing."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import session
from app.ids import uuid7
from leads.matrix import PRODUCTS, SOURCES, defaults
from leads.models import RoutingRule

Rules = Mapping[tuple[str, str], RoutingRule]
"""By source (a row of the matrix) and product."""


def all_rules() -> Rules:
    """Every rule there is; pairs without one get the house's default. Inside a transaction."""
    rules = _kept()
    if len(rules) < len(SOURCES) * len(PRODUCTS):
        plant()
        rules = _kept()
    return rules


def plant() -> int:
    """Adds the default for every pair that has no rule; a rule that the house changed stays."""
    planted = session().scalars(
        insert(RoutingRule)
        .values(
            [
                {
                    "id": uuid7(),
                    "source": rule.source,
                    "product": rule.product,
                    "recipient_kind": rule.recipient_kind,
                    "fallback_kinds": list(rule.fallback_kinds),
                    "reason": rule.reason,
                    "reason_zh": rule.reason_zh,
                    "answer_within_s": rule.answer_within_s,
                }
                for rule in defaults()
            ]
        )
        .on_conflict_do_nothing(index_elements=["source", "product"])
        .returning(RoutingRule.id)
    )
    return len(planted.all())


def _kept() -> Rules:
    return {(rule.source, rule.product): rule for rule in session().scalars(select(RoutingRule))}
