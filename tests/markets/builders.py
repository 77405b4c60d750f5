"""The demo's two markets with all they sell, and a car in each; what differs between them stands in one table."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from catalog import shelves, stock_file
from catalog.demo import shelve
from catalog.models import StockItem, Vehicle
from catalog.stock_file import Shelf
from checkout.payment import Payment
from orders.models import Order
from partners import here
from partners.calendar import open_slots
from partners.demo import demo as partners_demo
from partners.models import Market, Recipient
from tests.catalog.builders import a_vin
from tests.checkout.till import Till


@dataclass(frozen=True)
class Case:
    key: str
    dealer: str
    zone: str
    price: int
    road: tuple[int, ...]
    """The printed lines in minor units: the car and what comes on top."""
    deposit: int
    delivery: int
    currency: str
    number: str
    address: dict[str, str]
    address_line: str
    service: str
    sign: str
    foreign_sign: str


CN = Case(
    key="CN",
    dealer="hangzhou-west-lake",
    zone="Asia/Shanghai",
    price=260_800,
    road=(26_080_000, 1_154_000, 30_000),
    deposit=500_000,
    delivery=98_000,
    currency="CNY",
    number=r"T-\d{4}-\d{5}",
    address={"street": "18 Lake Road", "district": "Gongshu", "city": "Hangzhou"},
    address_line="18 Lake Road, Gongshu, Hangzhou",
    service="credits-500",
    sign="¥",
    foreign_sign="€",
)
DE = Case(
    key="DE",
    dealer="berlin-gleisdreieck",
    zone="Europe/Berlin",
    price=49_900,
    road=(4_990_000, 14_900),
    deposit=100_000,
    delivery=69_000,
    currency="EUR",
    number=r"TD-\d{4}-\d{5}",
    address={"street": "Weserstraße 7", "postcode": "12047", "city": "Berlin"},
    address_line="Weserstraße 7, 12047 Berlin",
    service="credits-50",
    sign="€",
    foreign_sign="¥",
)
BOTH = (CN, DE)


def two_markets() -> None:
    here.forget()
    shelves.forget()
    partners_demo(clock.now())
    with transaction():
        for key in ("CN", "DE"):
            shelve(session().get_one(Market, key))
    close_reading()


def a_car_in(case: Case, price: int | None = None, condition: str = "new") -> StockItem:
    """A Mere Long Range at the case's dealer, listed through the ordinary import."""
    vin = a_vin()
    row = {
        "vin": vin, "model": "mere", "trim": "long-range", "paint": "tarn", "wheels": "blade", "interior": "sand",
        "condition": condition, "dealer": case.dealer, "price": price or case.price,
    }  # fmt: skip
    with transaction():
        shelf = Shelf.now(case.key)
        stock_file.lander(shelf)([stock_file.parser(shelf)(row)])
    shelves.forget()
    found = session().scalars(select(StockItem).join(Vehicle).where(Vehicle.vin == vin)).unique().one()
    close_reading()
    return found


class Browser:
    """Without script: takes the token from a page and posts it back."""

    def __init__(self, app: Flask, market: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if market is not None:
            self.client.set_cookie(here.MARKET_COOKIE, market)

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def post(self, path: str, **form: Any) -> Any:
        page = self.client.get("/staff/sign-in").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return self.client.post(path, data={"csrf_token": found.group(1), **form})

    def add(self, thing: StockItem | str) -> Any:
        if isinstance(thing, str):
            return self.post("/cart/lines", sku=thing)
        return self.post("/cart/lines", stock_item=thing.public_id)

    def to_review(self, case: Case, *things: StockItem | str) -> dict[str, str]:
        """With the car brought to the door, when there is one."""
        for thing in things:
            assert self.add(thing).status_code == 303
        assert self.post("/checkout/contact", name="Ada Buys", email="ada@example.com").status_code == 303
        car = next((thing for thing in things if isinstance(thing, StockItem)), None)
        if car is not None:
            self.post("/cart/handover", method="home_delivery")
            answer = self.post(
                "/checkout/handover", method="home_delivery", slot=_a_free_time(car), **case.address
            )
            assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
        html = self.see("/checkout/review")
        agreed = {}
        for name in ("cart", "expected_total", "content_hash"):
            told = re.search(rf'name="{name}" value="([^"]+)"', html)
            assert told
            agreed[name] = told.group(1)
        return agreed

    def buy(self, till: Till, case: Case, *things: StockItem | str) -> Order:
        self.post("/checkout/pay", start_now="1", **self.to_review(case, *things))
        close_reading()
        payment = session().scalars(select(Payment)).one()
        till.pay(str(payment.provider_session))
        self.client.get(f"/checkout/return?payment={payment.public_id}")
        close_reading()
        found = session().scalars(select(Order)).one()
        close_reading()
        return found


def _a_free_time(car: StockItem) -> str:
    dealer = session().get_one(Recipient, car.recipient_id)
    earliest = clock.today(dealer.time_zone).toordinal() + 7
    slots = open_slots(dealer.id, "delivery", clock.today(dealer.time_zone).fromordinal(earliest), days=14)
    close_reading()
    return slots[0].public_id
