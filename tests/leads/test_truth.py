"""The views that anybody may query agree with what happened to the leads."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app import invariants
from app.db import close_reading, session, transaction
from app.settings import settings
from leads import dispatching
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import Browser
from tests.leads.builders import Places, bought, left
from tests.leads.test_abandoned_carts import a_left_car

Relay = Callable[[], None]


def offending() -> dict[str, int]:
    close_reading()
    return {
        name: count for name, count in invariants.offending().items() if count and name in ("I7", "I8", "I9")
    }


def told() -> list[tuple[str, str, bool]]:
    close_reading()
    rows = session().execute(
        text("SELECT recipient, state, next_at IS NOT NULL FROM inv_delivery ORDER BY 1, 2")
    )
    return [(row[0], row[1], row[2]) for row in rows]


def test_a_lead_is_scheduled_then_delivered(places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    assert told() == [("", "pending", True)]
    run_relay()

    assert told() == [("west-lake", "delivered", False)]
    assert offending() == {}


def test_a_held_lead_shows_as_pending_and_is_never_delivered(places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
    left(cart.id)
    run_relay()

    assert told() == [("", "pending", True)]
    assert offending() == {}


def test_a_lead_that_bought_before_anybody_was_told_is_a_visible_dead_letter(
    places: Places, run_relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = settings().model_copy(update={"lead_hold_s": 120})
    monkeypatch.setattr(dispatching, "settings", lambda: slow)
    cart = a_left_car(places)
    run_relay()
    bought(cart.id)
    run_relay()

    assert told() == [("west-lake", "dead", False)]
    assert offending() == {}


def test_a_question_is_a_signal_with_exactly_one_lead(ada: Browser, run_relay: Relay) -> None:
    ada.ask(name="Ada Buys", email="ada@example.com")
    run_relay()

    rows = session().execute(
        text(
            "SELECT s.kind, count(l.id) FROM inv_signal s LEFT JOIN inv_lead l ON l.source_id = s.id GROUP BY 1"
        )
    )
    assert [tuple(row) for row in rows] == [("help_request", 1)]
    assert offending() == {}
