"""The rows of a dealer's board: orders with a car that is to be handed over, and those of one day. One statement, written
by hand: to put it together anew for each look would cost more than to run it.

Open orders that the board's rules cannot tell apart are a group. Of each group only the first come, with how many there
are: so a board of thousands costs its cards. What happens on the day comes whole.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text

from app.db import session
from orders.board_rules import PLANT_DAYS
from orders.checklist import BALANCE, ITEMS

ALL = 2_000_000

BoardRow = Row[Any]
"""Of one order, with the columns of `_ROWS`."""

# open_mask has a bit for each open point of the checklist, the first point being the lowest; owed_minor is what is
# printed less what came in, below zero when too much did; a lane chosen for another time than the handover's lapsed.
# alike counts the group, place_in_group begins with 1. What is materialized is counted once and not again for each place
# that names it.
_ROWS = """
WITH wanted AS MATERIALIZED (
    SELECT o.id FROM customer_order o
    WHERE o.status IN ('placed', 'preparing', 'ready') AND o.method <> 'none' AND {order_is_ours}
    UNION ALL
    SELECT h.order_id FROM handover h
    WHERE h.handed_over_at >= :starts AND h.handed_over_at < :ends AND {handover_is_ours}
    UNION ALL
    SELECT h.order_id FROM handover h JOIN slot s ON s.id = h.slot_id
    WHERE s.starts_at >= :starts AND s.starts_at < :ends AND {slot_is_ours}
      AND NOT (h.handed_over_at >= :starts AND h.handed_over_at < :ends)
), facts AS MATERIALIZED (
    SELECT o.id AS order_id, o.public_id, o.number, o.status, o.method, o.answer, o.language, o.currency, o.market_key,
           o.due_on, o.placed_at, o.customer_id, o.recipient_id, s.starts_at, s.ends_at, h.handed_over_at,
           line.vin, line.vehicle_id, line.configuration_id,
           line.configuration_id IS NOT NULL AND line.vin_assigned_at IS NULL AS awaits_vin,
           coalesce((SELECT bit_or(1 << (array_position(:keys, i.key) - 1))
                     FROM checklist_item i WHERE i.order_id = o.id AND i.closed_at IS NULL), 0) AS open_mask,
           coalesce((SELECT sum(a.amount_minor) FROM order_amount a
                     WHERE a.order_id = o.id AND a.due <> 'monthly'), 0)::bigint
           - coalesce((SELECT sum(m.amount_minor) FROM receipt m WHERE m.order_id = o.id), 0)::bigint AS owed_minor,
           EXISTS (SELECT 1 FROM order_refund f
                   WHERE f.order_id = o.id AND f.state IN ('failed', 'by_hand')) AS house_owes,
           (SELECT count(*) FROM order_task t WHERE t.order_id = o.id AND t.done_at IS NULL) AS open_tasks,
           p.lane_id AS prepared_in_id, p.starts_at AS prepare_at, p.ends_at AS prepare_until,
           CASE WHEN o.status <> 'placed' THEN
               (SELECT max(m.at) FROM order_move m WHERE m.order_id = o.id AND m.to_status = 'preparing')
           END AS preparing_at
    FROM wanted
    JOIN customer_order o ON o.id = wanted.id
    JOIN LATERAL (
        SELECT l.vin, l.vehicle_id, l.configuration_id, l.vin_assigned_at
        FROM order_line l WHERE l.order_id = o.id AND l.kind = 'vehicle' ORDER BY l.position LIMIT 1
    ) AS line ON true
    LEFT JOIN slot s ON s.id = o.slot_id
    LEFT JOIN handover h ON h.order_id = o.id
    LEFT JOIN lane_time p ON p.order_id = o.id AND p.work = 'preparation'
    {found}
), ranked AS (
    SELECT facts.*, count(*) OVER alike AS alike,
           row_number() OVER (alike ORDER BY starts_at NULLS LAST, placed_at, order_id) AS place_in_group
    FROM facts
    WINDOW alike AS (PARTITION BY
        status, answer, house_owes, awaits_vin, awaits_vin AND coalesce(starts_at < :here_by, false), owed_minor > 0,
        open_tasks > 0, open_mask & :own_points > 0, bit_count((open_mask & :before_ready)::bit(32)) <= 1)
)
SELECT k.*, r.public_id AS place, r.name AS place_name, r.name_zh AS place_name_zh, r.time_zone, c.name AS customer,
       coalesce(stands.slug, built.slug) AS model, coalesce(stands.name, built.name) AS model_name,
       coalesce(v.paint, b.paint) AS paint, coalesce(v.wheels, b.wheels) AS wheels,
       lane.public_id AS lane, prepared_in.public_id AS prepared_in,
       CASE WHEN k.preparing_at >= :starts AND k.preparing_at < :ends THEN
           (SELECT max(m.at) FROM order_move m WHERE m.order_id = k.order_id AND m.to_status = 'ready')
       END AS ready_at
FROM ranked k
JOIN customer c ON c.id = k.customer_id
LEFT JOIN recipient r ON r.id = k.recipient_id
LEFT JOIN vehicle v ON v.id = k.vehicle_id
LEFT JOIN model stands ON stands.id = v.model_id
LEFT JOIN configuration b ON b.id = k.configuration_id
LEFT JOIN model built ON built.id = b.model_id
LEFT JOIN lane_time w ON w.order_id = k.order_id AND w.work = 'handover' AND w.starts_at = k.starts_at
LEFT JOIN lane ON lane.id = w.lane_id
LEFT JOIN lane prepared_in ON prepared_in.id = k.prepared_in_id
WHERE k.place_in_group <= :most_alike
   OR k.handed_over_at IS NOT NULL
   OR k.starts_at >= :starts AND k.starts_at < :ends
   OR coalesce(k.prepare_at, k.preparing_at) >= :starts AND coalesce(k.prepare_at, k.preparing_at) < :ends
ORDER BY k.starts_at NULLS LAST, k.placed_at, k.order_id
"""

_FOUND = """
    WHERE o.number ILIKE :pattern OR line.vin ILIKE :pattern
       OR EXISTS (SELECT 1 FROM customer c WHERE c.id = o.customer_id AND c.name ILIKE :pattern)
"""


def _statement(is_narrowed: bool, is_search: bool) -> str:
    def ours(column: str) -> str:
        return f"{column} = ANY(:recipient_ids)" if is_narrowed else "true"

    return _ROWS.format(
        order_is_ours=ours("o.recipient_id"),
        handover_is_ours=ours("h.recipient_id"),
        slot_is_ours=ours("s.recipient_id"),
        found=_FOUND if is_search else "",
    )


_STATEMENTS = {
    (is_narrowed, is_search): text(_statement(is_narrowed, is_search))
    for is_narrowed in (True, False)
    for is_search in (True, False)
}
_KEYS = [item.key for item in ITEMS]
_BEFORE_READY = sum(1 << place for place, item in enumerate(ITEMS) if item.before_ready)
_OWN_POINTS = sum(1 << place for place, item in enumerate(ITEMS) if item.before_ready and item.key != BALANCE)


def read(
    recipient_ids: Sequence[uuid.UUID] | None,
    day: date,
    zone: str,
    today: date,
    most_alike: int = ALL,
    find: str = "",
) -> Sequence[BoardRow]:
    """Of these dealers, or of all (None): by the time of the handover, then by age. Days begin in `zone`.

    `find` is a piece of the buyer's name, the order's number or the VIN.
    """
    # Several places may be in several zones: the neighbouring days come too, and each place takes its own day out.
    around = timedelta(days=0 if recipient_ids is not None and len(recipient_ids) == 1 else 1)
    told: dict[str, Any] = {
        "starts": _midnight(day - around, zone),
        "ends": _midnight(day + timedelta(days=1) + around, zone),
        "here_by": _midnight(today + timedelta(days=PLANT_DAYS + 1), zone),
        "keys": _KEYS,
        "before_ready": _BEFORE_READY,
        "own_points": _OWN_POINTS,
        "most_alike": most_alike,
    }
    if recipient_ids is not None:
        told["recipient_ids"] = list(recipient_ids)
    if find:
        told["pattern"] = f"%{_literally(find)}%"
    return session().execute(_STATEMENTS[recipient_ids is not None, bool(find)], told).all()


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _literally(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
