"""The ground: health, refusals, forms, languages, events."""

from flask.testing import FlaskClient


def test_the_process_tells_that_it_lives(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json == {"status": "alive"}


def test_an_unknown_address_is_refused_in_the_readers_language(client: FlaskClient) -> None:
    answer = client.get("/zh/no-such-page")

    assert answer.status_code == 404
    assert 'lang="zh-CN"' in answer.get_data(as_text=True)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
