"""When somebody counts as stuck, as plain values."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from conversations.stall_rules import Facts, Limits, Met, Stuck, stuck

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LIMITS = Limits()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def step(name: str, seconds_ago: float) -> Met:
    return Met(ago(seconds_ago), "step", name)


def refused(field: str, seconds_ago: float, at_step: str = "contact") -> Met:
    return Met(ago(seconds_ago), "refused", at_step, field)


def declined(seconds_ago: float) -> Met:
    return Met(ago(seconds_ago), "declined", "pay", "card_declined")


def empty(seconds_ago: float) -> Met:
    return Met(ago(seconds_ago), "empty_search", "stock")


def of(
    *met: Met, acted: float | None = None, seen: float | None = 5, is_ordered: bool = False
) -> Stuck | None:
    facts = Facts(
        met,
        ago(acted) if acted is not None else None,
        ago(seen) if seen is not None else None,
        is_ordered,
    )
    return stuck(facts, NOW, LIMITS)


TO_AND_FRO = ("contact", "handover", "contact", "handover", "contact", "handover", "contact")


@pytest.mark.parametrize(
    ("met", "reason", "times"),
    [
        ([step("contact", 90)], "no_progress", 1),
        ([step("review", 400)], "no_progress", 1),
        ([step("contact", 60), refused("phone", 40), refused("phone", 20)], "refused_field", 2),
        ([step("pay", 60), declined(50), declined(20)], "declined", 2),
        ([step(name, 70 - 10 * n) for n, name in enumerate(TO_AND_FRO)], "back_and_forth", 3),
        ([empty(60), empty(20)], "empty_search", 2),
    ],
)
def test_each_rule_finds_its_trouble(met: Sequence[Met], reason: str, times: int) -> None:
    found = of(*met)

    assert found is not None
    assert (found.reason, found.times) == (reason, times)


@pytest.mark.parametrize(
    "met",
    [
        [],
        [step("contact", 89)],
        [step("contact", 60), refused("phone", 40)],
        [step("contact", 60), refused("phone", 40), refused("email", 20)],
        [step("contact", 80), refused("phone", 70), step("handover", 60), refused("phone", 20, "handover")],
        [step("pay", 60), declined(50)],
        [step("contact", 60), step("handover", 50), step("contact", 40), step("handover", 20)],
        [step("contact", 60), step("contact", 50), step("contact", 40), step("contact", 20)],
        [empty(20)],
        [empty(60), empty(50), step("contact", 20)],
        [refused("phone", 1500), refused("phone", 1400), step("review", 20)],
    ],
)
def test_short_of_a_rule_nobody_is_stuck(met: Sequence[Met]) -> None:
    assert of(*met) is None


def test_going_on_ends_the_trouble_of_the_step_before() -> None:
    trouble = [step("contact", 80), refused("phone", 60), refused("phone", 50)]

    assert of(*trouble) is not None
    assert of(*trouble, step("handover", 20)) is None


def test_work_in_the_cart_counts_as_progress() -> None:
    assert of(step("handover", 200), acted=30) is None
    assert of(step("handover", 200), acted=95) is not None


def test_a_page_that_nobody_looks_at_any_more_is_left_and_not_stuck() -> None:
    assert of(step("contact", 200), seen=80) is None
    assert of(step("contact", 200), seen=60) is not None


def test_without_script_the_last_request_tells_for_three_minutes() -> None:
    assert of(step("contact", 170), seen=None) is not None
    assert of(step("contact", 190), seen=None) is None


def test_a_bank_may_tell_of_somebody_who_is_on_the_hosted_page() -> None:
    found = of(step("review", 300), declined(60), declined(10), seen=120)

    assert found == Stuck("pay", "declined", ago(60), 2, "card_declined")


def test_whoever_has_ordered_is_not_stuck() -> None:
    assert of(step("pay", 300), declined(60), declined(10), is_ordered=True) is None


def test_the_newest_refused_field_is_told_and_since_when() -> None:
    found = of(
        step("contact", 100),
        refused("email", 90),
        refused("email", 80),
        refused("phone", 70),
        refused("phone", 60),
        refused("phone", 20),
    )

    assert found == Stuck("contact", "refused_field", ago(70), 3, "phone")


def test_limits_are_data() -> None:
    patient = Limits.of(
        {"no_progress_s": 300, "refusals": 5, "declines": 3, "returns": 9, "empty_searches": 9}
    )
    facts = Facts([step("contact", 200), refused("phone", 150), refused("phone", 100)], None, ago(5))

    assert stuck(facts, NOW, patient) is None
    assert stuck(facts, NOW, LIMITS) is not None
