"""What a buyer does in a browser, in either language, with or without JavaScript."""

import re
import secrets
from dataclasses import dataclass, replace

from playwright.sync_api import Page, expect

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
CHECKED_CARD = "4000 0027 6000 3184"

HOSTED_PAGE = re.compile(r"/c/pay/cs_")
ORDER_PAGE = re.compile(r"/orders/[\w-]{22}$")


@dataclass(frozen=True)
class Buyer:
    page: Page
    name: str
    email: str
    phone: str = "138 0571 4420"
    has_script: bool = True

    @classmethod
    def new(cls, first_name: str, page: Page, has_script: bool = True) -> "Buyer":
        """With a name and an address that nobody had before."""
        mark = secrets.token_hex(3)
        return cls(page, f"{first_name} {mark.upper()}", f"ada.{mark}@example.com", has_script=has_script)

    def in_another_tab(self) -> "Buyer":
        return replace(self, page=self.page.context.new_page())

    def put_car_into_cart(self, path: str) -> None:
        self.page.goto(path)
        self._press("#buy button, button[form=buy]")
        expect(self.page).to_have_url(re.compile(r"/cart$"))

    def put_service_into_cart(self, sku: str) -> None:
        self.page.goto("/services")
        self._press(f"form:has(input[name=sku][value={sku}]) button")
        expect(self.page).to_have_url(re.compile(r"/cart$"))

    def start_checkout(self) -> None:
        self.page.goto("/checkout")
        expect(self.page).to_have_url(re.compile(r"/checkout/contact$"))

    def give_contact(self, *ticks: str) -> None:
        """`ticks` are names of consents: answer_me, share, marketing."""
        for name, value in (("name", self.name), ("email", self.email), ("phone", self.phone)):
            self.page.fill(f"#contact-form [name={name}]", value)
        for name in ticks:
            self.page.locator(f"#contact-form [name={name}]").first.check()
        self._press("#contact-form button, button[form=contact-form]")
        expect(self.page).not_to_have_url(re.compile(r"/contact$"))

    def choose_slot(self, method: str) -> None:
        """Home delivery or the dealer, and the first free time; pages with script show it without a press."""
        page = self.page
        expect(page).to_have_url(re.compile(r"/checkout/handover"))
        times = page.locator(f"#handover-form:has([name=method][value={method}]:checked) .times label")
        page.locator(f"label:has([name=method][value={method}])").click()
        if not self.has_script:
            self._press("#handover-form button:not([formaction])")
        free = times.filter(has=page.locator("input:enabled")).first
        expect(free).to_be_visible()
        page.wait_for_load_state("networkidle")
        free.click()
        if self.has_script:
            expect(page.locator("#slot-picker .tag-done")).to_be_visible()

    def give_address(self) -> None:
        for name, value in (("street", "湖墅南路 18 号"), ("district", "拱墅区"), ("city", "杭州")):
            self.page.fill(f"[name={name}]", value)

    def go_on_to_review(self) -> None:
        self._press("button[formaction$='/checkout/handover']")
        expect(self.page).to_have_url(re.compile(r"/checkout/review$"))

    def go_to_payment(self) -> None:
        self._press("#pay-form button, button[form=pay-form]")
        expect(self.page).to_have_url(HOSTED_PAGE)

    def reach_review(self, car: str, method: str = "dealer_handover", ticks: tuple[str, ...] = ()) -> None:
        """With one car, from an empty cart to the last look."""
        self.put_car_into_cart(car)
        self.start_checkout()
        self.give_contact(*ticks)
        self.choose_slot(method)
        if method == "home_delivery":
            self.give_address()
        self.go_on_to_review()

    def fill_card(self, number: str) -> None:
        page = self.page
        for name, value in (("number", number), ("expiry", "12/30"), ("cvc", "123"), ("name", "Ada")):
            page.fill(f"[name={name}]", value)
        page.locator("main form button[type=submit]").click()

    def pay(self, number: str = GOOD_CARD) -> None:
        self.fill_card(number)
        if number == CHECKED_CARD:
            self.page.locator("button[value=complete]").click()
        expect(self.page).to_have_url(ORDER_PAGE)

    def _press(self, selector: str) -> None:
        """Phones have the button in the bottom bar, wide pages beside the text; one of them is seen."""
        self.page.locator(selector).locator("visible=true").first.click()
