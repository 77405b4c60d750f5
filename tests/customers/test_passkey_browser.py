"""Passkeys in a real browser, with a virtual authenticator: made on the account page, used at the entrance."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from app import settings as settings_module
from app.db import transaction
from tests.browser import browsing, serving
from tests.customers.visitors import link_to, nobody_tried_before
from tests.partners.builders import the_market

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browsing() as running:
        yield running


@pytest.fixture
def address(flask_app: Flask, database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The shop under a name: passkeys are bound to one."""
    nobody_tried_before()
    with transaction():
        the_market()
    with serving(flask_app) as port:
        place = f"http://localhost:{port}"
        monkeypatch.setenv("FORECOURT_PUBLIC_URL", place)
        settings_module.settings.cache_clear()
        yield place
    monkeypatch.undo()
    settings_module.settings.cache_clear()


@pytest.fixture
def context(chromium: Chromium, address: str) -> Iterator[BrowserContext]:
    opened = chromium.new_context(base_url=address)
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


def a_device(page: Page) -> tuple[Any, str]:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devtools, made["authenticatorId"]


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith("/account"))


def sign_in_by_mail(page: Page) -> None:
    page.goto("/account/sign-in")
    page.fill("#email", "ada@example.com")
    page.get_by_role("button", name="Send me the link").click()
    page.wait_for_url("**/account/sign-in/sent")
    page.goto(link_to())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")


def arrive_at(page: Page, path: str) -> None:
    """The page itself, not the entrance whose address ends with where to go next."""
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def test_a_passkey_is_made_used_and_removed(context: BrowserContext) -> None:
    page = context.new_page()
    devtools, device = a_device(page)
    sign_in_by_mail(page)

    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Remove:")).to_be_visible()
    kept = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [key["rpId"] for key in kept] == ["localhost"]

    sign_out(page)
    page.goto("/account/sign-in?next=/consents")
    arrive_at(page, "/consents")  # the browser offered the key in the field, and the device said yes
    page.goto("/account")
    sign_out(page)
    # Without this the browser would offer the key before the button can.
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = undefined")
    page.goto("/account/sign-in?next=/garage")
    page.get_by_role("button", name="Sign in with a passkey").click()
    arrive_at(page, "/garage")

    page.goto("/account")
    expect(page.get_by_text("ada@example.com")).to_be_visible()
    page.get_by_role("button", name="Remove:").click()
    expect(page.get_by_role("button", name="Remove:")).to_have_count(0)


def test_a_device_without_a_key_says_so_and_the_mail_is_still_there(context: BrowserContext) -> None:
    page = context.new_page()
    devtools, device = a_device(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto("/account/sign-in")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("The passkey did not get you in")).to_be_visible(timeout=70_000)
    expect(page.get_by_role("button", name="Send me the link")).to_be_enabled()


def test_without_script_the_entrance_offers_the_mail_alone(chromium: Chromium, address: str) -> None:
    with chromium.new_context(base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in_by_mail(page)
        expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()
        page.goto("/account/sign-in?again=1")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        page.goto("/account")
        page.get_by_role("link", name="Show my orders").click()
        expect(page.get_by_text("None yet. What you order")).to_be_visible()
