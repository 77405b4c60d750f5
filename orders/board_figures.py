"""What a dealer's month measured, and money that waits for a person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.db import session
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from orders.checklist import ITEMS

AT_HANDOVER = [item.key for item in ITEMS if not item.before_ready]
LONGEST_MINUTES = 12 * 60
"""A handover whose first point was ticked the day before measures nothing."""


@dataclass(frozen=True)
class Month:
    """`on_time` are those made by the end of their time, of `with_time` that had one. `minutes` is the average from
    the first point ticked with the buyer to the handover itself; None where nothing was measured.
    """

    with_time: int
    on_time: int
    minutes: int | None
    is_money_stuck: bool = False
    """Whether a refund waits for a person now."""

    @property
    def on_time_percent(self) -> int | None:
        return self.on_time * 100 // self.with_time if self.with_time else None


@dataclass(frozen=True)
class StuckRefund:
    """Money that a person has to send back."""

    public_id: str
    number: str
    amount: str
    since: str


_MONTH = """
SELECT count(made.ends_at), count(*) FILTER (WHERE made.handed_over_at <= made.ends_at),
       avg(made.minutes) FILTER (WHERE made.minutes BETWEEN 1 AND :longest),
       EXISTS (SELECT 1 FROM order_refund f JOIN customer_order o ON o.id = f.order_id
               WHERE f.state IN ('failed', 'by_hand') AND {theirs})
FROM (
    SELECT s.ends_at, h.handed_over_at, extract(epoch FROM h.handed_over_at - (
        SELECT min(i.closed_at) FROM checklist_item i WHERE i.order_id = h.order_id AND i.key = ANY(:keys)
    )) / 60 AS minutes
    FROM handover h LEFT JOIN slot s ON s.id = h.slot_id
    WHERE h.handed_over_at >= :starts AND h.handed_over_at < :ends AND {ours}
) AS made
"""
_STUCK = """
SELECT o.public_id, o.number, f.amount_minor, f.currency, f.moved_at
FROM order_refund f JOIN customer_order o ON o.id = f.order_id
WHERE f.state IN ('failed', 'by_hand') AND {ours}
ORDER BY f.moved_at LIMIT 50
"""
_MONTH_OF_SOME = text(
    _MONTH.format(ours="h.recipient_id = ANY(:recipient_ids)", theirs="o.recipient_id = ANY(:recipient_ids)")
)
_MONTH_OF_ALL = text(_MONTH.format(ours="true", theirs="true"))
_STUCK_OF_SOME = text(_STUCK.format(ours="o.recipient_id = ANY(:recipient_ids)"))
_STUCK_OF_ALL = text(_STUCK.format(ours="true"))


def month(recipient_ids: Sequence[uuid.UUID] | None, day: date, zone: str) -> Month:
    """The month of this day, on the clock of `zone`. One statement."""
    told: dict[str, Any] = {
        "starts": datetime.combine(day.replace(day=1), time.min, ZoneInfo(zone)),
        "ends": datetime.combine(_next_month(day), time.min, ZoneInfo(zone)),
        "longest": LONGEST_MINUTES,
        "keys": AT_HANDOVER,
    }
    if recipient_ids is None:
        row = session().execute(_MONTH_OF_ALL, told).one()
    else:
        row = session().execute(_MONTH_OF_SOME, {**told, "recipient_ids": list(recipient_ids)}).one()
    with_time, on_time, minutes, is_stuck = row
    return Month(with_time, on_time, round(minutes) if minutes is not None else None, is_stuck)


def stuck_refunds(recipient_ids: Sequence[uuid.UUID] | None) -> list[StuckRefund]:
    if recipient_ids is None:
        rows = session().execute(_STUCK_OF_ALL).all()
    else:
        rows = session().execute(_STUCK_OF_SOME, {"recipient_ids": list(recipient_ids)}).all()
    return [
        StuckRefund(
            row.public_id,
            row.number,
            shown_money(Money(row.amount_minor, row.currency)),
            shown_date(row.moved_at),
        )
        for row in rows
    ]


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
