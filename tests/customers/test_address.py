"""Another address for an account: it takes the link that was sent there and a sign-in of the account, both."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from app.relay import relay
from app.sessions import AuthSession
from customers.address import AddressChange
from customers.models import Customer
from tests.customers.builders import ada
from tests.customers.visitors import Visitor, letters, nobody_tried_before
from tests.partners.builders import the_market

OLD, NEW = "ada@example.com", "ada@new.example.com"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()
    with transaction():
        the_market()


@pytest.fixture
def laptop(flask_app: Flask) -> Visitor:
    visitor = Visitor(flask_app)
    visitor.sign_in()
    return visitor


@pytest.fixture
def phone(flask_app: Flask) -> Visitor:
    visitor = Visitor(flask_app)
    visitor.sign_in()
    return visitor


@pytest.fixture
def stranger(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


def wish(visitor: Visitor, email: str = NEW) -> str:
    """Asks, and gives the path of the link that went to the new address."""
    answer = visitor.post("/account/address", on="/account/address", email=email)
    assert answer.status_code == 303, answer.status_code
    found = re.search(r"/en/account/address/link/\S+", letters(email)[-1].text)
    assert found
    return found[0]


def confirm(visitor: Visitor, link: str) -> int:
    opened = visitor.client.get(link)
    if opened.status_code != 303:
        return opened.status_code
    return visitor.post("/account/address/confirm", on="/account").status_code


def addresses() -> set[str | None]:
    close_reading()
    return set(session().scalars(select(Customer.email).where(Customer.verified_at.is_not(None))))


def live() -> int:
    close_reading()
    wanted = select(AuthSession.id).where(
        AuthSession.account_id.is_not(None), AuthSession.revoked_at.is_(None)
    )
    return len(session().scalars(wanted).all())


def test_nothing_changes_before_the_new_address_is_proved(laptop: Visitor) -> None:
    wish(laptop)

    assert addresses() == {OLD}
    assert NEW in laptop.see("/en/account/address")
    assert letters(OLD)[-1].subject != "Your account has another address now"


def test_the_link_and_the_sign_in_together_change_it_and_only_this_browser_stays(
    laptop: Visitor, phone: Visitor
) -> None:
    link = wish(laptop)

    assert confirm(laptop, link) == 303

    assert addresses() == {NEW}
    assert NEW in laptop.see("/account")
    assert phone.client.get("/account").status_code == 303
    assert live() == 1


def test_the_earlier_address_is_told_without_the_new_one_in_full(laptop: Visitor) -> None:
    confirm(laptop, wish(laptop))
    relay()

    told = letters(OLD)[-1]

    assert told.subject == "Your account has another address now"
    assert NEW not in told.text


def test_a_link_is_good_once(laptop: Visitor) -> None:
    link = wish(laptop)
    confirm(laptop, link)

    assert confirm(laptop, link) == 404


def test_a_link_runs_out_after_an_hour(laptop: Visitor) -> None:
    link = wish(laptop)
    with transaction():
        session().execute(update(AddressChange).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert confirm(laptop, link) == 404
    assert addresses() == {OLD}


def test_a_later_wish_and_a_wish_taken_back_end_the_earlier_link(laptop: Visitor) -> None:
    first = wish(laptop)
    second = wish(laptop, "ada@third.example.com")
    laptop.post("/account/address/take-back", on="/account/address")

    assert confirm(laptop, first) == 404
    assert confirm(laptop, second) == 404
    assert addresses() == {OLD}


def test_a_stranger_whom_the_link_reached_by_mistake_gets_nothing(laptop: Visitor, stranger: Visitor) -> None:
    link = wish(laptop)

    opened = stranger.client.get(link, follow_redirects=True)

    assert "/account/sign-in" in opened.request.path
    assert OLD not in opened.get_data(as_text=True)
    stranger.sign_in("cleo@example.com")
    assert stranger.client.get("/account/address/confirm").status_code == 403
    assert stranger.post("/account/address/confirm", on="/account").status_code == 403
    assert addresses() == {OLD, "cleo@example.com"}
    assert confirm(laptop, link) == 303


def test_an_address_with_an_account_is_not_taken_over_and_asking_does_not_tell(
    laptop: Visitor, stranger: Visitor
) -> None:
    stranger.sign_in(NEW)

    link = wish(laptop)

    assert confirm(laptop, link) == 409
    assert addresses() == {OLD, NEW}
    assert live() == 2


@pytest.mark.parametrize("typed", ["", "no address", OLD, f"{NEW}\r\nBcc: cleo@example.com"])
def test_what_is_no_new_address_is_refused_at_its_field(laptop: Visitor, typed: str) -> None:
    answer = laptop.post("/account/address", on="/account/address", email=typed)

    assert answer.status_code == 422
    assert 'href="#email"' in answer.get_data(as_text=True)
    close_reading()
    assert session().scalars(select(AddressChange)).all() == []


def test_a_sign_in_of_yesterday_signs_in_again_first(laptop: Visitor) -> None:
    with transaction():
        session().execute(update(AuthSession).values(proved_at=clock.now() - timedelta(hours=2)))

    answer = laptop.post("/account/address", on="/account/address", email=NEW)

    assert answer.status_code == 403
    assert letters(NEW) == []


def test_asking_again_and_again_is_slowed_down(laptop: Visitor) -> None:
    answers = [
        laptop.post("/account/address", on="/account/address", email=f"ada{n}@example.org").status_code
        for n in range(6)
    ]

    assert answers == [303] * 5 + [429]


def test_the_link_that_waited_at_the_earlier_address_signs_nobody_in(
    laptop: Visitor, stranger: Visitor
) -> None:
    stranger.ask(OLD)
    letters(OLD)
    found = re.search(r"/en/account/link/\S+", letters(OLD)[-1].text)
    confirm(laptop, wish(laptop))

    assert found
    assert stranger.client.get(found[0]).status_code == 404


def test_what_was_ordered_under_the_earlier_address_follows(laptop: Visitor) -> None:
    with transaction():
        guest = ada()
        guest.email, guest.account_id = OLD, laptop.state.account_id

    confirm(laptop, wish(laptop))

    close_reading()
    assert session().get_one(Customer, guest.id, populate_existing=True).email == NEW


def test_no_address_stands_in_an_event(laptop: Visitor) -> None:
    confirm(laptop, wish(laptop))

    close_reading()
    told = session().scalars(select(EventRow).where(EventRow.type.startswith("customers.address"))).all()
    assert len(told) == 2
    assert not [row for row in told if "example" in str(row.payload)]
