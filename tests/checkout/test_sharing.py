"""The cart seen by a second person: what the owner, a guest and a stranger may see and do."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.events import Actor, EventRow
from app.grants import LinkGrant
from catalog.models import Hold, Offer
from checkout import comments, sharing
from checkout.cart import Cart, CartLine
from checkout.comments import MOST, CartComment
from checkout.sharing import MOST_GUESTS, CartMember
from customers.models import Customer
from orders.models import Order
from tests.checkout.builders import a_car, a_dealer, a_slot, anping_insurance, charge_250, credits_500, pilot
from tests.checkout.buyer import HTMX, Buyer
from tests.checkout.till import Till


class Guest(Buyer):
    """Somebody who came by the link and gave a name."""

    path = ""

    def open(self, link: str) -> Any:
        from_home = {"REMOTE_ADDR": f"198.51.100.{uuid.uuid4().int % 250}"}
        answer = self.client.get(link, environ_overrides=from_home)
        self.path = re.sub(r"^https?://[^/]+", "", answer.headers.get("Location", ""))
        return answer

    def call_me(self, name: str) -> Any:
        return self.post(f"{self.path}/name", name=name)

    def say(self, text: str, line: CartLine | None = None, key: str | None = None) -> Any:
        about = {"line": line.public_id} if line else {}
        return self.post(f"{self.path}/comments", key=key or str(uuid.uuid4()), text=text, **about)

    def suggest(self, suggests: str, **what: str) -> Any:
        key = {"key": str(uuid.uuid4()), "suggests": suggests}
        return self.post(f"{self.path}/suggestions", **key, **what)

    def look(self) -> Any:
        return self.client.get(self.path)


@pytest.fixture
def ada(client: FlaskClient) -> Buyer:
    return Buyer(client)


@pytest.fixture
def guests(flask_app: Flask, database: None) -> Callable[[], Guest]:
    return lambda: Guest(flask_app.test_client())


@pytest.fixture
def moved_clock(database: None) -> Iterator[Callable[[float], None]]:
    yield lambda seconds: clock.move(timedelta(seconds=seconds))
    close_reading()
    clock.move(timedelta(0))


@pytest.fixture
def shop(database: None) -> dict[str, Any]:
    with transaction():
        dealer = a_dealer()
        return {
            "dealer": dealer,
            "car": a_car(dealer=dealer),
            "slot": a_slot(dealer),
            "charge": charge_250(),
            "credits": credits_500(),
            "pilot": pilot(),
            "insurance": anping_insurance(),
        }


@pytest.fixture
def link(ada: Buyer, shop: dict[str, Any]) -> str:
    """Ada's cart with a car and charging, and a link to it."""
    ada.add_car(shop["car"])
    ada.post("/cart/lines", sku="charge-250")
    return invited(ada)


@pytest.fixture
def dora(guests: Callable[[], Guest], link: str) -> Guest:
    """Dora was invited and has said so."""
    guest = guests()
    guest.open(link)
    guest.call_me("Dora")
    return guest


def invited(ada: Buyer, name: str = "Ada") -> str:
    answer = ada.post("/cart/share", name=name)
    assert answer.status_code == 200
    found = re.search(r'value="(http[^"]+/link/[^"]+)"', answer.get_data(as_text=True))
    assert found
    return re.sub(r"^https?://[^/]+", "", found.group(1))


# Coming in


def test_a_guest_sees_lines_prices_and_reasons_but_nothing_of_the_owner(
    ada: Buyer, dora: Guest, shop: dict[str, Any]
) -> None:
    ada.give_contact(name="Ada Lovelace", email="ada@example.com", phone="138 0571 4420")
    ada.post("/cart/handover", method="home_delivery")
    address = {"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"}
    ada.post("/checkout/handover", method="home_delivery", slot=shop["slot"].public_id, **address)

    html = dora.look().get_data(as_text=True)

    for told in ("¥260,800", "¥11,540", "new-energy rate", "¥199", "Brought to your door", "10:00–12:00"):
        assert told in html, told
    for kept in (
        "Lovelace",
        "ada@example.com",
        "5714420",
        "0571 4420",
        "Lake Road",
        "Gongshu",
        "/checkout",
        "Remove",
    ):
        assert kept not in html, kept


def test_a_name_is_asked_for_before_anything_is_shown(guests: Callable[[], Guest], link: str) -> None:
    guest = guests()
    assert guest.open(link).status_code == 303

    html = guest.look().get_data(as_text=True)

    assert "what you think" in html
    assert "¥" not in html
    assert "token" not in guest.path
    assert link.rsplit("/", 1)[1] not in guest.path


@pytest.mark.parametrize("name", ["", "\u202e", "x" * 41, "\x00"])
def test_a_name_that_is_none_is_refused_and_nobody_comes_in(
    guests: Callable[[], Guest], link: str, name: str
) -> None:
    guest = guests()
    guest.open(link)

    assert guest.call_me(name).status_code == 422
    assert count(CartMember) == 1


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "שרה", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "%s %(x)s {{ 7 }}"],
)
def test_hostile_and_foreign_names_are_shown_as_text(
    ada: Buyer, guests: Callable[[], Guest], link: str, name: str
) -> None:
    guest = guests()
    guest.open(link)
    guest.call_me(name)
    guest.say("Hello")

    html = ada.see("/cart")

    assert "<script>alert" not in html
    shown = name.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<bdi>{shown}</bdi>" in html
    assert f"\u2068{shown}\u2069 is looking too" in html


def test_a_forwarded_link_lets_eight_in_each_by_a_name(guests: Callable[[], Guest], link: str) -> None:
    for number in range(MOST_GUESTS):
        guest = guests()
        guest.open(link)
        assert guest.call_me(f"Guest {number}").status_code == 303
    ninth = guests()
    ninth.open(link)

    answer = ninth.call_me("Ninth")

    assert answer.status_code == 409
    assert "8 people" in answer.get_data(as_text=True)
    assert count(CartMember) == MOST_GUESTS + 1


def test_the_owner_opening_the_link_comes_to_the_own_cart(ada: Buyer, link: str) -> None:
    answer = ada.client.get(link, follow_redirects=True)

    assert answer.request.path == "/en/cart"
    assert count(CartMember) == 1


def test_a_guessed_link_and_a_guessed_cart_tell_nothing(guests: Callable[[], Guest], link: str) -> None:
    stranger = guests()
    path = f"/cart/shared/{the_cart().public_id}"

    assert stranger.client.get("/link/guessed-guessed-guessed").status_code == 404
    assert stranger.client.get(path).status_code == 404
    assert stranger.client.get(f"{path}/pulse").status_code == 404
    for what in ("name", "comments", "suggestions"):
        assert stranger.post(f"{path}/{what}", name="Cleo").status_code == 404
    assert count(CartMember) == 1
    assert count(CartComment) == 0


def test_a_link_is_kept_as_its_hash_and_lasts_a_fortnight(link: str) -> None:
    token = link.rsplit("/", 1)[1]

    granted = session().scalars(select(LinkGrant)).one()
    assert token.encode() not in granted.token_hash
    assert timedelta(days=13.9) < granted.expires_at - clock.now() <= timedelta(days=14)


# A guest can change nothing


def test_a_guest_changes_nothing_pays_nothing_and_sees_no_other_cart(
    ada: Buyer, dora: Guest, guests: Callable[[], Guest], shop: dict[str, Any]
) -> None:
    line = live_lines()[0]
    before = state_of()

    for path in (
        f"/cart/lines/{line.public_id}/remove",
        f"/cart/lines/{line.public_id}/save",
        f"/cart/lines/{line.public_id}/plan",
        "/cart/share/revoke",
    ):
        assert dora.post(path, sku="credits-500").status_code in (404, 409)
    assert dora.client.get("/checkout/pay").status_code == 303
    assert dora.client.get("/checkout/contact").status_code == 409
    comment = said(dora, "Drop it", suggests="drop", line=line)
    assert dora.post(f"/cart/comments/{comment.public_id}/accept").status_code in (404, 409)
    other = guests()
    other.post("/cart/lines", sku="credits-500")
    assert dora.client.get(f"/cart/shared/{other_cart().public_id}").status_code == 404

    assert state_of() == before


# Comments


def test_a_comment_on_a_line_stands_by_the_line_for_both(ada: Buyer, dora: Guest) -> None:
    line = live_lines()[1]

    answer = dora.say("Is 250 enough?", line)

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"#line-{line.public_id}")
    for html in (ada.see("/cart"), dora.see(dora.path)):
        thread = html[html.index(f'id="thread-{line.public_id}"') :]
        assert "Is 250 enough?" in thread[: thread.index("</li>")]


def test_what_was_written_about_a_line_that_left_meanwhile_is_not_lost(ada: Buyer, dora: Guest) -> None:
    line = live_lines()[1]
    ada.post(f"/cart/lines/{line.public_id}/remove")

    assert dora.say("Keep this one", line).status_code == 303

    html = ada.see("/cart")
    assert "Keep this one" in html
    assert "About Charge-250, which has left the cart" in html


def test_markup_is_text_and_right_to_left_stays_in_its_place(ada: Buyer, dora: Guest) -> None:
    dora.say("<img src=x onerror=alert(1)>\nשלום <b>")

    html = ada.see("/cart")

    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert '<p class="cart-text" dir="auto">' in html


def test_a_comment_sent_twice_is_said_once(dora: Guest) -> None:
    key = str(uuid.uuid4())
    dora.say("Hello", key=key)
    dora.say("Hello", key=key)

    assert count(CartComment) == 1
    assert count(EventRow, EventRow.type == "checkout.cart_commented") == 1


def test_501_characters_come_back_as_typed_with_a_sentence(dora: Guest) -> None:
    line = live_lines()[0]

    answer = dora.say("x" * 501, line)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "x" * 501 in html
    assert f'href="#text-{line.public_id}"' in html
    assert count(CartComment) == 0
    assert dora.say("x\r\n" * 166 + "xx").status_code == 303


def test_200_comments_are_as_many_as_a_cart_takes_and_old_ones_are_folded(ada: Buyer, dora: Guest) -> None:
    with transaction():
        cart = Cart.locked(the_cart().id)
        dora_herself = next(member for member in sharing.members(cart.id) if not member.is_owner)
        for number in range(MOST):
            words = comments.Words(uuid.uuid4(), f"Number {number}.")
            comments.say(cart, dora_herself, None, words, clock_actor(), clock.now())

    answer = dora.say("One more")

    assert answer.status_code == 409
    assert count(CartComment) == MOST
    html = ada.see("/cart")
    assert "Number 199." in html
    assert "Number 179." not in html
    assert "Show 20 older comments" in html
    assert "Number 179." in ada.see("/cart?comments=40")


def test_talking_too_fast_is_slowed_down(dora: Guest) -> None:
    answers = [dora.say(f"Word {number}").status_code for number in range(22)]

    assert answers[:20] == [303] * 20
    assert answers[-1] == 429


def test_whoever_wrote_it_takes_it_back_and_nobody_else(ada: Buyer, dora: Guest) -> None:
    dora.say("A slip")
    comment = the_comment()

    assert ada.post(f"/cart/comments/{comment.public_id}/remove").status_code == 404
    assert dora.post(f"{dora.path}/comments/{comment.public_id}/remove").status_code == 303

    assert "A slip" not in ada.see("/cart")
    assert the_comment().text == ""


def test_words_stand_in_one_table_and_no_event_carries_them(ada: Buyer, dora: Guest) -> None:
    dora.say("Unmistakable words")

    payloads = [str(payload) for payload in session().scalars(select(EventRow.payload))]
    assert not [payload for payload in payloads if "Unmistakable" in payload or "Dora" in payload]
    close_reading()
    with transaction():
        dora_herself = session().scalars(select(CartMember).where(CartMember.name == "Dora")).one()
        comments.forget(dora_herself.visitor_id)
        sharing.forget(dora_herself.visitor_id)
    html = ada.see("/cart")
    assert "Unmistakable" not in html
    assert "Dora" not in html


# Suggestions


def test_an_offer_suggested_is_added_when_the_owner_takes_it_up(ada: Buyer, dora: Guest) -> None:
    comment = said(dora, "For the trips", suggests="add", sku="credits-500")
    assert "Add Credits-500" in ada.see("/cart")
    assert [line.sku for line in live_lines()][-1] == "charge-250"

    answer = ada.post(f"/cart/comments/{comment.public_id}/accept")

    assert answer.status_code == 303
    assert [line.sku for line in live_lines()][-1] == "credits-500"
    assert "Taken up" in dora.look().get_data(as_text=True)
    assert events("checkout.cart_suggestion_accepted") == 1


def test_a_line_suggested_to_be_left_out_leaves_with_its_hold(ada: Buyer, dora: Guest) -> None:
    comment = said(dora, "", suggests="drop", line=live_lines()[0])

    ada.post(f"/cart/comments/{comment.public_id}/accept")

    assert [line.kind for line in live_lines()] == ["charging"]
    assert count(Hold, Hold.released_at.is_(None)) == 0


def test_declining_leaves_the_cart_and_tells_the_guest(ada: Buyer, dora: Guest) -> None:
    comment = said(dora, "", suggests="drop", line=live_lines()[0])
    before = state_of()

    assert ada.post(f"/cart/comments/{comment.public_id}/decline").status_code == 303

    assert state_of() == before
    assert "Left as it is" in dora.look().get_data(as_text=True)
    assert ada.post(f"/cart/comments/{comment.public_id}/accept").status_code == 409


def test_a_suggestion_that_became_impossible_says_why(ada: Buyer, dora: Guest, shop: dict[str, Any]) -> None:
    gone = said(dora, "", suggests="add", sku="credits-500")
    dropped = said(dora, "", suggests="drop", line=live_lines()[1])
    with transaction():
        session().get_one(Offer, shop["credits"].id).active = False
    ada.post(f"/cart/lines/{live_lines()[1].public_id}/remove")
    before = state_of()

    html = ada.see("/cart")

    assert "We do not sell this any more." in html
    assert "It is not in the cart any more." in html
    assert ada.post(f"/cart/comments/{gone.public_id}/accept").status_code == 404
    answer = ada.post(f"/cart/comments/{dropped.public_id}/accept")
    assert answer.status_code == 409
    assert "is not in the cart any more" in answer.get_data(as_text=True)
    assert state_of() == before


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({"suggests": "add", "sku": "no-such-thing"}, 404),
        ({"suggests": "add", "sku": "charge-250"}, 422),
        ({"suggests": "add"}, 404),
        ({"suggests": "drop", "line": "guessed-guessed"}, 404),
        ({"suggests": "build", "paint": "lichen", "line": "$car"}, 422),
        ({"suggests": "pay", "line": "$car"}, 422),
        ({"suggests": "drop", "line": "$car", "price": "1"}, 422),
    ],
)
def test_a_forged_suggestion_is_refused(dora: Guest, what: dict[str, str], status: int) -> None:
    told = {name: live_lines()[0].public_id if value == "$car" else value for name, value in what.items()}

    answer = dora.suggest(**told)

    assert answer.status_code == status
    assert count(CartComment) == 0


# Shown out, ordered


def test_a_revoked_link_ends_at_once_for_those_inside_and_outside(
    ada: Buyer, dora: Guest, guests: Callable[[], Guest], link: str
) -> None:
    shared = re.search(r"/cart/share/([^/]+)/revoke", ada.see("/cart/share"))
    assert shared

    assert ada.post(f"/cart/share/{shared.group(1)}/revoke").status_code == 303

    answer = dora.look()
    assert answer.status_code == 410
    assert "no longer shared" in answer.get_data(as_text=True)
    assert dora.say("Still here?").status_code == 410
    assert dora.client.get(f"{dora.path}/pulse").headers["HX-Refresh"] == "true"
    assert guests().open(link).status_code == 404
    assert count(CartComment) == 0
    assert events("checkout.cart_share_revoked") == 1


def test_taking_one_off_the_list_closes_the_link_but_keeps_the_others(
    ada: Buyer, dora: Guest, guests: Callable[[], Guest], link: str
) -> None:
    emil = guests()
    emil.open(link)
    emil.call_me("Emil")
    page = ada.see("/cart/share")
    people = re.findall(r"/cart/share/people/([^/]+)/remove", page)
    assert len(people) == 2

    ada.post(f"/cart/share/people/{people[0]}/remove")

    assert dora.look().status_code == 410
    assert dora.call_me("Dora again").status_code == 410
    assert emil.look().status_code == 200
    assert guests().open(link).status_code == 404


def test_stop_altogether_shows_everybody_out(ada: Buyer, dora: Guest, guests: Callable[[], Guest]) -> None:
    emil = guests()
    emil.open(invited(ada))
    emil.call_me("Emil")

    ada.post("/cart/share/revoke")

    assert dora.look().status_code == emil.look().status_code == 410


def test_a_stranger_revokes_nothing(ada: Buyer, dora: Guest, guests: Callable[[], Guest]) -> None:
    stranger = guests()
    stranger.post("/cart/lines", sku="credits-500")
    shared = re.search(r"/cart/share/([^/]+)/revoke", ada.see("/cart/share"))
    person = re.search(r"/cart/share/people/([^/]+)/remove", ada.see("/cart/share"))
    assert shared
    assert person

    assert stranger.post(f"/cart/share/{shared.group(1)}/revoke").status_code == 404
    assert stranger.post(f"/cart/share/people/{person.group(1)}/remove").status_code == 404

    assert dora.look().status_code == 200


def test_an_ordered_cart_says_so_and_shows_no_order(ada: Buyer, dora: Guest, till: Till) -> None:
    cart = the_cart()
    with transaction():
        ordered = Cart.locked(cart.id)
        customer = Customer.introduce("Ada", "ada@example.com", None, "en", "CN", cart.visitor_id)
        order = Order(
            number="T-1",
            cart_id=cart.id,
            market_key="CN",
            currency="CNY",
            language="en",
            customer_id=customer.id,
            visitor_id=cart.visitor_id,
            status="placed",
            method="none",
            placed_at=clock.now(),
        )
        session().add(order)
        session().flush()
        ordered.state, ordered.order_id = "ordered", order.id
        public_id, number = order.public_id, order.number

    html = dora.look().get_data(as_text=True)

    assert "has been ordered" in html
    assert public_id not in html
    assert number not in html
    assert "¥" not in html
    assert dora.say("Congratulations").status_code == 409
    assert dora.client.get(f"/orders/{public_id}").status_code == 404


# Being here


def test_people_see_each_other_come_and_go(
    ada: Buyer, dora: Guest, moved_clock: Callable[[float], None]
) -> None:
    ada.see("/cart")
    assert "\u2068Dora\u2069 is looking too" in ada.see("/cart")
    assert "\u2068Ada\u2069 is looking too" in dora.see(dora.path)

    moved_clock(60)

    assert "Shared with \u2068Dora\u2069" in ada.see("/cart")


def test_a_look_is_noted_at_most_every_ten_seconds(dora: Guest, moved_clock: Callable[[float], None]) -> None:
    moved_clock(5)
    first = seen_at("Dora")
    dora.client.get(f"{dora.path}/pulse")
    assert seen_at("Dora") == first

    moved_clock(11)
    dora.client.get(f"{dora.path}/pulse")

    assert seen_at("Dora") > first


def test_nothing_new_answers_nothing_and_news_come_as_their_regions(ada: Buyer, dora: Guest) -> None:
    pulse = pulse_of(ada.see("/cart"))
    assert ada.client.get(pulse, headers=HTMX).status_code == 204

    dora.say("News")

    answer = ada.client.get(pulse, headers=HTMX)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in html
    assert "News" in html
    assert html.count("<hx-partial") == 6
    assert ada.client.get(pulse_of(html), headers=HTMX).status_code == 204


def test_a_guest_sees_what_the_owner_changes(ada: Buyer, dora: Guest) -> None:
    pulse = pulse_of(dora.look().get_data(as_text=True))
    assert dora.client.get(pulse, headers=HTMX).status_code == 204

    ada.post("/cart/lines", sku="credits-500")

    html = dora.client.get(pulse, headers=HTMX).get_data(as_text=True)
    assert "Credits-500" in html
    assert "/cart/lines/" not in html


def test_a_pulse_asks_few_questions(ada: Buyer, dora: Guest) -> None:
    for who, html in ((ada, ada.see("/cart")), (dora, dora.look().get_data(as_text=True))):
        pulse = pulse_of(html)
        close_reading()
        with statement_count() as asked:
            assert who.client.get(pulse, headers=HTMX).status_code == 204
        assert asked() <= 6


def test_the_pages_of_a_shared_cart_ask_a_bounded_number_of_questions(ada: Buyer, dora: Guest) -> None:
    for number in range(12):
        dora.say(f"Word {number}", live_lines()[number % 2])

    for who, path in ((ada, "/cart"), (dora, dora.path), (ada, "/cart/share")):
        close_reading()
        with statement_count() as asked:
            who.see(path)
        assert asked() <= 14, (path, asked())


def test_the_pages_speak_chinese(ada: Buyer, dora: Guest, guests: Callable[[], Guest], link: str) -> None:
    dora.say("你好")

    assert "⁨Dora⁩也在看" in ada.see("/zh/cart")
    assert "谁在名单里" in ada.see("/zh/cart/share")
    assert "⁨Ada⁩也在看" in dora.see(f"/zh{dora.path.removeprefix('/en')}")


def said(who: Guest, text: str, line: CartLine | None = None, **what: str) -> CartComment:
    about = {"line": line.public_id} if line else {}
    words = {"text": text} if text else {}
    answer = who.suggest(**what, **about, **words)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    close_reading()
    newest = select(CartComment).order_by(CartComment.id.desc()).limit(1)
    found = session().scalars(newest).one()
    close_reading()
    return found


def the_comment() -> CartComment:
    close_reading()
    found = session().scalars(select(CartComment)).one()
    close_reading()
    return found


def the_cart() -> Cart:
    close_reading()
    found = session().scalars(select(Cart).order_by(Cart.created_at).limit(1)).one()
    close_reading()
    return found


def other_cart() -> Cart:
    close_reading()
    found = session().scalars(select(Cart).order_by(Cart.created_at.desc()).limit(1)).one()
    close_reading()
    return found


def live_lines() -> list[CartLine]:
    close_reading()
    live = select(CartLine).where(CartLine.cart_id == the_cart().id, CartLine.removed_at.is_(None))
    found = list(session().scalars(live.order_by(CartLine.position, CartLine.id)))
    close_reading()
    return found


def seen_at(name: str) -> Any:
    close_reading()
    found = session().scalars(select(CartMember.last_seen_at).where(CartMember.name == name)).one()
    close_reading()
    return found


def pulse_of(html: str) -> str:
    found = re.search(r'id="cart-pulse" hx-get="([^"]+)"', html)
    assert found
    return found.group(1).replace("&amp;", "&")


def count(model: Any, *where: Any) -> int:
    close_reading()
    found = session().scalar(select(func.count()).select_from(model).where(*where)) or 0
    close_reading()
    return found


def events(kind: str) -> int:
    return count(EventRow, EventRow.type == kind)


def state_of() -> list[Any]:
    cart = the_cart()
    return [
        cart.version,
        cart.content_hash,
        cart.state,
        [line.sku for line in live_lines()],
        count(Hold, Hold.released_at.is_(None)),
    ]


def clock_actor() -> Any:
    return Actor("visitor", "dora")
