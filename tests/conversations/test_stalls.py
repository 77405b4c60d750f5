"""Stalls as the sweep finds them, the list that agents see, and help that is offered once."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, signals
from app.db import close_reading, session, statement_count, transaction
from app.events import EventRow
from app.sessions import AuthSession
from app.signals import Signal
from catalog.models import StockItem
from checkout.cart import Cart, CartLine
from conversations import stalls_offers, stalls_sweep
from conversations.models import Conversation, HelpRequest
from conversations.stalls import Attendance, DeskPresence, HelpOffer, Stall, StallPolicy
from leads.models import Lead
from partners.models import Staff
from tests.conversations.builders import HTMX, Browser, new_key

BAD_PHONE = {"name": "Ada Buys", "email": "ada@example.com", "phone": "call me maybe"}
HERE = "/ask/here?page=/checkout/contact"


@pytest.fixture
def in_checkout(ada: Browser, car: StockItem) -> Browser:
    """Ada stands at the first step of checkout and her page is looked at."""
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.see("/checkout/contact")
    ada.client.get(HERE, headers=HTMX)
    return ada


@pytest.fixture
def stuck(in_checkout: Browser) -> Browser:
    """The same field was refused twice."""
    for _ in range(2):
        assert in_checkout.post("/checkout/contact", BAD_PHONE).status_code == 422
    return in_checkout


def sweep(at: datetime | None = None) -> None:
    close_reading()
    with transaction():
        stalls_sweep.look(at or clock.now())


def stalls() -> list[Stall]:
    close_reading()
    return list(session().scalars(select(Stall).order_by(Stall.created_at)))


def offers() -> list[HelpOffer]:
    close_reading()
    return list(session().scalars(select(HelpOffer)))


def kinds() -> list[tuple[str, str, str | None]]:
    close_reading()
    rows = session().execute(select(Signal.kind, Signal.step, Signal.detail).order_by(Signal.at, Signal.id))
    return [(kind, step, detail) for kind, step, detail in rows]


def at_desk() -> uuid.UUID:
    with transaction():
        staff = Staff.by_email("zhou.min@tarn.example")
        assert staff is not None
        DeskPresence.note(staff.id, clock.now())
        return staff.id


def by_itself(is_on: bool) -> None:
    with transaction():
        session().add(StallPolicy(name="automatic", number=int(is_on)))


def count(model: Any) -> int:
    close_reading()
    return len(session().scalars(select(model)).all())


def test_two_refusals_of_one_field_are_a_stall_with_its_cart_and_no_value_typed(stuck: Browser) -> None:
    sweep()

    (found,) = stalls()
    cart = session().scalars(select(Cart)).one()
    assert (found.step, found.reason, found.detail, found.times) == ("contact", "refused_field", "phone", 2)
    assert (found.cart_id, found.value_minor, found.state) == (cart.id, cart.value_minor, "open")
    assert ("stalled", "contact", "refused_field") in kinds()
    assert "maybe" not in " ".join(str(row) for row in kinds())


def test_sweeping_again_opens_nothing_twice_and_counts_on(stuck: Browser) -> None:
    sweep()
    stuck.post("/checkout/contact", BAD_PHONE)
    sweep()
    sweep()

    (found,) = stalls()
    assert (found.times, found.state) == (3, "open")
    assert [kind for kind, *_ in kinds()].count("stalled") == 1


def test_going_on_closes_it_and_no_lead_came_of_it(stuck: Browser) -> None:
    sweep()
    stuck.post("/checkout/contact", BAD_PHONE | {"phone": ""})
    stuck.see("/checkout/handover")
    sweep()

    (found,) = stalls()
    assert (found.state, found.outcome) == ("gone", "went_on")
    assert count(Lead) == 0


def test_leaving_closes_it_as_left(stuck: Browser) -> None:
    sweep()
    sweep(clock.now() + timedelta(minutes=5))

    (found,) = stalls()
    assert (found.state, found.outcome) == ("gone", "left")


def test_standing_still_for_ninety_seconds_is_a_stall_only_while_the_page_is_looked_at(
    in_checkout: Browser,
) -> None:
    later = clock.now() + timedelta(seconds=95)
    sweep(later)
    assert stalls() == []

    with transaction():
        session().execute(update(Attendance).values(seen_at=later - timedelta(seconds=10)))
    sweep(later)

    assert [found.reason for found in stalls()] == ["no_progress"]


def test_whoever_already_talks_to_us_is_not_listed_a_second_time(stuck: Browser) -> None:
    stuck.ask(page="/checkout/contact")
    sweep()

    assert stalls() == []


def test_asking_while_stuck_closes_the_stall_as_helped(stuck: Browser) -> None:
    sweep()
    stuck.ask(page="/checkout/contact")
    sweep()

    (found,) = stalls()
    assert (found.state, found.outcome) == ("helped", "helped")
    assert found.conversation_id == session().scalars(select(Conversation.id)).one()


def test_a_thousand_who_are_stuck_take_the_same_few_statements(stuck: Browser) -> None:
    with statement_count() as taken:
        sweep()
        few = taken()
    at = clock.now()
    with transaction():
        visitors = [uuid.uuid4() for _ in range(300)]
        for seconds in (40, 20):
            signals.note_many(
                [
                    {
                        "at": at - timedelta(seconds=seconds),
                        "kind": "empty_search",
                        "step": "stock",
                        "detail": None,
                        "visitor_id": visitor_id,
                        "cart_id": None,
                        "market_key": "CN",
                        "device": "phone",
                        "value_minor": None,
                        "currency": None,
                        "language": "en",
                    }
                    for visitor_id in visitors
                ]
            )
    with statement_count() as taken:
        sweep()
        many = taken()

    assert len(stalls()) == 301
    assert many <= few + 4


def test_the_list_shows_stalls_and_requests_together_with_reason_value_and_a_clock(
    stuck: Browser, cleo: Browser, agent: Browser
) -> None:
    sweep()
    cleo.ask(message="Does it tow?")

    html = agent.see("/agent")

    assert "Phone refused 2 times" in html and "Does it tow?" in html
    assert "data-count-up" in html and "Checkout, contact" in html
    assert html.index("Phone refused") < html.index("Does it tow?"), "what is at risk stands first"
    by_time = agent.see("/agent?sort=time")
    assert by_time.index("Phone refused") < by_time.index("Does it tow?")


def test_chips_narrow_the_list_and_the_choice_is_kept(stuck: Browser, agent: Browser) -> None:
    sweep()
    with transaction():
        session().execute(update(Stall).values(language="zh", value_minor=1_000_00))

    assert "Phone refused" in agent.see("/agent")
    assert "Phone refused" not in agent.see("/agent?mine=1")
    assert "Phone refused" not in agent.see("/agent"), "the cookie keeps the choice"
    assert "Phone refused" in agent.see("/agent?mine=0")
    assert "Phone refused" not in agent.see("/agent?over=1")


def test_a_renewed_list_keeps_its_order_and_puts_what_is_new_below(
    stuck: Browser, cleo: Browser, agent: Browser
) -> None:
    cleo.ask(message="Does it tow?")
    html = agent.see("/agent")
    look = re.search(r'hx-get="([^"]*keep=[^"]*)"', html)
    assert look
    sweep()

    renewed = agent.see(look[1].replace("&amp;", "&"), headers=HTMX)

    assert renewed.index("Does it tow?") < renewed.index("Phone refused"), "worth more, and yet below"
    assert "1 new below" in renewed


def test_the_console_takes_few_statements(stuck: Browser, agent: Browser) -> None:
    sweep()
    (found,) = stalls()
    agent.see("/agent")
    with statement_count() as taken:
        agent.see("/agent")
        whole = taken()
    with statement_count() as taken:
        agent.see("/agent/conversations", headers=HTMX)
        part = taken()
    with statement_count() as taken:
        agent.see(f"/agent/stalls/{found.public_id}")
        one = taken()

    assert (whole <= 8, part <= 8, one <= 26) == (True, True, True), (whole, part, one)


def test_the_stall_page_shows_what_was_met_and_the_cart_as_its_buyer_sees_it(
    stuck: Browser, agent: Browser
) -> None:
    sweep()
    (found,) = stalls()
    title = session().scalars(select(CartLine.title)).one()["en"]

    html = agent.see(f"/agent/stalls/{found.public_id}")

    assert "Phone refused" in html and "met-problem" in html
    assert title in html and "Offer help" in html
    assert "maybe" not in html


def test_an_agent_offers_and_the_buyer_sees_it_once(stuck: Browser, agent: Browser) -> None:
    by_itself(False)
    sweep()
    (found,) = stalls()
    agent.see("/agent")
    assert agent.post(f"/agent/stalls/{found.public_id}/offer", {}).status_code == 303

    first = stuck.client.get(HERE, headers=HTMX)
    second = stuck.client.get(HERE, headers=HTMX)

    html = first.get_data(as_text=True)
    assert first.status_code == 200 and "Zhou Min can look at this step with you" in html
    assert "an entry was refused twice: Phone" in html and "maybe" not in html
    assert second.status_code == 204
    assert [offer.state for offer in offers()] == ["shown"]


def test_help_is_offered_once_a_session_and_step(stuck: Browser, agent: Browser) -> None:
    by_itself(False)
    sweep()
    (found,) = stalls()
    agent.see("/agent")
    agent.post(f"/agent/stalls/{found.public_id}/offer", {})

    again = agent.post(f"/agent/stalls/{found.public_id}/offer", {})

    assert again.status_code == 409 and "offered here already" in again.get_data(as_text=True)
    assert len(offers()) == 1


def test_nothing_is_offered_over_the_payment(stuck: Browser, agent: Browser) -> None:
    by_itself(False)
    sweep()
    (found,) = stalls()
    agent.see("/agent")
    agent.post(f"/agent/stalls/{found.public_id}/offer", {})

    over_payment = stuck.client.get("/ask/here?page=/checkout/pay", headers=HTMX)
    assert over_payment.status_code == 204

    with transaction():
        session().execute(update(HelpOffer).values(state="lapsed"))
        session().execute(update(Stall).values(state="open"))
    refused = agent.post(f"/agent/stalls/{found.public_id}/offer", {})
    assert refused.status_code == 409 and "Nothing is put over a payment" in refused.get_data(as_text=True)
    assert [offer.state for offer in offers()] == ["lapsed"]


def test_by_itself_only_somebody_who_is_there_is_named(stuck: Browser) -> None:
    sweep()
    assert offers() == [], "nobody is at the desk"

    with transaction():
        session().execute(update(Stall).values(state="gone", outcome="left", closed_at=clock.now()))
    staff_id = at_desk()
    sweep()

    (made,) = offers()
    assert (made.staff_id, made.is_automatic, stalls()[-1].state) == (staff_id, True, "offered")


def test_an_offer_of_somebody_who_has_left_the_desk_is_not_shown(stuck: Browser) -> None:
    at_desk()
    sweep()
    with transaction():
        session().execute(update(DeskPresence).values(seen_at=clock.now() - timedelta(minutes=3)))

    assert stuck.client.get(HERE, headers=HTMX).status_code == 204
    assert [offer.state for offer in offers()] == ["waiting"]


def test_turned_off_nothing_is_offered_by_itself(stuck: Browser) -> None:
    by_itself(False)
    at_desk()
    sweep()

    assert (len(stalls()), offers()) == (1, [])


def test_a_no_is_silence_for_seven_days(stuck: Browser, agent: Browser) -> None:
    at_desk()
    sweep()
    html = stuck.client.get(HERE, headers=HTMX).get_data(as_text=True)
    place = re.search(r'action="([^"]+/dismissal)"', html)
    assert place

    answer = stuck.post(place[1], {"page": "/checkout/contact"})
    again = stuck.post(place[1], {"page": "/checkout/contact"})

    assert (answer.status_code, answer.headers["Location"], again.status_code) == (
        303,
        "/checkout/contact",
        303,
    )
    close_reading()
    quiet_until = session().scalars(select(Attendance.quiet_until)).one()
    assert quiet_until is not None and quiet_until - clock.now() > timedelta(days=6, hours=23)
    (found,) = stalls()
    refused = agent.post(f"/agent/stalls/{found.public_id}/offer", {})
    assert refused.status_code == 409 and "declined help" in refused.get_data(as_text=True)
    with transaction():
        assert stalls_offers.offer_by_itself(list(session().scalars(select(Stall))), clock.now()) == 0
    assert ("offer_dismissed", "contact", "refused_field") in kinds()
    assert count(Lead) == 0


def test_taking_it_is_a_help_request_with_one_lead_and_the_same_person(stuck: Browser) -> None:
    staff_id = at_desk()
    sweep()
    html = stuck.client.get(HERE, headers=HTMX).get_data(as_text=True)
    place = re.search(r'action="([^"]+/taking)"', html)
    assert place
    assert count(Lead) == 0

    answer = stuck.post(place[1], {"page": "/checkout/contact"})
    again = stuck.post(place[1], {"page": "/checkout/contact"})

    assert answer.status_code == again.status_code == 303
    assert answer.headers["Location"] == again.headers["Location"]
    close_reading()
    asked = session().scalars(select(HelpRequest)).one()
    talk = session().get_one(Conversation, asked.conversation_id)
    assert (asked.step, asked.value_minor, talk.staff_id) == ("contact", stalls()[0].value_minor, staff_id)
    assert (count(Lead), stalls()[0].state) == (1, "helped")
    assert "Zhou Min offered help, and you took it." in stuck.see(answer.headers["Location"])
    events = session().scalars(select(EventRow.type)).all()
    assert events.count("conversations.help_offer_answered") == 1


def test_taken_with_script_it_opens_the_sheet_in_place(stuck: Browser) -> None:
    at_desk()
    sweep()
    html = stuck.client.get(HERE, headers=HTMX).get_data(as_text=True)
    place = re.search(r'action="([^"]+/taking)"', html)
    assert place

    answer = stuck.post(place[1], {"page": "/checkout/contact"}, HTMX)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'hx-target="#help-sheet"' in html and "Zhou Min" in html and 'hx-target="#help-offer"' in html


def test_an_offer_is_nobody_elses(stuck: Browser, cleo: Browser) -> None:
    at_desk()
    sweep()
    html = stuck.client.get(HERE, headers=HTMX).get_data(as_text=True)
    for verb in ("taking", "dismissal"):
        place = re.search(rf'action="([^"]+/{verb})"', html)
        assert place
        assert cleo.post(place[1], {"page": "/"}).status_code == 404

    assert ([offer.state for offer in offers()], count(HelpRequest)) == (["shown"], 0)


def test_a_page_of_nobody_leaves_no_trace(cleo: Browser, agent: Browser) -> None:
    assert cleo.client.get(HERE, headers=HTMX).status_code == 204
    assert agent.client.get(HERE, headers=HTMX).status_code == 204

    close_reading()
    assert count(Attendance) == 0
    staff_only = session().scalars(select(AuthSession).where(AuthSession.staff_id.is_(None))).all()
    assert staff_only == []


def test_a_dealer_and_a_stranger_see_no_stall(stuck: Browser, flask_app: Flask) -> None:
    sweep()
    (found,) = stalls()
    dealer = Browser(flask_app.test_client())
    dealer.sign_in("ben@tarn.example")

    dealer.see(f"/agent/stalls/{found.public_id}", status=403)
    assert dealer.post(f"/agent/stalls/{found.public_id}/offer", {}).status_code == 403
    assert offers() == []


def test_what_is_old_is_purged(stuck: Browser) -> None:
    with transaction():
        session().execute(update(Signal).values(at=clock.now() - timedelta(days=91)))
        assert signals.purge(clock.now()) >= 2
    assert kinds() == []


def test_the_pages_speak_chinese(stuck: Browser, agent: Browser) -> None:
    sweep()
    (found,) = stalls()

    html = agent.see(f"/zh/agent/stalls/{found.public_id}")

    assert "电话" in html and "Offer help" not in html and "Stuck or asking" not in html


def test_a_key_that_was_never_offered_takes_nothing(stuck: Browser) -> None:
    assert stuck.post(f"/ask/offers/{new_key()}/taking", {"page": "/"}).status_code == 404
    assert count(HelpRequest) == 0


def test_trouble_after_the_last_word_stands_on_the_threads_row_and_nobody_is_listed_twice(
    in_checkout: Browser, agent: Browser
) -> None:
    in_checkout.ask(page="/checkout/contact", message="Does it tow?")
    talk = session().scalars(select(Conversation)).one()
    agent.post(
        f"/agent/conversations/{talk.public_id}/messages", {"client_key": new_key(), "message": "It does."}
    )
    for _ in range(2):
        in_checkout.post("/checkout/contact", BAD_PHONE)
    sweep()

    (found,) = stalls()
    html = agent.see("/agent")
    assert (found.state, found.conversation_id) == ("open", talk.id)
    assert html.count("data-row") == 1 and f"talk-{talk.public_id}" in html
    assert "Phone refused 2 times" in html and "data-count-up" in html


def test_an_old_conversation_that_nobody_settled_does_not_list_its_buyer_a_second_time(
    stuck: Browser, agent: Browser
) -> None:
    stuck.ask(page="/checkout/contact")
    with transaction():
        session().execute(update(Conversation).values(last_message_at=clock.now() - timedelta(hours=2)))
    sweep()

    assert len(stalls()) == 1
    assert agent.see("/agent").count("data-row") == 1


def test_help_is_offered_to_nobody_who_is_in_a_conversation(in_checkout: Browser, agent: Browser) -> None:
    at_desk()
    in_checkout.ask(page="/checkout/contact")
    for _ in range(2):
        in_checkout.post("/checkout/contact", BAD_PHONE)
    sweep()
    (found,) = stalls()

    page = agent.see(f"/agent/stalls/{found.public_id}")
    answer = agent.post(f"/agent/stalls/{found.public_id}/offer", {})

    assert answer.status_code == 409 and "Write there" in page and "Offer help" not in page
    assert offers() == []


def test_waiting_for_our_answer_is_no_standing_still(in_checkout: Browser) -> None:
    in_checkout.ask(page="/checkout/contact")
    later = clock.now() + timedelta(seconds=200)
    with transaction():
        session().execute(update(Attendance).values(seen_at=later))
    sweep(later)
    assert stalls() == []

    with transaction():
        session().execute(update(Conversation).values(state="open", waiting_since=None))
    sweep(later)

    assert [found.reason for found in stalls()] == ["no_progress"]


def test_standing_still_for_half_an_hour_is_still_standing_still(in_checkout: Browser) -> None:
    later = clock.now() + timedelta(minutes=30)
    with transaction():
        session().execute(update(Attendance).values(seen_at=later))
    sweep(later)

    (found,) = stalls()
    assert (found.step, found.reason, found.state) == ("contact", "no_progress", "open")
