"""Two of the house look at one offer: the second answer is to an offer that is over, and reaches nobody else's."""

import re
import threading

import pytest
from flask import Flask

from app.db import close_reading
from leads.models import Lead
from partners.models import Recipient
from tests.conversations.builders import Browser
from tests.leads.builders import Places, all_leads, the_lead
from tests.leads.test_ladder import Relay, a_lead, binjiang, rounds, tuesday_morning
from tests.leads.test_working import two_leads

__all__ = ["binjiang", "tuesday_morning"]


def form_on(page: str) -> dict[str, str]:
    found = re.search(r'name="round" value="(\d+)"', page)
    assert found
    return {"round": found.group(1)}


@pytest.mark.parametrize("said", ["accept", "decline"])
def test_an_answer_to_an_offer_that_is_over_is_none_to_the_next_place(
    agent: Browser, places: Places, binjiang: Recipient, run_relay: Relay, said: str
) -> None:
    lead = a_lead(places, run_relay, binjiang)
    first, second = (form_on(agent.see(f"/leads/{lead.public_id}")) for _ in range(2))
    no = {"reason": "no_capacity"}
    assert agent.post(f"/leads/{lead.public_id}/decline", first | no).status_code == 303

    late = agent.post(f"/leads/{lead.public_id}/{said}", second | (no if said == "decline" else {}))

    assert late.status_code == 409
    assert "Tarn Binjiang has it now" in late.get_data(as_text=True)
    assert rounds(lead) == [(1, places.dealer.id, "declined"), (2, binjiang.id, "open")]
    assert (the_lead().status, the_lead().staff_id) == ("routed", None)


def test_the_page_to_decline_names_the_offer_too(agent: Browser, places: Places, run_relay: Relay) -> None:
    lead = a_lead(places, run_relay)

    assert form_on(agent.see(f"/leads/{lead.public_id}/decline")) == {"round": "1"}


def test_two_leads_linked_to_each_other_at_once_end_in_one_link(
    flask_app: Flask, agent: Browser, places: Places, run_relay: Relay
) -> None:
    first, second = two_leads(run_relay)
    if second.primary_lead_id is not None:
        agent.post(f"/leads/{second.public_id}/unlink", {})
    other = Browser(flask_app.test_client())
    other.sign_in("zhou.min@tarn.example")
    said: list[list[int]] = []

    for _turn in range(12):
        codes: list[int] = []

        def press(browser: Browser, lead: Lead, to: Lead, codes: list[int] = codes) -> None:
            codes.append(browser.post(f"/leads/{lead.public_id}/link", {"to": to.number}).status_code)
            close_reading()

        pressing = [
            threading.Thread(target=press, args=(agent, first, second)),
            threading.Thread(target=press, args=(other, second, first)),
        ]
        for thread in pressing:
            thread.start()
        for thread in pressing:
            thread.join()
        said.append(sorted(codes))
        close_reading()
        for lead in all_leads():
            if lead.primary_lead_id is not None:
                agent.post(f"/leads/{lead.public_id}/unlink", {})

    assert said == [[303, 409]] * 12
