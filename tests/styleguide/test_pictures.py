"""Each component of the styleguide looks as it did, wide and narrow, light and dark.

`PICTURES=take pytest tests/styleguide` takes the pictures anew.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.styleguide import COMPONENTS
from tests.browser import browsing
from tests.styleguide.picture import FOLDER, differences, keep, kept, taken_of

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTHS = (1440, 390)
THEMES = ("light", "dark")
SAME_EVERYWHERE = (
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--enable-font-subpixel-positioning",
)
NO_COMPONENT = {
    "tokens",
    "reset",
    "type",
    "frame",
    "car",
    "paint",
    "pages",
    "print",
    "styleguide",
    "transition",
}
"""Stylesheets of the ground, of pictures and of whole pages."""
OF_PAGES = {
    "account",
    "admin",
    "call-promise",
    "catalog",
    "configure",
    "customer-panel",
    "handing",
    "insights",
    "keys",
    "lane-desk",
    "lanes",
    "lead-desk",
    "market",
    "matrix",
    "papers",
    "staff",
    "stalls",
    "talk",
}
"""Parts of single pages, with tests of their own."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing(*SAME_EVERYWHERE) as running:
        yield running


@pytest.fixture(scope="module")
def darkroom(chromium: Browser) -> Page:
    return chromium.new_page()


@pytest.fixture(scope="module")
def address(flask_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, flask_app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()


@pytest.fixture(scope="module")
def pages(chromium: Browser) -> Iterator[dict[int, Page]]:
    """One page a width, used again: what is looked at holds nothing."""
    opened = {
        width: chromium.new_context(
            viewport={"width": width, "height": 900}, locale="en-GB", reduced_motion="reduce"
        ).new_page()
        for width in WIDTHS
    }
    yield opened
    for page in opened.values():
        page.context.close()


def show(page: Page, address: str, component: str, theme: str) -> None:
    page.goto(f"{address}/styleguide/{component}?theme={theme}")
    page.evaluate("document.fonts.ready")
    page.evaluate(
        "Promise.all([...document.images].map((image) => { image.loading = 'eager'; return image.decode(); }))"
    )


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_component_looks_as_it_did(
    pages: dict[int, Page], darkroom: Page, address: str, component: str, width: int, theme: str
) -> None:
    name = f"{component}-{width}-{theme}"
    show(pages[width], address, component, theme)

    taken = taken_of(pages[width].locator(".specimens"), darkroom)

    if os.environ.get("PICTURES") == "take":
        keep(name, taken)
    before = kept(name)
    assert before is not None, f"no picture of {name} is kept: PICTURES=take pytest tests/styleguide"
    assert differences(before, taken) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (".button-primary { background-color: rgb(0, 90, 200) }", "looks"),
        (".button { padding-inline: 3rem }", "stands at"),
        (".button { display: none }", "structure"),
        (".button-primary { background-image: linear-gradient(white, white) }", "coarse"),
    ],
)
def test_a_component_that_breaks_is_seen(
    pages: dict[int, Page], darkroom: Page, address: str, change: str, word: str
) -> None:
    before = kept("button-390-light")
    assert before is not None
    show(pages[390], address, "button", "light")
    pages[390].evaluate(
        """(rule) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(rule); document.adoptedStyleSheets = [sheet]; }""",
        change,
    )

    found = differences(before, taken_of(pages[390].locator(".specimens"), darkroom))

    assert any(word in sentence for sentence in found), found


def test_no_picture_is_of_a_component_that_is_gone() -> None:
    named = {
        f"{component}-{width}-{theme}" for component in COMPONENTS for width in WIDTHS for theme in THEMES
    }

    assert {file.stem for file in FOLDER.glob("*.json")} == named


def test_every_stylesheet_of_a_component_has_its_page_in_the_styleguide() -> None:
    listed = {
        line.strip().removesuffix(".css") for line in (ROOT / "static/css/order.txt").read_text().split()
    }

    assert listed - NO_COMPONENT - OF_PAGES == set(COMPONENTS)
    for component in COMPONENTS:
        assert (ROOT / "templates/styleguide" / f"{component}.html").is_file()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_styleguide_fits_its_window(pages: dict[int, Page], address: str, width: int) -> None:
    pages[width].goto(f"{address}/styleguide")

    assert pages[width].evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", THEMES)
def test_pointing_pressing_and_tabbing_can_be_seen(pages: dict[int, Page], address: str, theme: str) -> None:
    page = pages[1440]
    show(page, address, "button", theme)
    button = page.locator(".button-primary").first
    colour = "element => getComputedStyle(element).backgroundColor"
    resting = button.evaluate(colour)

    button.hover()
    page.wait_for_timeout(150)
    hovered = button.evaluate(colour)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.mouse.move(0, 0)

    assert hovered != resting
    assert outline != "none"
