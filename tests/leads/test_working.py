"""A lead as it is worked: outcomes, notes, put aside, given to somebody, linked; and what is refused moves nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from catalog.models import Offer
from leads import scoring, snooze
from leads.inbox_file import harmless
from leads.models import Lead, LeadLink, LeadMove, LeadNote, LeadTouch
from tests.checkout.builders import a_cart, credits_500
from tests.conversations.builders import HTMX, Browser, new_key
from tests.leads.builders import Places, all_leads, give_contact, left, the_lead
from tests.leads.test_abandoned_carts import a_left_car
from tests.partners.builders import a_member_of_staff, a_recipient

Relay = Callable[[], None]
MARKUP = "=cmd|'/c calc'!A1 <script>x</script>"


@pytest.fixture
def lead_url(places: Places, run_relay: Relay) -> str:
    a_left_car(places, name=MARKUP[:80])
    run_relay()
    return f"/leads/{the_lead().public_id}"


@pytest.fixture
def han(flask_app: Flask, places: Places) -> Browser:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang")
        a_member_of_staff("han@tarn.example", role="dealer", recipient=other, name="Han Lei")
    browser = Browser(flask_app.test_client())
    browser.sign_in("han@tarn.example")
    return browser


def count(model: type) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def a_lead_of_credits() -> None:
    with transaction():
        known = session().scalars(select(Offer).where(Offer.sku == "credits-500")).one_or_none()
        cart = a_cart(known or credits_500())
        give_contact(cart)
    left(cart.id)


def two_leads(run_relay: Relay) -> tuple[Lead, Lead]:
    """Two matters until somebody links them."""
    for _turn in range(2):
        a_lead_of_credits()
    run_relay()
    first, second = all_leads()
    return first, second


def outcome(browser: Browser, url: str, code: str, **more: str) -> int:
    return browser.post(f"{url}/outcomes", {"code": code, "suggested": "call", **more}).status_code


def test_reached_in_one_tap_stops_the_clock_and_says_who(agent: Browser, lead_url: str) -> None:
    assert outcome(agent, lead_url, "reached") == 303

    assert (the_lead().status, the_lead().staff_id is not None) == ("contacted", True)
    assert "Reached" in agent.see(lead_url)


def test_no_answer_puts_it_aside_and_it_comes_back_by_itself(agent: Browser, lead_url: str) -> None:
    outcome(agent, lead_url, "no_answer")
    assert the_lead().snoozed_until is not None
    assert "script" not in agent.see("/leads").split('id="rows"')[1]
    assert "&lt;script" in agent.see("/leads?show=snoozed")

    with transaction():
        session().execute(text("UPDATE lead SET snoozed_until = forecourt_now() - interval '1 second'"))
    assert snooze.wake_due() == 1

    assert "&lt;script" in agent.see("/leads").split('id="rows"')[1]


def test_a_button_pressed_twice_says_it_once(agent: Browser, lead_url: str) -> None:
    told = [outcome(agent, lead_url, code) for code in ("no_answer", "no_answer", "reached")]

    assert told == [303, 303, 303]
    assert count(LeadTouch) == 2


@pytest.mark.parametrize("code", ["bought_elsewhere", "not_interested"])
def test_a_no_closes_it_with_its_reason(agent: Browser, lead_url: str, code: str) -> None:
    outcome(agent, lead_url, code)

    assert (the_lead().status, the_lead().outcome_reason) == ("lost", code)
    assert code not in agent.see(lead_url)


@pytest.mark.parametrize("code", ["reached", "no_answer", "won", "not_interested", "wrong_number"])
def test_an_outcome_for_a_closed_lead_is_refused_and_nothing_moves(
    agent: Browser, lead_url: str, code: str
) -> None:
    outcome(agent, lead_url, "won")
    before = (count(LeadTouch), count(LeadMove), count(EventRow))

    answer = agent.post(f"{lead_url}/outcomes", {"code": code, "suggested": "call"})

    assert answer.status_code == 409
    assert "This lead is closed: won. Nothing was changed." in answer.get_data(as_text=True)
    assert (count(LeadTouch), count(LeadMove), count(EventRow)) == before
    assert agent.post(f"{lead_url}/snooze", {"until": "hour"}).status_code == 409
    assert agent.post(f"{lead_url}/assignment", {"colleague": ""}).status_code == 409
    assert (the_lead().status, the_lead().snoozed_until) == ("won", None)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("outcomes", {}),
        ("outcomes", {"code": "sold", "suggested": "call"}),
        ("outcomes", {"code": "reached", "suggested": "anything"}),
        ("snooze", {"until": "for ever"}),
        ("snooze", {"until": "hour", "more": "1"}),
        ("notes", {"body": "", "client_key": "x"}),
        ("notes", {"body": "x" * 100_000}),
        ("assignment", {"colleague": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ("link", {"to": "L-0000-00000"}),
        ("link", {"to": ""}),
    ],
)
def test_what_does_not_fit_says_so_and_moves_nothing(
    agent: Browser, lead_url: str, path: str, form: dict[str, str]
) -> None:
    before = (count(EventRow), count(LeadMove))

    assert agent.post(f"{lead_url}/{path}", form).status_code == 422
    assert (count(EventRow), count(LeadMove)) == before


def test_a_note_is_kept_once_and_shown_as_it_was_written(agent: Browser, lead_url: str) -> None:
    form = {"body": "Wants it under ¥4,300 <b>a month</b>", "client_key": new_key()}

    for _twice in range(2):
        assert agent.post(f"{lead_url}/notes", form).status_code == 303

    assert count(LeadNote) == 1
    assert "&lt;b&gt;a month" in agent.see(lead_url)


def test_another_dealer_can_do_nothing_with_it(han: Browser, lead_url: str) -> None:
    for path, form in (
        ("outcomes", {"code": "reached", "suggested": "call"}),
        ("notes", {"body": "Mine now", "client_key": new_key()}),
        ("snooze", {"until": "hour"}),
        ("assignment", {"colleague": ""}),
    ):
        refused = han.post(f"{lead_url}/{path}", form)
        assert refused.status_code == 404
        assert "script" not in refused.get_data(as_text=True).split("<main")[1]
    assert (the_lead().status, the_lead().staff_id, count(LeadNote)) == ("routed", None, 0)


def test_it_is_given_to_a_colleague_and_stands_in_their_list(
    flask_app: Flask, agent: Browser, lead_url: str
) -> None:
    with transaction():
        lin = a_member_of_staff("lin@tarn.example", role="agent", name="Lin Na").public_id
    browser = Browser(flask_app.test_client())
    browser.sign_in("lin@tarn.example")

    assert agent.post(f"{lead_url}/assignment", {"colleague": lin}).status_code == 303

    assert "&lt;script" in browser.see("/leads?show=mine")
    assert "&lt;script" not in agent.see("/leads?show=unassigned")


def test_leads_are_linked_seen_as_one_and_taken_apart_again(
    agent: Browser, places: Places, run_relay: Relay
) -> None:
    first, second = two_leads(run_relay)
    if second.primary_lead_id is not None:
        agent.post(f"/leads/{second.public_id}/unlink", {})
    rows = agent.see("/leads").split('id="rows"')[1]
    assert first.number in rows and second.number in rows

    answer = agent.post(f"/leads/{second.public_id}/link", {"to": first.number})

    assert answer.status_code == 303
    rows = agent.see("/leads").split('id="rows"')[1]
    assert first.number in rows and second.number not in rows
    assert "2 signals" in rows
    assert second.number in agent.see(f"/leads/{first.public_id}")
    assert first.number in agent.see(f"/leads/{second.public_id}")
    assert agent.post(f"/leads/{first.public_id}/link", {"to": second.number}).status_code == 409

    assert agent.post(f"/leads/{second.public_id}/link/undo", {}).status_code == 303
    assert all_leads()[1].primary_lead_id is None
    assert count(LeadLink) >= 1


def test_who_leads_others_takes_them_along_and_one_undo_brings_them_back(
    agent: Browser, places: Places, run_relay: Relay
) -> None:
    first, second = two_leads(run_relay)
    with transaction():
        session().execute(text("UPDATE lead SET primary_lead_id = NULL"))
        session().execute(
            text("UPDATE lead SET primary_lead_id = :first WHERE id = :second"),
            {"first": first.id, "second": second.id},
        )
    a_lead_of_credits()
    run_relay()
    third = next(lead for lead in all_leads() if lead.id not in (first.id, second.id))

    agent.post(f"/leads/{first.public_id}/link", {"to": third.number})
    assert {lead.primary_lead_id for lead in all_leads()} == {None, third.id}

    agent.post(f"/leads/{first.public_id}/link/undo", {})
    assert {lead.number: lead.primary_lead_id for lead in all_leads()}[second.number] == first.id


def test_the_score_is_kept_with_its_reasons(agent: Browser, lead_url: str) -> None:
    found = the_lead()

    assert (found.score > 0, found.score_version) == (True, 1)
    assert "Score" in agent.see(lead_url)
    with transaction():
        session().execute(text("UPDATE lead SET score = 0, scored_at = NULL"))
    assert scoring.refresh_old() == 1
    assert the_lead().score == found.score


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\rx", "＝1"])
def test_a_cell_that_would_be_computed_is_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"


def test_the_file_masks_the_contact_and_computes_nothing(agent: Browser, ben: Browser, lead_url: str) -> None:
    answer = agent.client.get("/leads.csv")
    written = answer.get_data(as_text=True)

    assert answer.mimetype == "text/csv"
    assert "'=cmd|" in written
    assert ",=cmd" not in written and "\n=cmd" not in written and '"=cmd' not in written
    assert "a••@example.com" in written and "ada@example.com" not in written
    assert ben.client.get("/leads.csv").status_code == 403


def test_rows_stay_where_they_are_and_new_ones_are_counted(
    agent: Browser, places: Places, run_relay: Relay
) -> None:
    first, second = two_leads(run_relay)
    with transaction():
        session().execute(text("UPDATE lead SET primary_lead_id = NULL"))
    kept = second.public_id

    answer = agent.client.get(f"/leads/rows?keep={kept}", headers=HTMX)
    page = answer.get_data(as_text=True)

    assert second.number in page and first.number not in page
    assert "1 new" in page


def test_more_begins_after_the_last_one_shown(
    agent: Browser, places: Places, run_relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_leads(run_relay)
    with transaction():
        session().execute(text("UPDATE lead SET primary_lead_id = NULL"))
        session().execute(text("UPDATE lead SET due_at = :at"), {"at": clock.now()})
    one, other = sorted(all_leads(), key=lambda lead: lead.id)
    after = f"{one.due_at.isoformat()}_{one.id.hex}"

    page = agent.client.get("/leads/more", query_string={"after": after}, headers=HTMX).get_data(as_text=True)

    assert other.number in page and one.number not in page
    assert agent.client.get("/leads", query_string={"after": "nonsense"}).status_code == 200
