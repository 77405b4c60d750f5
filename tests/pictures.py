"""The pictures of the README, taken of a demo shop: `./forecourt pictures` writes them into docs/pictures/."""

import html
import re
import tempfile
import urllib.request
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import launch
from tests.journeys.buyer import Buyer
from tests.journeys.staff import Staff
from tests.shop import Shop, running_shop

Mode: TypeAlias = Literal["light", "dark"]

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
QUALITY = 82
WIDE, PHONE = (1440, 900), (390, 844)
BUILD = "/models/mere/configure?trim=long-range&paint=tarn&wheels=blade&interior=sand"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_shop(Path(folder)) as shop,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        window_shopping(browser, shop)
        purchase(browser, shop)
        counter(browser, shop)
        browser.close()


def window_shopping(browser: Browser, shop: Shop) -> None:
    car = a_car(shop)
    wanted: tuple[tuple[str, str, str, Mode, tuple[int, int]], ...] = (
        ("home", "/", "en", "light", WIDE),
        ("home-phone", "/", "zh", "light", PHONE),
        ("stock", "/stock", "zh", "light", WIDE),
        ("configurator", BUILD, "en", "light", WIDE),
        ("configurator-dark", BUILD, "en", "dark", WIDE),
        ("configurator-phone", BUILD, "zh", "light", PHONE),
        ("vehicle", car, "en", "light", WIDE),
        ("services", "/services", "en", "light", WIDE),
    )
    for name, path, language, mode, size in wanted:
        page = opened(browser, shop, size, mode)
        page.goto(f"/{language}{path}")
        take(page, name)


def purchase(browser: Browser, shop: Shop) -> None:
    ada = Buyer(opened(browser, shop, WIDE), "Lin Yue", "lin.yue@example.com")
    page = ada.page
    page.goto(f"/en{BUILD}")
    page.locator("#build-bar button[form=buy]").locator("visible=true").first.click()
    page.wait_for_url(re.compile("/cart$"))
    ada.put_service_into_cart("charge-250")
    ada.put_service_into_cart("anping-motor")
    take(page, "cart")
    ada.start_checkout()
    ada.give_contact("answer_me", "share")
    ada.choose_slot("home_delivery")
    take(page, "checkout")
    ada.give_address()
    ada.go_on_to_review()
    ada.go_to_payment()
    ada.pay()
    take(page, "order")
    order = page.url
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(order.replace("/en/", "/zh/"))
    take(page, "order-phone")
    page.goto("/en/ask")
    page.get_by_label("What would you like to know?").fill("Does the tow bar fit later, too?")
    page.locator("#ask-form").get_by_role("button", name="Send").click()
    page.wait_for_url(re.compile(r"/ask/[\w-]{22}$"))


def counter(browser: Browser, shop: Shop) -> None:
    wanted: tuple[tuple[str, str, str, Mode, str], ...] = (
        ("board", "xu.rui", "/dealer", "light", ""),
        ("handover", "xu.rui", "/dealer", "light", ".board-card"),
        ("leads", "zhou.min", "/leads", "light", ".list-row"),
        ("agent", "zhou.min", "/agent", "dark", ".list-row"),
        ("insights", "admin", "/insights", "light", ""),
    )
    for name, account, path, mode, row in wanted:
        member = Staff(opened(browser, shop, WIDE, mode))
        member.sign_in(f"{account}@tarn.example")
        member.page.goto(path)
        if row:
            member.page.locator(row).first.click()
        take(member.page, name)


def opened(browser: Browser, shop: Shop, size: tuple[int, int], mode: Mode = "light") -> Page:
    context = browser.new_context(
        base_url=shop.url,
        locale="en-GB",
        viewport={"width": size[0], "height": size[1]},
        color_scheme=mode,
        reduced_motion="reduce",
    )
    return context.new_page()


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=QUALITY)
    print(f"docs/pictures/{name}.jpg")


def a_car(shop: Shop) -> str:
    with urllib.request.urlopen(f"{shop.url}/en/stock?model=strand", timeout=20) as answer:
        found = re.search(r'href="/en(/stock/[\w-]{22})"', html.unescape(answer.read().decode()))
    assert found is not None
    return found.group(1)


if __name__ == "__main__":
    main()
