"""A whole shop, as `./forecourt run` starts it, and a real browser in front of it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import launch

ROOT = Path(__file__).resolve().parent.parent.parent
READY = re.compile(r"Forecourt is ready at (http://\S+)")


@dataclass(frozen=True)
class Shop:
    url: str
    data: Path

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FORECOURT_")}
        return subprocess.run(
            [sys.executable, "-m", "app.manage", "--data", str(self.data), *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("shop")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FORECOURT_")}
    environment |= {
        "FORECOURT_ABANDON_CART_S": "6",
        "FORECOURT_ABANDON_CHECKOUT_S": "6",
        "FORECOURT_LEAD_HOLD_S": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.supervisor", "run", "--port", "0", "--data", str(data)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    url = ""
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := READY.search(line):
            url = found.group(1)
            break
    assert url, "the shop did not start:\n" + "".join(said[-40:])
    with (data / "shop.log").open("w") as log:
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        yield Shop(url, data)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        drain.wait(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


def a_context(
    browser: Browser, shop: Shop, language: str = "en", width: int = 1440, script: bool = True
) -> BrowserContext:
    context = browser.new_context(
        base_url=shop.url,
        locale={"en": "en-GB", "zh": "zh-CN"}[language],
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
    )
    context.set_default_timeout(15_000)
    return context


@pytest.fixture
def ada(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Ada buys, on a desktop, in English."""
    context = a_context(browser, shop)
    yield context.new_page()
    context.close()


@pytest.fixture
def ada_by_phone(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Ada buys, on a phone, in Chinese, without JavaScript."""
    context = a_context(browser, shop, "zh", 390, script=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def ben(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Ben sells: a member of staff with a browser of his own."""
    context = a_context(browser, shop)
    yield context.new_page()
    context.close()
