"""Input becomes typed values, or a sentence per field with everything as it was typed."""

import uuid

import pytest
from werkzeug.datastructures import MultiDict

from app.forms import ClientKey, Email, Form, LongText, PersonName, PhoneNumber, Ticked, parse
from app.i18n import speaking


class Contact(Form):
    name: PersonName
    email: Email
    phone: PhoneNumber | None = None
    answer_me: Ticked = False
    key: ClientKey | None = None
    words: LongText | None = None


GOOD = {"name": "Lin Yue", "email": "lin@example.com"}


def test_good_input_arrives_typed() -> None:
    state = parse(
        Contact, MultiDict({**GOOD, "phone": "138 0571 4420", "answer_me": "on", "csrf_token": "x"})
    )

    contact = state.get()
    assert contact.phone == "+8613805714420"
    assert contact.answer_me is True


@pytest.mark.parametrize("name", ["O'Brien & Söhne <x>", "林悦", "X", "أحمد", "Zoë 🌊", "Jean-Luc d’Arc"])
def test_a_name_is_whatever_a_person_is_called(name: str) -> None:
    assert parse(Contact, {**GOOD, "name": name}).get().name == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "   "), ("name", "x" * 81), ("name", "Lin\nBcc: all@example.com"), ("name", "a\x00b"),
        ("email", "lin"), ("email", "lin@example.com\nBcc: b@c.de"), ("email", "a@b@c.de"), ("email", "lin@" + "x" * 300),
        ("phone", "12"), ("phone", "+000"), ("phone", "call me"), ("key", "not-a-uuid"), ("price_minor", "1"),
        ("words", "x" * 2001), ("words", "a\x07"),
    ],
)  # fmt: skip
def test_what_does_not_fit_gets_a_sentence_and_is_shown_again(field: str, value: str) -> None:
    state = parse(Contact, MultiDict({**GOOD, field: value}))

    assert not state.ok
    assert list(state.errors) == [field]
    assert state.values["name" if field == "email" else "email"]


def test_several_faults_are_all_named() -> None:
    state = parse(Contact, {"name": "", "email": "x"})

    assert set(state.errors) == {"name", "email"}


def test_a_refusal_speaks_the_readers_language() -> None:
    with speaking("zh"):
        state = parse(Contact, {**GOOD, "email": "lin"})

    assert "@" in state.errors["email"]
    assert "Write" not in state.errors["email"]


def test_the_last_of_a_repeated_field_counts() -> None:
    state = parse(Contact, MultiDict([("name", "Ada"), ("name", "Cleo"), ("email", "c@example.com")]))

    assert state.get().name == "Cleo"


def test_a_client_key_is_a_uuid() -> None:
    key = uuid.uuid4()

    assert parse(Contact, {**GOOD, "key": str(key)}).get().key == key


@pytest.mark.parametrize("name", ["\u202eadA", "Ada \u2066x", "\u200b\u200b", "\u00a0\u200d"])
def test_a_name_that_turns_the_line_or_shows_nothing_is_refused(name: str) -> None:
    state = parse(Contact, {"name": name, "email": "ada@example.com"})

    assert set(state.errors) == {"name"}
