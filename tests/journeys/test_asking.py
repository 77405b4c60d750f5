"""Whoever asks is answered on the page, and there is one lead for it."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.buyer import Buyer
from tests.journeys.conftest import Cars, Visits
from tests.journeys.staff import Staff

pytestmark = pytest.mark.browser

CONVERSATION = re.compile(r"/ask/[\w-]{22}$")


def test_a_question_from_a_cars_page_is_one_lead_and_the_answer_appears_by_itself(
    ada: Buyer, zhou_min: Staff, cars: Cars
) -> None:
    page = ada.page
    page.goto(cars.take("chengdu-gaoxin"))
    car = page.get_by_role("heading", level=1).inner_text().split()[0]
    page.get_by_role("link", name="Ask about this car").click()
    expect(page.locator("aside#help-sheet .context-line")).to_contain_text(car)
    page.locator("#help-sheet").get_by_role("link", name="Be called").click()
    page.get_by_role("link", name="Write", exact=True).click()
    expect(page.locator("#ask-form")).to_contain_text(car)
    page.get_by_label("What would you like to know?").fill("Does it tow a caravan?")
    page.fill("#ask-form [name=name]", ada.name)
    page.fill("#ask-form [name=email]", ada.email)
    page.locator("#ask-form").get_by_role("button", name="Send").dblclick()
    expect(page).to_have_url(CONVERSATION)
    expect(page.get_by_text("Does it tow a caravan?")).to_be_visible()

    zhou_min.open_lead(ada.name)
    expect(zhou_min.section("Why here").locator("p").first).not_to_be_empty()
    expect(zhou_min.section("Who was considered").get_by_text("chosen", exact=True)).to_have_count(1)
    zhou_min.page.get_by_role("link", name="Conversation", exact=True).first.click()
    expect(zhou_min.page.get_by_text("Does it tow a caravan?").first).to_be_visible()
    zhou_min.page.get_by_label("Your answer").fill("Up to 1,600 kg, braked.")
    zhou_min.page.get_by_role("button", name="Send").click()

    answer = page.locator("#thread").get_by_text("Up to 1,600 kg, braked.")
    expect(answer).to_be_visible()  # the page asks every four seconds
    expect(zhou_min.leads(ada.name)).to_have_count(1)
    expect(zhou_min.settled_leads(ada.name)).to_have_count(0)


def test_the_answer_is_there_after_a_reload_without_javascript(visits: Visits, zhou_min: Staff) -> None:
    ada = Buyer.new("Ada", visits.open(width=390, script=False).new_page(), has_script=False)
    page = ada.page
    page.goto("/services")
    page.get_by_role("link", name="Ask").first.click()
    page.get_by_label("What would you like to know?").fill("Do credits pay for trains?")
    page.fill("#ask-form [name=name]", ada.name)
    page.locator("#ask-form").get_by_role("button", name="Send").click()
    expect(page).to_have_url(CONVERSATION)

    zhou_min.page.goto("/agent")
    zhou_min.page.locator(".list-row", has_text=ada.name).click()
    zhou_min.page.get_by_label("Your answer").fill("They do, since March.")
    zhou_min.page.get_by_role("button", name="Send").click()
    expect(zhou_min.page.locator("#agent-thread").get_by_text("They do, since March.")).to_be_visible()

    page.reload()
    expect(page.locator("#thread").get_by_text("They do, since March.")).to_be_visible()
    zhou_min.open_lead(ada.name)
    expect(zhou_min.leads(ada.name)).to_have_count(1)
