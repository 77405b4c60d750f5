"""The list of what must be so before the buyer drives: who acts, by when, and whether it is done."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.money import Money
from orders.before_driving import AT_HANDOVER, BUYER, DONE, LATE, OPEN, PLANT, Standing, left_for, needs
from orders.checklist import BALANCE

TODAY = date(2026, 11, 22)


def standing(**told: Any) -> Standing:
    facts: dict[str, Any] = {
        "today": TODAY,
        "balance": Money(100, "CNY"),
        "due_on": TODAY + timedelta(days=8),
        "handover_on": TODAY + timedelta(days=10),
        "has_address": True,
        "is_built": True,
        "closed": (),
    }
    return Standing(**{**facts, **told})


def state(now: Standing, key: str) -> str:
    return next(row.state for row in needs(now) if row.key == key)


def test_a_fresh_order_owes_money_papers_and_the_car() -> None:
    now = standing()

    assert {key: state(now, key) for key in ("time", "place", "papers", "car", "money", "identity")} == {
        "time": DONE,
        "place": DONE,
        "papers": OPEN,
        "car": OPEN,
        "money": OPEN,
        "identity": AT_HANDOVER,
    }


@pytest.mark.parametrize(("days", "expected"), [(-1, LATE), (0, OPEN), (1, OPEN)])
def test_the_balance_is_late_after_its_day(days: int, expected: str) -> None:
    assert state(standing(due_on=TODAY + timedelta(days=days)), "money") == expected


def test_money_is_done_when_it_is_here_and_ticked() -> None:
    paid = Money(0, "CNY")

    assert state(standing(balance=paid, closed=(BALANCE,)), "money") == DONE
    assert state(standing(balance=paid), "money") == OPEN


def test_a_car_that_is_not_built_waits_for_the_plant() -> None:
    rows = needs(standing(is_built=False))

    assert [row.key for row in left_for(PLANT, rows)] == ["built"]
    assert "built" not in {row.key for row in needs(standing())}


def test_what_is_left_for_the_buyer_names_no_work_of_the_dealer() -> None:
    left = {row.key for row in left_for(BUYER, needs(standing()))}

    assert left == {"money", "identity", "signatures"}
