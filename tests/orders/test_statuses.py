"""Where an order may go from where it stands, and what its checklist asks for: rules on plain values."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import checklist, statuses
from orders.checklist import BY_KEY, ITEMS
from orders.statuses import MOVES, STATUSES

ALLOWED = {
    ("placed", "preparing"),
    ("placed", "completed"),
    ("placed", "cancelled"),
    ("preparing", "ready"),
    ("preparing", "cancelled"),
    ("ready", "preparing"),
    ("ready", "handed_over"),
    ("ready", "cancelled"),
}


@pytest.mark.parametrize(("here", "there"), list(itertools.product(STATUSES, STATUSES)))
def test_an_order_moves_along_the_table_and_nowhere_else(here: str, there: str) -> None:
    assert statuses.may_move(here, there) is ((here, there) in ALLOWED)


def test_every_status_has_a_row_and_a_name() -> None:
    assert set(MOVES) == set(STATUSES) == set(statuses.NAMES)


def test_an_unknown_status_goes_nowhere() -> None:
    assert not statuses.may_move("lost", "handed_over")


def test_a_car_can_stand_ready_before_the_buyer_is_there() -> None:
    missing = checklist.missing_before_ready(
        [
            "identity_checked",
            "odometer_read",
            "charge_read",
            "walk_through",
            "charging_explained",
            "app_explained",
            "signatures",
        ]
    )

    assert missing == ()


def test_what_is_missing_is_named_in_the_order_of_the_list() -> None:
    missing = checklist.missing_before_ready(["balance_received", "papers_ready"])

    assert [item.key for item in missing] == ["papers_ready", "balance_received"]


@given(st.sets(st.sampled_from(sorted(BY_KEY))))
def test_the_handover_waits_for_every_open_point(open_keys: set[str]) -> None:
    missing = checklist.missing_before_handover(open_keys)

    assert {item.key for item in missing} == open_keys
    assert checklist.closed_share(open_keys) == (len(ITEMS) - len(open_keys)) * 100 // len(ITEMS)


def test_an_unknown_point_blocks_nothing() -> None:
    assert checklist.missing_before_handover(["champagne"]) == ()
