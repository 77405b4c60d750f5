"""Counts the latest days again, in sets: late facts find their day, and a page never counts by itself.

A day is a day of the market's own calendar. People are counted once a day; who comes on two days counts on both.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from app import clock
from app.db import session, transaction
from insights.spread import GROWTH

AGAIN = timedelta(days=2)
"""How far back days are counted again; older ones stand."""
BEFORE_LEAVING = "2 hours"
"""What went wrong in a cart within this time before it was left counts as what stopped it."""
ONE_AT_A_TIME = 7_240_209

_FIRST_ANSWER = """
    WITH first_answer AS (
        SELECT v.lead_id, v.at FROM lead_move v
        WHERE v.to_status = 'contacted' AND v.at >= :since
          AND NOT EXISTS (SELECT 1 FROM lead_move w
                          WHERE w.lead_id = v.lead_id AND w.to_status = 'contacted' AND (w.at, w.id) < (v.at, v.id))
    )
"""
# What happened to an anonymous browser has no customer; whoever has neither is not counted.
_SOURCES: Mapping[str, str] = {
    "visited": """
        SELECT v.market_key, v."on", 'funnel', 'visited', '', sum(v.visits), 0
        FROM visit_day v WHERE v."on" >= :since_day GROUP BY 1, 2
    """,
    "configured": """
        SELECT v.market_key, v."on", 'funnel', 'configured', '', sum(v.configured), 0
        FROM visit_day v WHERE v."on" >= :since_day GROUP BY 1, 2
    """,
    "cart": """
        SELECT c.market_key, (e.at AT TIME ZONE m.time_zone)::date, 'funnel', 'cart', '',
               count(DISTINCT e.visitor_id), 0
        FROM event e JOIN cart c ON c.id = e.subject_id JOIN market m ON m.key = c.market_key
        WHERE e.type = 'checkout.cart_line_added' AND e.at >= :since GROUP BY 1, 2
    """,
    "checkout": """
        SELECT c.market_key, (e.at AT TIME ZONE m.time_zone)::date, 'funnel', 'checkout', '',
               count(DISTINCT e.visitor_id), 0
        FROM event e JOIN cart c ON c.id = e.subject_id JOIN market m ON m.key = c.market_key
        WHERE e.type = 'checkout.step_reached' AND e.payload ->> 'step' <> 'cart' AND e.at >= :since GROUP BY 1, 2
    """,
    "paid": """
        SELECT o.market_key, (o.placed_at AT TIME ZONE m.time_zone)::date, 'funnel', 'paid', '', count(*), 0
        FROM customer_order o JOIN market m ON m.key = o.market_key
        WHERE o.placed_at >= :since GROUP BY 1, 2
    """,
    "left": f"""
        SELECT c.market_key, (e.detected_at AT TIME ZONE m.time_zone)::date, 'left', e.step,
               coalesce(trouble.kind, CASE WHEN e.reason IN ('payment_failed', 'authentication_incomplete')
                                           THEN 'declined' ELSE 'nothing_seen' END),
               count(*), sum(e.value_minor)
        FROM abandonment_episode e JOIN cart c ON c.id = e.cart_id JOIN market m ON m.key = c.market_key
        LEFT JOIN LATERAL (
            SELECT s.kind FROM signal s
            WHERE s.visitor_id = e.visitor_id AND s.at <= e.detected_at
              AND s.at > e.abandoned_at - interval '{BEFORE_LEAVING}'
              AND s.kind IN ('refused', 'declined', 'back_and_forth', 'empty_search', 'stalled')
            ORDER BY (s.kind = 'stalled'), s.at DESC LIMIT 1
        ) trouble ON true
        WHERE e.detected_at >= :since GROUP BY 1, 2, 4, 5
    """,
    "stalled": """
        SELECT t.market_key, (t.since AT TIME ZONE m.time_zone)::date,
               CASE WHEN t.state = 'helped' THEN 'helped' ELSE 'stalled' END, t.step, t.reason,
               count(*), coalesce(sum(t.value_minor), 0)
        FROM stall t JOIN market m ON m.key = t.market_key
        WHERE t.since >= :since GROUP BY 1, 2, 3, 4, 5
    """,
    "won": """
        SELECT l.market_key, (l.closed_at AT TIME ZONE m.time_zone)::date, 'won', l.product_family, l.outcome,
               count(*), coalesce(sum(l.value_minor), 0)
        FROM lead l JOIN market m ON m.key = l.market_key
        WHERE l.closed_at >= :since AND l.outcome IN ('won', 'converted_assisted') GROUP BY 1, 2, 4, 5
    """,
    "answered": """
        SELECT l.market_key, (first.at AT TIME ZONE m.time_zone)::date, 'answer', r.kind,
               CASE WHEN first.at <= l.due_at THEN 'in_time' ELSE 'late' END, count(*), 0
        FROM lead l JOIN market m ON m.key = l.market_key JOIN recipient r ON r.id = l.recipient_id
        JOIN first_answer first ON first.lead_id = l.id GROUP BY 1, 2, 4, 5
    """,
}

_BUCKETS: Mapping[str, str] = {
    "person": """
        SELECT coalesce(r.market_key, c.market_key, 'CN') AS market_key, h.first_reply_at AS at,
               coalesce(r.kind, 'agent_desk') AS recipient_kind,
               extract(epoch FROM h.first_reply_at - h.created_at) AS seconds
        FROM help_request h JOIN conversation v ON v.id = h.conversation_id
        LEFT JOIN recipient r ON r.id = coalesce(h.recipient_id, v.recipient_id) LEFT JOIN cart c ON c.id = h.cart_id
        WHERE h.kind = 'message' AND h.first_reply_at >= :since
    """,
    "lead": """
        SELECT l.market_key, first.at, r.kind AS recipient_kind,
               extract(epoch FROM first.at - l.signalled_at) AS seconds
        FROM first_answer first JOIN lead l ON l.id = first.lead_id JOIN recipient r ON r.id = l.recipient_id
    """,
}


def count() -> int:
    """Counts the days since the day before yesterday anew; tells how many figures stand for them now."""
    now = clock.now()
    since = (now - AGAIN).replace(minute=0, second=0, microsecond=0)
    with transaction():
        session().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        return _count_days(since) + _count_hours(since)


def _count_days(since: object) -> int:
    """Only whole days: the day that began before `since` keeps what it has."""
    whole = {"since": since}
    first_day = "((CAST(:since AS timestamptz) AT TIME ZONE m.time_zone)::date + 1)"
    session().execute(
        text(
            f"DELETE FROM day_figure f USING market m WHERE m.key = f.market_key AND f.on_day >= {first_day}"
        ),
        whole,
    )
    counted = 0
    for source in _SOURCES.values():
        sql = f"""
            {_with(source)}
            INSERT INTO day_figure (market_key, on_day, name, part, reason, count, value_minor)
            SELECT found.* FROM ({source}) AS found (market_key, on_day, name, part, reason, count, value_minor)
            JOIN market m ON m.key = found.market_key
            WHERE found.on_day >= {first_day} AND found.count > 0
        """
        told = {**whole, "since_day": since}
        names = {name: told[name] for name in ("since", "since_day") if f":{name}" in sql}
        counted += session().execute(text(sql), names).rowcount  # type: ignore[attr-defined]
    return counted


def _count_hours(since: object) -> int:
    session().execute(text("DELETE FROM answer_bucket WHERE hour >= :since"), {"since": since})
    counted = 0
    for asked, source in _BUCKETS.items():
        sql = f"""
            {_with(source)}
            INSERT INTO answer_bucket (market_key, hour, asked, recipient_kind, bucket, count)
            SELECT market_key, date_trunc('hour', at), :asked, recipient_kind,
                   floor(ln(1 + greatest(0, seconds)) / ln({GROWTH}))::int, count(*)
            FROM ({source}) answers GROUP BY 1, 2, 4, 5
        """
        counted += session().execute(text(sql), {"since": since, "asked": asked}).rowcount  # type: ignore[attr-defined]
    return counted


def _with(source: str) -> str:
    return _FIRST_ANSWER if "first_answer" in source else ""
