"""Answers kept ready: what is put in, which three are near, and who may change them."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from conversations import canned, demo_answers
from conversations.canned import CannedAnswer
from conversations.models import Conversation
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff

FORM = {"key": "tow", "language": "en", "title": "Towing", "body": "It tows 750 kg, {name}.", "position": "5"}


def count() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(CannedAnswer)) or 0


def an_answer(
    key: str, family: str | None = None, step: str | None = None, position: int = 100
) -> CannedAnswer:
    return CannedAnswer(
        key=key, family=family, step=step, language="en", title=key, body=key, position=position
    )


@pytest.fixture
def admin(flask_app: Flask, house: None) -> Browser:
    with transaction():
        a_member_of_staff("admin@tarn.example", role="admin", name="Wen Bo")
    browser = Browser(flask_app.test_client())
    browser.sign_in("admin@tarn.example")
    return browser


def test_what_is_known_is_put_in_and_the_rest_stays_to_be_seen() -> None:
    assert canned.fill("{name}, see {url} at {dealer}", {"name": "Lin", "url": "/x", "dealer": ""}) == (
        "Lin, see /x at {dealer}"
    )


def test_the_three_that_fit_best_stand_first() -> None:
    kept = [
        an_answer("general"),
        an_answer("family", "vehicle_new", position=3),
        an_answer("step", step="pay", position=9),
        an_answer("both", "vehicle_new", "pay"),
        an_answer("elsewhere", "credits"),
        an_answer("later", step="cart"),
    ]

    three = canned.suggested(kept, "vehicle_new", "pay")

    assert [one.key for one in three] == ["both", "step", "family"]


def test_an_admin_adds_changes_and_removes_one(admin: Browser) -> None:
    assert admin.post("/agent/answers", FORM).status_code == 303
    kept = session().scalars(select(CannedAnswer)).one()
    changed = admin.post(
        f"/agent/answers/{kept.public_id}", FORM | {"title": "Trailers", "family": "vehicle_new"}
    )
    assert changed.status_code == 303
    close_reading()
    assert session().scalars(select(CannedAnswer.title)).one() == "Trailers"
    assert "Trailers" in admin.see("/agent/answers")
    assert "It tows 750 kg" in admin.see(f"/agent/answers/{kept.public_id}")

    assert admin.post(f"/agent/answers/{kept.public_id}/removal", {}).status_code == 303
    assert count() == 0


def test_a_preview_shows_it_as_read_and_keeps_nothing(admin: Browser) -> None:
    shown = admin.post("/agent/answers", FORM | {"preview": "1"}).get_data(as_text=True)

    assert "It tows 750 kg, Lin Yue." in shown and count() == 0


@pytest.mark.parametrize(
    ("changed", "field", "why"),
    [
        ({"body": ""}, "body", "Fill this in."),
        ({"body": "Hello {nmae}"}, "body", "Nothing is put in for {nmae}."),
        ({"body": "x" * 2001}, "body", "2000"),
        ({"key": "Two words"}, "key", "Choose one of the options"),
        ({"language": "fr"}, "language", "Choose one of the options"),
        ({"position": "first"}, "position", "whole number"),
        ({"title": "x" * 61}, "title", "60"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    admin: Browser, changed: dict[str, str], field: str, why: str
) -> None:
    refused = admin.post("/agent/answers", FORM | changed)

    html = refused.get_data(as_text=True)
    assert refused.status_code == 422 and f'id="{field}-error"' in html and why in html
    assert count() == 0


def test_one_word_is_one_answer_in_a_language(admin: Browser) -> None:
    admin.post("/agent/answers", FORM)

    assert admin.post("/agent/answers", FORM).status_code == 422
    assert admin.post("/agent/answers", FORM | {"language": "zh"}).status_code == 303
    assert count() == 2


def test_agents_read_them_and_change_none(agent: Browser, ada: Browser) -> None:
    with transaction():
        demo_answers.plant(clock.now())
    before = count()

    assert "/hello" in agent.see("/agent/answers")
    assert agent.post("/agent/answers", FORM).status_code == 403
    kept = session().scalars(select(CannedAnswer).limit(1)).one()
    assert agent.client.get(f"/agent/answers/{kept.public_id}").status_code == 403
    assert agent.post(f"/agent/answers/{kept.public_id}/removal", {}).status_code == 403
    assert count() == before


def test_one_is_put_into_the_field_in_the_buyers_language_without_script(
    ada: Browser, agent: Browser
) -> None:
    with transaction():
        demo_answers.plant(clock.now())
        kept = told(key="hello", language="en")
    ada.ask(name="Ada Buys")
    close_reading()
    here = f"/agent/conversations/{session().scalars(select(Conversation)).one().public_id}"

    html = agent.see(here)
    filled = agent.see(f"{here}?answer={kept.public_id}")

    assert html.count('data-key="1"') == 1 and "Hello Ada Buys, I am looking" in html
    assert "你好" not in html
    found = re.search(r"<textarea[^>]*>([^<]*)</textarea>", filled)
    assert found and found[1].startswith("Hello Ada Buys")


def test_markup_in_one_is_words(admin: Browser) -> None:
    admin.post("/agent/answers", FORM | {"title": "<b>x</b>", "body": "<script>1</script>"})

    html = admin.see("/agent/answers")
    assert "<script>1" not in html and "&lt;b&gt;x" in html


def told(**named: Any) -> CannedAnswer:
    return session().scalars(select(CannedAnswer).filter_by(**named)).one()


def test_the_demo_speaks_both_languages(house: None) -> None:
    with transaction():
        demo_answers.plant(clock.now())

    keys = {language: {one.key for one in CannedAnswer.listed(language)} for language in ("en", "zh")}
    assert keys["en"] == keys["zh"] and len(keys["en"]) >= 10
