"""What holds while a lead is worked: the car in hand, the time a cell gives, and what goes along from place to place."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM
from catalog.models import Offer
from catalog.stock import StockItem
from customers.models import Customer
from leads import duplicates, ladder
from leads.models import Lead, RoutingRule
from leads.offers import LeadOffer
from partners.models import Recipient, Staff
from tests.checkout.builders import credits_500
from tests.conversations.builders import HTMX, Browser
from tests.leads.builders import Places, a_left_cart, all_leads, bought, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.leads.test_ladder import a_lead as an_offered_lead
from tests.leads.test_ladder import binjiang as binjiang
from tests.leads.test_ladder import tuesday_morning as tuesday_morning
from tests.leads.test_matrix_desk import CELL, TO_THE_HELP_LINE
from tests.leads.test_working import two_leads

Relay = Callable[[], None]
SAME_KINDS = {
    **TO_THE_HELP_LINE,
    "recipient_kind": "dealer",
    "fallback_1": "call_centre",
    "answer_within_min": "5",
}
ODD_NAMES = (
    "שרה כהן",
    "Z\u0335\u0336\u0337algo",
    "x" * 200,
    'O\'Brien "Ada" & <b>Söhne</b>',
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "欧阳娜娜",
)


def car_shown(page: str) -> str:
    assert 'id="car-in-hand"' in page
    return page.split('id="car-in-hand"')[1].split("</section>")[0]


def test_a_lead_about_a_car_in_stock_shows_it_drawn_with_its_facts_and_the_way_to_it(
    agent: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    close_reading()
    item = session().scalars(select(StockItem)).one()

    shown = car_shown(agent.see(f"/leads/{the_lead().public_id}"))

    look = item.look()
    assert item.public_id in shown
    assert item.vehicle.vin in shown
    assert "¥" in shown
    assert look.paint in shown or 'href="/static' in shown


def test_help_asked_while_building_shows_the_build(agent: Browser, places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    run_relay()
    with transaction():
        page = "/models/mere/configure?paint=ink&wheels=blade"
        session().execute(update(Lead).values(snapshot=[], product_family="vehicle_new", page=page))

    shown = car_shown(agent.see(f"/leads/{the_lead().public_id}"))

    assert "mere-side-ink-blade" in shown
    assert "/models/mere/configure?paint=ink&amp;wheels=blade" in shown


@pytest.mark.parametrize(
    "page", ["/models/mere", "/models/<x>/configure/more", "//evil.example/configure", "/"]
)
def test_another_page_draws_nothing(agent: Browser, places: Places, run_relay: Relay, page: str) -> None:
    a_left_car(places)
    run_relay()
    with transaction():
        session().execute(update(Lead).values(snapshot=[], page=page))

    assert 'id="car-in-hand"' not in agent.see(f"/leads/{the_lead().public_id}")


def test_the_minutes_of_a_cell_are_the_time_of_the_next_lead(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    before = the_lead()

    admin.post(CELL, SAME_KINDS)
    a_left_car(places)
    run_relay()

    old, new = all_leads()
    assert (old.answer_within_s, old.due_at) == (before.answer_within_s, before.due_at)
    assert old.answer_within_s != 300
    assert new.answer_within_s == 300


def test_a_lead_that_was_offered_goes_on_by_the_rule_it_was_offered_by(
    admin: Browser, ben: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    lead = the_lead()
    rule_id = lead.rule_id
    admin.post(CELL, {**SAME_KINDS, "fallback_1": "agent_desk"})

    ben.post(f"/leads/{lead.public_id}/decline", {"reason": "no_capacity"})

    after = the_lead()
    assert (after.rule_id, after.recipient_id) == (rule_id, places.calls.id)
    assert session().get_one(RoutingRule, rule_id).superseded_at is not None


def test_a_try_to_reach_somebody_takes_the_offer(ben: Browser, places: Places, run_relay: Relay) -> None:
    lead = an_offered_lead(places, run_relay)

    ben.post(f"/leads/{lead.public_id}/outcomes", {"code": "no_answer", "suggested": "call"})

    found = the_lead()
    assert (found.status, found.accept_by, found.recipient_id) == ("accepted", None, places.dealer.id)
    offer = session().scalars(select(LeadOffer)).one()
    assert offer.state == "accepted"


def test_what_one_place_put_aside_and_gave_to_somebody_is_open_at_the_next(
    ben: Browser, places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = an_offered_lead(places, run_relay, binjiang)
    close_reading()
    ben_himself = session().scalars(select(Staff).where(Staff.email == "ben@tarn.example")).one()
    ben.post(f"/leads/{lead.public_id}/snooze", {"until": "three_days"})
    ben.post(f"/leads/{lead.public_id}/assignment", {"colleague": ben_himself.public_id})
    put_aside = the_lead()
    assert put_aside.snoozed_until is not None and put_aside.staff_id == ben_himself.id

    close_reading()
    clock.move(clock.now() - datetime.now(UTC) + timedelta(minutes=11))
    ladder.lapse()

    found = the_lead()
    assert (found.recipient_id, found.snoozed_until, found.staff_id) == (binjiang.id, None, None)


def test_the_order_wins_what_was_linked_with_it(places: Places, run_relay: Relay) -> None:
    first, second = two_leads(run_relay)
    with transaction():
        duplicates.link(Lead.locked(first.id), Lead.locked(second.id), None, SYSTEM, clock.now())
    assert first.cart_id is not None

    bought(first.cart_id)
    run_relay()

    assert [lead.status for lead in all_leads()] == ["won", "won"]
    assert len({lead.order_id for lead in all_leads()}) == 1


def test_what_was_not_linked_stays_open(places: Places, run_relay: Relay) -> None:
    first, _second = two_leads(run_relay)
    assert first.cart_id is not None

    bought(first.cart_id)
    run_relay()

    assert [lead.status == "won" for lead in all_leads()] == [True, False]


@pytest.mark.parametrize("what", ["email", "phone_e164"])
def test_the_same_contact_on_another_device_is_offered_for_linking_and_not_linked_by_itself(
    agent: Browser, places: Places, run_relay: Relay, what: str
) -> None:
    first, second = two_leads(run_relay)
    told = {"email": "ada@example.com", "phone_e164": "+8613800138000"}
    with transaction():
        session().execute(update(Customer).values(email=None, phone_e164=None))
        session().execute(update(Customer).values({what: told[what]}))

    page = agent.see(f"/leads/{first.public_id}")

    assert first.customer_id != second.customer_id
    assert "Could belong to it" in page and second.number in page.split("Could belong to it")[1]
    assert all(lead.primary_lead_id is None for lead in all_leads())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_shown_as_it_is_and_harms_nothing(
    agent: Browser, places: Places, run_relay: Relay, name: str
) -> None:
    a_left_cart(*_credits(), name=name)
    run_relay()
    url = f"/leads/{the_lead().public_id}"

    pages = [
        agent.see(path) for path in ("/leads", url, "/leads.csv", url.replace("/leads", "/staff/panel/lead"))
    ]

    assert all("<b>S" not in page for page in pages[:2] + pages[3:])
    assert quote(name[:8]) not in url
    assert name in pages[2] or name.replace('"', '""') in pages[2]


def _credits() -> list[Offer]:
    with transaction():
        return [credits_500()]


def test_a_lead_that_went_on_to_somebody_else_leaves_the_list_at_the_next_look(
    ben: Browser, places: Places, binjiang: Recipient, run_relay: Relay
) -> None:
    lead = an_offered_lead(places, run_relay, binjiang)
    again = f"/leads/rows?keep={lead.public_id}"
    assert lead.number in ben.client.get(again, headers=HTMX).text

    close_reading()
    clock.move(clock.now() - datetime.now(UTC) + timedelta(minutes=11))
    ladder.lapse()

    assert lead.number not in ben.client.get(again, headers=HTMX).text
