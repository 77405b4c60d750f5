"""The styleguide is a demo's: a shop that sells does not show it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import styleguide
from app.settings import settings
from app.styleguide import COMPONENTS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_component_stands_on_one_page_and_on_its_own(flask_app: Flask, language: str) -> None:
    client = flask_app.test_client()

    whole = client.get(f"/{language}/styleguide").get_data(as_text=True)

    for name in COMPONENTS:
        assert f'id="{name}"' in whole
        assert client.get(f"/{language}/styleguide/{name}?theme=dark").status_code == 200


def test_a_component_that_is_not_there_is_not_found(flask_app: Flask) -> None:
    assert flask_app.test_client().get("/styleguide/nothing").status_code == 404
    assert flask_app.test_client().get("/styleguide/..%2Findex").status_code == 404


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(styleguide, "settings", lambda: settings().model_copy(update={"env": "production"}))
    yield


@pytest.mark.parametrize("path", ["/styleguide", "/styleguide/button"])
def test_a_shop_that_sells_has_none(flask_app: Flask, production: None, path: str) -> None:
    assert flask_app.test_client().get(path).status_code == 404
