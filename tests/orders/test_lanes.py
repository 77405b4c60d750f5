"""Which appointment stands in which lane: nothing overlaps, nobody is pushed aside, what finds no room is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders import lanes
from orders.lanes import OVERFLOW, Appointment

MORNING = datetime(2026, 12, 8, 0, 0, tzinfo=UTC)
LANES = {"bay": ["bay-1", "bay-2"], "van": ["van-1"]}
ALL = [lane for ours in LANES.values() for lane in ours]


def at(key: str, hour: float, hours: float = 2, kind: str = "bay", chosen: str = OVERFLOW) -> Appointment:
    starts_at = MORNING + timedelta(hours=hour)
    return Appointment(key, kind, starts_at, starts_at + timedelta(hours=hours), chosen)


@st.composite
def days(draw: st.DrawFn) -> list[Appointment]:
    found = draw(
        st.lists(
            st.tuples(
                st.integers(0, 40),
                st.integers(1, 12),
                st.sampled_from(["bay", "van"]),
                st.sampled_from([OVERFLOW, OVERFLOW, *ALL, "gone"]),
            ),
            max_size=14,
        )
    )
    return [
        at(f"{place:03d}", quarter / 4, length / 4, kind, chosen)
        for place, (quarter, length, kind, chosen) in enumerate(found)
    ]


def in_lane(day: Sequence[Appointment], placed: dict[str, str], lane: str) -> list[Appointment]:
    return [one for one in day if placed[one.key] == lane]


@given(days())
def test_nothing_overlaps_in_a_lane_and_everything_is_somewhere(day: list[Appointment]) -> None:
    placed = lanes.assign(day, LANES)

    assert set(placed) == {one.key for one in day}
    for lane in ALL:
        ours = in_lane(day, placed, lane)
        assert not any(a.overlaps(b) for a in ours for b in ours if a.key != b.key)
        assert all(lane in LANES[one.kind] for one in ours)


@given(days())
def test_only_what_really_finds_no_room_overflows(day: list[Appointment]) -> None:
    placed = lanes.assign(day, LANES)

    for one in in_lane(day, placed, OVERFLOW):
        for lane in LANES[one.kind]:
            assert any(one.overlaps(other) for other in in_lane(day, placed, lane))


@given(days(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(day: list[Appointment], chance: object) -> None:
    mixed = list(day)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    assert lanes.assign(mixed, LANES) == lanes.assign(day, LANES)


@given(days(), st.integers(0, 40), st.integers(1, 12))
def test_a_later_appointment_moves_nobody(day: list[Appointment], quarter: int, length: int) -> None:
    before = lanes.assign(day, LANES)

    after = lanes.assign([*day, at("999", quarter / 4, length / 4)], LANES)

    assert {key: lane for key, lane in after.items() if key != "999"} == before


@given(days())
def test_the_overflow_is_drawn_in_rows_without_overlap(day: list[Appointment]) -> None:
    drawn = lanes.rows(day)

    assert sorted(one.key for row in drawn for one in row) == sorted(one.key for one in day)
    for row in drawn:
        assert not any(a.overlaps(b) for a in row for b in row if a.key != b.key)


def test_one_after_the_other_share_a_lane() -> None:
    placed = lanes.assign([at("a", 8), at("b", 10)], LANES)

    assert placed == {"a": "bay-1", "b": "bay-1"}


def test_a_chosen_lane_counts_and_the_first_free_one_otherwise() -> None:
    placed = lanes.assign([at("a", 8), at("b", 9, chosen="bay-1")], LANES)

    assert placed == {"a": "bay-2", "b": "bay-1"}


def test_when_all_are_taken_it_overflows() -> None:
    placed = lanes.assign([at("a", 8), at("b", 9), at("c", 9.5)], LANES)

    assert placed["c"] == OVERFLOW


def test_a_choice_of_a_lane_of_another_kind_is_no_choice() -> None:
    assert lanes.assign([at("a", 8, chosen="van-1")], LANES) == {"a": "bay-1"}


def test_the_free_lanes_are_those_it_could_move_to() -> None:
    day = [at("a", 8), at("b", 9), at("c", 12)]
    placed = lanes.assign(day, LANES)

    assert lanes.free_lanes(day[0], day, placed, LANES["bay"]) == []
    assert lanes.free_lanes(day[2], day, placed, LANES["bay"]) == ["bay-2"]
