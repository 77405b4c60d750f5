"""What dealers and agents do in a browser."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.journeys.waiting import eventually

PASSWORD = "still-water-2026"


@dataclass(frozen=True)
class Staff:
    page: Page

    def sign_in(self, email: str) -> None:
        self.page.goto("/staff/sign-in")
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_url(re.compile("/staff/sign-in"))

    def card_on_board(self, name: str) -> Locator:
        self.page.goto("/dealer")
        return self.page.locator(".board-card", has_text=name)

    def close_item(self, item: str, **typed: str) -> None:
        row = self.page.locator(f"#item-{item}")
        for name, value in typed.items():
            row.locator(f"[name={name}]").fill(value)
        row.get_by_role("button", name="Close:").click()
        expect(row).to_have_class("is-past")

    def draw_signature(self, side: str) -> None:
        """With the mouse, in the field of this side."""
        field = self.page.locator("form[data-signature]", has=self.page.get_by_role("heading", name=side))
        field.locator("canvas").scroll_into_view_if_needed()
        box = field.locator("canvas").bounding_box()
        assert box is not None
        left, middle = box["x"] + 20, box["y"] + box["height"] / 2
        self.page.mouse.move(left, middle)
        self.page.mouse.down()
        for step in range(1, 20):
            self.page.mouse.move(left + step * 8, middle + (step % 4) * 6)
        self.page.mouse.up()
        field.get_by_role("button", name="Sign:").click()
        expect(self.page.locator(".signature.is-signed", has_text=side)).to_be_visible()

    def leads(self, name: str) -> Locator:
        """The rows of the inbox about this person, as they are now."""
        self.page.goto("/leads")
        return self.page.locator(".list-row", has_text=name)

    def settled_leads(self, name: str) -> Locator:
        self.page.goto("/leads?show=settled")
        return self.page.locator(".list-row", has_text=name)

    def open_lead(self, name: str, within_s: float = 60) -> None:
        """The newest lead about this person; some come only with the next sweep."""
        eventually(lambda: self.leads(name).count(), within_s)
        self.page.locator(".list-row", has_text=name).first.click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def reveal_contact(self) -> None:
        """Of the person shown: masked until somebody says why they look, which is written down."""
        self.page.get_by_role("button", name="Show contact").click()

    def section(self, heading: str) -> Locator:
        """Of the page shown: the part under this heading."""
        return self.page.locator("section").filter(
            has=self.page.get_by_role("heading", name=heading, exact=True)
        )
