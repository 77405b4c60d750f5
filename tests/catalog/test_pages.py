"""The shop window, in both languages, whole and in part, at a bounded cost."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.ids import uuid7
from app.pages import time
from catalog import queries
from catalog.demo import demo
from catalog.models import StockItem
from partners.demo import demo as partners_demo


@pytest.fixture
def shop(client: FlaskClient) -> Iterator[FlaskClient]:
    partners_demo(clock.now())
    demo(clock.now())
    queries.forget_shelves()
    close_reading()
    yield client


@pytest.mark.parametrize("prefix", ["", "/zh"])
@pytest.mark.parametrize("path", ["/", "/models", "/models/mere", "/stock", "/services", "/subscribe"])
def test_the_windows_open(shop: FlaskClient, path: str, prefix: str) -> None:
    answer = shop.get(prefix + path)

    assert answer.status_code == 200
    assert "<h1" in answer.get_data(as_text=True)


def test_a_car_shows_its_whole_price(shop: FlaskClient) -> None:
    item = session().scalars(select(StockItem).where(StockItem.condition == "new")).unique().first()
    assert item is not None

    html = shop.get(f"/stock/{item.public_id}").get_data(as_text=True)

    assert item.vehicle.vin in html
    assert "Purchase tax" in html
    assert "On the road" in html


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/stock",
        "/stock?model=mere&paint=ink&dealer=shaoxing&q=7",
        "/models?q=a",
        "/services",
        "/subscribe",
    ],
)
def test_a_window_costs_a_bounded_number_of_statements(shop: FlaskClient, path: str) -> None:
    shop.get(path)

    with statement_count() as count:
        shop.get(path)

    assert count() <= 4


def test_one_car_costs_a_bounded_number_of_statements(shop: FlaskClient) -> None:
    item = session().scalars(select(StockItem)).first()
    assert item is not None
    close_reading()

    with statement_count() as count:
        shop.get(f"/stock/{item.public_id}")

    assert count() <= 4


def test_a_held_car_says_until_when_and_offers_others_instead_of_the_button(shop: FlaskClient) -> None:
    with transaction():
        item = session().scalars(select(StockItem)).first()
        assert item is not None
        until = clock.now() + timedelta(minutes=30)
        item.hold(uuid7(), "browse", until)

    html = shop.get(f"/stock/{item.public_id}").get_data(as_text=True)

    assert f"It may be free again at {time(until)}" in html
    assert "/cart/lines" not in html
    assert f'href="/stock/{item.public_id}"' not in html.split("Like this one")[1]


def test_filters_narrow_and_alternatives_widen(shop: FlaskClient) -> None:
    def total(query: str) -> int:
        from werkzeug.datastructures import MultiDict

        from catalog.forms import StockFilter
        from partners.models import Market

        pairs = [tuple(part.split("=")) for part in query.split("&") if part]
        return queries.stock_page(StockFilter.of(MultiDict(pairs)), Market.home()).total  # type: ignore[arg-type]

    assert total("") == 128
    assert total("model=mere") + total("model=rill") == total("model=mere&model=rill")
    assert total("model=mere&condition=new") < total("model=mere")
    assert total("max=150000") < 128
    assert total("min=150000") + total("max=149999") == 128


@pytest.mark.parametrize(
    "query",
    [
        "model=%27%3B--",
        "min=abc&max=-1",
        "page=999999999999",
        "q=%ff",
        "q=%ed%a0%80",
        "q=%25_%5C",
        "paint=" + "x" * 300,
        "sort=vin;drop",
    ],
)
def test_odd_filters_are_taken_calmly(shop: FlaskClient, query: str) -> None:
    assert shop.get(f"/stock?{query}").status_code == 200


def test_no_filter_has_to_be_filled_in(shop: FlaskClient) -> None:
    html = shop.get("/stock").get_data(as_text=True)

    assert 'name="min"' in html
    assert not re.search(r"<input[^>]*\brequired\b", html)


def test_htmx_gets_the_results_alone(shop: FlaskClient) -> None:
    html = shop.get("/stock", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).get_data(
        as_text=True
    )

    assert html.lstrip().startswith('<section id="results"')


def test_a_car_that_is_gone_says_so_and_shows_others(shop: FlaskClient) -> None:
    with transaction():
        item = session().scalars(select(StockItem)).unique().first()
        assert item is not None
        item.state = "sold"

    answer = shop.get(f"/stock/{item.public_id}")

    assert answer.status_code == 410
    assert "just gone" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    [
        "/stock/guessed-guessed-guess",
        "/models/no-such-model",
        "/stock/" + "x" * 400,
        "/stock/%00",
        "/models/%00",
    ],
)
def test_what_is_not_there_is_refused_with_a_way_on(shop: FlaskClient, path: str) -> None:
    answer = shop.get(path)

    assert answer.status_code == 404
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
