"""Times in buckets: what comes out is what went in, to within five per cent."""

import random

import pytest

from insights.drawing import BOTTOM, TOP, draw, heat
from insights.spread import bucket_of, quantile_s


def spread(*seconds: float) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in seconds:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    return counts


@pytest.mark.parametrize("seconds", [0, 1, 48, 63, 125, 3_600, 86_400])
def test_one_time_comes_back_within_five_per_cent(seconds: float) -> None:
    found = quantile_s(spread(seconds), 0.5)

    assert found is not None
    assert abs((found + 1) / (seconds + 1) - 1) < 0.051


def test_the_median_and_the_slowest_tenth_of_many_are_those_of_the_list() -> None:
    dice = random.Random(7)
    times = sorted(dice.expovariate(1 / 90) for _ in range(2_001))

    counts = spread(*times)

    for share in (0.5, 0.9):
        found = quantile_s(counts, share)
        assert found is not None
        assert abs((found + 1) / (times[int(share * 2_000)] + 1) - 1) < 0.06


def test_nothing_has_no_median() -> None:
    assert quantile_s({}, 0.5) is None


def test_two_hours_add_up_to_the_spread_of_both() -> None:
    first, second = spread(10, 20, 30), spread(1_000, 2_000)

    both = {bucket: first.get(bucket, 0) + second.get(bucket, 0) for bucket in {*first, *second}}

    assert both == spread(10, 20, 30, 1_000, 2_000)


def test_a_line_breaks_where_nobody_was_answered_and_a_lonely_hour_is_a_dot() -> None:
    lines = draw([60, None, 30, 40], [90, None, 60, 120])

    assert lines.typical.count("M") == 2
    assert lines.typical.count("L") == 1
    assert [dot.index for dot in lines.dots] == [0, 0]
    assert lines.worst is not None
    assert (lines.worst.index, lines.worst.seconds) == (3, 120)


def test_every_point_lies_between_the_lowest_and_the_highest_line() -> None:
    for most in (1, 7, 59, 61, 3_000, 90_000, 1_000_000):
        lines = draw([most / 2, most], [most, most])
        heights = [line.y for line in lines.grid]

        assert min(heights) >= TOP
        assert max(heights) == BOTTOM
        assert lines.grid[-1].seconds >= most


def test_an_empty_day_draws_no_line() -> None:
    lines = draw([None, None], [None, None])

    assert (lines.typical, lines.slow, lines.dots, lines.worst) == ("", "", (), None)


@pytest.mark.parametrize(
    ("value", "most", "shade"), [(0, 10, 0), (1, 10, 1), (5, 10, 3), (10, 10, 6), (1, 1, 6)]
)
def test_the_shade_grows_with_the_share(value: int, most: int, shade: int) -> None:
    assert heat(value, most) == shade
