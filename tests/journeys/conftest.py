"""A whole shop, as `./forecourt run` starts it, and real browsers in front of it, each watched for what goes wrong."""

import html
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

from tests.browser import launch
from tests.journeys.buyer import Buyer
from tests.journeys.staff import Staff
from tests.shop import Shop, running_shop

CARD = re.compile(r'<article class="stock-card">.*?</article>', re.DOTALL)
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""Chromium says this of every refusal; the journeys look at those themselves."""
HOLD_S = 30
"""How long a lead from a cart that was left waits here before anybody is told: long enough for a slow machine to pay in."""


@dataclass
class Cars:
    """The stock as it was when the shop opened, handed out one by one: no two journeys want the same car."""

    url: str
    waiting: dict[str, list[str]] = field(default_factory=dict)

    def take(self, dealer: str, condition: str = "new", delivered: bool = False) -> str:
        """The path of a car's page that nobody else gets."""
        waiting = self.waiting.setdefault(f"{dealer} {condition}", [])
        if not waiting:
            waiting += self._listed(dealer, condition)
        for path in waiting:
            if not delivered or "Brought to your door" in self._page(f"/en{path}"):
                waiting.remove(path)
                return path
        raise AssertionError(f"no {condition} car is left at {dealer}")

    def give_back(self, dealer: str, condition: str, path: str) -> None:
        """One that was only looked at."""
        self.waiting[f"{dealer} {condition}"].append(path)

    def _listed(self, dealer: str, condition: str) -> list[str]:
        cards = CARD.findall(self._page(f"/en/stock?dealer={dealer}&condition={condition}"))
        free = [card for card in cards if "Somebody is buying it" not in card]
        return [found.group(1) for card in free if (found := re.search(r'href="/en(/stock/[^"]+)"', card))]

    def _page(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return html.unescape(answer.read().decode())


class Visits:
    """Browsers of people who know nothing of each other, and a note of every error seen in any of them."""

    def __init__(self, browser: Browser, shop: Shop, close: ExitStack) -> None:
        self._browser, self._shop, self._close = browser, shop, close
        self.troubles: list[str] = []

    def open(
        self, language: str = "en", width: int = 1440, script: bool = True, cookies_of: Path | None = None
    ) -> BrowserContext:
        context = self._browser.new_context(
            base_url=self._shop.url,
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            reduced_motion="reduce",
            storage_state=cookies_of,
        )
        context.set_default_timeout(60_000)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self._note(f"{error.page and error.page.url}: {error.error}"))
        context.on("response", self._note_failure)
        self._close.callback(context.close)
        return context

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSED.search(message.text):
            self._note(f"{message.page and message.page.url}: {message.text}")

    def _note_failure(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"{response.request.method} {response.url}: {response.status}")

    def _note(self, trouble: str) -> None:
        self.troubles.append(trouble)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(
        tmp_path_factory.mktemp("shop"),
        FORECOURT_ABANDON_CART_S="6",
        FORECOURT_ABANDON_CHECKOUT_S="6",
        FORECOURT_LEAD_HOLD_S=str(HOLD_S),
    ) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Gone with the last journey: one process can have one Playwright at a time."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def cars(shop: Shop) -> Cars:
    return Cars(shop.url)


@pytest.fixture
def visits(browser: Browser, shop: Shop) -> Iterator[Visits]:
    """Closes every browser at the end, and says what went wrong in any of them."""
    with ExitStack() as close:
        opened = Visits(browser, shop, close)
        yield opened
    assert not opened.troubles, "\n".join(opened.troubles)


@pytest.fixture
def ada(visits: Visits) -> Buyer:
    """Ada buys, on a desktop, in English. Her name is harmless; whoever prints it unescaped is not."""
    return Buyer.new("Ada O’Brien & Söhne <x>", visits.open().new_page())


@pytest.fixture
def ada_by_phone(visits: Visits) -> Buyer:
    """Ada buys, on a phone, in Chinese, without JavaScript."""
    return Buyer.new("艾达", visits.open("zh", 390, script=False).new_page(), has_script=False)


@pytest.fixture
def cleo(visits: Visits) -> Page:
    """Cleo is a stranger."""
    return visits.open().new_page()


@pytest.fixture(scope="session")
def kept_cookies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where signed-in staff leave their cookies for the next journey: signing in is limited."""
    return tmp_path_factory.mktemp("staff")


@pytest.fixture
def sign_in(visits: Visits, kept_cookies: Path) -> Callable[[str], Staff]:
    def with_own_browser(name: str) -> Staff:
        kept = kept_cookies / f"{name}.json"
        if kept.exists():
            return Staff(visits.open(cookies_of=kept).new_page())
        member = Staff(visits.open().new_page())
        member.sign_in(f"{name}@tarn.example")
        member.page.context.storage_state(path=kept)
        return member

    return with_own_browser


@pytest.fixture
def ben(sign_in: Callable[[str], Staff]) -> Staff:
    """Ben sells: the dealer at West Lake."""
    return sign_in("xu.rui")


@pytest.fixture
def han_lei(sign_in: Callable[[str], Staff]) -> Staff:
    """The dealer at Binjiang."""
    return sign_in("han.lei")


@pytest.fixture
def zhou_min(sign_in: Callable[[str], Staff]) -> Staff:
    """Answers online."""
    return sign_in("zhou.min")
