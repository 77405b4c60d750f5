"""Everything that one look at the pictures needs, read at once; shown as a page or as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from insights import queries
from insights.asked import Asked
from insights.queries import Figures, Period, Spread
from partners.here import market_here, markets
from partners.models import Market


@dataclass(frozen=True)
class Reading:
    asked: Asked
    period: Period
    zone: ZoneInfo
    """Of the hours of today."""
    market: Market | None
    """None of all of them."""
    figures: Figures
    before: Figures
    spreads: Mapping[tuple[str, str], Spread]
    spreads_before: Mapping[tuple[str, str], Spread]
    hours: Mapping[datetime, Spread]


def period_of(asked: Asked, now: datetime) -> Period:
    """Up to today; of all markets to where it is latest."""
    zones = [one.time_zone for one in markets().values() if asked.market_key in (None, one.key)]
    return Period.ending(max(now.astimezone(ZoneInfo(zone)).date() for zone in zones), asked.days)


def read(asked: Asked, now: datetime) -> Reading:
    """Three statements."""
    market = markets().get(asked.market_key) if asked.market_key else None
    zone = ZoneInfo((market or market_here()).time_zone)
    period = period_of(asked, now)
    until = now + timedelta(hours=1)
    figures, before = queries.figures(asked, period)
    spreads, spreads_before = queries.spreads(
        asked,
        datetime.combine(period.before.first, time.min, zone),
        until,
        datetime.combine(period.first, time.min, zone),
    )
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    hours = queries.by_hour(asked, midnight, until)
    return Reading(asked, period, zone, market, figures, before, spreads, spreads_before, hours)
