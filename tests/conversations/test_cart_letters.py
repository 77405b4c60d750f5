"""The way back to one's own cart: only with a yes and an address, and whoever it is forwarded to learns nobody's name."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from app.mail import MailboxMessage
from catalog.models import Hold, StockItem
from checkout.cart import Cart
from conversations.cart_letter import CartLetter
from conversations.models import Conversation
from customers import consents
from customers.models import Customer
from leads.models import Lead
from tests.checkout.builders import ADA, charge_250
from tests.conversations.builders import Browser, new_key

NAME = "Ada Lovelace Byron"


@pytest.fixture
def talk(ada: Browser, car: StockItem) -> Conversation:
    with transaction():
        charge_250()
    ada.post("/cart/lines", {"sku": "charge-250"})
    ada.ask(page="/cart", name=NAME, email="ada@example.com", phone="+8613812344420")
    close_reading()
    return session().scalars(select(Conversation)).one()


def send(agent: Browser, talk: Conversation, key: str | None = None) -> tuple[int, str]:
    told = {"client_key": key or new_key()}
    answer = agent.post(f"/agent/conversations/{talk.public_id}/cart-letter", told)
    close_reading()
    return answer.status_code, answer.get_data(as_text=True)


def letters() -> list[CartLetter]:
    close_reading()
    return list(session().scalars(select(CartLetter)))


def the_mail(run_relay: Callable[[], None]) -> MailboxMessage:
    run_relay()
    found = (
        session().scalars(select(MailboxMessage).where(MailboxMessage.subject.contains("Your cart"))).all()
    )
    assert len(found) == 1
    return found[0]


def path_in(mail: MailboxMessage) -> str:
    link = re.search(r"(/en/link/\S+)", mail.text)
    assert link
    return link[1]


def opened(browser: Browser, path: str) -> str:
    answer = browser.client.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def test_the_mail_goes_to_the_buyers_address_once_and_says_so_in_the_thread(
    ada: Browser, agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    key = new_key()
    assert send(agent, talk, key)[0] == 303
    assert send(agent, talk, key)[0] == 303

    mail = the_mail(run_relay)
    assert mail.to == "ada@example.com" and "Zhou Min" in mail.text
    assert len(letters()) == 1
    page = agent.see(f"/agent/conversations/{talk.public_id}")
    assert "We sent the way back to your cart to a••@example.com." in page
    assert "ada@example.com" not in page


def test_in_its_own_browser_the_link_opens_the_cart_itself(
    ada: Browser, agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    send(agent, talk)
    path = path_in(the_mail(run_relay))

    answer = ada.client.get(ada.client.get(path).headers["Location"])

    assert answer.status_code == 303 and answer.headers["Location"].endswith("/cart")


def test_forwarded_it_shows_the_things_and_nobodys_name_and_puts_them_into_a_cart_once(
    flask_app: Flask, agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    send(agent, talk)
    path = path_in(the_mail(run_relay))
    cleo, another = Browser(flask_app.test_client()), Browser(flask_app.test_client())

    page = opened(cleo, path)
    for secret in (NAME, "Lovelace", "ada@example.com", "1381234"):
        assert secret not in page
    (letter,) = letters()
    assert cleo.post(f"/cart/again/{letter.public_id}/taking", {}).status_code == 303
    contact = cleo.see("/checkout/contact")

    assert NAME not in contact and "ada@example.com" not in contact and "13812344420" not in contact
    assert session().scalar(select(func.count()).select_from(Cart).where(Cart.state == "open")) == 2
    assert "This way back has passed" in opened(another, path)
    assert another.post(f"/cart/again/{letter.public_id}/taking", {}).status_code == 409


def test_a_car_that_is_kept_in_the_other_browser_stays_there_and_the_page_says_so(
    flask_app: Flask,
    ada: Browser,
    agent: Browser,
    car: StockItem,
    talk: Conversation,
    run_relay: Callable[[], None],
) -> None:
    ada.post("/cart/lines", {"stock_item": car.public_id})
    send(agent, talk)
    path = path_in(the_mail(run_relay))
    cleo = Browser(flask_app.test_client())
    opened(cleo, path)
    (letter,) = letters()

    refused = cleo.post(f"/cart/again/{letter.public_id}/taking", {})
    assert refused.status_code == 409
    with transaction():
        session().execute(update(Hold).values(until=clock.now() - timedelta(minutes=1)))
    again = cleo.post(f"/cart/again/{letter.public_id}/taking", {})

    assert again.status_code == 303
    close_reading()
    mine = session().scalars(select(Cart).order_by(Cart.id.desc()).limit(1)).one()
    assert sorted(line.kind for line in mine.lines()) == ["charging", "vehicle"]


@pytest.mark.parametrize("what", ["no_consent", "no_address", "empty", "ordered"])
def test_without_a_yes_an_address_or_a_cart_nothing_goes_out(
    agent: Browser, talk: Conversation, what: str
) -> None:
    with transaction():
        customer = session().scalars(select(Customer)).one()
        if what == "no_consent":
            consents.withdraw(customer.id, "answer_me", None, language="en", actor=ADA)
        if what == "no_address":
            customer.email = None
        if what == "empty":
            for line in session().scalars(select(Cart)).one().lines():
                line.removed_at = clock.now()
        if what == "ordered":
            session().execute(update(Cart).values(state="merged"))

    tool = agent.see(f"/agent/conversations/{talk.public_id}/tools/link")
    status, _html = send(agent, talk)

    assert "Send it to" not in tool
    assert status == 409 and letters() == []


def test_a_yes_taken_back_before_the_mail_goes_keeps_it_here(
    agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    send(agent, talk)
    with transaction():
        customer = session().scalars(select(Customer)).one()
        consents.withdraw(customer.id, "answer_me", None, language="en", actor=ADA)
    run_relay()

    kept = session().scalars(select(Delivery).where(Delivery.kind == "conversations.cart_again")).one()
    assert (kept.state, kept.reason) == ("cancelled", "no consent to be answered")


def test_it_is_not_sent_again_and_again(agent: Browser, talk: Conversation) -> None:
    assert send(agent, talk)[0] == 303

    status, html = send(agent, talk)

    assert status == 409 and "was sent just now" in html
    assert len(letters()) == 1


def test_three_days_later_it_opens_nothing(
    flask_app: Flask, agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    send(agent, talk)
    path = path_in(the_mail(run_relay))
    cleo = Browser(flask_app.test_client())
    opened(cleo, path)
    with transaction():
        session().execute(update(CartLetter).values(expires_at=clock.now() - timedelta(seconds=1)))

    (letter,) = letters()
    assert "This way back has passed" in cleo.see(f"/cart/again/{letter.public_id}")
    assert Browser(flask_app.test_client()).client.get(f"/cart/again/{letter.public_id}").status_code == 404


def test_it_goes_out_from_the_page_of_a_lead_too(
    agent: Browser, talk: Conversation, run_relay: Callable[[], None]
) -> None:
    lead = session().scalars(select(Lead)).one()
    page = agent.see(f"/leads/{lead.public_id}")
    assert "Send them their cart" in page

    answer = agent.post(f"/leads/{lead.public_id}/cart-letter", {"client_key": new_key()})
    again = agent.post(f"/leads/{lead.public_id}/cart-letter", {"client_key": new_key()})

    assert answer.status_code == 303 and again.status_code == 409
    assert "was sent just now" in again.get_data(as_text=True)
    assert the_mail(run_relay).to == "ada@example.com"
