"""How long what was bought runs: pure."""

import calendar
from datetime import date, datetime, timedelta

CREDIT_LIFE_MONTHS = 24


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time some months on; the last day of the month where that day does not exist."""
    return datetime.combine(_month_on(at.date(), months), at.timetz())


def day_months_later(on: date, months: int) -> date:
    return _month_on(on, months)


def ends_at(billing: str, starts_at: datetime) -> datetime | None:
    """daily and yearly services end by themselves; monthly ones renew and single ones stay."""
    if billing == "daily":
        return starts_at + timedelta(days=1)
    if billing == "yearly":
        return months_later(starts_at, 12)
    return None


def _month_on(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, calendar.monthrange(year, month + 1)[1]))
