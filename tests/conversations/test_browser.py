"""The conversation in a real browser: the answer comes by itself, words go without a reload, nothing typed is lost."""

from datetime import timedelta

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from app.db import transaction
from catalog.models import StockItem
from partners.models import Slot
from tests.checkout.builders import a_dealer
from tests.conversations.builders import Browser, new_key, place_of
from tests.partners.builders import a_slot


def open_page(chromium: Chromium, address: str, who: Browser, path: str) -> Page:
    context = chromium.new_context()
    cookie = who.client.get_cookie("forecourt")
    if cookie is not None:
        context.add_cookies([{"name": "forecourt", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto(address + path)
    return page


def test_both_sides_see_each_other_write(
    chromium: Chromium, address: str, ada: Browser, agent: Browser
) -> None:
    place = place_of(ada.ask())
    public_id = place.rsplit("/", 1)[1]
    buyer = open_page(chromium, address, ada, place)
    desk = open_page(chromium, address, agent, f"/agent/conversations/{public_id}")

    desk.fill("#message", "Yes, 750 kg.")
    desk.get_by_role("button", name="Send").click()
    expect(buyer.get_by_text("Yes, 750 kg.")).to_be_visible()
    buyer.fill("#message", "Thank you")
    buyer.get_by_role("button", name="Send").click()

    expect(buyer.locator("#message")).to_have_value("")
    expect(buyer.locator(".bubble")).to_have_count(3)
    expect(desk.locator("#agent-thread").get_by_text("Thank you")).to_be_visible()
    buyer.context.close()
    desk.context.close()


def test_what_is_being_typed_stays_while_the_thread_moves(
    chromium: Chromium, address: str, ada: Browser, agent: Browser
) -> None:
    place = place_of(ada.ask())
    public_id = place.rsplit("/", 1)[1]
    buyer = open_page(chromium, address, ada, place)
    buyer.fill("#message", "Half a sent")

    agent.post(f"/agent/conversations/{public_id}/messages", {"client_key": new_key(), "message": "Yes."})

    expect(buyer.get_by_text("Yes.")).to_be_visible()
    expect(buyer.locator("#message")).to_have_value("Half a sent")
    expect(buyer.locator("#message")).to_be_focused()
    buyer.context.close()


def test_the_row_in_hand_keeps_its_place_while_the_list_moves(
    chromium: Chromium, address: str, ada: Browser, cleo: Browser, agent: Browser
) -> None:
    ada.ask(name="Ada Buys")
    desk = open_page(chromium, address, agent, "/agent")
    row = desk.locator("[data-row]", has_text="Ada Buys")
    row.focus()

    cleo.ask(name="Cleo Looks")

    expect(desk.locator("[data-row]")).to_have_count(2)
    expect(row).to_be_focused()
    cleo.ask(name="Cleo Looks", message="Again")
    expect(desk.locator("[data-row]")).to_have_count(3)
    desk.context.close()


def test_another_day_keeps_what_was_typed(
    chromium: Chromium, address: str, ada: Browser, car: StockItem, slot: Slot
) -> None:
    with transaction():
        later = a_slot(a_dealer(), starts_at=slot.starts_at + timedelta(days=1))
    page = open_page(chromium, address, ada, f"/ask/test-drive?vehicle={car.public_id}")
    page.fill("#name", "Ada Buys")

    page.locator("a.day").nth(1).click()

    expect(page.locator(f'input[name="slot"][value="{later.public_id}"]')).to_be_attached()
    expect(page.locator("#name")).to_have_value("Ada Buys")
    page.context.close()
