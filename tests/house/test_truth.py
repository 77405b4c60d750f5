"""The ten views and the invariants over them, on a shop filled by its own demo."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app import clock, invariants
from app.db import close_reading, session
from app.factory import house
from app.relay import relay

COLUMNS = {
    "inv_payment": ("ref", "order_id", "cart_id", "amount", "currency", "state"),
    "inv_order": ("id", "cart_id", "state", "paid", "currency"),
    "inv_vehicle_sale": ("vin", "order_id", "state"),
    "inv_ledger": ("tx_id", "account", "amount", "currency", "idem"),
    "inv_signal": ("id", "kind", "state", "lead_due_at"),
    "inv_lead": ("id", "kind", "source_id", "consent_id"),
    "inv_delivery": ("lead_id", "recipient", "state", "attempts", "next_at"),
    "inv_entitlement": ("id", "order_line_id", "feature", "state"),
    "inv_chat": ("conversation", "client_id", "seq", "acked"),
    "inv_inbox": ("provider", "event_id", "effects"),
}


@pytest.fixture
def demo_shop(run_relay: Callable[[], Any]) -> None:
    for wiring in house().wirings:
        if wiring.demo is not None:
            wiring.demo(clock.now())
            close_reading()
            relay()
    for sweep in house().timetable:
        sweep.run()
    run_relay()


@pytest.mark.parametrize("view", sorted(COLUMNS))
def test_a_view_has_the_columns_that_were_promised(database: None, view: str) -> None:
    found = session().execute(text(f"select * from {view}")).keys()

    assert tuple(found) == COLUMNS[view]


def test_the_demo_breaks_no_invariant_and_fills_every_room(demo_shop: None) -> None:
    counts = {
        name: session().execute(text(f"select count(*) from {name}")).scalar_one()
        for name in ("inv_order", "inv_payment", "inv_vehicle_sale", "inv_signal", "inv_lead", "inv_delivery")
    }

    assert all(counts.values()), counts
    assert invariants.offending() == dict.fromkeys(invariants.INVARIANTS, 0)


def test_an_invariant_can_fail(demo_shop: None) -> None:
    from app.db import transaction

    with transaction():
        session().execute(text("delete from dispatch"))
        session().execute(text("update receipt set amount_minor = amount_minor + 1"))

    broken = invariants.offending()

    assert broken["I8"] > 0
    assert broken["I2"] > 0


def test_a_second_seeding_changes_nothing(demo_shop: None) -> None:
    before = session().execute(text("select count(*) from event")).scalar_one()
    close_reading()

    for wiring in house().wirings:
        if wiring.demo is not None:
            wiring.demo(clock.now())
            close_reading()

    assert session().execute(text("select count(*) from event")).scalar_one() == before
