"""Who answers which lead, over the whole matrix, with plain values."""

import uuid

import pytest

from leads.matrix import MATRIX_PRODUCTS, PRODUCTS, SOURCES, defaults, product_of
from leads.routing import FAILURES, WHY, Facts, Place, decide

DEALER, OTHER_DEALER = Place(uuid.uuid4(), "dealer"), Place(uuid.uuid4(), "dealer")
AGENT, CALLS = Place(uuid.uuid4(), "agent_desk"), Place(uuid.uuid4(), "call_centre")
LENDER, ENERGY = Place(uuid.uuid4(), "finance_partner"), Place(uuid.uuid4(), "energy_partner")
INSURER = Place(uuid.uuid4(), "insurance_partner")
PLACES = (DEALER, OTHER_DEALER, AGENT, CALLS, LENDER, ENERGY, INSURER)
EVERYBODY = {place.id for place in PLACES}
DESKS = {AGENT.id, CALLS.id}

D, A, C, P = "dealer", "agent_desk", "call_centre", "partner"
EXPECTED = {
    "test_drive": {"new_dealer": (D, C), "charging": (C, P), "digital": (D, C), "used": (D, A), "new_online": (A, D), "credits": (P, C)},
    "chat_handover": {"new_dealer": (C, D), "charging": (C, P), "digital": (C, D), "used": (D, C), "new_online": (A, C), "credits": (C, P)},
    "agent_enquiry": {"new_dealer": (C, D), "charging": (C, P), "digital": (C, A), "used": (C, D), "new_online": (A, C), "credits": (C, P)},
    "call_centre": {"new_dealer": (C, D), "charging": (C, P), "digital": (C, A), "used": (C, D), "new_online": (C, A), "credits": (C, P)},
    "finance_request": {"new_dealer": (D, P), "charging": (C, P), "digital": (C, A), "used": (D, P), "new_online": (A, P), "credits": (P, C)},
    "help_request": {"new_dealer": (D, C), "charging": (C, P), "digital": (C, A), "used": (A, D), "new_online": (A, C), "credits": (C, P)},
}  # fmt: skip
PAIRS = [(source, product) for source in SOURCES for product in MATRIX_PRODUCTS]
RULES = {(rule.source, rule.product): rule for rule in defaults()}
KIND_OF = {place.id: place.kind if "partner" not in place.kind else P for place in PLACES}


def kinds(source: str, product: str) -> tuple[str, ...]:
    rule = RULES[source, product]
    return (rule.recipient_kind, *rule.fallback_kinds)


def facts(source: str, product: str, contactability: str = "email") -> Facts:
    return Facts(product, contactability, DEALER.id, is_finance=source == "finance_request")


def test_there_is_a_rule_for_every_source_and_product() -> None:
    assert len(PAIRS) == 36
    assert set(RULES) == {(source, product) for source in SOURCES for product in PRODUCTS}


@pytest.mark.parametrize(("source", "product"), PAIRS)
def test_each_pair_goes_to_its_recipient_or_the_one_who_steps_in_with_a_reason(
    source: str, product: str
) -> None:
    first, second = EXPECTED[source][product]
    rule = RULES[source, product]

    whole = decide(facts(source, product), kinds(source, product), PLACES, EVERYBODY)
    assert whole.chosen_id is not None
    gone = {i for i, kind in KIND_OF.items() if kind == first}
    without_first = tuple(place for place in PLACES if place.id not in gone)
    instead = decide(facts(source, product), kinds(source, product), without_first, EVERYBODY - gone)

    assert (rule.recipient_kind, rule.fallback_kinds[0]) == (first, second)
    assert (KIND_OF[whole.chosen_id], whole.fallback, whole.why) == (first, False, "by_rule")
    assert instead.chosen_id is not None and KIND_OF[instead.chosen_id] == second
    assert instead.fallback
    assert rule.reason and rule.reason_zh
    assert sum(candidate.passed for candidate in whole.candidates) == 1
    assert all(candidate.why in FAILURES for candidate in (*whole.candidates, *instead.candidates))
    assert {whole.why, instead.why} <= set(WHY)


@pytest.mark.parametrize(("source", "product"), PAIRS)
def test_without_a_consent_to_share_the_house_answers_itself(source: str, product: str) -> None:
    decision = decide(facts(source, product), kinds(source, product), PLACES, DESKS)

    assert decision.chosen_id in DESKS
    if EXPECTED[source][product][0] in (D, P):
        assert decision.why == "house_steps_in"
        assert decision.candidates[0].why == "no_consent"


@pytest.mark.parametrize(("source", "product"), PAIRS)
def test_nobody_is_told_of_somebody_who_cannot_be_reached_or_did_not_agree(source: str, product: str) -> None:
    unknown = decide(facts(source, product, "none"), kinds(source, product), PLACES, EVERYBODY)
    silent = decide(facts(source, product), kinds(source, product), PLACES, set())

    assert (unknown.chosen_id, unknown.why) == (None, "no_contact")
    assert (silent.chosen_id, silent.why) == (None, "no_consent")
    assert not any(candidate.passed for candidate in (*unknown.candidates, *silent.candidates))


def test_another_dealer_that_was_agreed_to_steps_in_for_the_one_named() -> None:
    covered = {OTHER_DEALER.id, *DESKS}

    decision = decide(facts("test_drive", "new_dealer"), kinds("test_drive", "new_dealer"), PLACES, covered)

    assert decision.chosen_id == OTHER_DEALER.id
    assert [c.why for c in decision.candidates[:3]] == ["no_consent", "passed", "not_reached"]


def test_a_place_that_is_closed_is_passed_over() -> None:
    closed = Place(DEALER.id, "dealer", active=False)

    decision = decide(
        facts("test_drive", "used"), kinds("test_drive", "used"), (closed, AGENT, CALLS), EVERYBODY
    )

    assert decision.chosen_id == AGENT.id
    assert decision.candidates[0].why == "not_active"


def test_a_partner_product_waits_with_the_house_until_its_partner_may_be_told() -> None:
    named = Facts("partner_product", "email", INSURER.id, is_finance=True)

    told = decide(named, kinds("finance_request", "partner_product"), PLACES, EVERYBODY)

    assert told.chosen_id == INSURER.id


def test_a_new_car_is_a_dealers_where_one_is_named() -> None:
    assert product_of("vehicle_new", True) == "new_dealer"
    assert product_of("vehicle_new", False) == "new_online"
    assert product_of("subscription", False) == product_of("feature", True) == "digital"
    assert product_of("anything else", True) == "none"
