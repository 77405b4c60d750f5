"""The inbox: who sees which lead, what it says, and how it goes on."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import close_reading, session, statement_count, transaction
from leads.models import LeadMove
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import HTMX, Browser
from tests.leads.builders import Places, left, the_lead, the_places
from tests.leads.test_abandoned_carts import a_left_car
from tests.partners.builders import a_member_of_staff, a_recipient

Relay = Callable[[], None]
BAD_NAME = "O'Brien & Söhne <script>x</script>"


@pytest.fixture
def lead_url(places: Places, run_relay: Relay) -> str:
    a_left_car(places, name=BAD_NAME)
    run_relay()
    return f"/leads/{the_lead().public_id}"


def test_a_stranger_is_asked_to_sign_in(flask_app: Flask, lead_url: str) -> None:
    cleo = Browser(flask_app.test_client())

    assert cleo.client.get("/leads").status_code in (302, 303, 401)
    assert cleo.client.get(lead_url).status_code in (302, 303, 401)


def test_the_inbox_shows_whoever_waits_with_names_as_they_are_written(agent: Browser, lead_url: str) -> None:
    page = agent.see("/leads")

    assert "O&#39;Brien &amp; Söhne &lt;script&gt;" in page
    assert "<script>x" not in page
    assert "L-" in page and "¥" in page


def test_the_page_of_a_lead_says_why_it_is_here_and_who_was_told(agent: Browser, lead_url: str) -> None:
    page = agent.see(lead_url)

    assert "The buyer has already chosen this dealer." in page
    assert "First in the rule for this source and product." in page
    assert "Not needed: somebody before was chosen." in page
    assert "ada@example.com" not in page
    assert "Left during checkout" in page
    assert "%" not in page.split("<main")[1].split("</main>")[0]


def test_the_page_speaks_chinese(agent: Browser, lead_url: str) -> None:
    page = agent.see("/zh" + lead_url)

    assert "买家已经选了这家门店。" in page
    assert "Who was told" not in page


@pytest.mark.parametrize("show", ["due", "mine", "cars", "services", "partners", "settled", "nonsense"])
def test_every_tab_has_a_link_of_its_own(agent: Browser, lead_url: str, show: str) -> None:
    page = agent.see(f"/leads?show={show}")

    assert ("Söhne" in page) == (show in ("due", "cars", "nonsense"))


def test_a_dealer_sees_what_its_own_place_was_told_and_nothing_else(
    flask_app: Flask, ben: Browser, lead_url: str
) -> None:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang")
        a_member_of_staff("han@tarn.example", role="dealer", recipient=other, name="Han Lei")
    han = Browser(flask_app.test_client())
    han.sign_in("han@tarn.example")

    assert "Söhne" in ben.see("/leads")
    assert "Söhne" in ben.see(lead_url)
    assert "Söhne" not in han.see("/leads")
    han.see(lead_url, 404)
    assert han.post(f"{lead_url}/moves", {"to": "won"}).status_code == 404
    assert the_lead().status == "routed"


def test_a_dealer_does_not_see_who_was_not_shared_with_it(
    ben: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places, shares=False)
    run_relay()

    ben.see(f"/leads/{the_lead().public_id}", 404)


def test_a_lead_is_taken_contacted_and_won(agent: Browser, lead_url: str) -> None:
    for step in ("accepted", "contacted", "won"):
        assert agent.post(f"{lead_url}/moves", {"to": step}).status_code == 303

    lead = the_lead()
    assert (lead.status, lead.outcome, lead.staff_id is not None) == ("won", "won", True)
    moves = session().scalars(select(LeadMove.to_status).order_by(LeadMove.at, LeadMove.id)).all()
    assert list(moves) == ["new", "routed", "accepted", "contacted", "won"]


def test_losing_needs_a_reason(agent: Browser, lead_url: str) -> None:
    refused = agent.post(f"{lead_url}/moves", {"to": "lost"})
    assert refused.status_code == 422
    assert "Say why it was lost" in refused.get_data(as_text=True)
    assert the_lead().status == "routed"

    assert (
        agent.post(f"{lead_url}/moves", {"to": "lost", "reason": "Bought elsewhere <b>"}).status_code == 303
    )
    assert (the_lead().status, the_lead().outcome_reason) == ("lost", "Bought elsewhere <b>")
    assert "Bought elsewhere &lt;b&gt;" in agent.see(lead_url)


def test_a_closed_lead_refuses_to_move(agent: Browser, lead_url: str) -> None:
    agent.post(f"{lead_url}/moves", {"to": "won"})

    refused = agent.post(f"{lead_url}/moves", {"to": "contacted"})
    again = agent.post(f"{lead_url}/moves", {"to": "won"}, headers=HTMX)

    assert (refused.status_code, again.status_code) == (409, 409)
    assert the_lead().status == "won"


@pytest.mark.parametrize(
    "form",
    [{}, {"to": "new"}, {"to": "held"}, {"to": "won", "price": "1"}, {"to": "lost", "reason": "x" * 500}],
)
def test_a_forged_form_moves_nothing(agent: Browser, lead_url: str, form: dict[str, str]) -> None:
    assert agent.post(f"{lead_url}/moves", form).status_code == 422
    assert the_lead().status == "routed"


def test_an_unknown_lead_is_not_there(agent: Browser, places: Places) -> None:
    agent.see("/leads/AAAAAAAAAAAAAAAAAAAAAA", 404)


def test_a_visitor_without_a_name_is_shown_by_a_mark(
    agent: Browser, places: Places, run_relay: Relay
) -> None:
    with transaction():
        cart = a_cart(credits_500())
    left(cart.id)
    run_relay()

    page = agent.see(f"/leads/{the_lead().public_id}")

    assert f"Visitor {cart.visitor_id.hex[-4:]}" in page
    assert "it is looked at again when contact details are given" in page


def test_the_pages_read_a_bounded_number_of_times(agent: Browser, lead_url: str) -> None:
    agent.see(lead_url)
    close_reading()
    with statement_count() as count:
        agent.see("/leads")
        listing = count()
    close_reading()
    with statement_count() as count:
        agent.see(lead_url)
        detail = count()

    assert listing <= 3
    assert detail <= 18


def test_the_places_can_be_made_twice(database: None) -> None:
    with transaction():
        assert the_places().dealer.id == the_places().dealer.id
