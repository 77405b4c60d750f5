"""The configurator over HTTP: whole and in part, with and without a last change, and whatever is thrown at it."""

import html as markup
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from app.db import close_reading, session, statement_count, transaction
from catalog import assortments, lenders
from catalog.configuration import Configuration
from catalog.products import Equipment
from tests.catalog.builders import a_shelf
from tests.conftest import csrf_of

MERE = "/models/mere/configure"
ADAS = f"{MERE}?trim=long-range&paint=tarn&wheels=blade&interior=sand"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def shop(client: FlaskClient) -> Iterator[FlaskClient]:
    a_shelf()
    assortments.forget()
    lenders.forget()
    close_reading()
    yield client
    assortments.forget()
    lenders.forget()


def text_of(client: FlaskClient, path: str, **more: Any) -> str:
    answer = client.get(path, **more)
    assert answer.status_code == 200, path
    return plain(answer)


def plain(answer: TestResponse) -> str:
    return markup.unescape(answer.get_data(as_text=True)).replace("\N{NO-BREAK SPACE}", " ")


def part(html: str, id: str) -> str:
    """The words inside the element with this id, tags taken out."""
    opening = re.search(rf'<(\w+)[^>]*\sid="{id}"[^>]*>', html)
    assert opening, id
    depth = 1
    for tag in re.finditer(rf"<(/?){opening[1]}\b[^>]*>", html[opening.end() :]):
        depth += -1 if tag[1] else 1
        if not depth:
            inside = html[opening.end() : opening.end() + tag.start()]
            return " ".join(re.sub(r"<[^>]+>", " ", inside).split())
    raise AssertionError(f"{id} is not closed")


def ticked(html: str) -> set[str]:
    return set(re.findall(r'id="(\w+-[\w-]+)" name="\w+" value="[\w-]+" checked', html))


def keep(client: FlaskClient, **build: str) -> str:
    """The code of the design that was kept."""
    answer = client.post("/designs", data={"csrf_token": csrf_of(client, ADAS), "model": "mere", **build})
    assert answer.status_code == 303
    return answer.location.rsplit("/", 1)[1]


@pytest.mark.parametrize("model", ["rill", "mere", "strand", "crag", "haven"])
@pytest.mark.parametrize("prefix", ["", "/zh"])
def test_every_model_can_be_built(shop: FlaskClient, model: str, prefix: str) -> None:
    html = text_of(shop, f"{prefix}/models/{model}/configure")

    assert len(ticked(html)) >= 4
    assert "¥" in part(html, "build-totals")


def test_the_worked_example_stands_on_the_page(shop: FlaskClient) -> None:
    html = text_of(shop, ADAS)

    totals = part(html, "build-totals")
    assert all(figure in totals for figure in ("¥260,800", "¥272,640", "¥3,768"))
    assert "¥11,540" in part(html, "build-road")
    assert "657 km" in part(html, "build-figures")
    assert ticked(html) == {"trim-long-range", "paint-tarn", "wheels-blade", "interior-sand"}


def test_a_monthly_figure_never_stands_without_its_example(shop: FlaskClient) -> None:
    html = text_of(shop, ADAS)

    assert "60 months, 3.2% APR" in part(html, "build-totals")
    example = part(html, "build-finance")
    assert all(
        told in example
        for told in (
            "Heyuan", "¥260,800", "¥52,160", "¥208,640", "59 instalments", "¥3,768", "¥3,739.39", "3.2%",
            "¥17,411.39", "¥278,211.39",
        )
    )  # fmt: skip


def test_an_option_tells_what_it_does_before_it_is_chosen(shop: FlaskClient) -> None:
    html = text_of(shop, f"{MERE}?trim=long-range&paint=tarn&wheels=aero&interior=sand&extra=tow")

    labels = dict(
        re.findall(r'id="([\w-]+)" name="\w+" value="[\w-]+"(?: checked)? aria-label="([^"]*)"', html)
    )
    assert labels["wheels-blade"] == "20″ Blade, +¥7,000, −28 km"
    assert labels["wheels-turbine"] == "21″ Turbine, +¥12,000, −46 km, 1 week later, Not with Tow bar"
    assert labels["trim-dual"].startswith("Dual Motor, 79 kWh, all-wheel drive, 640 km")
    assert labels["trim-dual"].endswith("+¥30,000, −45 km, 1 week later")
    assert (
        labels["extra-brakes"]
        == "Six-piston brakes, Larger discs, for Dual Motor, +¥9,800, 2 weeks later, Needs Dual Motor"
    )


def test_a_change_is_told_and_can_be_undone_without_script(shop: FlaskClient) -> None:
    html = text_of(shop, f"{ADAS}&was=long-range.tarn.aero.sand")

    assert "20″ Blade: +¥7,000, −28 km, same week" in part(html, "build-change")
    undo = re.search(r'id="build-undo" href="([^"]*)"', html)
    assert undo is not None
    back = text_of(shop, undo[1])
    assert "wheels-aero" in ticked(back)
    assert "¥253,800" in part(back, "build-totals")


def test_htmx_gets_the_parts_that_changed_and_the_address_that_holds(shop: FlaskClient) -> None:
    answer = shop.get(f"{ADAS}&was=long-range.tarn.aero.sand&drawn=front", headers=HTMX)

    html = plain(answer)
    assert answer.headers["HX-Replace-Url"] == ADAS
    assert "<html" not in html and '<svg class="car' not in html
    assert 'id="set-wheels"' in html and 'id="set-trim"' not in html
    assert "¥272,640" in part(html, "build-totals")
    assert "On the road ¥272,640, delivery" in html
    assert len(html) < 8_000


def test_a_new_view_brings_the_new_drawing(shop: FlaskClient) -> None:
    answer = shop.get(f"{ADAS}&view=rear&was=long-range.tarn.blade.sand&drawn=front", headers=HTMX)

    html = answer.get_data(as_text=True)
    assert answer.headers["HX-Replace-Url"] == f"{ADAS}&view=rear"
    assert 'id="stage-car"' in html
    assert "from behind" in html


def test_a_conflict_changes_nothing_and_offers_two_ways_out(shop: FlaskClient) -> None:
    clash = f"{ADAS.replace('blade', 'turbine')}&extra=tow&was=long-range.tarn.blade.sand.tow"

    answer = shop.get(clash, headers=HTMX)

    html = plain(answer)
    assert "HX-Replace-Url" not in answer.headers
    assert "Tow bar and 21″ Turbine do not go together" in html
    assert "Keep 21″ Turbine, leave out Tow bar" in html
    assert "Keep Tow bar, take 20″ Blade" in html
    assert "build-totals" not in html
    assert re.search(r"<button[^>]*disabled", html)
    for url in re.findall(r'id="way-\d" href="([^"]*)"', html):
        assert "do not go together" not in text_of(shop, url)


def test_a_conflict_without_script_keeps_the_ticks_and_the_last_price(shop: FlaskClient) -> None:
    html = text_of(shop, f"{ADAS.replace('blade', 'turbine')}&extra=tow&was=long-range.tarn.blade.sand.tow")

    assert {"wheels-turbine", "extra-tow"} <= ticked(html)
    assert "¥266,700" in part(html, "build-totals")
    assert "Keep Tow bar, take 20″ Blade" in html


def test_a_link_that_cannot_be_built_opens_the_nearest_build_and_says_so(shop: FlaskClient) -> None:
    html = text_of(shop, f"{ADAS.replace('blade', 'turbine')}&extra=tow")

    assert "was left out" in part(html, "build-left-out")
    assert "not rated for a trailer" in part(html, "build-left-out")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("paint=gold", "“gold”"),
        ("wheels=%3Cscript%3Ealert(1)%3C/script%3E", "could not be read"),
        ("extra=" + "&extra=".join(f"x{n}" for n in range(300)), "more"),
        ("trim=" + "a" * 3_000, "could not be read"),
        ("paint=%FF&paint=%20", "could not be read"),
        ("was=..<marquee>&view=inside&drawn=<marquee>", ""),
        ("was=" + ".".join(["tarn"] * 900), ""),
        ("choices=all&choices=none&trim[]=dual&=&&==", ""),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["browser", "htmx"])
def test_whatever_is_in_the_query_the_page_opens(
    shop: FlaskClient, query: str, told: str, headers: dict[str, str]
) -> None:
    answer = shop.get(f"{MERE}?{query}", headers=headers)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<script>alert" not in html
    assert "<marquee>" not in html
    assert told in markup.unescape(html)


def test_an_option_of_another_model_is_named(shop: FlaskClient) -> None:
    html = text_of(shop, "/models/rill/configure?wheels=turbine")

    assert "21″ Turbine is not made for the Rill" in part(html, "build-left-out")


@pytest.mark.parametrize("path", ["/models/nothing/configure", "/models/a%00/configure"])
def test_a_model_that_is_none_is_not_found(shop: FlaskClient, path: str) -> None:
    assert shop.get(path).status_code == 404


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["browser", "htmx"])
def test_a_look_costs_six_statements_at_most(shop: FlaskClient, headers: dict[str, str]) -> None:
    assortments.forget()

    with statement_count() as statements:
        shop.get(ADAS, headers=headers)

    assert statements() <= 6


def test_a_kept_design_opens_again_anywhere(shop: FlaskClient) -> None:
    code = keep(shop, trim="long-range", paint="tarn", wheels="blade", interior="sand")

    stranger = shop.application.test_client()
    html = text_of(stranger, f"/designs/{code}")

    assert code in html
    assert "¥260,800" in html and "¥272,640" in html
    assert stranger.get(f"/designs/{code.lower()}").location == f"/designs/{code}"
    assert "Your designs" not in part(html, "main").split("Design code")[0]


def test_a_kept_design_says_what_it_cost_then_and_costs_today(shop: FlaskClient) -> None:
    code = keep(shop, trim="long-range", paint="tarn", wheels="blade", interior="sand")
    with transaction():
        session().execute(
            update(Equipment)
            .where(Equipment.code == "sand", Equipment.market_key == "CN")
            .values(price_minor=4_500_00)
        )

    html = text_of(shop, f"/designs/{code}")

    assert re.search(r"Priced on [\w ]+: ¥260,800. Today: ¥261,300.", html)


def test_a_build_that_is_no_longer_one_is_not_kept(shop: FlaskClient) -> None:
    data = {"model": "mere", "trim": "long-range", "wheels": "turbine", "extra": "tow"}

    answer = shop.post("/designs", data={"csrf_token": csrf_of(shop, ADAS), **data})

    assert answer.status_code == 409
    assert session().scalar(select(func.count()).select_from(Configuration)) == 0


@pytest.mark.parametrize("code", ["MERE-0000-0001", "x", "<marquee>", "a" * 200])
def test_a_wrong_code_says_so_with_a_field_to_try_again(shop: FlaskClient, code: str) -> None:
    answer = shop.get(f"/designs/{code}")

    html = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert 'name="code"' in html
    assert "<marquee>" not in html


def test_a_typed_code_or_link_finds_its_page(shop: FlaskClient) -> None:
    code = keep(shop, trim="long-range", paint="tarn", wheels="blade", interior="sand")

    for typed in (code, f" {code.lower()} ", f"https://tarn.example/zh/designs/{code}"):
        assert shop.get("/designs/find", query_string={"code": typed}).location == f"/designs/{code}"
    assert shop.get("/designs/find", query_string={"code": f"http://x{ADAS}"}).location == ADAS


def test_your_designs_are_yours(shop: FlaskClient) -> None:
    code = keep(shop, trim="dual", paint="ink", wheels="blade", interior="cedar")

    assert code in text_of(shop, "/designs")
    stranger = text_of(shop.application.test_client(), "/designs")
    assert code not in stranger
    assert "No design kept yet" in stranger


def test_two_builds_stand_side_by_side(shop: FlaskClient) -> None:
    code = keep(shop, trim="long-range", paint="tarn", wheels="blade", interior="sand")

    answer = shop.get(
        "/compare", query_string={"a": code, "b": f"{MERE}?trim=dual&paint=tarn&wheels=blade&interior=sand"}
    )

    html = plain(answer)
    assert answer.status_code == 200
    assert "¥272,640" in html
    assert "−45 km" in part(html, "verdict")
    rows = dict(re.findall(r'<tr class="([\w -]*)"><th scope="row">([^<]+?)\s*<', html))
    assert rows
    differing = re.findall(r'<tr class="differs[\w -]*"><th scope="row">([^<]+?)\s*<', html)
    assert "Range" in differing and "Delivery" in differing and "Paint" not in differing


@pytest.mark.parametrize(
    "b", ["", "nothing", "<script>", "MERE-0000-0001", "http://[", "/models/none/configure"]
)
def test_one_build_alone_asks_for_the_other(shop: FlaskClient, b: str) -> None:
    answer = shop.get("/compare", query_string={"a": ADAS, "b": b})

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'name="b"' in html
    assert "Dual Motor" in html
    assert "<script>" not in html


def test_the_page_speaks_chinese(shop: FlaskClient) -> None:
    html = text_of(shop, f"/zh{ADAS}&was=long-range.tarn.aero.sand")

    assert "20″ Blade：+¥7,000，−28 km，交付不变" in part(html, "build-change")
