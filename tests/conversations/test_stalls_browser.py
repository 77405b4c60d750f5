"""A buyer who is stuck and an agent who sees it, both in a real browser."""

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app import sessions
from app.db import close_reading, session
from catalog.models import StockItem
from conversations import stalls_sweep
from conversations.stalls import HelpOffer, Stall
from leads.models import Lead
from tests.conversations.builders import Browser

PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
AT_THE_NEXT_BEAT_MS = 35_000


def window(chromium: Chromium, address: str, **more: object) -> BrowserContext:
    return chromium.new_context(
        base_url=address,
        locale="en-GB",
        reduced_motion="reduce",
        **more,  # type: ignore[arg-type]
    )


def stuck_at_contact(page: Page, car: StockItem) -> None:
    """The same field mistyped twice."""
    page.goto(f"/stock/{car.public_id}")
    page.locator("button:visible", has_text="Add to cart").first.click()
    page.wait_for_url("**/cart")
    page.goto("/checkout/contact")
    for number in ("12", "not a number"):
        page.fill("#name", "Ada Buys")
        page.fill("#email", "ada@example.com")
        page.fill("#phone", number)
        page.press("#phone", "Enter")
        expect(page.locator("#phone-error")).to_be_visible()


def sweep() -> None:
    close_reading()
    stalls_sweep.sweep()
    close_reading()


def test_the_agent_sees_who_is_stuck_and_the_buyer_sees_the_offer_once(
    chromium: Chromium, address: str, car: StockItem, agent: Browser
) -> None:
    cookie = agent.client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    desk = window(chromium, address, viewport={"width": 1440, "height": 900})
    desk.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    console = desk.new_page()
    console.goto("/agent")
    buyer = window(
        chromium,
        address,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        user_agent=PHONE,
    )
    page = buyer.new_page()
    stuck_at_contact(page, car)
    sweep()

    row = console.locator(".list-row", has_text="Phone refused 2 times")
    expect(row).to_be_visible()
    expect(row).to_contain_text("on the phone")
    expect(row).to_contain_text("Checkout, contact")
    console.keyboard.press("j")
    expect(row).to_be_focused()
    console.keyboard.press("Enter")
    expect(console.locator(".met-problem")).to_have_count(2)
    assert "not a number" not in console.content()

    offer = page.locator("#help-offer .help-strip")
    expect(offer).to_contain_text("Zhou Min can look at this step with you", timeout=AT_THE_NEXT_BEAT_MS)
    expect(offer).to_contain_text("You see this because an entry was refused twice: Phone.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.reload()
    page.wait_for_timeout(3_000)
    expect(offer).to_have_count(0)
    assert [made.state for made in session().scalars(select(HelpOffer))] == ["shown"]
    desk.close()
    buyer.close()


def test_help_that_is_taken_opens_the_sheet_beside_the_form(
    chromium: Chromium, address: str, car: StockItem, agent: Browser
) -> None:
    agent.see("/agent")
    buyer = window(chromium, address, viewport={"width": 1440, "height": 900})
    page = buyer.new_page()
    stuck_at_contact(page, car)
    sweep()
    page.fill("#name", "Ada B")

    page.get_by_role("button", name="Yes, help me").click(timeout=AT_THE_NEXT_BEAT_MS)

    expect(page.locator("aside#help-sheet")).to_contain_text("Zhou Min offered help, and you took it.")
    expect(page.locator("#help-offer .help-strip")).to_have_count(0)
    expect(page.locator("#name")).to_have_value("Ada B")
    close_reading()
    assert len(session().scalars(select(Lead)).all()) == 1
    assert [stall.state for stall in session().scalars(select(Stall))] == ["helped"]
    buyer.close()


def test_a_no_is_taken_without_a_word_more(
    chromium: Chromium, address: str, car: StockItem, agent: Browser
) -> None:
    agent.see("/agent")
    buyer = window(chromium, address, viewport={"width": 1440, "height": 900})
    page = buyer.new_page()
    stuck_at_contact(page, car)
    sweep()

    page.get_by_role("button", name="No, and do not ask again").click(timeout=AT_THE_NEXT_BEAT_MS)

    expect(page.locator("#help-offer")).to_contain_text("The chat stays where it is")
    close_reading()
    assert session().scalars(select(Lead)).all() == []
    buyer.close()
