"""Where an order stands on the board, and how much of its preparation is done: rules on plain values."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orders import board_rules, checklist

ALL = [item.key for item in checklist.ITEMS]
BEFORE = [item.key for item in checklist.ITEMS if item.before_ready]


@pytest.mark.parametrize(
    ("status", "open_keys", "column"),
    [
        ("placed", ALL, "coming"),
        ("preparing", ALL, "preparing"),
        ("preparing", ["balance_received", "papers_ready"], "preparing"),
        ("preparing", ["balance_received", "signatures"], "almost"),
        ("preparing", ["signatures"], "almost"),
        ("ready", ["signatures"], "ready"),
        ("handed_over", [], "handed_over"),
    ],
)
def test_the_board_tells_one_thing_missing_from_several(
    status: str, open_keys: list[str], column: str
) -> None:
    assert board_rules.column_of(status, open_keys) == column


def test_the_share_done_counts_closed_points() -> None:
    before = tuple(item for item in checklist.ITEMS if item.before_ready)

    assert checklist.closed_share(ALL, before) == 0
    assert checklist.closed_share(BEFORE[:1], before) == 80
    assert checklist.closed_share([], before) == 100


def mask(*keys: str) -> int:
    return sum(1 << place for place, item in enumerate(checklist.ITEMS) if item.key in keys)


def test_the_bits_of_a_row_name_the_open_points() -> None:
    assert board_rules.keys_of(mask("papers_ready", "signatures")) == ["papers_ready", "signatures"]
    assert board_rules.keys_of(mask(*ALL)) == ALL


@pytest.mark.parametrize(
    ("told", "who"),
    [
        ({"status": "placed", "open_mask": mask(*ALL), "owes": True}, {"buyer", "dealer"}),
        ({"status": "placed", "open_mask": mask(*ALL), "owes": False}, {"dealer"}),
        ({"status": "placed", "open_mask": 0, "owes": True, "awaits_vin": True}, {"buyer", "plant"}),
        ({"status": "placed", "open_mask": 0, "owes": False, "awaits_vin": True, "days_to_go": 7}, {"dealer"}),
        ({"status": "placed", "open_mask": 0, "owes": False, "awaits_vin": True, "days_to_go": 8}, {"plant"}),
        ({"status": "placed", "open_mask": 0, "owes": False, "answer": "declined"}, {"house"}),
        ({"status": "placed", "open_mask": 0, "owes": False, "awaits_vin": True, "answer": "waiting"}, {"dealer", "plant"}),
        ({"status": "preparing", "open_mask": mask("balance_received"), "owes": True}, {"buyer"}),
        ({"status": "preparing", "open_mask": mask("balance_received"), "owes": True, "open_tasks": 1}, {"buyer", "dealer"}),
        ({"status": "preparing", "open_mask": mask("papers_ready"), "owes": False}, {"dealer"}),
        ({"status": "ready", "open_mask": mask("signatures"), "owes": False}, {"dealer"}),
        ({"status": "ready", "open_mask": mask("signatures"), "owes": False, "house_owes": True}, {"dealer", "house"}),
        ({"status": "handed_over", "open_mask": 0, "owes": False}, set()),
    ],
)  # fmt: skip
def test_the_board_knows_who_is_to_act(told: dict[str, Any], who: set[str]) -> None:
    usual = {"awaits_vin": False, "days_to_go": None, "house_owes": False}

    assert board_rules.who_acts(**{**usual, **told}) == who


@pytest.mark.parametrize(
    ("status", "open_keys", "awaits_vin", "open_tasks", "reason"),
    [
        ("placed", ALL, True, 0, "vin"),
        ("preparing", ["balance_received", "papers_ready"], False, 0, "balance_received"),
        ("preparing", ["papers_ready", "signatures"], False, 0, "papers_ready"),
        ("preparing", ["signatures"], False, 2, "tasks"),
        ("preparing", ["signatures"], False, 0, None),
        ("ready", ["signatures"], False, 0, None),
    ],
)
def test_a_handover_is_at_risk_for_one_reason_at_a_time(
    status: str, open_keys: list[str], awaits_vin: bool, open_tasks: int, reason: str | None
) -> None:
    assert board_rules.risk(status, mask(*open_keys), awaits_vin, open_tasks) == reason


def test_a_handover_is_late_from_the_end_of_its_time_on() -> None:
    ends_at = datetime(2026, 12, 8, 4, 0, tzinfo=UTC)
    day = date(2026, 12, 8)

    def late(status: str, hours: int) -> int | None:
        now = ends_at + timedelta(hours=hours)
        return board_rules.days_late(ends_at, day, status, now, now.date())

    assert [late("ready", hours) for hours in (-1, 0, 1, 24, 48)] == [None, 0, 0, 1, 2]
    assert late("handed_over", 48) is None
