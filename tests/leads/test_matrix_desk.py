"""The matrix as a screen: seen by admins, changed cell by cell, in force from the next lead on."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.db import close_reading, session, statement_count
from leads.models import RoutingRule
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_lead
from tests.leads.test_abandoned_carts import a_left_car

Relay = Callable[[], None]
CELL = "/leads/matrix/help_request/new_dealer"
TO_THE_HELP_LINE = {
    "recipient_kind": "call_centre",
    "fallback_1": "dealer",
    "fallback_2": "",
    "answer_within_min": "20",
    "reason": "The dealers are at the fair this week.",
    "reason_zh": "门店这周都在展会。",
    "version": "1",
}


def rules() -> list[RoutingRule]:
    close_reading()
    wanted = select(RoutingRule).where(
        RoutingRule.source == "help_request", RoutingRule.product == "new_dealer"
    )
    return list(session().scalars(wanted.order_by(RoutingRule.version)))


def test_the_grid_shows_every_pair_in_a_bounded_number_of_statements_and_writes_nothing(
    admin: Browser,
) -> None:
    with statement_count() as count:
        page = admin.see("/leads/matrix")

    assert page.count('class="matrix-cell"') == 48
    assert count() <= 4
    assert rules() == []


def test_a_changed_cell_decides_the_next_lead_and_the_last_one_keeps_its_rule(
    admin: Browser, places: Places, run_relay: Relay
) -> None:
    a_left_car(places)
    run_relay()
    before = the_lead()

    answer = admin.post(CELL, TO_THE_HELP_LINE)
    a_left_car(places)
    run_relay()

    assert answer.status_code == 303
    old, new = rules()
    assert (old.version, new.version) == (1, 2)
    assert old.superseded_at is not None and new.superseded_at is None
    assert before.rule_id == old.id
    assert new.kinds == ("call_centre", "dealer")
    assert "The dealers are at the fair this week." in admin.see(CELL)
    assert "He Yan" in admin.see(CELL)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fallback_1": "call_centre"}, "name each of them once"),
        ({"fallback_1": "dealer", "fallback_2": "dealer"}, "name each of them once"),
        ({"recipient_kind": "nobody"}, "Choose one of the options shown."),
        ({"answer_within_min": "0"}, "at least 1"),
        ({"answer_within_min": "soon"}, "whole number"),
        ({"reason": ""}, "Fill this in."),
        ({"reason": "x" * 201}, "Shorten this to 200 characters."),
    ],
)
def test_a_cell_that_cannot_be_is_refused_beside_its_field_and_nothing_changes(
    admin: Browser, wrong: dict[str, str], said: str
) -> None:
    answer = admin.post(CELL, {**TO_THE_HELP_LINE, **wrong})

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert all(rule.version == 1 for rule in rules())


def test_of_two_who_change_the_same_version_the_second_is_told(admin: Browser) -> None:
    first = admin.post(CELL, TO_THE_HELP_LINE)
    second = admin.post(CELL, {**TO_THE_HELP_LINE, "answer_within_min": "45"})

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody changed this rule" in second.get_data(as_text=True)
    assert [rule.answer_within_s for rule in rules()] == [900, 1200]


def test_the_same_terms_again_are_no_new_version(admin: Browser) -> None:
    admin.post(CELL, TO_THE_HELP_LINE)
    again = admin.post(CELL, {**TO_THE_HELP_LINE, "version": "2"})

    assert again.status_code == 303
    assert len(rules()) == 2


@pytest.mark.parametrize(
    "path", ["/leads/matrix/nothing/used", "/leads/matrix/callback/used", "/leads/matrix?market=XX"]
)
def test_what_is_no_cell_is_not_found(admin: Browser, path: str) -> None:
    admin.see(path, 404)


def test_a_dealer_and_an_agent_do_not_get_in(agent: Browser) -> None:
    agent.see("/leads/matrix", 403)
    assert agent.post(CELL, TO_THE_HELP_LINE).status_code == 403
    assert rules() == []


def test_markup_in_a_reason_is_text(admin: Browser) -> None:
    admin.post(CELL, {**TO_THE_HELP_LINE, "reason": "<script>x</script>"})

    assert "<script>x" not in admin.see(CELL)
