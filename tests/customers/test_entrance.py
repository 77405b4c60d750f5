"""Signing in by mail: whoever reads the address gets in, once per link, and nobody else."""

import hashlib
import logging
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, logs, sessions
from app.db import close_reading, session, transaction
from app.deliveries import Delivery
from app.events import EventRow
from app.ids import uuid7
from app.sessions import AuthSession
from customers import proof
from customers.models import Customer
from customers.proof import SignInRequest
from tests.conftest import csrf_of
from tests.customers.builders import ada, cleo
from tests.customers.visitors import Visitor, account_rows, letters, link_to, nobody_tried_before
from tests.partners.builders import a_member_of_staff, a_recipient, the_market

ADDRESS = "ada@example.com"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()
    with transaction():
        the_market()


@pytest.fixture
def laptop(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def phone(flask_app: Flask) -> Visitor:
    return Visitor(flask_app)


def accounts() -> list[Customer]:
    close_reading()
    return list(session().scalars(select(Customer).where(Customer.verified_at.is_not(None))))


def test_a_link_by_mail_signs_in(laptop: Visitor) -> None:
    answer = laptop.ask()

    entered = laptop.enter(link_to())

    assert answer.headers["Location"] == "/account/sign-in/sent"
    assert entered.headers["Location"].endswith("/account")
    assert ADDRESS in laptop.see("/account")
    (account,) = accounts()
    assert (account.email, account.account_id) == (ADDRESS, account.id)
    assert laptop.state.account_id == account.id


def test_looking_at_the_entrance_writes_nothing(laptop: Visitor) -> None:
    laptop.see("/account/sign-in")

    assert session().scalars(select(AuthSession)).all() == []
    assert session().scalars(select(SignInRequest)).all() == []


def test_known_and_unknown_addresses_get_one_answer_and_each_its_mail(laptop: Visitor) -> None:
    laptop.sign_in()
    laptop.post("/account/sign-out", on="/account")

    known = laptop.ask(ADDRESS)
    unknown = laptop.ask("nobody@example.com")

    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert known.get_data() == unknown.get_data()
    assert (
        letters(ADDRESS)[-1].text.split("/account/link/")[0]
        == (letters("nobody@example.com")[-1].text.split("/account/link/")[0])
    )


def test_the_link_opens_in_another_browser_and_signs_in_only_there(laptop: Visitor, phone: Visitor) -> None:
    laptop.ask()

    phone.enter(link_to())

    assert phone.state.account_id is not None
    assert laptop.state.account_id is None
    assert laptop.client.get("/account").headers["Location"].startswith("/account/sign-in")


def test_a_scanner_that_follows_the_link_uses_nothing_up(laptop: Visitor, flask_app: Flask) -> None:
    laptop.ask()
    link = link_to()

    for _ in range(3):
        scanner = Visitor(flask_app)
        scanner.open(link)
        scanner.see("/account/sign-in/confirm")

    assert account_rows() == []
    assert laptop.enter(link).status_code == 303
    assert laptop.state.account_id is not None


def test_a_link_works_once(laptop: Visitor, phone: Visitor) -> None:
    laptop.ask()
    link = link_to()
    phone.open(link)
    laptop.enter(link)

    late = phone.client.post(
        "/account/sign-in/confirm", data={"csrf_token": csrf_of(phone.client, "/account/sign-in?again=1")}
    )
    again = phone.open(link)

    assert (late.status_code, again.status_code) == (404, 404)
    assert "Get a new link" in late.get_data(as_text=True)
    assert phone.state.account_id is None
    assert len(account_rows()) == 1


def test_using_one_link_ends_the_others_to_the_same_address(laptop: Visitor, phone: Visitor) -> None:
    laptop.ask()
    first = link_to()
    laptop.ask()
    laptop.enter(link_to())

    assert phone.open(first).status_code == 404


def test_a_link_ends_after_fifteen_minutes(laptop: Visitor) -> None:
    laptop.ask()
    link = link_to()
    with transaction():
        session().execute(update(SignInRequest).values(expires_at=clock.now() - timedelta(seconds=1)))

    answer = laptop.open(link)

    assert answer.status_code == 404
    assert "older than 15 minutes" in answer.get_data(as_text=True)
    assert timedelta(minutes=15) == proof.LIFE


@pytest.mark.parametrize("token", ["x", "A" * 32, "../../account", "%00", "a" * 300])
def test_a_forged_link_opens_nothing(laptop: Visitor, token: str) -> None:
    laptop.ask()

    answer = laptop.open(f"/account/link/{token}")

    assert answer.status_code == 404
    assert account_rows() == []


def test_the_button_without_a_link_signs_nobody_in(laptop: Visitor) -> None:
    assert laptop.post("/account/sign-in/confirm").status_code == 404
    assert account_rows() == []


def test_the_token_is_kept_as_a_hash_and_the_delivery_holds_no_address(laptop: Visitor) -> None:
    laptop.ask()
    token = link_to().rsplit("/", 1)[1]

    (asked,) = session().scalars(select(SignInRequest)).all()
    (sent,) = session().scalars(select(Delivery)).all()

    assert asked.token_hash == hashlib.sha256(token.encode()).digest()
    assert ADDRESS not in f"{sent.payload} {sent.recipient_key} {sent.key}"
    assert logs.safe_path(f"/en/account/link/{token}") == "/en/account/link/…"


def test_no_address_stands_in_an_event_or_an_address_bar(
    laptop: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    places = [laptop.ask().headers["Location"]]
    places.append(laptop.enter(link_to()).headers["Location"])

    close_reading()
    told = [str(row.payload) for row in session().scalars(select(EventRow))]
    assert told and all("@" not in words for words in (*told, *places, caplog.text))


def test_signing_in_changes_the_token_and_kills_the_one_before(laptop: Visitor, phone: Visitor) -> None:
    visitor = laptop.arrive()
    before = laptop.token

    laptop.sign_in()

    assert laptop.token != before
    assert laptop.state.visitor_id == visitor
    phone.client.set_cookie(sessions.cookie_name(), before)
    assert phone.state.account_id is None
    assert phone.state.visitor_id is None


def test_the_cart_of_this_browser_comes_along(laptop: Visitor) -> None:
    laptop.arrive()
    cart_id = uuid7()
    with transaction():
        session().execute(update(AuthSession).values(cart_id=cart_id, cart_count=2))

    laptop.sign_in()

    assert (laptop.state.cart_id, laptop.state.cart_count) == (cart_id, 2)


def test_another_account_in_the_same_browser_starts_an_own_visit(laptop: Visitor) -> None:
    laptop.sign_in()
    first = laptop.state.visitor_id

    laptop.sign_in("cleo@example.com")

    assert laptop.state.visitor_id != first
    assert len({row.account_id for row in account_rows()}) == 2


def test_a_member_of_staff_who_signs_in_as_a_buyer_is_staff_no_more(laptop: Visitor) -> None:
    with transaction():
        a_member_of_staff(recipient=a_recipient())
    laptop.post("/staff/sign-in", on="/staff/sign-in", email="ben@tarn.example", password="still-water-2026")
    desk = laptop.state
    assert desk.staff is not None

    laptop.sign_in()

    assert laptop.state.staff is None
    assert laptop.state.visitor_id != desk.visitor_id


def test_proving_the_address_brings_along_what_guests_told_under_it(laptop: Visitor) -> None:
    visitor = laptop.arrive()
    with transaction():
        here, elsewhere = ada(visitor, phone="+8613805714420"), ada(email="ADA@example.com")
        other = cleo()

    laptop.sign_in()

    close_reading()
    (account,) = accounts()
    linked = {c.id for c in session().scalars(select(Customer).where(Customer.account_id == account.id))}
    assert linked == {account.id, here.id, elsewhere.id}
    assert session().get_one(Customer, other.id).account_id is None
    assert (account.name, account.phone_e164) == ("Ada Buys", "+8613805714420")


def test_a_name_that_a_stranger_typed_with_the_address_names_nobody(laptop: Visitor) -> None:
    with transaction():
        cleo(email=ADDRESS)

    laptop.sign_in()

    assert accounts()[0].name == ""


def test_what_another_told_in_this_browser_under_another_address_stays_theirs(laptop: Visitor) -> None:
    visitor = laptop.arrive()
    with transaction():
        other = cleo(visitor)

    laptop.sign_in()

    close_reading()
    assert session().get_one(Customer, other.id).account_id is None


def test_a_typed_address_links_nothing_until_the_next_proof(laptop: Visitor) -> None:
    laptop.sign_in()
    with transaction():
        typed = cleo(email=ADDRESS)

    close_reading()
    assert session().get_one(Customer, typed.id).account_id is None
    laptop.sign_in()
    close_reading()
    assert session().get_one(Customer, typed.id).account_id == accounts()[0].id


def test_a_stranger_who_typed_the_address_goes_on_with_a_record_of_their_own(
    laptop: Visitor, phone: Visitor
) -> None:
    stranger = phone.arrive()
    with transaction():
        typed = cleo(stranger, email=ADDRESS)
    laptop.sign_in()

    with transaction():
        later = cleo(stranger)

    close_reading()
    assert later.id != typed.id
    assert later.account_id is None
    assert session().get_one(Customer, typed.id).email == ADDRESS


def test_what_is_told_while_signed_in_belongs_to_the_account(laptop: Visitor) -> None:
    laptop.sign_in()
    state = laptop.state

    with transaction():
        told = [
            Customer.introduce(
                name, "work@example.com", None, "en", the_market().key, state.visitor_id, state.account_id
            )
            for name in ("Ada", "Ada Buys")
        ]

    assert told[0].id == told[1].id
    assert (told[1].name, told[1].account_id, told[1].verified_at) == ("Ada Buys", state.account_id, None)


def test_signing_in_by_mail_twice_is_one_account(laptop: Visitor, phone: Visitor) -> None:
    laptop.sign_in()
    phone.sign_in("Ada@Example.com".lower())

    assert len(accounts()) == 1
    assert len(account_rows()) == 2


def test_signing_out_ends_the_session_on_the_server(laptop: Visitor, phone: Visitor) -> None:
    laptop.sign_in()
    kept = laptop.token

    answer = laptop.post("/account/sign-out", on="/account")

    assert answer.status_code == 303
    phone.client.set_cookie(sessions.cookie_name(), kept)
    assert phone.state.id is None


@pytest.mark.parametrize(
    ("asked", "lands"),
    [
        ("/orders/AAAAAAAAAAAAAAAAAAAAAA", "/orders/AAAAAAAAAAAAAAAAAAAAAA"),
        ("//evil.example/", "/account"),
        ("/\\evil.example", "/account"),
        ("https://evil.example/", "/account"),
        ("/\t/evil.example", "/account"),
        ("javascript:alert(1)", "/account"),
    ],
)
def test_the_way_back_never_leads_out_of_the_shop(laptop: Visitor, asked: str, lands: str) -> None:
    assert laptop.sign_in(next=asked).headers["Location"].removeprefix("/en") == lands


def test_an_address_is_written_to_three_times_a_minute_at_most(laptop: Visitor, phone: Visitor) -> None:
    answers = [laptop.ask().status_code for _ in range(3)]

    assert answers == [303, 303, 303]
    assert phone.ask().status_code == 429
    assert phone.ask("other@example.com").status_code == 303
    assert len(letters()) == 3


def test_one_place_asks_thirty_times_a_minute_at_most(laptop: Visitor) -> None:
    token = csrf_of(laptop.client, "/account/sign-in")
    answers = [
        laptop.client.post("/account/sign-in", data={"csrf_token": token, "email": f"a{number}@example.com"})
        for number in range(31)
    ]

    assert [answer.status_code for answer in answers[28:]] == [303, 303, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_mistyped_address_is_named_and_kept(laptop: Visitor) -> None:
    answer = laptop.ask("ada@@<x>")

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write an e-mail address such as" in html and "ada@@&lt;x&gt;" in html


@pytest.mark.parametrize("path", ["/account/sign-in", "/account/sign-in/confirm", "/account/sign-out"])
def test_a_post_without_its_token_is_refused(laptop: Visitor, path: str) -> None:
    assert laptop.client.post(path, data={"email": ADDRESS}).status_code == 403
    assert session().scalars(select(SignInRequest)).all() == []


def test_the_letter_and_the_pages_speak_the_readers_language(laptop: Visitor) -> None:
    laptop.client.post(
        "/zh/account/sign-in",
        data={"csrf_token": csrf_of(laptop.client, "/zh/account/sign-in"), "email": ADDRESS},
    )

    (letter,) = letters()
    assert letter.subject == "你的登录链接"
    assert "/zh/account/link/" in letter.text
    laptop.enter(link_to())
    assert "你的账户" in laptop.see("/account")


def test_what_was_asked_is_forgotten_a_day_later(laptop: Visitor) -> None:
    laptop.ask()
    letters()

    with transaction():
        early = proof.purge(clock.now())
    with transaction():
        late = proof.purge(clock.now() + timedelta(days=2))

    assert (early, late) == (0, 1)


def test_a_letter_that_could_not_go_for_an_hour_does_not_go_at_all(laptop: Visitor) -> None:
    laptop.ask()
    with transaction():
        session().execute(update(SignInRequest).values(created_at=clock.now() - timedelta(hours=2)))

    assert letters() == []
