"""The second factor: a code after the password, used once, with ten on paper for a lost phone."""

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from partners import second_factor
from partners.models import RecoveryCode, SecondFactor
from partners.second_factor import CodeRefused
from partners.steps import SignInStep
from tests.partners.builders import PASSWORD
from tests.partners.colleagues import (
    Colleague,
    Phone,
    facts,
    hire,
    live_sessions,
    nobody_tried_before,
    who,
    with_a_phone,
)

MIN = "min@tarn.example"
CODE = "/staff/sign-in/code"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def min_(flask_app: Flask) -> Iterator[Colleague]:
    yield hire(flask_app, MIN, "agent", name="Zhou Min")


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production."""
    monkeypatch.setitem(second_factor.REQUIRED_FOR, "demo", frozenset({"admin"}))


def factor_of(email: str) -> SecondFactor:
    staff_id = who(email).id
    found = session().get(SecondFactor, staff_id)
    assert found is not None
    return found


def send_code(browser: Colleague, code: str) -> int:
    return browser.post(CODE, on=CODE, code=code).status_code


def test_after_the_password_the_code_is_asked_for(flask_app: Flask, min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    browser = Colleague(flask_app)

    asked = browser.sign_in(MIN, next="/leads")

    assert asked.headers["Location"].endswith(CODE)
    assert not browser.is_in()
    html = browser.see(CODE)
    assert 'autocomplete="one-time-code"' in html
    answer = browser.post(CODE, on=CODE, code=phone.code())
    assert answer.headers["Location"] == "/leads"
    assert browser.is_in()
    assert facts("partners.staff_signed_in")[-1].by == "code"


def test_a_code_counts_once(flask_app: Flask, min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    code = phone.code()
    first, second = Colleague(flask_app), Colleague(flask_app)
    first.sign_in(MIN)
    assert send_code(first, code) == 303
    second.sign_in(MIN)

    assert send_code(second, code) == 422

    assert not second.is_in()
    assert len(live_sessions(MIN)) == 2
    assert facts("partners.staff_sign_in_failed")[-1].why == "code"


def test_two_requests_with_one_code_sign_in_once(min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    code, staff_id = phone.code(), who(MIN).id
    ready, outcomes = threading.Barrier(4), []

    def take() -> None:
        ready.wait(5)
        try:
            with transaction():
                outcomes.append(second_factor.take(staff_id, code, clock.now()))
        except CodeRefused:
            outcomes.append("refused")
        finally:
            close_reading()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(outcomes) == ["code", "refused", "refused", "refused"]


@pytest.mark.parametrize("code", ["000000", "12345", "abcdef", "１２３４５６", "1" * 40, "' OR 1=1 --"])
def test_a_wrong_code_lets_nobody_in(flask_app: Flask, min_: Colleague, code: str) -> None:
    with_a_phone(min_, MIN)
    browser = Colleague(flask_app)
    browser.sign_in(MIN)

    answer = browser.post(CODE, on=CODE, code=code)

    assert answer.status_code == 422
    assert "does not fit" in answer.get_data(as_text=True)
    assert code not in answer.get_data(as_text=True) or not code.strip("1")
    assert not browser.is_in()


def test_five_wrong_codes_end_the_step(flask_app: Flask, min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    browser = Colleague(flask_app)
    browser.sign_in(MIN)

    assert [send_code(browser, "000000") for _ in range(5)] == [422] * 5

    token_page = browser.client.get(CODE)
    assert token_page.status_code == 401
    assert "Begin again with your password" in token_page.get_data(as_text=True)
    assert browser.post(CODE, code=phone.code()).status_code == 401
    assert not browser.is_in()
    assert facts("partners.staff_sign_in_failed")[-1].why == "tries"


def test_guessing_on_and_on_is_answered_with_a_wait(flask_app: Flask, min_: Colleague) -> None:
    with_a_phone(min_, MIN)
    nobody_tried_before()
    browser = Colleague(flask_app)
    answers = []

    for _ in range(3):
        browser.sign_in(MIN)
        answers += [
            send_code(browser, "000000") for _ in range(5) if browser.client.get(CODE).status_code == 200
        ]

    assert answers.count(422) == 10
    assert 429 in answers


def test_a_paper_code_works_once(flask_app: Flask, min_: Colleague) -> None:
    _phone, paper = with_a_phone(min_, MIN)
    browser = Colleague(flask_app)
    browser.sign_in(MIN)

    assert send_code(browser, paper[3].upper().replace("-", " ")) == 303

    assert browser.is_in()
    assert facts("partners.staff_signed_in")[-1].by == "recovery_code"
    again = Colleague(flask_app)
    again.sign_in(MIN)
    assert send_code(again, paper[3]) == 422
    assert not again.is_in()
    assert RecoveryCode.left(who(MIN).id) == 9


def test_codes_and_secret_stand_in_no_clear_text(min_: Colleague) -> None:
    phone, paper = with_a_phone(min_, MIN)

    assert phone.app.secret.encode() not in factor_of(MIN).secret
    kept = b"".join(row.code_hash for row in session().scalars(select(RecoveryCode)))
    assert not any(code.encode() in kept for code in paper)
    told = " ".join(str(row.payload) for row in session().scalars(select(EventRow)))
    assert phone.app.secret not in told and not any(code in told for code in paper)


def test_new_paper_makes_the_old_worthless(flask_app: Flask, min_: Colleague) -> None:
    _phone, paper = with_a_phone(min_, MIN)

    answer = min_.post("/staff/me/second-factor/codes", on="/staff/me", password=PASSWORD)

    fresh = re.findall(r"<code>([a-z0-9-]{11})</code>", answer.get_data(as_text=True))
    assert len(fresh) == 10 and not set(fresh) & set(paper)
    assert answer.headers["Cache-Control"] == "no-store"
    browser = Colleague(flask_app)
    browser.sign_in(MIN)
    assert send_code(browser, paper[0]) == 422
    assert send_code(browser, fresh[0]) == 303


def test_setting_up_takes_the_password(min_: Colleague) -> None:
    answer = min_.post("/staff/me/second-factor", on="/staff/me", password="not-my-password")

    assert answer.status_code == 422
    staff_id = who(MIN).id
    assert session().get(SecondFactor, staff_id) is None
    assert min_.client.get("/staff/me/second-factor").status_code == 303
    assert min_.client.get("/staff/me/second-factor.svg").status_code == 404


def test_what_was_begun_counts_for_nothing_until_the_first_code(flask_app: Flask, min_: Colleague) -> None:
    min_.post("/staff/me/second-factor", on="/staff/me", password=PASSWORD)
    browser = Colleague(flask_app)

    answer = browser.sign_in(MIN)

    assert answer.headers["Location"] == "/agent"
    assert (
        min_.post("/staff/me/second-factor/code", on="/staff/me/second-factor", code="000000").status_code
        == 422
    )
    assert factor_of(MIN).confirmed_at is None


def test_the_picture_is_an_image_that_nothing_keeps(min_: Colleague) -> None:
    min_.post("/staff/me/second-factor", on="/staff/me", password=PASSWORD)

    picture = min_.client.get("/staff/me/second-factor.svg")

    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    svg = picture.get_data(as_text=True)
    assert svg.startswith("<svg") and "style=" not in svg and "<script" not in svg


def test_taking_it_away_needs_the_password(flask_app: Flask, min_: Colleague) -> None:
    with_a_phone(min_, MIN)
    path = "/staff/me/second-factor/remove"

    assert min_.post(path, on="/staff/me", password="not-my-password").status_code == 422
    assert factor_of(MIN).confirmed_at is not None

    assert min_.post(path, on="/staff/me", password=PASSWORD).status_code == 303
    assert Colleague(flask_app).sign_in(MIN).headers["Location"] == "/agent"
    assert RecoveryCode.left(who(MIN).id) == 0


@pytest.mark.usefixtures("required")
def test_where_it_is_due_an_admin_sets_it_up_before_anything_opens(flask_app: Flask) -> None:
    from tests.partners.builders import a_member_of_staff

    with transaction():
        a_member_of_staff("admin@tarn.example", "admin")
    admin = Colleague(flask_app)
    page = "/staff/sign-in/second-factor"

    answer = admin.sign_in("admin@tarn.example")

    assert answer.headers["Location"].endswith(page)
    assert not admin.is_in()
    assert admin.client.get(CODE).status_code == 401
    phone = Phone(factor_of("admin@tarn.example").secret_told)
    assert admin.client.get(page + ".svg").mimetype == "image/svg+xml"
    assert admin.post(page, on=page, code="000000").status_code == 422 and not admin.is_in()
    done = admin.post(page, on=page, code=phone.code())
    assert len(re.findall(r"<code>", done.get_data(as_text=True))) == 10
    assert admin.is_in()
    assert admin.post("/staff/me/second-factor/remove", on="/staff/me", password=PASSWORD).status_code == 409
    assert factor_of("admin@tarn.example").confirmed_at is not None


@pytest.mark.usefixtures("required")
def test_a_dealer_or_agent_needs_none(flask_app: Flask, min_: Colleague) -> None:
    assert Colleague(flask_app).sign_in(MIN).headers["Location"] == "/agent"


def test_an_admin_takes_it_away_from_somebody_who_lost_all(flask_app: Flask, min_: Colleague) -> None:
    with_a_phone(min_, MIN)
    admin = hire(flask_app)
    path = f"/admin/staff/{who(MIN).public_id}"

    assert admin.post(f"{path}/second-factor/remove", on=path).status_code == 303

    assert not min_.is_in()
    assert Colleague(flask_app).sign_in(MIN).headers["Location"] == "/agent"
    assert len(facts("partners.second_factor_removed")) == 1


def test_an_admin_takes_away_their_own_with_the_password_only(flask_app: Flask) -> None:
    admin = hire(flask_app)
    with_a_phone(admin, "admin@tarn.example")
    path = f"/admin/staff/{who('admin@tarn.example').public_id}"

    answer = admin.post(f"{path}/second-factor/remove", on=path)

    assert answer.status_code == 409
    assert "with your password" in answer.get_data(as_text=True)
    assert factor_of("admin@tarn.example").confirmed_at is not None
    assert facts("partners.second_factor_removed") == []


def test_switched_off_between_password_and_code_nobody_gets_in(flask_app: Flask, min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    browser = Colleague(flask_app)
    browser.sign_in(MIN)
    admin = hire(flask_app)
    path = f"/admin/staff/{who(MIN).public_id}"

    admin.post(f"{path}/off", on=path)

    assert browser.post(CODE, code=phone.code()).status_code == 401
    assert not browser.is_in() and live_sessions(MIN) == []


def test_another_browser_cannot_go_on_with_the_step(flask_app: Flask, min_: Colleague) -> None:
    phone, _paper = with_a_phone(min_, MIN)
    Colleague(flask_app).sign_in(MIN)
    cleo = Colleague(flask_app)

    assert cleo.post(CODE, code=phone.code()).status_code == 401
    assert not cleo.is_in()
    assert session().scalars(select(SignInStep.tries)).all() == [0]
