"""Who answers which lead, over the whole matrix, with plain values."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


DECLINED, EXPIRED = replace(DEALER, answered="declined"), replace(DEALER, answered="expired")
FULL, CLOSED = replace(DEALER, has_room=False), replace(DEALER, is_open=False)


@pytest.mark.parametrize(
    ("dealer", "why"),
    [
        (DECLINED, "declined_before"),
        (EXPIRED, "expired_before"),
        (replace(DEALER, answered="denied"), "denied_before"),
        (FULL, "over_capacity"),
        (replace(DEALER, active=False), "not_active"),
    ],
)
def test_a_dealer_that_cannot_or_would_not_is_followed_by_the_next_dealer_then_the_help_line(
    dealer: Place, why: str
) -> None:
    rule = kinds("test_drive", "new_dealer")

    next_dealer = decide(
        facts("test_drive", "new_dealer"), rule, (dealer, OTHER_DEALER, AGENT, CALLS), EVERYBODY
    )
    help_line = decide(
        facts("test_drive", "new_dealer"),
        rule,
        (dealer, replace(OTHER_DEALER, answered="expired"), AGENT, CALLS),
        EVERYBODY,
    )

    assert (next_dealer.chosen_id, next_dealer.fallback) == (OTHER_DEALER.id, False)
    assert next_dealer.candidates[0].why == why
    assert (help_line.chosen_id, help_line.fallback) == (CALLS.id, True)


def test_whoever_waits_goes_to_somebody_who_is_there() -> None:
    hot = replace(facts("help_request", "new_dealer"), is_hot=True)
    rule = kinds("help_request", "new_dealer")

    at_night = decide(hot, rule, (CLOSED, AGENT, CALLS), EVERYBODY)
    calm = decide(replace(hot, is_hot=False), rule, (CLOSED, AGENT, CALLS), EVERYBODY)
    nobody_there = decide(
        hot, rule, (CLOSED, replace(AGENT, is_open=False), replace(CALLS, is_open=False)), EVERYBODY
    )

    assert (at_night.chosen_id, at_night.candidates[0].why) == (CALLS.id, "closed_hours")
    assert (calm.chosen_id, calm.why) == (DEALER.id, "by_rule")
    assert (nobody_there.chosen_id, nobody_there.why) == (DEALER.id, "waits_for_opening")


def test_whoever_has_the_offer_keeps_it_though_the_doors_close_or_the_desk_is_full() -> None:
    held = replace(facts("help_request", "new_dealer"), is_hot=True, offered_id=DEALER.id)
    dealer = replace(CLOSED, has_room=False)

    assert (
        decide(held, kinds("help_request", "new_dealer"), (dealer, CALLS), EVERYBODY).chosen_id == DEALER.id
    )


def test_when_all_have_said_no_it_is_held_for_that() -> None:
    everybody = tuple(replace(place, answered="declined") for place in PLACES)

    decision = decide(facts("test_drive", "used"), kinds("test_drive", "used"), everybody, EVERYBODY)

    assert (decision.chosen_id, decision.why) == (None, "all_declined")


places_drawn = st.lists(
    st.builds(
        Place,
        id=st.uuids(),
        kind=st.sampled_from(["dealer", "agent_desk", "call_centre", "finance_partner", "energy_partner"]),
        active=st.booleans(),
        is_open=st.booleans(),
        has_room=st.booleans(),
        answered=st.sampled_from([None, "declined", "expired", "denied"]),
    ),
    max_size=8,
    unique_by=lambda place: place.id,
)


@given(
    places=places_drawn,
    cell=st.sampled_from(PAIRS),
    reach=st.sampled_from(["none", "email", "phone"]),
    is_hot=st.booleans(),
    data=st.data(),
)
def test_nobody_is_chosen_who_failed_and_the_same_values_give_the_same_choice(
    places: list[Place], cell: tuple[str, str], reach: str, is_hot: bool, data: st.DataObject
) -> None:
    ids = [place.id for place in places]
    covered = set(data.draw(st.lists(st.sampled_from(ids)))) if ids else set()
    named = data.draw(st.sampled_from([None, *ids]))
    told = Facts(cell[1], reach, named, cell[0] == "finance_request", is_hot)

    decision = decide(told, kinds(*cell), places, covered)

    assert decision == decide(told, kinds(*cell), list(places), set(covered))
    passed = [candidate for candidate in decision.candidates if candidate.passed]
    assert [candidate.recipient_id for candidate in passed] == ([decision.chosen_id] if passed else [])
    assert (decision.chosen_id is None) == (not passed)
    assert {candidate.why for candidate in decision.candidates} <= set(FAILURES)
    assert decision.why in WHY
    weighed = [candidate.recipient_id for candidate in decision.candidates if candidate.recipient_id]
    assert len(weighed) == len(set(weighed))
    if decision.chosen_id is not None:
        chosen = next(place for place in places if place.id == decision.chosen_id)
        assert chosen.active and chosen.id in covered and chosen.answered is None and chosen.has_room
        assert reach != "none"
