"""A drawn signature is strokes of points in a field, or it is refused: rules on plain values."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import ink
from orders.ink import HEIGHT, WIDTH, Ink
from orders.refusals import SignatureNeeded, SignatureNotRead, SignatureTooShort

POINT = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))


def test_strokes_become_a_path_and_stay_what_they_were() -> None:
    read = ink.parse("[[[10,20],[300,120]],[[5,5]]]")

    assert read.path == "M10 20L300 120 M5 5L6 5"
    assert Ink.of(read.kept) == read


@given(st.lists(st.lists(POINT, min_size=1, max_size=30), min_size=1, max_size=10))
def test_whatever_is_read_is_kept_exactly(strokes: list[list[tuple[int, int]]]) -> None:
    try:
        read = ink.parse(json.dumps(strokes))
    except SignatureTooShort:
        return

    assert [list(stroke) for stroke in read.strokes] == strokes


@pytest.mark.parametrize("sent", [None, "", "  ", "[]"])
def test_nothing_drawn_is_no_signature(sent: str | None) -> None:
    with pytest.raises(SignatureNeeded):
        ink.parse(sent)


@pytest.mark.parametrize("sent", ["[[[10,10]]]", "[[[10,10],[12,11]]]", "[[[1,1]],[[600,200]]]"])
def test_a_dot_is_no_signature(sent: str) -> None:
    with pytest.raises(SignatureTooShort):
        ink.parse(sent)


@pytest.mark.parametrize(
    "strokes",
    [
        {"a": 1},
        [1, 2],
        [[]],
        [[[1]]],
        [[[1, 2, 3]]],
        [[["1", 2]]],
        [[[1.5, 2]]],
        [[[True, 2]]],
        [[[None, 2]]],
        [[[-1, 2], [300, 2]]],
        [[[601, 2], [300, 2]]],
        [[[1, 201], [300, 2]]],
        [[[1, 1], [300, 2]]] * 81,
        [[[1, 1], [300, 2]] * 2_001],
    ],
)
def test_what_is_not_strokes_in_the_field_is_refused(strokes: Any) -> None:
    with pytest.raises(SignatureNotRead):
        ink.parse(json.dumps(strokes))


@pytest.mark.parametrize("sent", ["{", "<svg onload=alert(1)>", "[" * 50_000, "[[[NaN,1]]]", "9" * 60_001])
def test_what_is_no_list_at_all_is_refused(sent: str) -> None:
    with pytest.raises(SignatureNotRead):
        ink.parse(sent)
