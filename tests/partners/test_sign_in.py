"""The staff entrance: the same answer to every wrong pair, and a fresh session for a right one."""

import time

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import sessions
from app.db import close_reading, session, statement_count, transaction
from app.sessions import AuthSession
from app.settings import settings
from partners import passwords
from partners.models import Staff
from tests.conftest import csrf_of
from tests.partners.builders import PASSWORD, a_member_of_staff, a_recipient

ADDRESS = "/staff/sign-in"


def send(
    client: FlaskClient, email: str = "ben@tarn.example", password: str = PASSWORD, **more: str
) -> TestResponse:
    token = csrf_of(client, ADDRESS)
    return client.post(ADDRESS, data={"csrf_token": token, "email": email, "password": password, **more})


@pytest.fixture(autouse=True)
def nobody_tried_before(servers: None) -> None:
    Redis.from_url(settings().redis_url).flushdb()


def signed_in_rows() -> list[AuthSession]:
    close_reading()
    return list(session().scalars(select(AuthSession).where(AuthSession.staff_id.is_not(None))))


@pytest.fixture
def ben(client: FlaskClient) -> None:
    with transaction():
        a_member_of_staff(recipient=a_recipient())


def test_the_entrance_writes_nothing(client: FlaskClient) -> None:
    with statement_count() as count:
        answer = client.get(ADDRESS)

    assert answer.status_code == 200
    assert count() == 0


@pytest.mark.parametrize(("role", "desk"), [("dealer", "/dealer"), ("agent", "/agent"), ("admin", "/leads")])
def test_everybody_lands_at_their_own_desk(client: FlaskClient, role: str, desk: str) -> None:
    with transaction():
        a_member_of_staff(role=role, recipient=a_recipient() if role == "dealer" else None)

    answer = send(client)

    assert answer.status_code == 303
    assert answer.headers["Location"] == desk
    (row,) = signed_in_rows()
    assert row.roles[0][0] == role


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ben@tarn.example", "still-water-2025"),
        ("nobody@tarn.example", PASSWORD),
        ("ben@tarn.example", "' OR 1=1 --"),
    ],
)
def test_a_wrong_pair_gets_one_answer_and_no_session(client: FlaskClient, email: str, password: str) -> None:
    answer = send(client, email, password)

    assert answer.status_code == 422
    assert "E-mail and password do not fit together." in answer.get_data(as_text=True)
    assert password not in answer.get_data(as_text=True)
    assert signed_in_rows() == []


@pytest.mark.usefixtures("ben")
def test_somebody_who_left_cannot_sign_in(client: FlaskClient) -> None:
    with transaction():
        staff = Staff.by_email("ben@tarn.example")
        assert staff is not None
        staff.active = False

    assert send(client).status_code == 422
    assert signed_in_rows() == []


@pytest.mark.usefixtures("ben")
def test_signing_in_again_leaves_the_earlier_token_worthless(client: FlaskClient) -> None:
    send(client)
    first = client.get_cookie(sessions.cookie_name())
    client.get(ADDRESS)
    client.delete_cookie(sessions.cookie_name())

    send(client)

    second = client.get_cookie(sessions.cookie_name())
    assert first is not None and second is not None
    assert first.value != second.value


@pytest.mark.usefixtures("ben")
def test_signing_out_ends_the_session_on_the_server(client: FlaskClient) -> None:
    token = csrf_of(client, ADDRESS)
    signed_in = client.post(
        ADDRESS, data={"csrf_token": token, "email": "ben@tarn.example", "password": PASSWORD}
    )
    kept = client.get_cookie(sessions.cookie_name())
    assert signed_in.status_code == 303 and kept is not None
    client.delete_cookie(sessions.cookie_name())
    token = csrf_of(client, ADDRESS)
    client.set_cookie(sessions.cookie_name(), kept.value)

    answer = client.post("/staff/sign-out", data={"csrf_token": token})

    assert answer.headers["Location"].endswith(ADDRESS)
    assert client.get_cookie(sessions.cookie_name()) is None
    (row,) = signed_in_rows()
    assert row.revoked_at is not None
    client.set_cookie(sessions.cookie_name(), kept.value)
    assert client.get(ADDRESS).status_code == 200


@pytest.mark.usefixtures("ben")
def test_a_missing_field_is_named_and_what_was_typed_is_kept(client: FlaskClient) -> None:
    answer = send(client, email="O'Brien & Söhne <x>", password="")

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="O&#39;Brien &amp; Söhne &lt;x&gt;"' in html
    assert "There are 2 things to fix" in html


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize(
    ("asked", "lands"),
    [
        ("/leads?state=held", "/leads?state=held"),
        ("//evil.example/", "/dealer"),
        ("/\\evil.example", "/dealer"),
        ("https://evil.example/", "/dealer"),
        ("/\t/evil.example", "/dealer"),
        ("javascript:alert(1)", "/dealer"),
    ],
)
def test_the_way_back_never_leads_out_of_the_shop(client: FlaskClient, asked: str, lands: str) -> None:
    assert send(client, next=asked).headers["Location"] == lands


@pytest.mark.usefixtures("ben")
def test_a_post_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, data={"email": "ben@tarn.example", "password": PASSWORD})

    assert answer.status_code == 403
    assert signed_in_rows() == []


def test_the_page_speaks_chinese(client: FlaskClient) -> None:
    html = client.get("/zh" + ADDRESS).get_data(as_text=True)

    assert "员工登录" in html
    assert 'lang="zh-CN"' in html


def test_an_unknown_address_costs_the_time_of_a_known_one() -> None:
    known = passwords.hashed(PASSWORD)
    passwords.matches(PASSWORD, None)

    def seconds(password_hash: str | None) -> float:
        """The quickest of several: whatever else the machine does only ever adds."""

        def once() -> float:
            started = time.process_time()
            passwords.matches("not-the-password", password_hash)
            return time.process_time() - started

        return min(once() for _ in range(5))

    assert seconds(None) > 0.3 * seconds(known)


@pytest.mark.usefixtures("ben")
def test_trying_too_often_is_answered_with_a_wait(client: FlaskClient) -> None:
    answers = [send(client, "flood@tarn.example", "x" * 12).status_code for _ in range(11)]

    assert answers[:10] == [422] * 10
    assert answers[10] == 429


@pytest.mark.usefixtures("ben")
def test_htmx_is_told_where_to_go(client: FlaskClient) -> None:
    token = csrf_of(client, ADDRESS)

    answer = client.post(
        ADDRESS,
        data={"csrf_token": token, "email": "ben@tarn.example", "password": PASSWORD},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/dealer"


@pytest.mark.usefixtures("ben")
def test_the_chinese_entrance_leads_to_the_chinese_desk(client: FlaskClient) -> None:
    token = csrf_of(client, "/zh" + ADDRESS)

    answer = client.post(
        "/zh" + ADDRESS, data={"csrf_token": token, "email": "ben@tarn.example", "password": PASSWORD}
    )

    assert answer.headers["Location"] == "/zh/dealer"
