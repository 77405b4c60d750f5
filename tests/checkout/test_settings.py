"""Lengths of time that admins may change: checked, told apart from the machine's settings, and kept as a fact."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import close_reading, session, transaction
from app.events import EventRow
from checkout.abandonment import POLICIES, Policy, policy_seconds, thresholds
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_places
from tests.partners.builders import a_member_of_staff

GIVEN = {name: f"{seconds // 60}" for name, seconds in POLICIES.items()}


@pytest.fixture
def places(database: None) -> Places:
    with transaction():
        return the_places()


@pytest.fixture
def admin(flask_app: Flask, places: Places) -> Browser:
    with transaction():
        a_member_of_staff("he.yan@tarn.example", "admin", name="He Yan")
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


def changes() -> list[dict[str, object]]:
    close_reading()
    rows = session().scalars(
        select(EventRow).where(EventRow.type == "checkout.policy_changed").order_by(EventRow.id)
    )
    return [row.payload for row in rows]


def test_a_changed_length_counts_from_the_next_sweep_and_is_recorded_once(admin: Browser) -> None:
    answer = admin.post("/admin/settings", {**GIVEN, "abandon_cart": "90"})
    admin.post("/admin/settings", {**GIVEN, "abandon_cart": "90"})

    assert answer.status_code == 303
    assert changes() == [{"name": "abandon_cart", "before_s": 3600, "after_s": 5400}]
    assert thresholds().cart == 5400
    assert policy_seconds("hold_browse") == POLICIES["hold_browse"]


@pytest.mark.parametrize("typed", ["0", "-5", "", "soon", "1.5", "999999999", "１２a"])
def test_a_length_that_is_none_is_refused_beside_its_field_and_nothing_moves(
    admin: Browser, typed: str
) -> None:
    answer = admin.post("/admin/settings", {**GIVEN, "abandon_cart": typed})

    assert answer.status_code == 422
    assert 'id="abandon_cart"' in answer.get_data(as_text=True)
    close_reading()
    assert session().scalars(select(Policy)).all() == []
    assert changes() == []


def test_the_page_says_where_the_machine_overrules_it(
    admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import settings as held

    monkeypatch.setenv("FORECOURT_ABANDON_CART_S", "7")
    held.settings.cache_clear()
    try:
        page = admin.see("/en/admin/settings")
    finally:
        monkeypatch.undo()
        held.settings.cache_clear()

    assert "This machine’s settings say 7 seconds instead." in page
