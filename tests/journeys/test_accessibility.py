"""Every page of the storefront against axe's WCAG 2.2 AA rules and best practices, in both modes and both languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import Cars, Visits
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent.parent.parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (("en", "light", 1440), ("zh", "dark", 1440), ("zh", "light", 390), ("en", "dark", 390))
PUBLIC_PAGES = (
    "/",
    "/models",
    "/models/mere",
    "/models/mere/configure",
    "/models/rill/configure?paint=cinnabar&wheels=blade",
    "/designs",
    "/stock",
    "/stock?condition=used&model=crag",
    "/stock?q=nothing-is-called-so&model=none",
    "/services",
    "/subscribe",
    "/ask",
    "/ask/test-drive",
    "/account/sign-in",
    "/consents",
    "/garage",
    "/cart",
    "/styleguide",
    "/nowhere",
)


def violations(page: Page) -> list[str]:
    """A line per rule and place."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{page.url} {violation['id']}: {node['target']} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]


@pytest.mark.parametrize(("language", "mode", "width"), LOOKS)
def test_no_page_anybody_can_open_breaks_a_rule(
    language: str, mode: Any, width: int, visits: Visits, cars: Cars
) -> None:
    page = visits.open(language, width).new_page()
    page.emulate_media(color_scheme=mode, reduced_motion="reduce")
    car = cars.take("shanghai-xuhui", "used")

    found: list[str] = []
    for path in (*PUBLIC_PAGES, car):
        page.goto(f"/{language}{path}")
        found += violations(page)

    cars.give_back("shanghai-xuhui", "used", car)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("language", "mode", "width"), LOOKS)
def test_no_step_of_a_purchase_breaks_a_rule(
    language: str, mode: Any, width: int, visits: Visits, cars: Cars
) -> None:
    ada = Buyer.new("Ada", visits.open(language, width).new_page())
    page = ada.page
    page.emulate_media(color_scheme=mode, reduced_motion="reduce")
    found: list[str] = []

    def look() -> None:
        found.extend(violations(page))

    ada.put_service_into_cart("charge-250")
    ada.put_car_into_cart(cars.take("hangzhou-west-lake"))
    look()
    ada.start_checkout()
    look()
    page.locator("#contact-form button, button[form=contact-form]").locator("visible=true").first.click()
    look()
    ada.give_contact("answer_me")
    look()
    ada.choose_slot("dealer_handover")
    look()
    ada.go_on_to_review()
    look()
    ada.go_to_payment()
    ada.pay()
    look()
    page.goto(page.url + "/balance")
    look()

    assert not found, "\n".join(found)


STAFF_PAGES = {
    "zhou.min": ("/agent", "/agent/calls", "/agent/answers", "/leads", "/house/orders", "/staff/me"),
    "xu.rui": (
        "/dealer",
        "/dealer/lanes",
        "/dealer/sheet",
        "/dealer/hours",
        "/dealer/threads",
        "/dealer/demo-cars",
    ),
    "admin": (
        "/admin",
        "/admin/recipients",
        "/admin/staff",
        "/admin/audit",
        "/admin/deliveries",
        "/admin/settings",
        "/admin/promotions",
        "/admin/texts/conversations/order_placed",
        "/admin/operator",
        "/insights",
        "/leads/matrix",
    ),
}


@pytest.mark.parametrize(("language", "mode", "width"), LOOKS[1:3])
@pytest.mark.parametrize("who", STAFF_PAGES)
def test_no_page_of_the_staff_breaks_a_rule(
    who: str, language: str, mode: Any, width: int, sign_in: Callable[[str], Staff]
) -> None:
    page = sign_in(who).page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=mode, reduced_motion="reduce")

    found: list[str] = []
    for path in STAFF_PAGES[who]:
        page.goto(f"/{language}{path}")
        found += violations(page)

    assert not found, "\n".join(found)
