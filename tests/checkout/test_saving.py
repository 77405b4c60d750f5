"""What is put aside: out of the cart and its sums, in sight below it, and back by the ordinary road."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from app.sessions import AuthSession
from catalog.models import Hold, Offer
from catalog.refusals import VehicleAlreadyHeld
from checkout import abandonment, basket, journey, saving
from checkout.cart import Cart, CartLine
from checkout.sharing_refusals import SavedLineNotFound
from tests.checkout.builders import ADA, a_car, a_cart, a_dealer, an_offer, charge_250, credits_500, pilot
from tests.checkout.buyer import Buyer


@pytest.fixture
def ada(client: FlaskClient) -> Buyer:
    return Buyer(client)


@pytest.fixture
def cleo(flask_app: Flask, database: None) -> Buyer:
    return Buyer(flask_app.test_client())


@pytest.fixture
def shop(database: None) -> dict[str, Any]:
    with transaction():
        return {
            "car": a_car(dealer=a_dealer()),
            "charge": charge_250(),
            "more": an_offer("charge-100", "charging", 8_900, grants={"kwh": 100}),
            "credits": credits_500(),
            "pilot": pilot(),
        }


def saved(cart: Cart, line: CartLine) -> None:
    saving.save_for_later(cart, line.public_id, ADA, clock.now())


def test_a_saved_car_leaves_the_sum_and_is_free_for_others(database: None) -> None:
    with transaction():
        car = a_car()
        cart = a_cart(car, charge_250())

        saved(cart, cart.lines()[0])

        now = basket.load(cart)
        assert [line.line.kind for line in now.lines] == ["charging"]
        assert not now.quote.has_vehicle
        assert not live_holds()
        assert cart.value_minor == 19_900


def test_what_is_saved_does_not_count_for_the_hash_or_an_abandonment(database: None) -> None:
    with transaction():
        alone = a_cart(charge_250())
        both = a_cart(credits_500())
        journey.add_offer(both, "charge-250", 1, None, ADA, clock.now())
        saved(both, both.lines()[0])
        assert both.content_hash == alone.content_hash
        saved(both, both.lines()[0])
        both.last_activity_at = alone.last_activity_at = clock.now().replace(year=2020)
    with transaction():
        assert abandonment.sweep_batch(10) == 1


def test_put_back_holds_again_and_features_return_with_their_car(database: None) -> None:
    with transaction():
        car = a_car()
        pilot()
        cart = a_cart(car)
        journey.add_offer(cart, "pilot", 1, None, ADA, clock.now())
        line = cart.lines()[0]
        saved(cart, line)
        assert not cart.lines()

        saving.put_back(cart, line.public_id, ADA, clock.now())

        assert [line.kind for line in cart.lines()] == ["vehicle", "feature"]
        assert len(live_holds()) == 1
        assert not kept()


def test_put_back_is_refused_when_somebody_else_was_quicker(database: None) -> None:
    with transaction():
        car = a_car()
        cart = a_cart(car)
        line = cart.lines()[0]
        saved(cart, line)
        a_cart(car)

    with pytest.raises(VehicleAlreadyHeld), transaction():
        saving.put_back(Cart.locked(cart.id), line.public_id, ADA, clock.now())

    assert [one.id for one in kept()] == [line.id]


def test_what_was_saved_is_nobody_elses_to_put_back(database: None) -> None:
    with transaction():
        cart, other = a_cart(charge_250()), a_cart(credits_500())
        line = cart.lines()[0]
        saved(cart, line)

        with pytest.raises(SavedLineNotFound):
            saving.put_back(other, line.public_id, ADA, clock.now())

        assert len(other.lines()) == 1


def test_a_saved_line_survives_the_order_and_goes_into_the_next_cart(database: None) -> None:
    with transaction():
        first = a_cart(charge_250())
        line = first.lines()[0]
        saved(first, line)
        first.state = "merged"
        session().flush()
        second = a_cart(visitor_id=first.visitor_id)

        saving.put_back(second, line.public_id, ADA, clock.now())

        assert [one.sku for one in second.lines()] == ["charge-250"]


def test_saving_is_told_on_the_timeline(database: None) -> None:
    with transaction():
        cart = a_cart(charge_250())
        saved(cart, cart.lines()[0])

    told = session().scalars(select(EventRow.type).where(EventRow.type == "checkout.cart_line_saved")).all()
    assert len(told) == 1


def test_the_page_lists_what_is_saved_with_the_price_of_now(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku="charge-250")
    ada.post("/cart/lines", sku="credits-500")
    line = lines()[0]
    assert ada.post(f"/cart/lines/{line.public_id}/save").status_code == 303
    with transaction():
        session().get_one(Offer, shop["charge"].id).price_minor = 24_900

    html = ada.see("/cart")

    assert "Saved for later" in html
    assert "¥249" in html
    assert "It was ¥199 when you saved it." in html
    assert badge() == 1
    ada.post(f"/cart/saved/{line.public_id}/back")
    assert "Saved for later</h2>" not in ada.see("/cart")
    assert "The price was ¥199 when you added it." in ada.see("/cart")
    assert badge() == 2


def test_an_empty_cart_still_shows_what_was_saved(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.add_car(shop["car"])
    ada.post(f"/cart/lines/{lines()[0].public_id}/save")

    html = ada.see("/cart")

    assert "There is nothing in your cart yet" in html
    assert "Saved for later" in html
    assert badge() == 0


def test_removing_a_saved_line_takes_it_out_of_sight(ada: Buyer, cleo: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku="charge-250")
    line = lines()[0]
    ada.post(f"/cart/lines/{line.public_id}/save")

    assert cleo.post(f"/cart/saved/{line.public_id}/remove").status_code == 404
    assert len(kept()) == 1
    assert ada.post(f"/cart/saved/{line.public_id}/remove").status_code == 303

    assert not kept()


def test_another_plan_takes_the_place_of_the_one_there(ada: Buyer, shop: dict[str, Any]) -> None:
    ada.post("/cart/lines", sku="charge-250")
    ada.post("/cart/lines", sku="credits-500")
    line = lines()[0]
    page = ada.see(f"/cart/lines/{line.public_id}/plan")
    assert "charge-100" in page
    assert "credits-500" not in page

    answer = ada.post(f"/cart/lines/{line.public_id}/plan", sku="charge-100")

    assert answer.status_code == 303
    html = ada.see("/cart")
    assert html.index("Charge-100") < html.index("Credits-500")
    assert "Charge-250" not in html


@pytest.mark.parametrize("sku", ["credits-500", "pilot", "no-such-plan", "charge-250"])
def test_a_plan_of_another_kind_is_refused(ada: Buyer, shop: dict[str, Any], sku: str) -> None:
    ada.post("/cart/lines", sku="charge-250")

    answer = ada.post(f"/cart/lines/{lines()[0].public_id}/plan", sku=sku)

    assert answer.status_code == 422
    assert [line.sku for line in lines()] == ["charge-250"]


def live_holds() -> list[Hold]:
    return list(session().scalars(select(Hold).where(Hold.released_at.is_(None))))


def kept() -> list[CartLine]:
    return list(session().scalars(select(CartLine).where(CartLine.saved_at.is_not(None))))


def lines() -> list[CartLine]:
    close_reading()
    found = select(CartLine).where(CartLine.removed_at.is_(None)).order_by(CartLine.position, CartLine.id)
    told = list(session().scalars(found))
    close_reading()
    return told


def badge() -> int:
    close_reading()
    told = session().scalar(select(func.max(AuthSession.cart_count))) or 0
    close_reading()
    return told
