"""Six sources by six products: each pair has somebody who answers, somebody who steps in, and a reason."""

import uuid
from collections.abc import Collection

import pytest

from leads import matrix
from leads.matrix import PRODUCTS, SOURCES, defaults, product_of
from leads.routing import FAILURES, WHY, Decision, Facts, Place, decide
from leads.statuses import FAMILIES
from leads.statuses import SOURCES as LEAD_SOURCES

# D dealer, A direct-sales agent, C call centre, P partner; the first answers, the rest step in, in this order.
EXPECTED = {
    "test_drive": ("DC", "CP", "DC", "DA", "AD", "PC"),
    "chat_handover": ("CD", "CP", "CD", "DC", "AC", "CP"),
    "agent_enquiry": ("CD", "CP", "C", "CD", "AC", "CP"),
    "call_centre": ("CD", "CP", "C", "CD", "CA", "CP"),
    "finance_request": ("DP", "CP", "C", "DP", "APC", "PC"),
    "help_request": ("DC", "CP", "C", "AD", "AC", "CP"),
}
COLUMNS = ("new_dealer", "charging", "digital", "used", "new_online", "credits")
LETTERS = {"D": "dealer", "A": "agent_desk", "C": "call_centre", "P": "partner"}
PAIRS = [
    (source, product, letters)
    for source, row in EXPECTED.items()
    for product, letters in zip(COLUMNS, row, strict=True)
]

DEALER = Place(uuid.UUID(int=1), "dealer")
OTHER_DEALER = Place(uuid.UUID(int=2), "dealer")
AGENTS = Place(uuid.UUID(int=3), "agent_desk")
CALLS = Place(uuid.UUID(int=4), "call_centre")
LENDER = Place(uuid.UUID(int=5), "finance_partner")
ENERGY = Place(uuid.UUID(int=6), "energy_partner")
INSURER = Place(uuid.UUID(int=7), "insurance_partner")
EVERYBODY = (DEALER, OTHER_DEALER, AGENTS, CALLS, LENDER, ENERGY, INSURER)
FAMILY_OF_PLACE = {
    place.id: "partner" if place.kind.endswith("_partner") else place.kind for place in EVERYBODY
}
RULES = {(rule.source, rule.product): rule for rule in defaults()}


def routed(source: str, product: str, covered: Collection[Place]) -> Decision:
    rule = RULES[source, product]
    facts = Facts(product, "email", named_id=DEALER.id, is_finance=source == "finance_request")
    kinds = (rule.recipient_kind, *rule.fallback_kinds)
    return decide(facts, kinds, EVERYBODY, {place.id for place in covered})


def test_the_table_has_all_thirty_six_pairs() -> None:
    assert len(PAIRS) == 36
    assert {(source, product) for source, product, _ in PAIRS} <= set(RULES)
    assert tuple(EXPECTED) == SOURCES
    assert PRODUCTS[:6] == COLUMNS


@pytest.mark.parametrize(("source", "product", "letters"), PAIRS)
def test_the_first_of_the_rule_answers_when_everybody_may_be_told(
    source: str, product: str, letters: str
) -> None:
    decision = routed(source, product, EVERYBODY)

    assert decision.chosen_id is not None
    assert FAMILY_OF_PLACE[decision.chosen_id] == LETTERS[letters[0]]
    assert (decision.why, decision.fallback) == ("by_rule", False)
    assert sum(candidate.passed for candidate in decision.candidates) == 1


@pytest.mark.parametrize(("source", "product", "letters"), PAIRS)
def test_the_rule_names_who_steps_in_and_why(source: str, product: str, letters: str) -> None:
    rule = RULES[source, product]

    assert rule.recipient_kind == LETTERS[letters[0]]
    assert list(rule.fallback_kinds)[: len(letters) - 1] == [LETTERS[letter] for letter in letters[1:]]
    assert rule.fallback_kinds, "a rule without anybody to step in"
    assert rule.reason.endswith(".")
    assert rule.reason_zh.endswith("。")
    assert rule.answer_within_s > 0


@pytest.mark.parametrize(("source", "product", "letters"), PAIRS)
def test_the_next_of_the_rule_steps_in_when_the_first_may_not_be_told(
    source: str, product: str, letters: str
) -> None:
    first = LETTERS[letters[0]]
    rest = [place for place in EVERYBODY if FAMILY_OF_PLACE[place.id] != first]

    decision = routed(source, product, rest)

    assert decision.chosen_id is not None
    assert FAMILY_OF_PLACE[decision.chosen_id] == RULES[source, product].fallback_kinds[0]
    assert decision.fallback
    assert decision.why in ("fallback", "house_steps_in")
    refused = [candidate for candidate in decision.candidates if candidate.kind == first]
    assert refused
    assert all(not candidate.passed and candidate.why != "not_reached" for candidate in refused)


@pytest.mark.parametrize(("source", "product", "letters"), PAIRS)
def test_with_only_a_wish_to_be_answered_the_house_answers_and_no_third_party_is_told(
    source: str, product: str, letters: str
) -> None:
    decision = routed(source, product, (AGENTS, CALLS))

    assert decision.chosen_id in (AGENTS.id, CALLS.id)
    told = [candidate.recipient_id for candidate in decision.candidates if candidate.passed]
    assert told == [decision.chosen_id]


@pytest.mark.parametrize(("source", "product", "letters"), PAIRS)
def test_without_any_consent_it_is_held_and_says_so(source: str, product: str, letters: str) -> None:
    decision = routed(source, product, ())

    assert decision.chosen_id is None
    assert decision.why == "no_consent"
    assert not any(candidate.passed for candidate in decision.candidates)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("product", PRODUCTS)
def test_every_candidate_has_a_reason_in_words(source: str, product: str) -> None:
    for covered in (EVERYBODY, (AGENTS, CALLS), (CALLS, ENERGY), ()):
        decision = routed(source, product, covered)

        assert decision.candidates
        assert decision.why in WHY
        assert {candidate.why for candidate in decision.candidates} <= set(FAILURES)


def test_every_source_of_a_lead_has_its_row() -> None:
    assert set(matrix.ROW_OF_SOURCE) == set(LEAD_SOURCES)
    assert set(matrix.ROW_OF_SOURCE.values()) <= set(SOURCES)


def test_every_family_is_a_product_of_the_matrix() -> None:
    assert {product_of(family, has_dealer=False) for family in FAMILIES} <= set(PRODUCTS)
    assert {product_of(family, has_dealer=True) for family in FAMILIES} <= set(PRODUCTS)
    assert product_of("vehicle_new", has_dealer=True) == "new_dealer"
    assert product_of("vehicle_new", has_dealer=False) == "new_online"
    assert product_of("vehicle_used", has_dealer=True) == "used"
    assert product_of("credits", has_dealer=False) == "credits"
    assert product_of("feature", has_dealer=True) == product_of("subscription", has_dealer=True) == "digital"
