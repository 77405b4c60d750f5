"""An inbox of many leads: few statements, whatever the tab, and every tab walks its own index."""

import re

import pytest
from flask import Flask

from app.db import close_reading, engine, statement_count, transaction
from bench import inbox_leads
from leads.inbox_list import SHOWN
from leads.rules import plant
from partners.models import Staff
from tests.conversations.builders import Browser
from tests.leads.builders import Places

MOST_STATEMENTS = 8
SIZE = 3000
TABS = ("due", "mine", "unassigned", "cars", "services", "partners", "snoozed", "settled")


@pytest.fixture
def full(places: Places) -> Places:
    with transaction():
        plant("CN")
        clerk = Staff.by_email("zhou.min@tarn.example")
        assert clerk is not None
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        inbox_leads.fill(connection, places.dealer.id, clerk.id, SIZE)
    return places


def statements(browser: Browser, path: str) -> int:
    browser.see(path)
    close_reading()
    with statement_count() as counted:
        browser.see(path)
        return counted()


def test_every_tab_of_a_full_inbox_costs_few_statements(full: Places, agent: Browser, ben: Browser) -> None:
    for browser in (agent, ben):
        for tab in TABS:
            assert statements(browser, f"/leads?show={tab}") <= MOST_STATEMENTS, tab


def test_a_full_inbox_is_counted_no_further_than_it_must(full: Places, agent: Browser) -> None:
    page = agent.see("/leads")

    assert "999+" in page
    assert page.count("data-row") == SHOWN
    assert "Show more" in page


def test_paging_meets_every_lead_once(full: Places, flask_app: Flask, agent: Browser) -> None:

    seen: list[str] = []
    path = "/leads?show=settled"
    while path:
        page = agent.see(path)
        rows = page.split('id="rows"')[1]
        seen += re.findall(r'id="row-([\w-]+)"', rows)
        more = re.search(r'href="(/leads\?show=settled&amp;after=[^"]+)" hx-get', page)
        path = more.group(1).replace("&amp;", "&") if more else ""

    assert len(seen) == len(set(seen)) == SIZE // 10
