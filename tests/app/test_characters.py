"""The initials of a person: made in one place, for names of any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.characters import clusters, initials

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Wang Ke", "WK"),
        ("ada maria buys", "AB"),
        ("Ada", "A"),
        ("a", "A"),
        ("Seán O'Brien", "SO"),
        ("\u2019t Hooft", "TH"),
        ("\u201cAda\u201d (Buys)", "AB"),
        ("E\u0301milie Zola", "E\u0301Z"),
        ("ßeta", "ß"),
        ("Zoë 👍🏽", "Z"),
        ("Visitor 7f2c", "V"),
        ("陈昊", "陈"),
        ("欧阳 娜娜", "欧"),
        ("Анна Каренина", "АК"),
        ("محمد علي", "م"),
        ("שרה כהן", "ש"),
        ("김민준", "김"),
        (FAMILY + " " + FAMILY, FAMILY),
        ("👍🏽", "👍🏽"),
        ("--", "-"),
        ("", "·"),
        ("   ", "·"),
    ],
)
def test_a_disc_shows_what_a_reader_takes_for_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


@given(st.text(max_size=200))
def test_a_disc_never_holds_more_than_two_characters_and_is_never_empty(name: str) -> None:
    assert 1 <= len(clusters(initials(name))) <= 2
