"""One shop, two markets: the same journeys in both, and nothing of one in the other."""

import re
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from app import clock, locality
from app.db import close_reading, session, transaction
from app.events import Actor
from app.forms import Form, PhoneNumber, parse
from app.locality import Locality
from app.pages import time as shown_time
from catalog.commands import catalog
from catalog.models import Offer, StockItem
from catalog.refusals import OfferNotFound
from checkout import basket, journey, refunding
from checkout.cart import Cart
from checkout.payment import Payment, Refund
from checkout.refusals import SoldInAnotherMarket, StartNotAgreed
from customers.models import Customer
from leads.models import Lead, RoutingRule
from orders.models import Order
from partners import here
from partners.demo import PASSWORD
from partners.models import Recipient
from tests.checkout.till import Till
from tests.leads.builders import decisions, left
from tests.markets.builders import BOTH, CN, DE, Browser, Case, a_car_in, two_markets

ADA_ACTOR = Actor("visitor", "ada")

FOOTER = re.compile(r'<p class="small market-line">.*?</p>', re.S)
PAGES = ("/", "/models", "/models/mere", "/stock", "/services", "/subscribe", "/legal/withdrawal", "/cart")

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def shop(database: None) -> Iterator[None]:
    two_markets()
    yield
    close_reading()
    here.forget()


@pytest.fixture(params=BOTH, ids=lambda case: case.key)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def ada(flask_app: Flask, case: Case) -> Browser:
    return Browser(flask_app, case.key)


def other(case: Case) -> Case:
    return DE if case is CN else CN


def words(html: str) -> str:
    """What a page says, the chooser in its footer left out: that one names both currencies."""
    return FOOTER.sub("", html)


def test_a_car_is_priced_line_by_line_as_its_market_prices(case: Case, ada: Browser) -> None:
    car = a_car_in(case)

    html = ada.see(f"/stock/{car.public_id}")
    ada.add(car)
    close_reading()
    now = basket.load(session().scalars(select(Cart)).one())

    assert tuple(part.amount.amount_minor for part in now.lines[0].priced.road) == case.road
    assert now.quote.on_the_road.amount_minor == sum(case.road)
    assert f"{case.sign}{sum(case.road) // 100:,}" in html
    assert ("Of which 19% VAT: €7,967.23." in html) == (case is DE)
    assert ("Purchase tax" in html) == (case is CN)
    assert ("WLTP" in html, "CLTC" in html) == (case is DE, case is CN)


def test_a_car_is_ordered_followed_and_paid_back(
    case: Case, ada: Browser, till: Till, run_relay: Callable[[], None]
) -> None:
    car = a_car_in(case)

    order = ada.buy(till, case, car)
    followed = ada.see(f"/orders/{order.public_id}")

    assert re.fullmatch(case.number, order.number)
    assert (order.market_key, order.currency) == (case.key, case.currency)
    assert order.balance().amount_minor == sum(case.road) + case.delivery - case.deposit
    assert order.number in followed
    assert case.address_line in followed or case.address["street"] in followed
    assert case.foreign_sign not in words(followed)
    with transaction():
        Order.locked(order.id).cancel("Changed my mind", ADA_ACTOR)
    run_relay()
    refunding.sweep()
    close_reading()
    payment = session().scalars(select(Payment)).one()
    assert (payment.captured_minor, payment.refunded_minor) == (case.deposit, case.deposit)
    assert session().scalars(select(Refund)).one().currency == case.currency


def test_no_page_of_one_market_shows_the_money_of_the_other(case: Case, ada: Browser) -> None:
    car = a_car_in(case)
    a_car_in(other(case))
    ada.add(car)
    ada.add(case.service)

    for path in (*PAGES, f"/stock/{car.public_id}", "/models/mere/configure", "/checkout/contact"):
        for prefix in ("/en", "/zh"):
            assert case.foreign_sign not in words(ada.see(prefix + path)), prefix + path
    for path in ("/stock", "/services", "/cart"):
        assert case.sign in words(ada.see(path))


def test_a_car_of_another_market_is_refused_and_nothing_is_lost(case: Case, ada: Browser) -> None:
    foreign = a_car_in(other(case))
    ada.add(case.service)

    page = ada.see(f"/stock/{foreign.public_id}")
    answer = ada.add(foreign)

    assert 'id="buy"' not in page
    assert f"market={other(case).key}" in page
    assert answer.status_code == 409
    assert "This is sold in another market." in answer.get_data(as_text=True)
    close_reading()
    mine = session().scalars(select(Cart)).one()
    assert [line.sku for line in mine.lines()] == [case.service]
    with pytest.raises(SoldInAnotherMarket), transaction():
        journey.add_vehicle(
            Cart.locked(mine.id), session().get_one(StockItem, foreign.id), ADA_ACTOR, clock.now()
        )


def test_a_service_is_found_in_its_own_market_only(case: Case, ada: Browser) -> None:
    answer = ada.add(other(case).service)

    assert answer.status_code == 404
    with pytest.raises(OfferNotFound):
        Offer.by_sku(other(case).service, case.key)
    assert Offer.by_sku("charge-250", case.key).currency == case.currency


def test_the_market_is_chosen_by_a_form_without_script(flask_app: Flask) -> None:
    ada = Browser(flask_app)

    chooser = ada.see("/market?next=/services")
    answer = ada.post("/market", market="DE", next="/services")

    assert 'name="market" value="DE"' in chooser
    assert (answer.status_code, answer.headers["Location"]) == (303, "/services")
    assert "€94.90" in ada.see("/services")
    assert "<b>Germany €</b>" in ada.see("/services")
    ada.post("/market", market="CN", next="/")
    assert "¥199" in ada.see("/services")


@pytest.mark.parametrize("unknown", ["", "FR", "de", "../DE", "DE\x01"])
def test_an_unknown_market_is_passed_over(flask_app: Flask, unknown: str) -> None:
    ada = Browser(flask_app)
    ada.client.set_cookie(here.MARKET_COOKIE, "XX")

    answer = ada.post("/market", market=unknown, next="https://evil.example/")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert here.MARKET_COOKIE not in str(answer.headers.getlist("Set-Cookie"))
    assert "¥199" in ada.see("/services")


def test_choosing_a_market_takes_the_forms_token(flask_app: Flask) -> None:
    assert flask_app.test_client().post("/market", data={"market": "DE"}).status_code == 403


def test_a_link_may_name_the_market_of_the_first_look(flask_app: Flask) -> None:
    ada = Browser(flask_app)

    first = ada.see("/services?market=DE")
    later = ada.see("/services")
    unknown = ada.see("/services?market=ZZ")

    assert "€94.90" in first and "€94.90" in later and "€94.90" in unknown
    canonical = re.search(r'<link rel="canonical" href="([^"]+)"', first)
    assert canonical is not None
    assert canonical.group(1).endswith("/en/services")


def test_each_market_keeps_its_cart_and_says_so(flask_app: Flask) -> None:
    ada = Browser(flask_app, "CN")
    ada.add("credits-500")
    ada.post("/market", market="DE", next="/cart")

    empty = ada.see("/cart")
    ada.add("credits-50")
    ada.add("credits-100")
    full = ada.see("/cart")
    ada.post("/market", market="CN", next="/cart")
    back = ada.see("/cart")

    assert "Your cart in China holds 1 thing." in empty
    assert "Your cart in China holds 1 thing." in full and "€47" in full
    assert "Your cart in Germany holds 2 things." in back and "500 mobility credits" in back
    assert '<span id="cart-count">1</span>' in back
    close_reading()
    carts = session().execute(select(Cart.market_key, Cart.currency).order_by(Cart.market_key)).all()
    assert [tuple(row) for row in carts] == [("CN", "CNY"), ("DE", "EUR")]


def test_what_starts_at_once_takes_an_express_wish_where_one_may_withdraw(
    case: Case, ada: Browser, till: Till
) -> None:
    agreed = ada.to_review(case, case.service)
    html = ada.see("/checkout/review")

    refused = ada.post("/checkout/pay", **agreed)

    if case is CN:
        assert 'name="start_now"' not in html
        assert refused.headers["Location"].startswith(till.url)
        return
    assert re.search(r'name="start_now"(?![^>]*checked)', html)
    assert "Order with obligation to pay" in html
    assert refused.status_code == 422
    assert "Tick this, or take it out of the cart." in refused.get_data(as_text=True)
    close_reading()
    assert session().scalar(select(func.count()).select_from(Payment)) == 0
    with pytest.raises(StartNotAgreed), transaction():
        mine = session().scalars(select(Cart)).one()
        journey.agree_to_start(Cart.locked(mine.id), False, clock.now())


def test_the_order_keeps_the_wish_that_services_start_at_once(ada: Browser, case: Case, till: Till) -> None:
    order = ada.buy(till, case, case.service)

    assert order.start_agreed_at is not None
    assert abs((clock.now() - order.start_agreed_at).total_seconds()) < 120


def test_what_starts_with_the_car_takes_no_wish(flask_app: Flask) -> None:
    ada = Browser(flask_app, "DE")

    ada.to_review(DE, a_car_in(DE), "charge-250")

    assert 'name="start_now"' not in ada.see("/checkout/review")


def test_an_address_has_the_fields_of_its_market(case: Case, ada: Browser) -> None:
    car = a_car_in(case)
    ada.add(car)
    ada.post("/checkout/contact", name="Ada Buys", email="ada@example.com")
    ada.post("/cart/handover", method="home_delivery")

    html = ada.see("/checkout/handover")
    incomplete = ada.post("/checkout/handover", method="home_delivery", street="Somewhere 1", city="There")

    missing = "postcode" if case is DE else "district"
    assert set(re.findall(r'name="(street|district|postcode|city)"', html)) == set(case.address)
    assert incomplete.status_code == 422
    assert f'href="#{missing}"' in incomplete.get_data(as_text=True)


@pytest.mark.parametrize(
    ("market", "typed", "kept"),
    [("CN", "138 0571 4420", "+8613805714420"), ("DE", "0151 23456789", "+4915123456789")],
)
def test_a_short_phone_number_is_one_of_the_country(
    flask_app: Flask, market: str, typed: str, kept: str
) -> None:
    ada = Browser(flask_app, market)
    ada.add("charge-250")

    ada.post("/checkout/contact", name="Ada Buys", email="ada@example.com", phone=typed)

    close_reading()
    found = session().scalars(select(Customer)).one()
    assert (found.phone_e164, found.market_key) == (kept, market)


def test_a_phone_number_that_does_not_fit_is_answered_with_one_of_the_country() -> None:
    class Reach(Form):
        phone: PhoneNumber

    with locality.standing_in(Locality("Europe/Berlin", "DE")):
        told = parse(Reach, {"phone": "ring me"}).errors["phone"]

    assert "01512 3456789" in told


def test_times_are_told_on_the_clock_of_the_market(flask_app: Flask) -> None:
    at = clock.now().replace(hour=12, minute=0)

    with flask_app.test_request_context("/?market=DE"):
        berlin = shown_time(at)
    with flask_app.test_request_context("/"):
        hangzhou = shown_time(at)

    assert hangzhou == "20:00"
    assert berlin in ("13:00", "14:00")


def test_a_cart_that_is_left_reaches_nobody_of_another_market(
    case: Case, ada: Browser, run_relay: Callable[[], None]
) -> None:
    car = a_car_in(case)
    dealer = session().get_one(Recipient, car.recipient_id).public_id
    close_reading()
    ada.add(car)
    ada.post("/checkout/contact", name="Ada Buys", email="ada@example.com", answer_me="1", share=dealer)
    close_reading()
    cart_id = session().scalars(select(Cart.id)).one()

    left(cart_id)
    run_relay()

    close_reading()
    lead = session().scalars(select(Lead)).one()
    assert (lead.market_key, lead.status) == (case.key, "routed")
    assert re.fullmatch(r"LD-\d{4}-\d{5}" if case is DE else r"L-\d{4}-\d{5}", lead.number)
    weighed = {c["recipient_id"] for d in decisions(lead) for c in d.candidates if c["recipient_id"]}
    places = session().scalars(select(Recipient).where(Recipient.id.in_(weighed)))
    assert {place.market_key for place in places} == {case.key}
    rule = session().get_one(RoutingRule, lead.rule_id)
    assert rule.market_key == case.key


def test_a_question_is_answered_by_the_desk_of_its_market(
    case: Case, ada: Browser, run_relay: Callable[[], None]
) -> None:
    key = re.search(r'name="client_key" value="([^"]+)"', ada.see("/ask"))
    assert key is not None

    ada.post("/ask", client_key=key[1], kind="message", message="Which wheels?", email="ada@example.com", page="/",
             family="none")  # fmt: skip
    run_relay()

    close_reading()
    lead = session().scalars(select(Lead)).one()
    assert lead.market_key == case.key
    assert lead.recipient_id is not None
    assert session().get_one(Recipient, lead.recipient_id).market_key == case.key


def test_staff_stand_in_the_market_of_their_dealer_and_see_no_orders_of_another(
    flask_app: Flask, till: Till
) -> None:
    order = Browser(flask_app, "DE").buy(till, DE, a_car_in(DE))
    ben, xu_rui = Browser(flask_app), Browser(flask_app)

    ben.post("/staff/sign-in", email="jana.holt@tarn.example", password=PASSWORD)
    xu_rui.post("/staff/sign-in", email="xu.rui@tarn.example", password=PASSWORD)

    chosen = ben.client.get_cookie(here.MARKET_COOKIE)
    assert chosen is not None and chosen.value == "DE"
    assert "Ada Buys" in ben.see("/dealer")
    assert "€" in ben.see(f"/dealer/orders/{order.public_id}")
    assert "Ada Buys" not in xu_rui.see("/dealer")
    xu_rui.see(f"/dealer/orders/{order.public_id}", status=404)


def test_stock_is_made_and_taken_in_for_the_market_that_is_named(case: Case) -> None:
    result = CliRunner().invoke(catalog, ["generate-stock", "12", "--seed", "3", "--market", case.key])
    nowhere = CliRunner().invoke(catalog, ["generate-stock", "1", "--market", "FR"])

    assert "created 12" in result.stdout
    close_reading()
    assert set(session().execute(select(StockItem.market_key, StockItem.currency).distinct()).all()) == {
        (case.key, case.currency)
    }
    assert nowhere.exit_code != 0
