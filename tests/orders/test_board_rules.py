"""Where an order stands on the board, and how much of its preparation is done: rules on plain values."""

import pytest

from orders import board, checklist

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
    assert board.column_of(status, open_keys) == column


def test_the_share_done_counts_closed_points() -> None:
    before = tuple(item for item in checklist.ITEMS if item.before_ready)

    assert checklist.closed_share(ALL, before) == 0
    assert checklist.closed_share(BEFORE[:1], before) == 80
    assert checklist.closed_share([], before) == 100
