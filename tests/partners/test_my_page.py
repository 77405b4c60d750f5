"""One's own page: name, language, password, sign-ins, and the place that is looked at."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import clock
from app.db import session, statement_count, transaction
from app.sessions import SEEN_EVERY, AuthSession
from partners import places
from partners.models import Recipient
from tests.partners.builders import PASSWORD, a_member_of_staff, a_recipient
from tests.partners.colleagues import Colleague, facts, hire, live_sessions, nobody_tried_before, who

BEN = "ben@tarn.example"
NEW = "another-long-secret"
FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def west() -> Recipient:
    with transaction():
        return a_recipient("west-lake", name="Tarn West Lake")


@pytest.fixture
def ben(flask_app: Flask, west: Recipient) -> Iterator[Colleague]:
    yield hire(flask_app, BEN, "dealer", recipient=west)


def change(browser: Colleague, password: str = PASSWORD, new: str = NEW) -> int:
    return browser.post("/staff/me/password", on="/staff/me", password=password, new_password=new).status_code


def test_a_new_name_shows_with_the_next_page_everywhere(flask_app: Flask, ben: Colleague) -> None:
    elsewhere = Colleague(flask_app)
    elsewhere.sign_in(BEN)

    answer = ben.post("/staff/me", on="/staff/me", name="Benjamin Sells", language="en")

    assert answer.headers["Location"] == "/en/staff/me"
    assert "Sign out Benjamin Sells" in elsewhere.see("/staff/me")
    assert who(BEN).name == "Benjamin Sells"


def test_a_name_with_markup_is_shown_as_it_is_written(ben: Colleague) -> None:
    ben.post("/staff/me", on="/staff/me", name="<b>Ben</b>", language="en")

    html = ben.see("/staff/me")

    assert "<b>Ben</b>" not in html
    assert "&lt;b&gt;Ben&lt;/b&gt;" in html


def test_a_changed_password_ends_every_other_sign_in(flask_app: Flask, ben: Colleague) -> None:
    elsewhere = Colleague(flask_app)
    elsewhere.sign_in(BEN)

    assert change(ben) == 303

    assert ben.is_in() and not elsewhere.is_in()
    assert Colleague(flask_app).sign_in(BEN).status_code == 422
    assert Colleague(flask_app).sign_in(BEN, NEW).status_code == 303
    assert facts("partners.staff_password_changed")[0].sessions_ended == 1


@pytest.mark.parametrize(
    ("password", "new"), [("not-my-password", NEW), (PASSWORD, "short"), (PASSWORD, ""), ("", NEW)]
)
def test_a_password_that_does_not_fit_changes_nothing(
    flask_app: Flask, ben: Colleague, password: str, new: str
) -> None:
    elsewhere = Colleague(flask_app)
    elsewhere.sign_in(BEN)

    assert change(ben, password, new) == 422

    assert who(BEN).check_password(PASSWORD)
    assert ben.is_in() and elsewhere.is_in()
    assert facts("partners.staff_password_changed") == []


def test_guessing_the_old_password_is_slowed(ben: Colleague) -> None:
    assert [change(ben, "not-my-password") for _ in range(6)] == [422] * 5 + [429]


def test_sign_ins_are_listed_with_their_device_and_ended_one_by_one(flask_app: Flask, ben: Colleague) -> None:
    elsewhere = Colleague(flask_app)
    elsewhere.client.environ_base["HTTP_USER_AGENT"] = FIREFOX["User-Agent"]
    elsewhere.sign_in(BEN)
    assert "Firefox, Windows" in ben.see("/staff/me")
    there = next(row for row in live_sessions(BEN) if row.device)

    assert ben.post("/staff/me/sessions/end", on="/staff/me", session=str(there.id)).status_code == 303

    assert ben.is_in() and not elsewhere.is_in()


def test_all_others_end_together(flask_app: Flask, ben: Colleague) -> None:
    others = [Colleague(flask_app) for _ in range(2)]
    for other in others:
        other.sign_in(BEN)

    ben.post("/staff/me/sessions/end", on="/staff/me")

    assert ben.is_in() and not any(other.is_in() for other in others)
    assert facts("partners.staff_signed_out")[0].sessions_ended == 2


def test_nobody_ends_the_sign_in_of_somebody_else(flask_app: Flask, ben: Colleague) -> None:
    cleo = hire(flask_app, "cleo@tarn.example", "agent")
    (hers,) = live_sessions("cleo@tarn.example")

    assert ben.post("/staff/me/sessions/end", on="/staff/me", session=str(hers.id)).status_code == 404

    assert cleo.is_in() and ben.is_in()
    assert facts("partners.staff_signed_out") == []


def test_the_last_use_is_noted_now_and_then(ben: Colleague) -> None:
    long_ago = clock.now() - timedelta(hours=1)
    with transaction():
        session().execute(update(AuthSession).values(seen_at=long_ago))

    ben.see("/staff/me")

    (row,) = live_sessions(BEN)
    assert row.seen_at is not None and clock.now() - row.seen_at < SEEN_EVERY
    with statement_count() as count:
        ben.see("/staff/me")
        once = count()
        ben.see("/staff/me")
    assert count() == 2 * once <= 16


def test_somebody_with_two_places_looks_at_one_or_all(flask_app: Flask, west: Recipient) -> None:
    with transaction():
        binjiang = a_recipient("binjiang", name="Tarn Binjiang")
        a_member_of_staff(BEN, recipient=west)
        a_member_of_staff(BEN, recipient=binjiang)
    ben = Colleague(flask_app)
    ben.sign_in(BEN)

    def shown() -> tuple[list[str], object]:
        cookie = ben.client.get_cookie("forecourt")
        assert cookie is not None
        with flask_app.test_request_context(headers={"Cookie": f"forecourt={cookie.value}"}):
            from app import sessions

            principal = sessions.current().staff
            assert principal is not None
            return [place.name for place in places.places_of(principal)], places.shown_to(principal)

    assert shown() == (["Tarn Binjiang", "Tarn West Lake"], who_places(BEN))
    answer = ben.post("/staff/place", on="/staff/me", place=west.public_id, next="/dealer?view=day")
    assert answer.headers["Location"] == "/dealer?view=day"
    assert shown()[1] == (west.id,)
    ben.post("/staff/place", on="/staff/me")
    assert shown()[1] == who_places(BEN)


def who_places(email: str) -> tuple[object, ...]:
    return tuple(role.recipient_id for role in who(email).roles)


def test_a_place_of_others_cannot_be_chosen(ben: Colleague) -> None:
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang")

    assert ben.post("/staff/place", on="/staff/me", place=other.public_id).status_code == 404

    (row,) = live_sessions(BEN)
    assert row.place_id is None


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_choosing_a_place_leads_nowhere_else(ben: Colleague, west: Recipient, path: str) -> None:
    answer = ben.post("/staff/place", on="/staff/me", place=west.public_id, next=path)

    assert answer.headers["Location"] == "/dealer"
