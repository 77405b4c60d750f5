"""From the first look to an order that can be followed: the six steps of a buyer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.buyer import CHECKED_CARD, DECLINED_CARD, HOSTED_PAGE, Buyer
from tests.journeys.conftest import Cars, Visits
from tests.journeys.mailbox import letters_to, open_letter
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser


def test_a_visitor_finds_a_car_by_models_stock_and_filters(ada: Buyer) -> None:
    page = ada.page

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The whole price.")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Models").click()
    for model in ("Rill", "Mere", "Strand", "Crag", "Haven"):
        expect(page.locator("main").get_by_text(model, exact=True).first).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="In stock").click()
    everything = _count(page)
    page.get_by_role("checkbox", name=re.compile("^New")).check()
    expect(page).to_have_url(re.compile("condition=new"))
    expect(page.locator("#results .chip", has_text="New")).to_be_visible()
    new = _count(page)
    page.get_by_role("checkbox", name=re.compile("^Mere")).check()
    expect(page).to_have_url(re.compile("model=mere"))
    expect(page.locator("#results .chip", has_text="Mere")).to_be_visible()

    assert 0 < _count(page) < new < everything
    assert all(title.startswith("Mere") for title in page.locator(".stock-link").all_inner_texts())
    page.go_back()
    expect(page).to_have_url(re.compile(r"condition=new"))
    expect(page.locator("#results .chip", has_text="Mere")).to_have_count(0)


def test_ada_buys_a_car_with_services_after_a_declined_card(
    ada: Buyer, cleo: Page, visits: Visits, cars: Cars, ben: Staff
) -> None:
    page = ada.page
    ada.put_car_into_cart(cars.take("hangzhou-west-lake"))
    expect(page.locator("time[data-count-down]").first).to_have_text(re.compile(r"^(29|30):\d\d$"))
    for sku in ("charge-250", "credits-500", "subscribe-rill"):
        ada.put_service_into_cart(sku)
    expect(page.locator("#cart-count")).to_have_text("4")

    ada.start_checkout()
    expect(page.get_by_text("No account needed")).to_be_visible()
    consents = page.locator("#share input[type=checkbox]")
    expect(consents).to_have_count(3)
    assert not any(box.is_checked() for box in consents.all())
    ada.give_contact()
    ada.choose_slot("dealer_handover")
    ada.go_on_to_review()

    today, by_date, monthly = _amounts(page, "Today"), _amounts(page, "Due"), _amounts(page, "Each month")
    assert today == {
        "Deposit": "¥5,000",
        "500 mobility credits": "¥450",
        "Rill subscription": "¥2,980",
        "Today": "¥8,430",
    }
    assert {"Purchase tax", "Plates and registration", "Less the deposit", "Balance"} <= set(by_date)
    assert monthly == {"Charge 250": "¥199", "Rill subscription": "¥2,980"}

    ada.go_to_payment()
    ada.fill_card(DECLINED_CARD)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(HOSTED_PAGE)
    ada.pay(CHECKED_CARD)

    expect(page.get_by_text("¥8,430 received")).to_be_visible()
    order_address = page.url
    page.goto("/orders/" + order_address.rsplit("/", 1)[1])
    expect(page.get_by_role("heading", name="What you bought")).to_be_visible()
    page.goto("/cart")
    expect(page.get_by_text("There is nothing in your cart yet")).to_be_visible()
    expect(ben.card_on_board(ada.name)).to_have_count(1)

    refused = cleo.goto(order_address)
    assert refused is not None and refused.status == 404
    expect(cleo.get_by_text(ada.name)).to_have_count(0)

    reader = visits.open().new_page()
    open_letter(reader, ada.email, "Your order")
    reader.locator(".mail-text a", has_text="/link/").click()
    expect(reader).to_have_url(order_address)
    expect(reader.get_by_text("500 mobility credits").first).to_be_visible()
    expect(letters_to(reader, ada.email, "Your order")).to_have_count(1)


def test_ada_buys_by_phone_in_chinese_without_javascript(
    ada_by_phone: Buyer, cars: Cars, visits: Visits
) -> None:
    ada, page = ada_by_phone, ada_by_phone.page
    ada.put_service_into_cart("credits-1000")
    expect(page.get_by_role("heading", level=1)).to_contain_text("你的购物车")
    ada.put_car_into_cart(cars.take("shanghai-xuhui", delivered=True))
    ada.start_checkout()
    ada.give_contact("answer_me")
    ada.choose_slot("home_delivery")
    ada.give_address()
    ada.go_on_to_review()
    expect(page.get_by_text("湖墅南路 18 号")).to_be_visible()
    assert _fits(page)
    ada.go_to_payment()

    ada.pay()

    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_text("收到 ¥5,880")).to_be_visible()
    expect(page.get_by_role("heading", name="送车上门")).to_be_visible()
    assert _fits(page)
    reader = visits.open("zh", 390, script=False).new_page()
    open_letter(reader, ada.email, "你的订单")
    expect(reader.locator(".mail-text")).to_contain_text("1,000 出行点数")


def _fits(page: Page) -> bool:
    """Nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def _count(page: Page) -> int:
    return int(page.locator("#results .stock-count b").inner_text().split()[0])


def _amounts(page: Page, heading: str) -> dict[str, str]:
    """The printed lines under a heading of the review."""
    block = page.locator("section[aria-labelledby=when-heading] h3", has_text=heading).locator("+ dl")
    names = [name.split("\n")[0] for name in block.locator("dt").all_inner_texts()]
    return dict(zip(names, block.locator("dd:not(.line-note)").all_inner_texts(), strict=True))
