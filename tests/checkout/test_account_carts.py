"""Carts of one account on two devices: both are offered, none is overwritten, and no typed address brings one."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import close_reading, session, transaction
from checkout.cart import Cart
from customers.models import Customer
from tests.checkout.builders import a_cart, credits_500, ready_to_pay
from tests.customers.builders import ada, cleo
from tests.customers.visitors import Visitor, nobody_tried_before

CREDITS = "Mobility credits 500"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def sku(database: None) -> str:
    with transaction():
        return credits_500().sku


@pytest.fixture
def laptop(flask_app: Flask, sku: str) -> Visitor:
    return Visitor(flask_app)


@pytest.fixture
def phone(flask_app: Flask, sku: str) -> Visitor:
    return Visitor(flask_app)


def fill(visitor: Visitor, sku: str, quantity: int = 1) -> Cart:
    assert visitor.post("/cart/lines", sku=sku, quantity=str(quantity)).status_code == 303
    close_reading()
    return session().scalars(select(Cart).where(Cart.visitor_id == visitor.state.visitor_id)).one()


def open_here(visitor: Visitor, cart: Cart) -> int:
    return visitor.post(f"/account/carts/{cart.public_id}/open", on="/account").status_code


def carts() -> dict[Any, tuple[Any, int]]:
    close_reading()
    found = session().scalars(select(Cart)).all()
    return {cart.id: (cart.visitor_id, sum(line.quantity for line in cart.lines())) for cart in found}


def test_a_cart_from_before_signing_in_stays_in_this_browser(laptop: Visitor, sku: str) -> None:
    fill(laptop, sku, 2)

    laptop.sign_in()

    assert laptop.state.cart_count == 2
    assert "In this browser" in laptop.see("/account/carts")


def test_a_cart_left_elsewhere_is_offered_and_opens_here(laptop: Visitor, phone: Visitor, sku: str) -> None:
    left = fill(phone, sku, 3)
    phone.sign_in()
    own = fill(laptop, sku)
    laptop.sign_in()
    before = carts()
    assert "Left on another device" in laptop.see("/account/carts")
    assert 'hx-get="/account/carts/elsewhere"' in laptop.see("/cart")
    told = laptop.client.get("/account/carts/elsewhere", headers={"HX-Request": "true"})
    assert "You also left a cart on another device" in told.get_data(as_text=True)
    token = laptop.token

    answer = open_here(laptop, left)

    assert answer == 303
    assert (laptop.state.cart_id, laptop.state.cart_count) == (left.id, 3)
    assert laptop.token != token
    assert carts() == before
    assert open_here(laptop, own) == 303
    assert (laptop.state.cart_id, laptop.state.cart_count) == (own.id, 1)
    assert phone.state.cart_count == 3


def test_the_cart_page_says_nothing_of_others_when_there_are_none(laptop: Visitor, sku: str) -> None:
    fill(laptop, sku)
    laptop.sign_in()

    told = laptop.client.get("/account/carts/elsewhere", headers={"HX-Request": "true"})

    assert "another device" not in told.get_data(as_text=True)
    assert laptop.client.get("/account/carts/elsewhere").headers["Location"].endswith("/account/carts")


def test_a_strangers_cart_cannot_be_opened(laptop: Visitor, phone: Visitor, sku: str) -> None:
    strangers = fill(phone, sku)
    phone.sign_in("cleo@example.com")
    laptop.sign_in()
    visitor = laptop.state.visitor_id

    assert open_here(laptop, strangers) != 303
    assert laptop.state.visitor_id == visitor


def test_a_typed_address_brings_no_cart_along(laptop: Visitor, phone: Visitor, sku: str) -> None:
    typed = fill(phone, sku)
    with transaction():
        cleo(phone.state.visitor_id, email="ada@example.com")

    laptop.sign_in()

    assert open_here(laptop, typed) != 303
    assert "Left on another device" not in laptop.see("/account/carts")
    assert phone.state.cart_count == 1


def test_a_cart_of_a_visit_that_told_another_address_stays_where_it_is(
    laptop: Visitor, phone: Visitor, sku: str
) -> None:
    bens = fill(phone, sku)
    with transaction():
        cleo(phone.state.visitor_id)
    phone.sign_in()
    laptop.sign_in()

    assert open_here(laptop, bens) != 303


def test_the_contact_is_filled_in_from_the_account_and_what_is_told_belongs_to_it(
    laptop: Visitor, sku: str
) -> None:
    laptop.sign_in()
    laptop.post("/account/details", on="/account", name="Ada Buys", phone="138 0571 4420", language="en")
    fill(laptop, sku)

    html = laptop.see("/checkout/contact")
    laptop.post(
        "/checkout/contact", on="/checkout/contact", name="Ada at work", email="work@example.com", phone=""
    )

    assert 'value="Ada Buys"' in html and 'value="ada@example.com"' in html and "+8613805714420" in html
    close_reading()
    told = session().scalars(select(Customer).where(Customer.email == "work@example.com")).one()
    assert told.account_id == laptop.state.account_id
    assert told.verified_at is None


def test_a_contact_without_an_order_is_forgotten_with_the_account_and_one_being_paid_is_not(
    laptop: Visitor, sku: str, run_relay: Callable[[], Any]
) -> None:
    with transaction():
        left, paying = ready_to_pay(a_cart()), ready_to_pay(a_cart())
        paying.state = "paying"
        ada(None, name="Ada elsewhere")
    laptop.sign_in()

    laptop.post("/account/delete", on="/account/delete")
    run_relay()

    close_reading()
    names: dict[Any, str] = {c.id: c.name for c in session().scalars(select(Customer))}
    assert names[left.customer_id] == ""
    assert names[paying.customer_id] == "Ada Buys"
    assert "Ada elsewhere" not in names.values()
