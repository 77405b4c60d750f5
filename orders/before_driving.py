"""What must be so before the buyer drives: one list of money, papers, car, time and place. Pure rules over values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from app.i18n import N_
from app.money import Money
from orders.checklist import BALANCE

BUYER = "you"
DEALER = "dealer"
PLANT = "plant"
STATE = "state"
BOTH = "both"

WHO = {
    BUYER: N_("You"),
    DEALER: N_("The dealer"),
    PLANT: N_("The plant"),
    STATE: N_("The dealer, with the registration office"),
    BOTH: N_("You and the dealer"),
}

FOR_DEALER = {
    **WHO,
    BUYER: N_("The buyer"),
    DEALER: N_("You"),
    STATE: N_("You, with the registration office"),
    BOTH: N_("You and the buyer"),
}

DONE = "done"
OPEN = "open"
LATE = "late"
AT_HANDOVER = "at_handover"


@dataclass(frozen=True)
class Standing:
    """Of an order with a car that is not handed over. `closed` are the points of the checklist that are closed."""

    today: date
    balance: Money
    due_on: date | None
    handover_on: date | None
    has_address: bool
    is_built: bool
    closed: Collection[str]


@dataclass(frozen=True)
class Need:
    """`by` is a day, or None for one that is not fixed; at_handover needs nothing of anybody before."""

    key: str
    what: str
    who: str
    by: date | None
    state: str


def needs(now: Standing) -> tuple[Need, ...]:
    """In the order in which they come due; what is done stays on the list."""
    day_before = now.handover_on - timedelta(days=1) if now.handover_on else None
    rows = [
        _need("time", N_("Day and time agreed"), BUYER, None, now.handover_on is not None, now.today),
        _need("place", N_("Place agreed"), BUYER, None, now.has_address, now.today),
    ]
    if not now.is_built:
        rows.append(_need("built", N_("Car built, with its VIN"), PLANT, day_before, False, now.today))
    rows += [
        _need(
            "papers",
            N_("Plates, registration and insurance"),
            STATE,
            day_before,
            "papers_ready" in now.closed,
            now.today,
        ),
        _need("car", N_("Car prepared"), DEALER, day_before, "car_prepared" in now.closed, now.today),
        _need(
            "money",
            N_("Balance paid"),
            BUYER,
            now.due_on,
            not now.balance and BALANCE in now.closed,
            now.today,
        ),
        _at_handover("identity", N_("Identity checked"), BUYER, now, "identity_checked"),
        _at_handover("signatures", N_("Both signatures"), BOTH, now, "signatures"),
    ]
    return tuple(rows)


def left_for(who: str, rows: Collection[Need]) -> tuple[Need, ...]:
    """What this one has still to do; what both do counts for buyer and dealer."""
    mine = (who, BOTH) if who in (BUYER, DEALER) else (who,)
    return tuple(row for row in rows if row.state != DONE and row.who in mine)


def _need(key: str, what: str, who: str, by: date | None, is_done: bool, today: date) -> Need:
    state = DONE if is_done else LATE if by is not None and by < today else OPEN
    return Need(key, what, who, by, state)


def _at_handover(key: str, what: str, who: str, now: Standing, item: str) -> Need:
    return Need(key, what, who, now.handover_on, DONE if item in now.closed else AT_HANDOVER)
