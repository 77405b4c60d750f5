"""The customer panel: one component for all staff screens, open to whoever may see its subject."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import close_reading, session, statement_count, transaction
from app.events import EventRow
from app.signals import Signal
from customers.reveals import ContactReveal
from leads import panel_visits
from leads.customer_panel import REVEALS_PER_MINUTE
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import HTMX, Browser, place_of
from tests.leads.builders import Places, bought, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.partners.builders import a_member_of_staff, a_recipient

Relay = Callable[[], None]
BAD_NAME = "O'Brien & Söhne <script>x</script>"


@pytest.fixture
def panel(places: Places, run_relay: Relay) -> str:
    a_left_car(places, name=BAD_NAME)
    run_relay()
    return f"/staff/panel/lead/{the_lead().public_id}"


@pytest.fixture
def han(flask_app: Flask, places: Places) -> Browser:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang")
        a_member_of_staff("han@tarn.example", role="dealer", recipient=other, name="Han Lei")
    browser = Browser(flask_app.test_client())
    browser.sign_in("han@tarn.example")
    return browser


def reveals() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(ContactReveal)) or 0


def test_it_shows_who_it_is_with_the_contact_masked(agent: Browser, panel: str) -> None:
    page = agent.see(panel)

    assert "O&#39;Brien &amp; Söhne &lt;script&gt;" in page
    assert "<script>x" not in page
    assert "a••@example.com" in page
    assert "ada@example.com" not in page
    assert "Answer me about this" in page


def test_as_a_fragment_it_takes_its_own_place(agent: Browser, panel: str) -> None:
    answer = agent.client.get(panel, headers=HTMX)

    assert (
        answer.get_data(as_text=True).lstrip().startswith('<div class="customer-panel" id="customer-panel">')
    )
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#customer-panel", "outerHTML")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_contact_is_shown_for_a_reason_and_to_nobody_else(
    flask_app: Flask, agent: Browser, ben: Browser, panel: str
) -> None:
    answer = agent.post(f"{panel}/reveal", {"reason": "call_back"})

    assert answer.status_code == 303
    assert "ada@example.com" in agent.see(panel)
    assert "ada@example.com" not in ben.see(panel)
    assert reveals() == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "choose one of the reasons"),
        ({"reason": "curiosity"}, "choose one of the reasons"),
        ({"reason": "other"}, "in a few words"),
        ({"reason": "other", "note": "x" * 100_000}, "Shorten"),
    ],
)
def test_without_a_reason_nothing_is_shown(
    agent: Browser, panel: str, form: dict[str, str], says: str
) -> None:
    answer = agent.post(f"{panel}/reveal", form, headers=HTMX)

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert "ada@example.com" not in answer.get_data(as_text=True)
    assert reveals() == 0


def test_another_dealer_learns_nothing(han: Browser, panel: str) -> None:
    nothing = han.see("/staff/panel/lead/AAAAAAAAAAAAAAAAAAAAAA", 404)

    refused = han.see(panel, 404)

    assert "Söhne" not in refused
    assert len(refused) == pytest.approx(len(nothing), abs=64)
    assert han.post(f"{panel}/reveal", {"reason": "call_back"}).status_code == 404
    assert reveals() == 0


def test_a_dealer_sees_its_own_matter_and_no_other_of_the_same_person(
    ben: Browser, agent: Browser, places: Places, run_relay: Relay
) -> None:
    cart = a_left_car(places)
    run_relay()
    panel = f"/staff/panel/lead/{the_lead().public_id}"
    order = bought(cart.id)

    assert order.number in agent.see(panel)
    assert order.number not in ben.see(panel)


def test_carts_are_the_houses_to_look_at(agent: Browser, ben: Browser, places: Places) -> None:
    cart = a_left_car(places)

    assert "Ada Buys" in agent.see(f"/staff/panel/cart/{cart.public_id}")
    ben.see(f"/staff/panel/cart/{cart.public_id}", 404)


@pytest.mark.parametrize("kind", ["lead", "order", "thread", "cart", "bus"])
def test_what_is_not_there_is_not_found(agent: Browser, kind: str) -> None:
    agent.see(f"/staff/panel/{kind}/AAAAAAAAAAAAAAAAAAAAAA", 404)


def test_somebody_unknown_has_a_mark_and_no_contact(agent: Browser, places: Places, run_relay: Relay) -> None:
    with transaction():
        cart = a_cart(credits_500())
    page = agent.see(f"/staff/panel/cart/{cart.public_id}")

    assert f"Visitor {cart.visitor_id.hex[-4:]}" in page
    assert "Not known yet." in page
    assert agent.post(f"/staff/panel/cart/{cart.public_id}/reveal", {"reason": "dispute"}).status_code == 403


def test_it_speaks_chinese(agent: Browser, panel: str) -> None:
    page = agent.see("/zh" + panel)

    assert "Agreed to" not in page
    assert "Who else" not in page


def test_it_reads_a_bounded_number_of_times(agent: Browser, panel: str, places: Places) -> None:
    agent.see(panel)
    close_reading()

    with statement_count() as count:
        agent.see(panel)

    assert count() <= 16


def test_visits_stand_in_the_order_they_were_made(places: Places) -> None:
    begin = datetime(2026, 11, 20, 1, tzinfo=UTC)

    def signal(hours: int, step: str, kind: str = "step", device: str = "phone") -> Signal:
        return Signal(at=begin + timedelta(hours=hours), step=step, kind=kind, device=device)

    told = [
        signal(0, "cart"),
        signal(26, "pay", "declined"),
        signal(2, "review"),
        signal(3, "cart", device="desktop"),
    ]
    rows = panel_visits.rows(told, "Asia/Shanghai")

    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    assert [row.what for row in rows] == [
        "Came as far as: payment",
        "Came as far as: the cart",
        "Came as far as: the last look",
    ]
    assert rows[0].note == "On a phone, the bank declined"


@pytest.mark.parametrize("what", ["decline", "panel", "thread"])
def test_what_another_place_has_is_not_there_wherever_it_is_asked_for_and_the_try_is_written_down(
    han: Browser, panel: str, what: str, ada: Browser
) -> None:
    thread = place_of(ada.ask(name="Ada Buys")).rpartition("/")[2]
    asked_for = {
        "decline": f"/leads/{panel.rpartition('/')[2]}/decline",
        "panel": panel,
        "thread": f"/staff/panel/thread/{thread}",
    }[what]

    han.see(asked_for, 404)

    close_reading()
    (refused,) = session().scalars(select(EventRow).where(EventRow.type == "partners.access_refused")).all()
    assert refused.payload["subject"] in asked_for


def test_whoever_uncovers_one_contact_after_the_other_is_told_to_wait(agent: Browser, panel: str) -> None:
    told = {"reason": "call_back"}

    answers = [agent.post(f"{panel}/reveal", told).status_code for _turn in range(REVEALS_PER_MINUTE + 1)]

    assert answers == [303] * REVEALS_PER_MINUTE + [429]
