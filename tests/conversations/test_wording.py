"""Letters worded anew: sentence by sentence, with their placeholders, in one language, from the next letter on."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, letters
from app.db import close_reading, session, transaction
from app.i18n import gettext, speaking
from app.letters import TEMPLATES, letter, sentences
from app.wording import Wording
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff, a_recipient

TEMPLATE = "conversations/mail/answer.txt"
PAGE = "/admin/texts/conversations/answer"
FACTS = {"name": "Ada", "agent": "Zhou Min", "words": "Yes.", "link": "https://tarn.example/l"}


@pytest.fixture
def admin(flask_app: Flask, database: None) -> Browser:
    with transaction():
        a_recipient("tarn-online", kind="agent_desk")
        a_member_of_staff("he.yan@tarn.example", "admin", name="He Yan")
    browser = Browser(flask_app.test_client())
    browser.sign_in("he.yan@tarn.example")
    return browser


def field(message_id: str) -> str:
    return f"s{sentences(TEMPLATE).index(message_id)}"


def written(language: str = "en") -> str:
    close_reading()
    return letter(TEMPLATE, "ada@example.com", language, **FACTS).text


def test_a_sentence_worded_anew_stands_in_the_next_letter_of_its_language_only(admin: Browser) -> None:
    answer = admin.post(f"{PAGE}?language=en", {field("%(agent)s writes:"): "A word from %(agent)s:"})

    assert answer.status_code == 303
    assert "A word from Zhou Min:" in written("en")
    assert "A word from" not in written("zh")
    assert "A word from Zhou Min:" in admin.see(f"{PAGE}?language=en")


def test_an_empty_field_gives_the_original_back_and_the_versions_are_kept(admin: Browser) -> None:
    admin.post(f"{PAGE}?language=en", {field("We write:"): "From us:"})

    admin.post(f"{PAGE}?language=en", {field("We write:"): ""})

    close_reading()
    assert [row.text for row in session().scalars(select(Wording).order_by(Wording.id))] == ["From us:", None]
    assert gettext("We write:") == "We write:"


@pytest.mark.parametrize(
    "typed",
    [
        "A word:",
        "%(agent)s and %(name)s",
        "%(agent)s %(agent)",
        "%(agent)s 100%",
        "%(agent)s\nBcc: all",
        "x" * 1_001,
    ],
)
def test_a_sentence_that_would_break_its_letter_is_refused_and_nothing_changes(
    admin: Browser, typed: str
) -> None:
    answer = admin.post(f"{PAGE}?language=en", {field("%(agent)s writes:"): typed})

    assert answer.status_code == 422
    close_reading()
    assert session().scalars(select(Wording)).all() == []
    assert "Zhou Min writes:" in written()


def test_markup_in_a_sentence_is_words(admin: Browser) -> None:
    admin.post(f"{PAGE}?language=en", {field("We write:"): "<script>alert(1)</script>"})

    page = admin.see(f"{PAGE}?language=en")

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_page_is_not_worded_by_a_letter(admin: Browser) -> None:
    admin.post(f"{PAGE}?language=en", {field("We write:"): "From us:"})

    with speaking("en"):
        assert gettext("We write:") == "We write:"


def test_every_letter_of_the_house_can_be_looked_at_in_both_languages(admin: Browser) -> None:
    on_disk = {str(path.relative_to(TEMPLATES)) for path in Path(TEMPLATES).glob("*/mail/*.txt")}

    assert set(letters.samples()) == on_disk
    for template in sorted(on_disk):
        context, _mail, name = template.removesuffix(".txt").split("/")
        for language in ("en", "zh"):
            assert sentences(template)
            admin.see(f"/admin/texts/{context}/{name}?language={language}")


def test_no_label_in_a_chinese_letter_has_a_space_after_its_colon(admin: Browser) -> None:
    written = [
        letters.letter(template, "ada@example.com", "zh", **sample.facts(clock.now())).text
        for template, sample in letters.samples().items()
    ]

    labelled = [line for text in written for line in text.splitlines() if "：" in line]

    assert any(line.startswith("姓名：") for line in labelled)
    assert [line for line in labelled if "： " in line] == []


def test_there_is_no_letter_of_another_name(admin: Browser) -> None:
    admin.see("/admin/texts/conversations/passwords", status=404)
    admin.see(f"{PAGE}?language=fr", status=404)


@pytest.mark.parametrize("typed", ["From us, 100% so:", "%(name)s 100%", "50 %% off, %d:", "%"])
def test_a_percent_sign_in_a_sentence_without_placeholders_breaks_no_letter(
    admin: Browser, typed: str
) -> None:
    admin.post(f"{PAGE}?language=en", {field("We write:"): typed})

    assert "https://tarn.example/l" in written()
