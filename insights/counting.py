"""Counts the latest days again, in sets: late facts find their day, and a page never counts by itself.

A day is a day of the market's own calendar. People are counted once a day; who comes on two days counts on both.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select, text

from app import clock
from app.db import session, transaction
from insights.models import DayFigure
from insights.spread import GROWTH

AGAIN = timedelta(days=2)
"""How far back days are counted again; older ones stand."""
AT_MOST = timedelta(days=60)
"""How far back a shop is counted that was not counted for long, or never; signals live for longer than that."""
BEFORE_LEAVING = "2 hours"
"""What went wrong in a cart within this time before it was left counts as what stopped it."""
SOON_AFTER = "1 minute"
"""What a browser did is written down a moment after what came of it."""
ONE_AT_A_TIME = 7_240_209

_FIGURE = "market_key, on_day, name, part, reason, device, language, currency, count, value_minor"
_FIRST_ANSWER = """
    WITH first_answer AS (
        SELECT v.lead_id, v.at FROM lead_move v
        WHERE v.to_status = 'contacted' AND v.at >= :since
          AND NOT EXISTS (SELECT 1 FROM lead_move w
                          WHERE w.lead_id = v.lead_id AND w.to_status = 'contacted' AND (w.at, w.id) < (v.at, v.id))
    )
"""
_DAY = "(%(at)s AT TIME ZONE m.time_zone)::date"


def _device(visitor: str, at: str) -> str:
    """The device that a visitor was last seen with by then; whoever left no trace has none."""
    return f"""
        LEFT JOIN LATERAL (
            SELECT s.device, s.language FROM signal s
            WHERE s.visitor_id = {visitor} AND s.device IS NOT NULL AND s.at <= {at} + interval '{SOON_AFTER}'
            ORDER BY s.at DESC LIMIT 1
        ) seen ON true
    """


def _people(part: str, events: str) -> str:
    """Each visitor once a day, with the device and the language they were last seen with on it."""
    return f"""
        SELECT p.market_key, p.on_day, 'funnel', '{part}', '', coalesce(seen.device, ''),
               coalesce(seen.language, p.language), '', count(*), 0
        FROM (
            SELECT c.market_key, {_DAY % {"at": "e.at"}} AS on_day, e.visitor_id, max(e.at) AS at,
                   max(c.language) AS language
            FROM event e JOIN cart c ON c.id = e.subject_id JOIN market m ON m.key = c.market_key
            WHERE {events} AND e.visitor_id IS NOT NULL AND e.at >= :since GROUP BY 1, 2, 3
        ) p {_device("p.visitor_id", "p.at")} GROUP BY 1, 2, 6, 7
    """


# A cart keeps the last step that was done; where its buyer stood when they left is the step that they last looked at.
LEFT_CARTS = f"""
    SELECT c.market_key, {_DAY % {"at": "e.detected_at"}} AS on_day, e.id, e.detected_at,
           CASE WHEN e.stage = 'payment' THEN 'pay' ELSE coalesce(stood.step, e.step) END AS step,
           coalesce(trouble.kind, CASE WHEN e.reason IN ('payment_failed', 'authentication_incomplete')
                                       THEN 'declined' ELSE 'nothing_seen' END) AS reason,
           coalesce(seen.device, '') AS device, c.language, e.currency, e.value_minor
    FROM %(episodes)s e JOIN cart c ON c.id = e.cart_id JOIN market m ON m.key = c.market_key
    LEFT JOIN LATERAL (
        SELECT s.kind FROM signal s
        WHERE s.visitor_id = e.visitor_id AND s.at <= e.detected_at
          AND s.at > e.abandoned_at - interval '{BEFORE_LEAVING}'
          AND s.kind IN ('refused', 'declined', 'back_and_forth', 'empty_search', 'stalled')
        ORDER BY (s.kind = 'stalled'), s.at DESC LIMIT 1
    ) trouble ON true
    LEFT JOIN LATERAL (
        SELECT s.step FROM signal s
        WHERE s.visitor_id = e.visitor_id AND s.at <= e.detected_at
          AND s.at > e.abandoned_at - interval '{BEFORE_LEAVING}' AND s.kind IN ('cart', 'checkout', 'step')
        ORDER BY s.at DESC LIMIT 1
    ) stood ON true {_device("e.visitor_id", "e.detected_at")}
    WHERE e.detected_at >= :since
"""

# What happened to an anonymous browser has no customer; whoever has neither is not counted.
_SOURCES: Mapping[str, str] = {
    "visited": """
        SELECT v.market_key, v."on", 'funnel', 'visited', '', v.device, v.language, '', sum(v.visits), 0
        FROM visit_day v WHERE v."on" >= :since_day GROUP BY 1, 2, 6, 7
    """,
    "configured": """
        SELECT v.market_key, v."on", 'funnel', 'configured', '', v.device, v.language, '', sum(v.configured), 0
        FROM visit_day v WHERE v."on" >= :since_day GROUP BY 1, 2, 6, 7
    """,
    "cart": _people("cart", "e.type = 'checkout.cart_line_added'"),
    "checkout": _people("checkout", "e.type = 'checkout.step_reached' AND e.payload ->> 'step' <> 'cart'"),
    "paid": f"""
        SELECT o.market_key, {_DAY % {"at": "o.placed_at"}}, 'funnel', 'paid', '', coalesce(seen.device, ''),
               o.language, '', count(*), 0
        FROM customer_order o JOIN market m ON m.key = o.market_key {_device("o.visitor_id", "o.placed_at")}
        WHERE o.placed_at >= :since GROUP BY 1, 2, 6, 7
    """,
    "left": f"""
        SELECT market_key, on_day, 'left', step, reason, device, language, currency, count(*), sum(value_minor)
        FROM ({LEFT_CARTS % {"episodes": "abandonment_episode"}}) carts GROUP BY 1, 2, 4, 5, 6, 7, 8
    """,
    "stalled": f"""
        SELECT t.market_key, {_DAY % {"at": "t.since"}},
               CASE WHEN t.state = 'helped' THEN 'helped' ELSE 'stalled' END, t.step, t.reason,
               coalesce(t.device, ''), t.language, coalesce(t.currency, ''), count(*),
               coalesce(sum(t.value_minor), 0)
        FROM stall t JOIN market m ON m.key = t.market_key
        WHERE t.since >= :since GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    """,
    "won": f"""
        SELECT l.market_key, {_DAY % {"at": "l.closed_at"}}, 'won', l.product_family, l.outcome,
               coalesce(seen.device, ''), l.language, coalesce(l.currency, ''), count(*),
               coalesce(sum(l.value_minor), 0)
        FROM lead l JOIN market m ON m.key = l.market_key {_device("l.visitor_id", "l.signalled_at")}
        WHERE l.closed_at >= :since AND l.outcome IN ('won', 'converted_assisted') GROUP BY 1, 2, 4, 5, 6, 7, 8
    """,
    "answered": f"""
        SELECT l.market_key, {_DAY % {"at": "first.at"}}, 'answer', r.kind,
               CASE WHEN first.at <= l.due_at THEN 'in_time' ELSE 'late' END,
               coalesce(seen.device, ''), l.language, '', count(*), 0
        FROM lead l JOIN market m ON m.key = l.market_key JOIN recipient r ON r.id = l.recipient_id
        JOIN first_answer first ON first.lead_id = l.id {_device("l.visitor_id", "l.signalled_at")}
        GROUP BY 1, 2, 4, 5, 6, 7
    """,
}

_BUCKETS: Mapping[str, str] = {
    "person": f"""
        SELECT coalesce(r.market_key, c.market_key, 'CN') AS market_key, h.first_reply_at AS at,
               coalesce(r.kind, 'agent_desk') AS recipient_kind, coalesce(seen.device, '') AS device, h.language,
               extract(epoch FROM h.first_reply_at - h.created_at) AS seconds
        FROM help_request h JOIN conversation v ON v.id = h.conversation_id
        LEFT JOIN recipient r ON r.id = coalesce(h.recipient_id, v.recipient_id) LEFT JOIN cart c ON c.id = h.cart_id
        {_device("h.visitor_id", "h.created_at")}
        WHERE h.kind = 'message' AND h.first_reply_at >= :since
    """,
    "lead": f"""
        SELECT l.market_key, first.at, r.kind AS recipient_kind, coalesce(seen.device, '') AS device, l.language,
               extract(epoch FROM first.at - l.signalled_at) AS seconds
        FROM first_answer first JOIN lead l ON l.id = first.lead_id JOIN recipient r ON r.id = l.recipient_id
        {_device("l.visitor_id", "l.signalled_at")}
    """,
}


def count() -> int:
    """Counts the days since yesterday anew, and every one that was missed; tells how many figures stand for them now."""
    now = clock.now()
    with transaction():
        session().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        since = _since(now)
        return _count_days(since) + _count_hours(since)


def _since(now: datetime) -> datetime:
    """Two days ago; after a longer rest the day that was counted last, which may have gone on after it was."""
    since = now - AGAIN
    last = session().execute(select(func.max(DayFigure.on_day))).scalar_one()
    if last is None:
        since = now - AT_MOST
    elif last < since.date():
        since = max(datetime.combine(last - timedelta(days=1), time(12), UTC), now - AT_MOST)
    return since.replace(minute=0, second=0, microsecond=0)


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
            INSERT INTO day_figure ({_FIGURE})
            SELECT found.* FROM ({source}) AS found ({_FIGURE})
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
            INSERT INTO answer_bucket (market_key, hour, asked, recipient_kind, device, language, bucket, count)
            SELECT market_key, date_trunc('hour', at), :asked, recipient_kind, device, language,
                   floor(ln(1 + greatest(0, seconds)) / ln({GROWTH}))::int, count(*)
            FROM ({source}) answers GROUP BY 1, 2, 4, 5, 6, 7
        """
        counted += session().execute(text(sql), {"since": since, "asked": asked}).rowcount  # type: ignore[attr-defined]
    return counted


def _with(source: str) -> str:
    return _FIRST_ANSWER if "first_answer" in source else ""
