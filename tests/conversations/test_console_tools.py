"""What an agent does in a conversation beside writing: each verb, what refuses it, and that nothing else moved then."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from catalog.models import StockItem
from checkout.cart import Cart, CartLine
from checkout.comments import CartComment
from conversations.cards import ThreadCard
from conversations.hand_overs import HandOver
from conversations.models import Conversation, Message
from conversations.notes import PrivateNote
from customers import consents
from customers.models import Consent
from partners.models import Booking, Recipient, Slot, Staff
from tests.checkout.builders import ADA, a_dealer, charge_250
from tests.checkout.builders import a_slot as a_handover_slot
from tests.conversations.builders import HTMX, Browser, new_key, place_of
from tests.partners.builders import a_member_of_staff, a_recipient


def talk() -> Conversation:
    close_reading()
    return session().scalars(select(Conversation)).one()


def address() -> str:
    return f"/agent/conversations/{talk().public_id}"


def messages() -> list[tuple[str, str]]:
    close_reading()
    return [(m.author_kind, m.body) for m in session().scalars(select(Message).order_by(Message.seq))]


def count(what: Any) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(what)) or 0


def facts(kind: str) -> list[dict[str, Any]]:
    close_reading()
    rows = session().scalars(
        select(EventRow).where(EventRow.type == f"conversations.{kind}").order_by(EventRow.id)
    )
    return [row.payload for row in rows]


def do(agent: Browser, what: str, **form: Any) -> Any:
    return agent.post(f"{address()}/{what}", {"client_key": new_key()} | form)


def the_card() -> ThreadCard:
    close_reading()
    return session().scalars(select(ThreadCard).order_by(ThreadCard.id.desc()).limit(1)).one()


def answer(ada: Browser, place: str, word: str, **more: Any) -> Any:
    return ada.post(f"{place}/cards/{the_card().public_id}", {"answer": word}, **more)


@pytest.fixture
def ben(flask_app: Flask, house: None) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("ben@tarn.example")
    return browser


# Links


def test_a_page_of_the_shop_is_sent_as_a_card_with_its_title(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask())

    assert do(agent, "links", page=f"/stock/{car.public_id}").status_code == 303

    html = ada.see(place)
    card = the_card()
    assert card.url == f"/stock/{car.public_id}" and card.title in html
    assert f'href="/stock/{car.public_id}"' in html
    assert f'href="/zh/stock/{car.public_id}"' in ada.see("/zh" + place)


def test_a_page_is_offered_because_the_buyer_looks_at_it(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    ada.ask(page=f"/stock/{car.public_id}")

    html = agent.see(f"{address()}/tools/link")

    assert f'value="/stock/{car.public_id}"' in html
    assert f'value="/stock/{car.public_id}"' in agent.see(f"{address()}/tools/link", headers=HTMX)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("https://evil.example/stock", "Only pages of this shop can be sent"),
        ("//evil.example/stock", "Only pages of this shop can be sent"),
        ("javascript:alert(1)", "Only pages of this shop can be sent"),
        ("/\\evil.example", "Only pages of this shop can be sent"),
        ("/stock/aaaaaaaaaaaaaaaa", "There is no such page to send"),
        ("/admin/staff", "There is no such page to send"),
        ("/orders/aaaaaaaaaaaaaaaa", "There is no such page to send"),
    ],
)
def test_any_other_address_is_refused_with_the_reason(
    ada: Browser, agent: Browser, told: str, why: str
) -> None:
    ada.ask()

    refused = do(agent, "links", address=told)

    html = refused.get_data(as_text=True)
    assert refused.status_code == 422 and why in html and 'id="address-error"' in html
    assert messages() == [("customer", "Does it tow?")] and count(ThreadCard) == 0


def test_a_form_sent_twice_sends_one_page(ada: Browser, agent: Browser) -> None:
    ada.ask()
    key = new_key()

    do(agent, "links", page="/stock", client_key=key)
    do(agent, "links", page="/stock", client_key=key)

    assert count(ThreadCard) == 1 and len(messages()) == 2


# Suggestions


def test_a_car_is_suggested_and_taken_up_in_the_thread(
    ada: Browser, agent: Browser, car: StockItem, run_relay: Callable[[], None]
) -> None:
    place = place_of(ada.ask())

    assert do(agent, "suggestions", car=car.public_id, words="This one stands ready.").status_code == 303
    assert count(CartLine) == 0
    html = ada.see(place)
    assert "Take it up" in html and "This one stands ready." in html
    assert "Take it up" not in agent.see(address())

    assert answer(ada, place, "yes").status_code == 303
    run_relay()

    assert session().scalars(select(CartLine.stock_item_id)).all() == [car.id]
    assert "In the cart" in agent.see(address()) and "Taken up" in ada.see(place)
    again = answer(ada, place, "yes")
    assert again.status_code == 409 and "decided already" in again.get_data(as_text=True)


def test_a_car_that_somebody_else_holds_is_not_among_those_to_suggest(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    ada.ask()
    tool = f"{address()}/tools/suggest"
    assert car.public_id in agent.see(tool)

    with transaction():
        session().get_one(StockItem, car.id).hold(
            uuid.uuid4(), "browse", clock.now() + timedelta(minutes=30), uuid.uuid4()
        )

    assert car.public_id not in agent.see(tool)


def test_the_buyer_leaves_it_in_the_cart_and_the_desk_sees_it(
    ada: Browser, agent: Browser, car: StockItem, run_relay: Callable[[], None]
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    place = place_of(ada.ask())
    with transaction():
        offer = charge_250()
    do(agent, "suggestions", sku=offer.sku)
    html = ada.see("/cart")
    assert "Zhou Min" in html
    found = re.search(r'action="(/cart/comments/[^"]+/decline)"', html)
    assert found

    assert ada.post(found[1], {}).status_code == 303
    run_relay()

    assert "Left as it is" in ada.see(place) and "Left as it is" in agent.see(address())
    assert count(CartLine) == 1


def test_a_stranger_and_another_browser_decide_nothing(
    flask_app: Flask, ada: Browser, cleo: Browser, agent: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask())
    do(agent, "suggestions", car=car.public_id)

    assert answer(cleo, place, "yes").status_code == 404

    assert session().scalars(select(CartComment.state)).one() == "open" and count(CartLine) == 0


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({}, 422),
        ({"design": "MERE-0000-00"}, 422),
        ({"car": "aaaaaaaaaaaaaaaa"}, 404),
        ({"sku": "no-such"}, 404),
    ],
)
def test_what_is_not_there_cannot_be_suggested(
    ada: Browser, agent: Browser, what: dict[str, str], status: int
) -> None:
    ada.ask()

    assert do(agent, "suggestions", **what).status_code in (status, 404, 422)

    assert count(CartComment) == 0 and len(messages()) == 1


def test_agents_writes_do_not_count_as_the_buyers_activity(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.ask()
    long_ago = clock.now() - timedelta(hours=2)
    with transaction():
        session().execute(update(Cart).values(last_activity_at=long_ago))
        slot = a_handover_slot(session().get_one(Recipient, car.recipient_id), "handover")
        offer = charge_250()

    do(agent, "suggestions", sku=offer.sku)
    do(agent, "slots", slot=slot.public_id)

    close_reading()
    assert session().scalars(select(Cart.last_activity_at)).one() == long_ago


# A time that is held


def test_a_time_is_held_for_twenty_minutes_in_thread_and_cart(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    place = place_of(ada.ask())
    with transaction():
        slot = a_handover_slot(session().get_one(Recipient, car.recipient_id), "handover")

    assert slot.public_id in agent.see(f"{address()}/tools/slot")
    assert do(agent, "slots", slot=slot.public_id).status_code == 303

    close_reading()
    booking = session().scalars(select(Booking).where(Booking.state == "held")).one()
    cart = session().scalars(select(Cart)).one()
    assert booking.holder == cart.id and booking.until is not None
    assert timedelta(minutes=19) < booking.until - clock.now() <= timedelta(minutes=20)
    assert cart.slot_id == slot.id and "Held until" in ada.see(place)


def test_a_time_that_somebody_else_has_is_not_held(
    ada: Browser, cleo: Browser, agent: Browser, car: StockItem
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.ask()
    with transaction():
        slot = a_handover_slot(session().get_one(Recipient, car.recipient_id), "handover")
        slot.book(slot.recipient_id, ADA)

    refused = do(agent, "slots", slot=slot.public_id)

    assert refused.status_code == 409 and "just been taken" in refused.get_data(as_text=True)
    assert count(ThreadCard) == 0 and len(messages()) == 1


def test_without_a_car_there_is_nothing_to_hold_for(ada: Browser, agent: Browser, slot: Slot) -> None:
    ada.ask()

    refused = do(agent, "slots", slot=slot.public_id)

    assert refused.status_code == 409 and "There is no car" in refused.get_data(as_text=True)


# To a dealer


def hand(agent: Browser, dealer: Recipient, **changed: Any) -> Any:
    form = {
        "dealer": dealer.public_id,
        "reason": "test_drive",
        "summary": "Wants to drive a Mere on Saturday.",
    }
    return do(agent, "hand-over", **form | changed)


def test_without_a_consent_the_buyer_is_asked_and_the_dealer_sees_nothing_yet(
    ada: Browser, agent: Browser, ben: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))

    assert hand(agent, a_dealer_here()).status_code == 303

    assert session().scalars(select(HandOver.state)).one() == "asking"
    assert "Yes, they may" in ada.see(place) and "Asked: may" in agent.see(address())
    ben.see(f"/dealer/threads/{talk().public_id}", status=404)
    assert "Ada Buys" not in ben.see("/dealer/threads")
    assert hand(agent, a_dealer_here()).status_code == 409


def test_one_tap_lets_the_dealer_read_and_answer(
    ada: Browser, agent: Browser, ben: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))
    hand(agent, a_dealer_here())
    do(agent, "notes", note="Has been here before.")

    assert answer(ada, place, "yes", headers=HTMX).status_code == 200

    close_reading()
    given = session().scalars(select(HandOver)).one()
    consent = session().get_one(Consent, given.consent_id)
    assert (consent.purpose, consent.granted, consent.recipient_id) == (
        "share_with_recipient",
        True,
        a_dealer_here().id,
    )
    assert facts("handed_over")[0]["recipient_id"] == str(a_dealer_here().id)
    assert "Ada Buys" in ben.see("/dealer/threads")
    thread = f"/dealer/threads/{talk().public_id}"
    html = ben.see(thread)
    assert "Does it tow?" in html and "Wants to drive a Mere on Saturday." in html
    assert "Has been here before." not in html
    assert (
        ben.post(f"{thread}/messages", {"client_key": new_key(), "message": "Saturday at ten?"}).status_code
        == 303
    )
    assert "Saturday at ten?" in ada.see(place)


def test_somebody_without_a_name_agrees_too(
    ada: Browser, agent: Browser, ben: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask())
    hand(agent, a_dealer_here())

    assert answer(ada, place, "yes").status_code == 303

    assert talk().customer_id is not None
    ben.see(f"/dealer/threads/{talk().public_id}")


def test_a_no_passes_nothing_on(ada: Browser, agent: Browser, ben: Browser, car: StockItem) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))
    hand(agent, a_dealer_here())

    assert answer(ada, place, "no").status_code == 303

    assert session().scalars(select(HandOver.state)).one() == "declined" and talk().handed_to_id is None
    assert count(Consent) == 1
    ben.see(f"/dealer/threads/{talk().public_id}", status=404)
    assert answer(ada, place, "yes").status_code == 409


def test_a_question_taken_back_cannot_be_answered(ada: Browser, agent: Browser, car: StockItem) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))
    hand(agent, a_dealer_here())

    assert agent.post(f"{address()}/hand-over/withdrawal", {}).status_code == 303

    assert answer(ada, place, "yes").status_code == 409
    assert talk().handed_to_id is None


def test_whoever_agreed_before_is_not_asked_again_and_a_consent_taken_back_ends_it(
    ada: Browser, agent: Browser, ben: Browser, car: StockItem, slot: Slot, run_relay: Callable[[], None]
) -> None:
    ada.ask_to_drive(car.public_id, slot.public_id, share="1")
    assert hand(agent, a_dealer_here()).status_code == 303
    assert session().scalars(select(HandOver.state)).one() == "done"
    thread = f"/dealer/threads/{talk().public_id}"
    ben.see(thread)

    customer_id = talk().customer_id
    assert customer_id is not None
    with transaction():
        consents.withdraw(customer_id, "share_with_recipient", a_dealer_here().id, language="en", actor=ADA)

    ben.see(thread, status=404)
    run_relay()
    assert talk().handed_to_id is None


def test_another_dealers_people_find_nothing_and_it_is_written_down(
    flask_app: Flask, ada: Browser, agent: Browser, car: StockItem
) -> None:
    place = place_of(ada.ask(name="Ada Buys", email="ada@example.com"))
    hand(agent, a_dealer_here())
    answer(ada, place, "yes")
    with transaction():
        other = a_recipient("binjiang", name="Tarn Binjiang", name_zh="泰然滨江店")
        a_member_of_staff("han@tarn.example", recipient=other, name="Han Lei")
    stranger = Browser(flask_app.test_client())
    stranger.sign_in("han@tarn.example")
    thread = f"/dealer/threads/{talk().public_id}"

    stranger.see(thread, status=404)
    refused = stranger.post(f"{thread}/messages", {"client_key": new_key(), "message": "Come to us"})

    assert refused.status_code == 404 and "Come to us" not in {body for _who, body in messages()}
    assert "Ada Buys" not in stranger.see("/dealer/threads")
    close_reading()
    assert session().scalars(select(EventRow.type).where(EventRow.type.like("%refused"))).first() is not None


def test_only_a_dealer_can_be_handed_to(ada: Browser, agent: Browser, car: StockItem) -> None:
    ada.ask()
    desk = session().scalars(select(Recipient).where(Recipient.kind == "call_centre")).one()

    assert hand(agent, desk).status_code == 422
    assert hand(agent, a_dealer_here(), reason="because").status_code == 422
    assert hand(agent, a_dealer_here(), summary="").status_code == 422

    assert count(HandOver) == 0 and len(messages()) == 1


# Notes, later, others


def test_a_note_is_for_staff_alone(ada: Browser, agent: Browser, run_relay: Callable[[], None]) -> None:
    place = place_of(ada.ask(email="ada@example.com"))

    assert do(agent, "notes", note="Sounds <b>annoyed</b>.").status_code == 303

    assert "Sounds &lt;b&gt;annoyed" in agent.see(address())
    assert "annoyed" not in ada.see(place) and len(messages()) == 1
    assert talk().state == "waiting" and count(PrivateNote) == 1
    assert do(agent, "notes", note=" ").status_code == 422


def test_put_off_it_leaves_the_list_and_a_word_of_the_buyer_brings_it_back(
    ada: Browser, agent: Browser
) -> None:
    place = place_of(ada.ask(name="Ada Buys"))

    assert agent.post(f"{address()}/snooze", {"until": "1h"}).status_code == 303
    assert "Ada Buys" not in agent.see("/agent")
    ada.post(place + "/messages", {"client_key": new_key(), "message": "Hello?"})

    assert "Ada Buys" in agent.see("/agent") and talk().snoozed_until is None


def test_when_the_time_is_over_it_is_back(ada: Browser, agent: Browser) -> None:
    ada.ask(name="Ada Buys")
    agent.post(f"{address()}/snooze", {"until": "20m"})
    with transaction():
        session().execute(update(Conversation).values(snoozed_until=clock.now() - timedelta(minutes=1)))

    assert "Ada Buys" in agent.see("/agent")
    refused = agent.post(f"{address()}/snooze", {"until": "yesterday"})
    assert refused.status_code == 422 and "later one" in refused.get_data(as_text=True)


def test_it_is_given_to_a_colleague_at_a_desk_and_to_nobody_else(ada: Browser, agent: Browser) -> None:
    ada.ask()
    with transaction():
        other = a_member_of_staff("ying@tarn.example", role="agent", name="Ying Shen")
    ben_sells = session().scalars(select(Staff).where(Staff.email == "ben@tarn.example")).one()

    refused = agent.post(f"{address()}/transfer", {"colleague": ben_sells.public_id})
    assert refused.status_code == 422 and talk().staff_id is None
    assert agent.post(f"{address()}/transfer", {"colleague": other.public_id}).status_code == 303

    assert talk().staff_id == other.id and facts("transferred")[0]["to_id"] == str(other.id)


# The end


def test_without_an_outcome_nothing_is_settled(ada: Browser, agent: Browser) -> None:
    ada.ask()

    for form in ({}, {"outcome": "fine"}, {"outcome": "other"}, {"outcome": "other", "note": " "}):
        assert agent.post(f"{address()}/resolution", form).status_code == 422
    assert talk().state == "waiting" and facts("resolved") == []


def test_the_outcome_is_kept_and_goes_when_the_buyer_writes_again(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())

    assert (
        agent.post(f"{address()}/resolution", {"outcome": "other", "note": "Wrong shop"}).status_code == 303
    )
    settled = talk()
    assert (settled.state, settled.outcome, settled.outcome_note) == ("resolved", "other", "Wrong shop")
    assert facts("resolved")[0]["outcome"] == "other"
    ada.post(place + "/messages", {"client_key": new_key(), "message": "One more thing"})

    assert (talk().state, talk().outcome) == ("waiting", None)


# What must not get in


def test_a_message_of_100_kb_is_refused_with_the_limit(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    long = "x" * 100_000

    refused = ada.post(place + "/messages", {"client_key": new_key(), "message": long})
    mine = agent.post(f"{address()}/messages", {"client_key": new_key(), "message": long})

    for answer_ in (refused, mine):
        assert answer_.status_code == 422
        assert "Shorten this to 2000 characters." in answer_.get_data(as_text=True)
    assert len(messages()) == 1


def test_markup_in_every_field_is_words(ada: Browser, agent: Browser, car: StockItem) -> None:
    evil = "<script>alert(1)</script>"
    place = place_of(ada.ask(name=evil, email="ada@example.com", message=evil))
    do(agent, "links", page="/stock", words=evil)
    do(agent, "suggestions", car=car.public_id, words=evil)
    do(agent, "notes", note=evil)
    hand(agent, a_dealer_here(), summary=evil)

    for html in (ada.see(place), agent.see(address()), agent.see("/agent")):
        assert evil not in html


@pytest.mark.parametrize(
    "tool", ["link", "suggest", "slot", "call", "dealer", "note", "snooze", "transfer", "other"]
)
def test_every_tool_opens_with_and_without_script(
    ada: Browser, agent: Browser, car: StockItem, tool: str
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    ada.ask()

    assert '<section class="tool" id="tool"' in agent.see(f"{address()}/tools/{tool}")
    part = agent.see(f"{address()}/tools/{tool}", headers=HTMX)
    assert "<html" not in part and '<section class="tool" id="tool"' in part
    assert "转交" in agent.see(f"/zh{address()}/tools/{tool}")


def test_tools_are_for_agents(ada: Browser, ben: Browser) -> None:
    ada.ask()
    here = address()

    assert ben.client.get(f"{here}/tools/link").status_code == 403
    for what in (
        "links",
        "suggestions",
        "slots",
        "calls",
        "hand-over",
        "notes",
        "snooze",
        "transfer",
        "resolution",
    ):
        assert ben.post(f"{here}/{what}", {}).status_code == 403
        assert ada.post(f"{here}/{what}", {}).status_code in (303, 401)
    assert len(messages()) == 1


# The cart as they see it


def test_the_cart_is_shown_as_it_is_now_and_only_when_it_changed(
    ada: Browser, agent: Browser, car: StockItem
) -> None:
    ada.ask()
    cart = f"{address()}/cart"
    assert "There is nothing in it." in agent.see(cart, headers=HTMX)

    ada.post("/cart/lines", {"stock_item": car.public_id})

    html = agent.see(cart + "?seen=none", headers=HTMX)
    assert "¥260,800" in html
    found = re.search(r'hx-get="([^"]+)"', html)
    assert found
    agent.see(found[1].replace("&amp;", "&"), status=204, headers=HTMX)


def a_dealer_here() -> Recipient:
    close_reading()
    found = session().scalars(select(Recipient).where(Recipient.code == "west-lake")).one_or_none()
    if found is None:
        with transaction():
            found = a_dealer()
        close_reading()
    return found


def test_of_two_who_take_it_at_once_the_second_is_told_who_has_it(
    flask_app: Flask, ada: Browser, agent: Browser
) -> None:
    with transaction():
        a_member_of_staff("chen.yu@tarn.example", "agent", name="Chen Yu")
    other = Browser(flask_app.test_client())
    other.sign_in("chen.yu@tarn.example")
    ada.ask()
    close_reading()
    here = f"/agent/conversations/{session().scalars(select(Conversation)).one().public_id}"

    first = agent.post(f"{here}/taking", {})
    second = other.post(f"{here}/taking", {})

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Zhou Min has this conversation since you looked" in second.get_data(as_text=True)
    holder = re.search(r'name="holder" value="([^"]+)"', second.get_data(as_text=True))
    assert holder
    assert other.post(f"{here}/taking", {"holder": holder[1]}).status_code == 303
    close_reading()
    staff = session().get(Staff, session().scalars(select(Conversation)).one().staff_id)
    assert staff is not None and staff.name == "Chen Yu"


def test_what_the_buyer_wrote_meanwhile_is_not_settled_away(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask())
    close_reading()
    here = f"/agent/conversations/{session().scalars(select(Conversation)).one().public_id}"
    page = agent.see(here)
    seen = re.search(r'name="seen" value="(\d+)" form="settle"', page)
    assert seen
    ada.post(f"{place}/messages", {"client_key": new_key(), "message": "And does it float?"})

    answer = agent.post(f"{here}/resolution", {"outcome": "answered", "seen": seen[1]})

    assert answer.status_code == 409 and "has written since you looked" in answer.get_data(as_text=True)
    close_reading()
    assert session().scalars(select(Conversation.state)).one() == "waiting"
    assert agent.post(f"{here}/resolution", {"outcome": "answered", "seen": "2"}).status_code == 303


def test_a_long_thread_shows_its_end_and_leads_to_what_was_before(ada: Browser, agent: Browser) -> None:
    place = place_of(ada.ask(message="The very first word"))
    with transaction():
        talk = session().scalars(select(Conversation).with_for_update()).one()
        for number in range(250):
            talk.note(f"Line {number}", uuid.uuid4(), clock.now())
    here = f"/agent/conversations/{talk.public_id}"

    for browser, address in ((agent, here), (ada, place)):
        page = browser.see(address)
        assert "Line 249" in page and "The very first word" not in page and "151 messages before" in page
        further = re.search(r'href="([^"]*most=500[^"]*)"', page)
        assert further
        assert "The very first word" in browser.see(further[1].replace("&amp;", "&"))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("messages", {"message": "x" * 100_000}),
        ("notes", {"note": "x" * 100_000}),
        ("links", {"page": "/stock", "words": "x" * 100_000}),
        ("suggestions", {"sku": "charge-250", "words": "x" * 100_000}),
        ("drives", {"car": "x" * 100_000, "slot": "x" * 100_000}),
        ("slots", {"slot": "x" * 100_000}),
        ("hand-over", {"dealer": "x" * 100_000, "reason": "stock", "summary": "x"}),
        ("cart-letter", {"client_key": "x" * 100_000}),
        ("resolution", {"outcome": "other", "note": "x" * 100_000}),
        ("taking", {"holder": "x" * 100_000}),
    ],
)
def test_a_hundred_kilobytes_are_refused_wherever_an_agent_writes(
    ada: Browser, agent: Browser, path: str, form: dict[str, str]
) -> None:
    ada.ask()
    close_reading()
    talk = session().scalars(select(Conversation)).one()
    before = talk.last_seq

    answer = agent.post(f"/agent/conversations/{talk.public_id}/{path}", {"client_key": new_key()} | form)

    assert answer.status_code in (413, 422)
    close_reading()
    assert session().scalars(select(Conversation.last_seq)).one() == before


def test_a_second_reply_is_warned_of_and_not_blocked(flask_app: Flask, ada: Browser, agent: Browser) -> None:
    with transaction():
        a_member_of_staff("chen.yu@tarn.example", "agent", name="Chen Yu")
    other = Browser(flask_app.test_client())
    other.sign_in("chen.yu@tarn.example")
    ada.ask()
    close_reading()
    here = f"/agent/conversations/{session().scalars(select(Conversation)).one().public_id}"
    agent.post(f"{here}/messages", {"client_key": new_key(), "message": "It does.", "seen": "1"})

    mine = {"client_key": new_key(), "message": "Yes, 1,500 kg."}
    warned = other.post(f"{here}/messages", mine | {"seen": "1"})

    html = warned.get_data(as_text=True)
    assert warned.status_code == 409 and "Zhou Min has answered since you looked" in html
    assert "Yes, 1,500 kg." in html and 'name="seen" value="2" form="say-it"' in html
    assert other.post(f"{here}/messages", mine | {"seen": "2"}).status_code == 303
    close_reading()
    assert session().scalars(select(Conversation.last_seq)).one() == 3
