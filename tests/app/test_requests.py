"""What holds for every request: forged posts, sizes, languages, headers, refusals in the form that was asked for."""

import gzip
import io
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.db import session, statement_count, transaction
from app.sessions import AuthSession
from app.settings import settings
from partners import here
from tests.conftest import csrf_of
from tests.partners.builders import the_market

SIGN_IN = "/staff/sign-in"
STRANGER = {"email": "cleo@example.com", "password": "not-the-password"}


def test_looking_writes_no_row_and_sets_no_session_cookie(client: FlaskClient) -> None:
    answer = client.get(SIGN_IN)

    assert answer.status_code == 200
    assert session().query(AuthSession).count() == 0
    assert not client.get_cookie("forecourt")


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_a_post_without_its_forms_token_is_refused(client: FlaskClient, token: str) -> None:
    client.get(SIGN_IN)

    answer = client.post(SIGN_IN, data={**STRANGER, "csrf_token": token})

    assert answer.status_code == 403


def test_a_token_of_another_browser_is_refused(client: FlaskClient, flask_app) -> None:  # type: ignore[no-untyped-def]
    cleos = csrf_of(flask_app.test_client(), SIGN_IN)
    client.get(SIGN_IN)

    assert client.post(SIGN_IN, data={**STRANGER, "csrf_token": cleos}).status_code == 403


def test_a_post_that_another_site_sent_is_refused_even_with_a_token(client: FlaskClient) -> None:
    token = csrf_of(client, SIGN_IN)

    answer = client.post(
        SIGN_IN, data={**STRANGER, "csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


def test_a_megabyte_of_form_is_refused_with_a_clear_answer(client: FlaskClient) -> None:
    answer = client.post(SIGN_IN, data={"email": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "Shorten it" in answer.get_data(as_text=True)


def test_a_file_where_none_is_wanted_changes_nothing(client: FlaskClient) -> None:
    token = csrf_of(client, SIGN_IN)

    answer = client.post(
        SIGN_IN,
        data={"csrf_token": token, "email": (io.BytesIO(b"x"), "x.txt"), "password": "y"},
        content_type="multipart/form-data",
    )

    assert answer.status_code in (401, 403, 422)


@pytest.mark.parametrize(
    ("header", "path", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", SIGN_IN, "zh-CN"),
        ("en-GB,en", SIGN_IN, "en"),
        ("fr-FR,fr", SIGN_IN, "en"),
        ("", SIGN_IN, "en"),
        ("en", "/zh" + SIGN_IN, "zh-CN"),
        ("zh-CN", "/en" + SIGN_IN, "en"),
    ],
)
def test_the_address_decides_the_language_then_the_browser(
    client: FlaskClient, header: str, path: str, lang: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": header})

    assert f'<html lang="{lang}"' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == lang
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("path", [SIGN_IN, "/no-such-page", "/healthz", "/dealer", "/zh/cart"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Request-Id"]


def test_a_refusal_comes_as_page_fragment_or_json_as_asked(client: FlaskClient) -> None:
    whole = client.get("/no-such-page").get_data(as_text=True)
    part = client.get("/no-such-page", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    told = client.get("/no-such-page", headers={"Accept": "application/json"})

    assert "<html" in whole
    assert "<html" not in part.get_data(as_text=True)
    assert 'id="refusal"' in part.get_data(as_text=True)
    assert told.json is not None
    assert told.json["error"]["code"] == "NotFound"


def test_a_link_that_nobody_was_sent_opens_nothing(client: FlaskClient) -> None:
    answer = client.get("/link/guessed-" + "x" * 24)

    assert answer.status_code == 404
    assert session().query(AuthSession).count() == 0


def test_links_can_be_guessed_only_so_often(client: FlaskClient) -> None:
    answers = [client.get("/link/guess", environ_base={"REMOTE_ADDR": "203.0.113.9"}) for _ in range(31)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_metrics_are_for_the_operator_only(client: FlaskClient) -> None:
    outside = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    inside = client.get("/metrics")

    assert outside.status_code == 404
    assert b"forecourt_oldest_undelivered_seconds" in inside.data


def test_a_page_that_needs_nothing_from_the_database_asks_it_nothing(client: FlaskClient) -> None:
    client.get(SIGN_IN)

    with statement_count() as count:
        client.get(SIGN_IN)

    assert count() <= 1


@pytest.mark.parametrize("address", ["/stock/%00", "/orders/a%00b", "/ask/%00/thread", "/stock?model=%00"])
def test_an_address_with_a_nul_in_it_is_not_found(client: FlaskClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert "nothing at this address" in answer.get_data(as_text=True)


def test_a_file_name_longer_than_any_file_is_not_found(client: FlaskClient) -> None:
    assert client.get("/static/" + "9" * 400).status_code == 404


@pytest.mark.parametrize(("size", "status"), [(1_000, 403), (1_000_000, 413)])
def test_a_body_that_does_not_tell_its_length_has_the_same_limit(
    client: FlaskClient, size: int, status: int
) -> None:
    client.get(SIGN_IN)

    answer = client.post(
        SIGN_IN,
        input_stream=io.BytesIO(b"email=" + b"x" * size),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == status


def test_a_body_that_was_cut_off_is_not_taken_for_a_short_one(client: FlaskClient) -> None:
    """As the server hands it over when the sender's connection broke."""
    body = urlencode({"csrf_token": csrf_of(client, SIGN_IN), **STRANGER}).encode()

    answer = client.post(
        SIGN_IN,
        input_stream=io.BytesIO(body[:-4]),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body))},
    )

    assert answer.status_code == 400


def test_every_page_names_itself_in_both_languages(client: FlaskClient) -> None:
    with transaction():
        the_market()
    here.forget()

    html = client.get("/zh/services").get_data(as_text=True)

    assert 'hreflang="en" href="http://127.0.0.1:8000/en/services"' in html
    assert 'hreflang="zh-CN" href="http://127.0.0.1:8000/zh/services"' in html


def test_a_shop_in_production_answers_under_its_own_name_only(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = settings().model_copy(update={"env": "production", "public_url": "https://tarn.example"})
    monkeypatch.setattr("app.factory.settings", lambda: real)

    assert client.get("/healthz", headers={"Host": "tarn.example"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_pages_are_compressed_for_those_who_can_read_it(client: FlaskClient) -> None:
    plain = client.get("/models")
    packed = client.get("/models", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    assert b"<!doctype html>" in gzip.decompress(packed.data)
    assert "Content-Encoding" not in plain.headers


def test_the_forms_token_is_another_text_on_every_page_and_each_is_good(client: FlaskClient) -> None:
    first, second = csrf_of(client, SIGN_IN), csrf_of(client, SIGN_IN)

    answers = [client.post(SIGN_IN, data={**STRANGER, "csrf_token": token}) for token in (first, second)]

    assert first != second
    assert {answer.status_code for answer in answers} == {422}
