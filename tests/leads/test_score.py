"""The score and the next step: pure rules, told with their reasons."""

import pytest

from leads.next_action import HEADLINES, WHY, ActionFacts, next_action
from leads.score import WORDS, ScoreFacts, score


def a_cart_left_at_payment(**changed: object) -> ScoreFacts:
    known = {"step": "pay", "source": "abandoned_cart", "contactability": "phone"}
    return ScoreFacts(**{**known, **changed})  # type: ignore[arg-type]


def parts(facts: ScoreFacts) -> dict[str, int]:
    return {part.code: part.points for part in score(facts).parts}


def test_the_points_are_the_sum_of_their_reasons() -> None:
    found = score(a_cart_left_at_payment(reason="payment_failed", value_minor=29_979_000, currency="CNY"))

    assert {part.code: part.points for part in found.parts} == {
        "payment": 25,
        "payment_failed": 20,
        "value": 15,
    }
    assert found.points == 60
    assert all(part.words == WORDS[part.code] for part in found.parts)


def test_the_weightiest_reason_stands_first() -> None:
    found = score(a_cart_left_at_payment(visit_days=4, trouble=2))

    assert [part.code for part in found.parts] == ["payment", "friction", "returning"]
    assert [part.is_urgency for part in found.parts] == [False, True, False]


def test_what_was_done_counts_half_after_each_quiet_week_and_what_is_booked_stays() -> None:
    fresh = a_cart_left_at_payment(has_test_drive=True)

    assert parts(fresh)["payment"] == 25
    assert parts(a_cart_left_at_payment(has_test_drive=True, idle_days=7))["payment"] == 12
    assert parts(a_cart_left_at_payment(has_test_drive=True, idle_days=14))["payment"] == 6
    assert parts(a_cart_left_at_payment(has_test_drive=True, idle_days=14))["test_drive"] == 15


@pytest.mark.parametrize("idle_days", [0, 1, 6, 30, 400])
@pytest.mark.parametrize("contactability", ["none", "email", "phone"])
@pytest.mark.parametrize("step", ["browse", "cart", "review", "pay", "nonsense"])
@pytest.mark.parametrize("value", [None, 0, 1, 10**12])
def test_a_score_is_never_below_0_nor_above_100(
    step: str, contactability: str, idle_days: int, value: int | None
) -> None:
    facts = ScoreFacts(
        step=step,
        reason="payment_failed",
        source="callback",
        contactability=contactability,
        idle_days=idle_days,
        value_minor=value,
        currency="CNY",
        visit_days=9,
        signals=4,
        trouble=40,
        has_test_drive=True,
    )

    assert 0 <= score(facts).points <= 100


def test_somebody_who_cannot_be_reached_counts_less_and_it_says_so() -> None:
    assert parts(a_cart_left_at_payment(contactability="none"))["unreachable"] == -30


def test_a_currency_without_bands_counts_nothing() -> None:
    assert "value" not in parts(a_cart_left_at_payment(value_minor=5_000_000, currency="XXX"))


@pytest.mark.parametrize(
    ("facts", "key", "why"),
    [
        (ActionFacts("routed"), "wait", "no_contact"),
        (ActionFacts("routed", has_email=True), "ask_consent", "no_consent"),
        (ActionFacts("routed", has_phone=True, may_contact=True), "call", "phone_known"),
        (ActionFacts("routed", has_phone=True, may_contact=True, call_wished=True), "call", "call_wished"),
        (
            ActionFacts("routed", has_phone=True, may_contact=True, payment_trouble=True),
            "call",
            "payment_trouble",
        ),
        (ActionFacts("routed", has_email=True, may_contact=True), "write", "mail_only"),
        (
            ActionFacts("accepted", has_phone=True, has_email=True, may_contact=True, wrong_number=True),
            "write",
            "wrong_number",
        ),
        (
            ActionFacts("accepted", has_phone=True, may_contact=True, no_answers=2),
            "look_again",
            "tried_often",
        ),
        (
            ActionFacts("routed", has_phone=True, may_contact=True, slot_booked=True),
            "confirm_slot",
            "slot_booked",
        ),
        (ActionFacts("contacted", has_phone=True, may_contact=True), "settle", "was_reached"),
        (ActionFacts("routed", waits_in_thread=True), "message", "waits_in_thread"),
    ],
)
def test_the_next_step_follows_from_what_is_known(facts: ActionFacts, key: str, why: str) -> None:
    found = next_action(facts)

    assert (found.key, found.why) == (key, why)
    assert found.headline == HEADLINES[key] and found.reason == WHY[why]


def test_nobody_is_told_to_call_or_write_without_consent() -> None:
    for phone in (True, False):
        for email in (True, False):
            for slot in (True, False):
                facts = ActionFacts("routed", has_phone=phone, has_email=email, slot_booked=slot)
                assert next_action(facts).key in ("ask_consent", "wait")
