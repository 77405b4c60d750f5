"""How the shop window is found and shared: what machines read equals what people see."""

import json
import re
import struct
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import assets, cards, clock, reach
from app.db import close_reading, session, statement_count, transaction
from app.ids import uuid7
from app.money import Money
from app.settings import settings
from catalog import ready_cards, shelves, sitemap
from catalog.demo import demo
from catalog.models import Model, StockItem
from partners import here
from partners.demo import demo as partners_demo

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
PUBLIC = ["/", "/models", "/models/mere", "/stock", "/services", "/subscribe"]


@pytest.fixture
def shop(client: FlaskClient) -> Iterator[FlaskClient]:
    partners_demo(clock.now())
    demo(clock.now())
    forget_all()
    yield client
    forget_all()


def forget_all() -> None:
    for kept in (shelves, ready_cards, sitemap, here):
        kept.forget()
    close_reading()


def told(html: str) -> dict[str, dict[str, Any]]:
    """Type -> thing, of the page's data block."""
    found = BLOCK.findall(html)
    assert len(found) == 1, "one block of data on a page"
    return {thing["@type"]: thing for thing in json.loads(found[0])["@graph"]}


def a_stock_item(condition: str = "used", market: str = "CN") -> StockItem:
    wanted = select(StockItem).where(
        StockItem.condition == condition, StockItem.market_key == market, StockItem.state == "available"
    )
    found = session().scalars(wanted.order_by(StockItem.id)).unique().first()
    assert found is not None
    return found


def test_a_car_says_to_machines_what_it_says_to_people(shop: FlaskClient) -> None:
    item = a_stock_item()
    html = shop.get(f"/en/stock/{item.public_id}").get_data(as_text=True)

    car = told(html)["Car"]

    words = BLOCK.sub("", html)
    offer = car["offers"]
    assert car["vehicleIdentificationNumber"] == item.vehicle.vin
    assert f"VIN {car['vehicleIdentificationNumber']}" in words
    assert offer["price"] == f"{item.price.amount:.0f}"
    assert f'<span class="price price-large">{Money.of("CNY", offer["price"]).formatted()}</span>' in words
    assert offer["priceCurrency"] == item.currency == "CNY"
    assert offer["availability"] == "https://schema.org/InStock"
    assert f"{car['mileageFromOdometer']['value']:,} km" in words
    assert car["mileageFromOdometer"]["unitCode"] == "KMT"
    assert car["itemCondition"] == "https://schema.org/UsedCondition"
    assert offer["seller"]["name"] in words
    assert car["url"] == offer["url"] == f"{settings().public_url}/en/stock/{item.public_id}"


def test_the_data_follow_the_language_of_the_page(shop: FlaskClient) -> None:
    item = a_stock_item()

    car = told(shop.get(f"/zh/stock/{item.public_id}").get_data(as_text=True))["Car"]

    assert car["name"] == item.vehicle.title["zh"]
    assert car["url"] == f"{settings().public_url}/zh/stock/{item.public_id}"


def test_a_car_that_somebody_holds_or_has_bought_is_never_said_to_be_in_stock(shop: FlaskClient) -> None:
    item = a_stock_item()
    with transaction():
        session().get_one(StockItem, item.id).hold(uuid7(), "browse", clock.now() + timedelta(minutes=30))
    held = told(shop.get(f"/stock/{item.public_id}").get_data(as_text=True))["Car"]["offers"]
    with transaction():
        session().get_one(StockItem, item.id).state = "sold"

    answer = shop.get(f"/stock/{item.public_id}")

    assert held["availability"] == "https://schema.org/LimitedAvailability"
    assert answer.status_code == 410
    assert answer.headers["X-Robots-Tag"] == "noindex"
    sold = told(answer.get_data(as_text=True))["Car"]["offers"]
    assert sold["availability"] == "https://schema.org/SoldOut"


def test_a_car_in_germany_is_told_in_euros(shop: FlaskClient) -> None:
    item = a_stock_item("new", "DE")

    html = shop.get(f"/en/stock/{item.public_id}").get_data(as_text=True)

    offer = told(html)["Car"]["offers"]
    assert offer["priceCurrency"] == "EUR"
    assert Money.of("EUR", offer["price"]) == item.price
    assert item.price.formatted() in BLOCK.sub("", html)
    assert offer["seller"]["address"]["addressCountry"] == "DE"


def test_a_model_is_told_with_every_trim_and_its_price(shop: FlaskClient) -> None:
    html = shop.get("/en/models/mere").get_data(as_text=True)

    car = told(html)["Car"]

    assert (car["offers"]["lowPrice"], car["offers"]["highPrice"]) == ("219800", "273800")
    assert [(offer["name"], offer["price"]) for offer in car["offers"]["offers"]] == [
        ("Standard", "219800"),
        ("Long Range", "243800"),
        ("Dual Motor", "273800"),
    ]
    assert {"@type": "PropertyValue", "name": "Range, CLTC", "value": 685, "unitCode": "KMT"} in car[
        "additionalProperty"
    ]


def test_the_list_tells_the_cars_it_shows_and_how_many_there_are(shop: FlaskClient) -> None:
    html = shop.get("/en/stock?condition=used&sort=price").get_data(as_text=True)

    found = told(html)["ItemList"]

    shown = re.findall(r'class="stock-link" href="([^"]+)"', html)
    assert [item["url"] for item in found["itemListElement"]] == [
        settings().public_url + url for url in shown
    ]
    assert f">{found['numberOfItems']} cars<" in html


def test_home_says_who_we_are(shop: FlaskClient) -> None:
    assert told(shop.get("/").get_data(as_text=True))["Organization"]["url"] == f"{settings().public_url}/"


def test_no_name_ends_the_data_or_becomes_markup(shop: FlaskClient) -> None:
    wicked = '</script><script>alert(1)</script><img src=x onerror="x">'
    with transaction():
        model = Model(
            slug="wicked", origin="imported", make_slug="wicked", make_name=wicked, name='"><b>', year=2026,
            trim_name=wicked, variant_name="\u2028<!--", figures={}, source="test", source_version="1", licence="CC0",
        )  # fmt: skip
        model.ranges, model.list_prices = [], []
        session().add(model)
        item = a_stock_item()
        item.vehicle.trim.name = wicked  # type: ignore[union-attr]
    forget_all()

    pages = [
        shop.get(path).get_data(as_text=True)
        for path in ("/en/models/wicked", f"/en/stock/{item.public_id}", "/en/models?q=script", "/en/stock")
    ]

    for html in pages:
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert html.count("<script") == html.count("</script>")
    assert wicked in told(pages[1])["Car"]["name"]
    assert wicked in told(pages[0])["BreadcrumbList"]["itemListElement"][-1]["name"]


@pytest.mark.parametrize("path", PUBLIC)
def test_every_page_has_words_and_a_picture_for_a_shared_link(shop: FlaskClient, path: str) -> None:
    seen = {}
    for code in ("en", "zh"):
        html = shop.get(f"/{code}{path}").get_data(as_text=True)
        facts = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', html))
        title = re.search(r"<title>(.*?)</title>", html)
        assert title is not None
        assert facts["description"] == facts["og:description"]
        assert 20 <= len(facts["description"]) <= 320
        assert title[1].startswith(facts["og:title"])
        assert facts["og:url"] == f"{settings().public_url}/{code}{path}"
        assert f'<link rel="canonical" href="{facts["og:url"]}">' in html
        assert facts["twitter:card"] == "summary_large_image"
        assert facts["og:image"].startswith(f"{settings().public_url}/static/images/cards/")
        picture = shop.get(facts["og:image"].removeprefix(settings().public_url))
        assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert (picture.status_code, picture.mimetype, size_of(picture.data)) == (
            200,
            "image/png",
            cards.SIZE,
        )
        seen[code] = (title[1], facts["description"])
    assert seen["en"][0] != seen["zh"][0]
    assert seen["en"][1] != seen["zh"][1]


def size_of(png: bytes) -> tuple[int, ...]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_the_card_shows_the_model_in_the_paint_asked_for(shop: FlaskClient) -> None:
    html = shop.get("/en/models/crag?paint=lichen").get_data(as_text=True)

    assert f'property="og:image" content="{reach.share_picture("crag", "lichen")}"' in html
    assert "crag-side-lichen-" in html.split("stage-car")[1]


@pytest.mark.parametrize("name", [cards.name(m, p) for m in ("rill", "haven") for p in ("mist", "ink")])
def test_a_card_is_a_picture_of_the_size_that_previews_ask_for(name: str) -> None:
    path = assets.TARGET / assets.Manifest.load().names[name]

    assert size_of(path.read_bytes()) == (1200, 630)
    assert path.stat().st_size < 300_000


def test_the_sitemap_names_every_page_in_both_languages(shop: FlaskClient) -> None:
    index = ElementTree.fromstring(shop.get("/sitemap.xml").data)
    parts = [node.text or "" for node in index.iter(f"{SITEMAP}loc")]

    found: dict[str, set[str]] = {}
    for part in parts:
        for url in ElementTree.fromstring(shop.get(part.removeprefix(settings().public_url)).data):
            location = url.findtext(f"{SITEMAP}loc") or ""
            links = {link.get("hreflang"): link.get("href") for link in url.iter(f"{XHTML}link")}
            assert set(links) == {"en", "zh-CN", "x-default"}
            assert location in links.values()
            found[location] = {str(link) for link in links.values()}

    assert len(parts) == 3
    for address in [f"/{code}{path}" for code in ("en", "zh") for path in PUBLIC]:
        assert settings().public_url + address in found
    live = session().scalars(select(StockItem.public_id).where(StockItem.state == "available")).all()
    assert {f"{settings().public_url}/zh/stock/{public_id}" for public_id in live} <= set(found)
    for location, addresses in found.items():
        siblings = [sibling for sibling in addresses if sibling in found]
        assert len(siblings) == 2, location
    for location in list(found)[::29]:
        assert shop.get(location.removeprefix(settings().public_url)).status_code == 200


def test_a_sold_car_leaves_the_sitemap_and_a_part_beyond_the_last_is_not_there(shop: FlaskClient) -> None:
    item = a_stock_item()
    with transaction():
        session().get_one(StockItem, item.id).state = "sold"
    sitemap.forget()

    assert item.public_id not in shop.get("/sitemap/stock-1.xml").get_data(as_text=True)
    assert shop.get("/sitemap/stock-2.xml").status_code == 404
    assert shop.get("/sitemap/secrets-1.xml").status_code == 404


def test_a_long_list_is_cut_into_parts_of_a_bounded_size(
    shop: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PAGES", 50)

    index = shop.get("/sitemap.xml").get_data(as_text=True)
    parts = re.findall(r"/sitemap/stock-\d+\.xml", index)
    bodies = [shop.get(part).get_data(as_text=True) for part in parts]

    assert len(parts) == -(-sitemap._count_stock() // 50)
    assert all(body.count("<url>") <= 100 for body in bodies)
    assert sum(body.count("<url>") for body in bodies) == 2 * sitemap._count_stock()
    with statement_count() as count:
        shop.get(parts[0])
    assert count() == 0


def test_robots_are_kept_out_of_what_is_private(shop: FlaskClient) -> None:
    lines = shop.get("/robots.txt").get_data(as_text=True).splitlines()

    for private in (
        "/checkout",
        "/orders",
        "/account",
        "/ask",
        "/dealer",
        "/agent",
        "/leads",
        "/staff",
    ):
        assert f"Disallow: {private}" in lines
        assert f"Disallow: /zh{private}" in lines
    assert f"Sitemap: {settings().public_url}/sitemap.xml" in lines
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    for path in [*PUBLIC, "/static/css/site.css", "/sitemap.xml", "/designs/MERE-7K3Q-92XN"]:
        assert not any(path.startswith(prefix) for prefix in closed), path


@pytest.mark.parametrize(
    "path",
    [
        "/checkout/contact",
        "/ask",
        "/staff/sign-in",
        "/consents",
        "/mailbox",
        "/no-such-page",
        "/models/no-such-model",
    ],
)
def test_private_pages_are_kept_by_nobody(shop: FlaskClient, path: str) -> None:
    answer = shop.get(path)
    html = answer.get_data(as_text=True)

    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in html
    assert "og:image" not in html
    assert 'rel="canonical"' not in html


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_may_be_kept(shop: FlaskClient, path: str) -> None:
    answer = shop.get(path)

    assert "X-Robots-Tag" not in answer.headers
    assert "noindex" not in answer.get_data(as_text=True)


def test_the_manifest_names_the_shop_in_the_readers_language_and_its_icons_are_there(
    shop: FlaskClient,
) -> None:
    english = json.loads(shop.get("/en/manifest.webmanifest").data)
    chinese = shop.get("/zh/manifest.webmanifest")

    assert english["name"] == "tarn"
    assert json.loads(chinese.data)["name"] == "泰然 tarn"
    assert chinese.mimetype == "application/manifest+json"
    assert {icon["purpose"] for icon in english["icons"]} == {"any", "maskable"}
    for icon in english["icons"]:
        width = int(icon["sizes"].partition("x")[0])
        assert size_of(shop.get(icon["src"]).data) == (width, width)
