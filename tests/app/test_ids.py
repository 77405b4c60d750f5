"""Ids are version 7, unique, and stand in the order in which they were made."""

from app import ids


def test_ids_of_one_process_stand_in_their_order_even_within_a_millisecond() -> None:
    made = [ids.uuid7() for _ in range(20_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
