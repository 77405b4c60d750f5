"""Where an order stands on the dealer's board, what is missing and who is to act. Pure rules on plain values."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.i18n import N_
from orders import checklist, statuses
from orders.checklist import BALANCE, Item
from orders.handover_records import ACCEPTED, DECLINED, WAITING

COLUMNS: tuple[tuple[str, str], ...] = (
    ("coming", N_("Coming")),
    ("preparing", N_("Preparing")),
    ("almost", N_("One thing missing")),
    ("ready", N_("Ready")),
    ("handed_over", N_("Handed over today")),
)

BUYER, DEALER, HOUSE, PLANT = "buyer", "dealer", "house", "plant"
WHO: Mapping[str, str] = {
    BUYER: N_("Buyer"),
    DEALER: N_("Us, the dealer"),
    HOUSE: N_("Tarn"),
    PLANT: N_("The plant"),
}

PLANT_DAYS = 7
"""So long before its handover a car is here, and its number is the dealer's to write down; until then it is built."""
RISK_AHEAD = timedelta(hours=24)


@dataclass(frozen=True)
class Standing:
    """`missing` are the dealer's own points before the car stands ready; the balance is the buyer's."""

    column: str
    percent: int | None
    missing: tuple[Item, ...]
    lacks_balance: bool


def column_of(status: str, open_keys: Sequence[str]) -> str:
    if status == statuses.PLACED:
        return "coming"
    if status == statuses.PREPARING:
        return "almost" if len(checklist.missing_before_ready(open_keys)) <= 1 else "preparing"
    return status


def keys_of(mask: int) -> list[str]:
    """The points of the checklist whose bit is set, the first point being the lowest bit."""
    return [item.key for place, item in enumerate(checklist.ITEMS) if mask & (1 << place)]


@functools.lru_cache(maxsize=4096)
def standing(status: str, open_mask: int) -> Standing:
    """There are few of these, and a board asks for hundreds."""
    keys = keys_of(open_mask)
    column = column_of(status, keys)
    missing = checklist.missing_before_ready(keys)
    before = tuple(item for item in checklist.ITEMS if item.before_ready)
    return Standing(
        column=column,
        percent=checklist.closed_share(keys, before) if column in ("preparing", "almost", "ready") else None,
        missing=tuple(item for item in missing if item.key != BALANCE),
        lacks_balance=BALANCE in keys,
    )


@functools.lru_cache(maxsize=4096)
def who_acts(
    status: str,
    open_mask: int,
    owes: bool,
    awaits_vin: bool,
    days_to_go: int | None,
    house_owes: bool,
    answer: str = ACCEPTED,
    open_tasks: int = 0,
) -> frozenset[str]:
    """Everybody who is to do something next. `days_to_go` counts to the handover, None without a time for it; `answer`
    is what the dealer said to the order.
    """
    found = {HOUSE} if house_owes or (answer == DECLINED and status == statuses.PLACED) else set()
    if status not in statuses.BEFORE_HANDOVER:
        return frozenset(found)
    now = standing(status, open_mask)
    if owes:
        found.add(BUYER)
    if answer == DECLINED and status == statuses.PLACED:
        return frozenset(found)
    if awaits_vin:
        found.add(builder(days_to_go))
        if answer == WAITING:
            found.add(DEALER)
    elif status == statuses.PLACED or now.missing or open_tasks or not owes:
        found.add(DEALER)
    return frozenset(found)


def builder(days_to_go: int | None) -> str:
    """Who is to do something about a car without a VIN: the plant that builds it, then the dealer that has it."""
    return DEALER if days_to_go is not None and days_to_go <= PLANT_DAYS else PLANT


def days_late(
    ends_at: datetime | None, day: date | None, status: str, now: datetime, today: date
) -> int | None:
    """Days since the handover should have been, 0 on the day itself once its time is over; None when it is not late.

    `day` is the one of the appointment at its place.
    """
    if ends_at is None or day is None or status not in statuses.BEFORE_HANDOVER or ends_at > now:
        return None
    return (today - day).days


def risk(status: str, open_mask: int, awaits_vin: bool, open_tasks: int = 0) -> str | None:
    """What stands in the way of a handover that is due: `vin`, a point of the checklist, `tasks`, or None."""
    if status not in (statuses.PLACED, statuses.PREPARING):
        return None
    if awaits_vin:
        return "vin"
    now = standing(status, open_mask)
    if now.lacks_balance:
        return BALANCE
    if now.missing:
        return now.missing[0].key
    return "tasks" if open_tasks else None
