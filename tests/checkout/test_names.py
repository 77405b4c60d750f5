"""Names in a shared cart: any script, any sign, counted as a reader counts, and nothing that steers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.characters import clusters
from app.forms import TURNING
from checkout import names
from checkout.sharing_forms import OwnName

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Chen Hao", "Chen Hao"),
        ("  陈  昊 ", "陈 昊"),
        ("שרה", "שרה"),
        ("محمد", "محمد"),
        ("O'Brien <b>", "O'Brien <b>"),
        (FAMILY, FAMILY),
        ("👍🏽", "👍🏽"),
        ("Ada\u202egnp.exe", "Adagnp.exe"),
        ("A\u2066d\u2069a\u200f", "Ada"),
        ("A\x07d\x00a", "Ada"),
        ("A\nda", "A da"),
        ("e\u0301", "é"),
    ],
)
def test_a_name_is_kept_without_what_steers(typed: str, kept: str) -> None:
    assert names.told(typed) == kept


@pytest.mark.parametrize("typed", ["", " ", "\u202e", "\u200b\u200d", "\x00\x01", "\u0301", "\ufe0f"])
def test_nothing_to_be_seen_is_no_name(typed: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(OwnName).validate_python(typed)


def test_forty_characters_are_counted_as_a_reader_counts_them() -> None:
    assert names.told(FAMILY * 40) == FAMILY * 40
    assert len(clusters(FLAG * 3)) == 3
    with pytest.raises(ValueError, match="Shorten"):
        names.told("x" * 41)
    with pytest.raises(ValueError, match="Shorten"):
        names.told(FAMILY * 41)


def test_marks_do_not_pile_up() -> None:
    assert len(names.told("Z" + "\u0335" * 300)) == 1 + names.MOST_MARKS


@given(st.text(max_size=200))
def test_whatever_is_typed_is_refused_or_harmless(typed: str) -> None:
    try:
        kept = names.told(typed)
    except ValueError:
        return

    assert not set(kept) & TURNING
    assert kept.isprintable() or set(kept) <= {*kept, "\u200c", "\u200d"}
    assert 1 <= len(clusters(kept)) <= names.LONGEST
    assert "".join(clusters(kept)) == kept
