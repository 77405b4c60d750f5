"""The demo's mailbox, where every mail of the shop ends up."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.waiting import eventually

NEWEST = 10
RECIPIENT = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")


def letters_to(page: Page, address: str, subject: str) -> Locator:
    """Those with these words in the subject, as the mailbox shows them now."""
    page.goto("/mailbox")
    rows = page.locator("#mailbox li").filter(has_text=address)
    return rows.filter(has=page.locator("a", has_text=subject))


def open_letter(page: Page, address: str, subject: str) -> None:
    """The newest one, as soon as it is there."""
    eventually(lambda: letters_to(page, address, subject).count())
    letters_to(page, address, subject).first.locator("a").click()
    expect(page.locator(".mail-text")).to_be_visible()


def told_about(page: Page, name: str) -> list[str]:
    """Addresses whose newest letters name this person, other than the person's own."""
    page.goto("/mailbox")
    rows = page.locator("#mailbox li").all()[:NEWEST]
    letters = [(row.locator("a").get_attribute("href"), row.inner_text()) for row in rows]
    told = []
    for url, words in letters:
        page.goto(str(url))
        if name in page.locator(".mail-text").inner_text():
            told += [to for to in RECIPIENT.findall(words) if not to.endswith("@example.com")]
    return told
