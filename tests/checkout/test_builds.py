"""A configured car in the cart and through checkout: what may be built, what it costs and when, who hands it over."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.ids import uuid7
from app.money import Money
from catalog import assortments
from catalog.build import Build
from catalog.configuration import Configuration
from catalog.models import Equipment, Fitment, StockItem
from catalog.refusals import NotOnOfferAnyMore
from checkout import abandonment, basket, journey, paying, promise, saving
from checkout.cart import Cart, CartLine
from checkout.refusals import CartChanged, DealerIsGiven, DealerNotHere
from leads.models import Lead
from orders.models import Order
from partners.models import Booking, Market, Recipient
from tests.catalog.builders import a_car, a_shelf
from tests.checkout.builders import ADA, a_cart, a_slot, ready_to_pay
from tests.checkout.buyer import HTMX, Buyer, count

MERE = Build("mere", "long-range", "tarn", "blade", "sand")
FIELDS = {"model": "mere", "trim": "long-range", "paint": "tarn", "wheels": "blade", "interior": "sand"}


@pytest.fixture
def shelf(database: None) -> None:
    a_shelf()
    assortments.forget()


def a_build(build: Build = MERE) -> Configuration:
    return Configuration.keep(build, Market.home(), None, clock.now())


def a_cart_with(build: Build = MERE, *services: str) -> Cart:
    cart = a_cart()
    journey.add_configuration(cart, a_build(build), ADA, clock.now())
    for sku in services:
        journey.add_offer(cart, sku, 1, None, ADA, clock.now())
    return cart


def a_late_slot(cart: Cart, purpose: str = "delivery", in_days: int = 25) -> Any:
    dealer = basket.load(cart).dealer
    assert dealer is not None
    return a_slot(dealer, purpose, in_days=in_days)


def dealers() -> list[Recipient]:
    found = select(Recipient).where(
        Recipient.kind == "dealer", Recipient.market_key == "CN", Recipient.active
    )
    return list(session().scalars(found.order_by(Recipient.created_at, Recipient.id)))


def test_the_worked_example_of_a_build_comes_to_279_100(shelf: None) -> None:
    with transaction():
        cart = a_cart_with(MERE, "charge-250", "anping-motor")
        slot = a_late_slot(cart)
        ready_to_pay(cart, slot)

        made = basket.load(cart).quote

    by_date = {amount.key: amount.amount for amount in made.of("by_date")}
    assert by_date["car"] == Money.of("CNY", 243_800)
    assert by_date["options"] == Money.of("CNY", 17_000)
    assert by_date["purchase_tax"] == Money.of("CNY", 11_540)
    assert by_date["plates"] == Money.of("CNY", 300)
    assert by_date["delivery"] == Money.of("CNY", 980)
    assert by_date["partner"] == Money.of("CNY", 5_480)
    assert made.on_the_road == Money.of("CNY", 272_640)
    assert made.together == Money.of("CNY", 279_100)
    assert made.today == Money.of("CNY", 5_000)
    assert made.balance == Money.of("CNY", 274_100)


def test_a_plain_build_has_no_line_for_options(shelf: None) -> None:
    with transaction():
        plain = assortments.read_now("CN")["mere"].plainest
        made = basket.load(a_cart_with(plain)).quote

    assert [amount.key for amount in made.of("by_date")] == ["car", "purchase_tax", "plates", "deposit_paid"]


def test_the_same_build_twice_is_one_line_and_another_paint_a_second(shelf: None) -> None:
    with transaction():
        cart = a_cart_with(MERE)
        hash_of_one = cart.content_hash
        journey.add_configuration(cart, a_build(MERE), ADA, clock.now())
        assert len(cart.lines()) == 1

        journey.add_configuration(cart, a_build(MERE.taking(("paint", "lichen"))), ADA, clock.now())

        assert len(cart.lines()) == 2
        assert cart.content_hash != hash_of_one


def test_a_build_is_not_held_and_is_ready_when_the_plant_says(shelf: None) -> None:
    with transaction():
        now = basket.load(a_cart_with(MERE))

    today = clock.today("Asia/Shanghai")
    assert now.lines[0].hold is None
    assert now.lines[0].is_held_by(now.cart, clock.now())
    assert now.earliest_on == today + timedelta(days=20)


def test_builds_are_read_in_the_same_number_of_statements_however_many(shelf: None) -> None:
    def cost(*builds: Build) -> int:
        with transaction():
            cart = Cart.begin(uuid7(), "CN", "CNY", "en")
            for build in builds:
                journey.add_configuration(cart, a_build(build), ADA, clock.now())
        close_reading()
        with statement_count() as counted:
            basket.load(Cart.by_public_id(cart.public_id))  # type: ignore[arg-type]
        return counted()

    one = cost(MERE)
    four = cost(*(MERE.taking(("paint", paint)) for paint in ("tarn", "lichen", "ink", "mist")))

    assert one == four <= 8


def test_the_first_dealer_hands_over_until_another_is_chosen_and_the_time_is_let_go(shelf: None) -> None:
    with transaction():
        cart = ready_to_pay(cart := a_cart_with(MERE), a_late_slot(cart))
        first, other = dealers()[:2]
        assert basket.load(cart).dealer == first

        assert journey.choose_dealer(cart, other.public_id, ADA, clock.now())

        now = basket.load(cart)
        assert now.dealer == other
        assert now.slot is None
    assert count(Booking, Booking.state == "held") == 0


def test_the_same_dealer_again_lets_nothing_go(shelf: None) -> None:
    with transaction():
        cart = ready_to_pay(cart := a_cart_with(MERE), a_late_slot(cart))

        assert not journey.choose_dealer(cart, dealers()[0].public_id, ADA, clock.now())

        assert basket.load(cart).slot is not None


def test_with_a_car_from_stock_its_dealer_hands_over_both(shelf: None) -> None:
    car = a_car(dealer="hangzhou-binjiang")
    with transaction():
        cart = a_cart_with(MERE)
        journey.add_vehicle(cart, session().get_one(StockItem, car.id), ADA, clock.now())

        now = basket.load(cart)
        assert now.dealer is not None and now.dealer.code == "hangzhou-binjiang"
        assert now.dealers == ()
        with pytest.raises(DealerIsGiven):
            journey.choose_dealer(cart, dealers()[0].public_id, ADA, clock.now())


def test_a_stranger_among_the_dealers_is_refused(shelf: None) -> None:
    with transaction():
        cart = a_cart_with(MERE)

        with pytest.raises(DealerNotHere):
            journey.choose_dealer(cart, "A" * 22, ADA, clock.now())

        assert cart.recipient_id is None


def test_a_time_that_the_build_is_too_late_for_is_let_go(shelf: None) -> None:
    car = a_car()
    with transaction():
        cart = a_cart()
        journey.add_vehicle(cart, session().get_one(StockItem, car.id), ADA, clock.now())
        ready_to_pay(cart, a_late_slot(cart, in_days=10))

        journey.add_configuration(cart, a_build(MERE), ADA, clock.now())

        assert cart.slot_id is None


def test_a_feature_goes_with_the_build_it_is_for_and_leaves_with_it(shelf: None) -> None:
    with transaction():
        cart = a_cart_with(MERE, "pilot")
        car, feature = cart.lines()
        assert feature.configuration_id == car.configuration_id
        assert feature.vehicle_id is None

        journey.remove(cart, car.public_id, ADA, clock.now())

        assert cart.lines() == []


def test_a_build_put_aside_comes_back(shelf: None) -> None:
    with transaction():
        cart = a_cart_with(MERE)
        aside = cart.lines()[0]
        saving.save_for_later(cart, aside.public_id, ADA, clock.now())
        assert not cart.lines()

        back = saving.put_back(cart, aside.public_id, ADA, clock.now())

        assert back.configuration_id == aside.configuration_id


def gone(paint: str) -> None:
    """This paint is on no shelf any more."""
    with transaction():
        of_paint = select(Equipment.id).where(Equipment.family == "paint", Equipment.code == paint)
        session().execute(delete(Fitment).where(Fitment.equipment_id.in_(of_paint)))
    assortments.forget()


def test_a_build_that_left_the_shelf_blocks_paying_until_it_is_changed(shelf: None) -> None:
    with transaction():
        cart = ready_to_pay(cart := a_cart_with(MERE), a_late_slot(cart))
    gone("tarn")

    with transaction(), pytest.raises(NotOnOfferAnyMore):
        now = basket.load(Cart.locked(cart.id))
        assert now.lines[0].is_gone(now.cart, clock.now())
        paying.start(now.cart, now.quote.today.amount_minor, now.fingerprint, ADA, clock.now())


def test_a_price_that_rose_since_the_review_is_agreed_to_anew(shelf: None) -> None:
    with transaction():
        cart = ready_to_pay(cart := a_cart_with(MERE), a_late_slot(cart))
        seen = basket.load(cart)
    with transaction():
        session().execute(
            update(Equipment)
            .where(Equipment.code == "tarn", Equipment.family == "paint")
            .values(price_minor=Equipment.price_minor + 100_000)
        )

    with transaction(), pytest.raises(CartChanged):
        paying.start(Cart.locked(cart.id), seen.quote.today.amount_minor, seen.fingerprint, ADA, clock.now())


def test_what_is_promised_becomes_an_order_without_a_vehicle(shelf: None) -> None:
    with transaction():
        cart = ready_to_pay(cart := a_cart_with(MERE, "pilot"), a_late_slot(cart))
        order = promise.place(cart, promise.made(basket.load(cart), clock.now()), ADA)

        car = next(line for line in order.lines if line.is_vehicle)
        assert car.awaits_vin
        assert (car.vehicle_id, car.stock_item_id, car.vin) == (None, None, None)
        assert order.recipient_id == dealers()[0].id
        assert order.checklist()


def test_a_left_cart_with_a_build_is_a_lead_about_a_new_car(shelf: None, run_relay: Any) -> None:
    with transaction():
        cart = a_cart_with(MERE)
        cart.last_activity_at = clock.now() - timedelta(days=1)
    close_reading()

    abandonment.sweep()

    lead = session().scalars(select(Lead)).one()
    assert lead.product_family == "vehicle_new"
    assert lead.snapshot[0]["title"]["en"] == "Mere Long Range"
    assert lead.snapshot[0]["configuration_id"]


# Pages


def test_a_design_is_put_into_the_cart_by_its_code(ada: Buyer, shelf: None) -> None:
    with transaction():
        code = a_build().design_code

    answer = ada.post("/cart/lines", design=code.lower())

    assert answer.status_code == 303
    html = ada.see("/cart")
    assert "Mere Long Range" in html
    assert "¥243,800" in html
    assert "¥17,000" in html
    assert "Built for you, ready" in html
    assert "/models/mere/configure?" in html
    assert "data-count-down" not in html


def test_a_build_comes_from_the_configurators_form(ada: Buyer, shelf: None) -> None:
    answer = ada.send("/cart/lines", FIELDS | {"extra": ["shade", "winter"]})

    assert answer.status_code == 303
    assert "Paint, wheels, interior, extras" in ada.see("/cart")


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"paint": "gold"}, 422, "gold is not to be had on this car"),
        ({"wheels": "turbine", "model": "rill", "trim": "standard"}, 422, "turbine is not to be had"),
        ({"model": "zeppelin"}, 404, "We know no such model"),
        ({"paint": ""}, 422, "Choose one."),
        ({"paint": "x" * 60}, 422, ""),
        ({"wheels": "turbine", "extra": ["tow"]}, 409, "cannot be built any more"),
        ({"quantity": "2"}, 422, ""),
    ],
)
def test_a_build_that_cannot_be_had_is_refused_and_nothing_moves(
    ada: Buyer,
    shelf: None,
    changed: dict[str, Any],
    status: int,
    says: str,
) -> None:
    answer = ada.send("/cart/lines", FIELDS | changed)

    assert answer.status_code == status
    assert says in answer.get_data(as_text=True)
    assert count(CartLine) == 0


def test_a_wrong_option_names_its_field_and_the_way_on(ada: Buyer, shelf: None) -> None:
    told = ada.send("/cart/lines", FIELDS | {"paint": "gold"}, {"Accept": "application/json"}).get_json()
    html = ada.send("/cart/lines", FIELDS | {"paint": "gold"}).get_data(as_text=True)

    assert told["error"]["field"] == "paint"
    assert "/models/mere/configure?" in html
    assert "Open the configurator" in html


def test_another_dealer_is_chosen_without_script(ada: Buyer, shelf: None) -> None:
    ada.send("/cart/lines", FIELDS)
    ada.post("/cart/handover", method="dealer_handover")
    with transaction():
        first, other = dealers()[:2]
        slot = a_slot(first, "handover", in_days=25).public_id
        name = other.name
    ada.post("/cart/handover", method="dealer_handover", slot=slot)

    answer = ada.post("/cart/dealer", dealer=other.public_id)

    assert answer.status_code == 303
    html = ada.see(answer.headers["Location"])
    assert f"Your time at the other dealer is free again. Choose one at {name}." in html
    assert count(Booking, Booking.state == "held") == 0


def test_another_dealer_is_chosen_with_htmx(ada: Buyer, shelf: None) -> None:
    ada.send("/cart/lines", FIELDS)
    with transaction():
        other = dealers()[1]

    answer = ada.send("/cart/dealer", {"dealer": other.public_id}, HTMX)

    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert f'value="{other.public_id}" selected' in html
    assert "<html" not in html


def test_a_foreign_dealer_is_refused_in_place(ada: Buyer, shelf: None) -> None:
    ada.send("/cart/lines", FIELDS)

    answer = ada.post("/cart/dealer", dealer="A" * 22)

    assert answer.status_code == 422
    assert "No dealer of that name" in answer.get_data(as_text=True)


def test_the_days_begin_when_the_car_is_there_and_turn_by_the_week(ada: Buyer, shelf: None) -> None:
    ada.send("/cart/lines", FIELDS)
    with transaction():
        first = dealers()[0]
        for in_days in (21, 30):
            a_slot(first, "handover", in_days=in_days)
    ada.post("/cart/handover", method="dealer_handover")
    today = clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()

    html = ada.see("/cart")

    assert (today + timedelta(days=19)).isoformat() not in html
    assert (today + timedelta(days=20)).isoformat() in html
    assert "Later days" in html and "Earlier days" not in html
    later = ada.see(f"/cart?day={today + timedelta(days=30)}")
    assert "Earlier days" in later


def test_no_order_is_placed_by_looking(ada: Buyer, shelf: None) -> None:
    ada.send("/cart/lines", FIELDS)
    ada.see("/cart")

    assert count(Order) == 0
