"""Does every signal have its lead, every lead its decision, every decision its dispatch, and does every dispatch move?"""

import uuid
from collections.abc import Mapping

from sqlalchemy import select, text

from app.db import session, transaction
from app.events import SYSTEM, EventRow, revive
from checkout import abandonment
from checkout.events import CartAbandoned
from conversations.events import HelpRequested
from leads.dispatching import route
from leads.intake import Signal, of_abandoned, of_help, open_leads

BATCH = 500
OVERDUE_AFTER_S = 60
"""A sweep looks every few seconds; a cart that is due for a minute and still without an episode was missed."""

SIGNALS_WITHOUT_LEAD = """
SELECT s.id FROM (
    SELECT id, 'abandoned_cart' AS kind, detected_at AS at FROM abandonment_episode
    UNION ALL
    SELECT id, 'help_request', created_at FROM help_request
) s
LEFT JOIN lead l ON l.kind = s.kind AND l.source_id = s.id
WHERE l.id IS NULL
"""
LEADS_WITHOUT_DECISION = """
SELECT l.id FROM lead l
WHERE l.status IN ('new', 'routed', 'held') AND l.created_at < forecourt_now() - interval '60 seconds'
  AND NOT EXISTS (SELECT 1 FROM routing_decision d WHERE d.lead_id = l.id)
"""
DECISIONS_WITHOUT_DISPATCH = """
SELECT DISTINCT d.lead_id FROM routing_decision d
WHERE NOT EXISTS (SELECT 1 FROM dispatch p WHERE p.lead_id = d.lead_id)
"""
STUCK_DISPATCHES = """
SELECT p.lead_id FROM dispatch p LEFT JOIN delivery v ON v.id = p.delivery_id
WHERE p.state IN ('queued', 'held')
  AND CASE WHEN p.delivery_id IS NULL THEN p.next_at < forecourt_now() - interval '5 minutes'
           WHEN v.state = 'pending' THEN v.next_at < forecourt_now() - interval '5 minutes'
           WHEN v.state = 'sending' THEN v.leased_until < forecourt_now() - interval '5 minutes'
           ELSE false END
"""

BOUGHT_BUT_OPEN = """
SELECT l.id FROM lead l JOIN customer_order o ON o.cart_id = l.cart_id
WHERE l.status IN ('new', 'routed', 'held', 'accepted', 'contacted') AND l.about_order_id IS NULL
  AND l.signalled_at <= o.placed_at AND o.placed_at < forecourt_now() - interval '60 seconds'
"""

EVENTS_NOT_HANDLED = """
SELECT event_id FROM event_handling
WHERE state = 'pending' AND next_at < forecourt_now() - interval '60 seconds'
"""
SIGNALS_WITH_TWO_LEADS = """
SELECT kind, source_id FROM lead GROUP BY kind, source_id HAVING count(*) > 1
"""

CHECKS: Mapping[str, str] = {
    "signals_without_lead": SIGNALS_WITHOUT_LEAD,
    "leads_without_decision": LEADS_WITHOUT_DECISION,
    "decisions_without_dispatch": DECISIONS_WITHOUT_DISPATCH,
    "stuck_dispatches": STUCK_DISPATCHES,
    "bought_but_open": BOUGHT_BUT_OPEN,
    "events_not_handled": EVENTS_NOT_HANDLED,
    "signals_with_two_leads": SIGNALS_WITH_TWO_LEADS,
}


def counts() -> dict[str, int]:
    """Check -> rows that should not be there; all zero when nothing is missing."""
    found = {
        name: int(session().execute(text(f"SELECT count(*) FROM ({sql}) missing")).scalar_one())
        for name, sql in CHECKS.items()
    }
    return {"due_carts_without_episode": abandonment.overdue(OVERDUE_AFTER_S), **found}


def heal() -> int:
    with transaction():
        opened = _open_missing()
    with transaction():
        routed = route(_ids(LEADS_WITHOUT_DECISION))
    with transaction():
        return opened + routed + route(_ids(DECISIONS_WITHOUT_DISPATCH))


def _open_missing() -> int:
    """From the recorded facts, by the intake that the listeners use."""
    missing = _ids(SIGNALS_WITHOUT_LEAD)
    if not missing:
        return 0
    rows = session().scalars(
        select(EventRow).where(
            EventRow.subject_id.in_(missing), EventRow.type.in_((CartAbandoned.type, HelpRequested.type))
        )
    )
    facts = [revive(row) for row in rows]
    signals: list[Signal] = [of_abandoned(fact) for fact in facts if isinstance(fact.event, CartAbandoned)]
    asked = [fact for fact in facts if isinstance(fact.event, HelpRequested)]
    return open_leads(signals + (of_help(asked) if asked else []), SYSTEM)


def _ids(sql: str) -> list[uuid.UUID]:
    return list(session().scalars(text(f"{sql} LIMIT {BATCH}")))
