"""What counts as stuck, changed by admins: checked, kept as a fact, and in force from the next sweep."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import close_reading, session, transaction
from app.events import EventRow
from catalog.models import StockItem
from conversations.stalls import POLICIES, StallPolicy, policies
from tests.conversations.builders import HTMX, Browser
from tests.conversations.test_stalls import BAD_PHONE, HERE, at_desk, offers, stalls, sweep
from tests.partners.builders import a_member_of_staff

GIVEN = {name: f"{number}" for name, number in POLICIES.items()}


@pytest.fixture
def admin(flask_app: Flask, house: None) -> Browser:
    with transaction():
        a_member_of_staff("he.yan@tarn.example", "admin", name="He Yan")
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


def changes() -> list[dict[str, object]]:
    close_reading()
    wanted = select(EventRow).where(EventRow.type == "conversations.stall_policy_changed")
    return [row.payload for row in session().scalars(wanted)]


def test_a_changed_threshold_counts_for_the_next_stall_and_is_audited_once(
    admin: Browser, ada: Browser, car: StockItem
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.see("/checkout/contact")
    ada.client.get(HERE, headers=HTMX)
    for _ in range(2):
        ada.post("/checkout/contact", BAD_PHONE)

    first = admin.post("/admin/stalls", {**GIVEN, "refusals": "3"})
    admin.post("/admin/stalls", {**GIVEN, "refusals": "3"})
    sweep()
    assert (first.status_code, stalls()) == (303, [])
    ada.post("/checkout/contact", BAD_PHONE)
    sweep()

    assert [found.times for found in stalls()] == [3]
    assert changes() == [{"name": "refusals", "before": 2, "after": 3}]
    assert "refusals of a field, 2, now 3" in admin.see("/en/admin/audit")


def test_switched_off_nothing_is_offered_by_itself(admin: Browser, ada: Browser, car: StockItem) -> None:
    at_desk()
    admin.post("/admin/stalls", {name: told for name, told in GIVEN.items() if name != "automatic"})
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.see("/checkout/contact")
    ada.client.get(HERE, headers=HTMX)
    for _ in range(2):
        ada.post("/checkout/contact", BAD_PHONE)
    sweep()

    assert policies()["automatic"] == 0
    assert len(stalls()) == 1 and offers() == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("no_progress_s", "0"),
        ("no_progress_s", "901"),
        ("refusals", "1"),
        ("declines", "0"),
        ("returns", "-3"),
        ("empty_searches", "soon"),
        ("silence_days", ""),
        ("silence_days", "1.5"),
        ("talks_per_agent", "999999999999"),
    ],
)
def test_a_number_out_of_bounds_is_refused_beside_its_field_and_nothing_moves(
    admin: Browser, name: str, typed: str
) -> None:
    answer = admin.post("/admin/stalls", {**GIVEN, name: typed})

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'id="{name}-error"' in html and f'id="{name}-hint"' in html
    close_reading()
    assert session().scalars(select(StallPolicy)).all() == []
    assert changes() == []


def test_only_admins_open_it_and_it_stands_in_the_administration(admin: Browser, agent: Browser) -> None:
    assert agent.client.get("/admin/stalls").status_code == 403
    assert "/admin/stalls" in admin.see("/admin")
