"""A shop window to test with: markets, dealers and cars with speaking defaults."""

import random
import uuid

from sqlalchemy import select

from app import clock
from app.db import session, transaction
from catalog import stock_file, vin
from catalog.demo import shelve
from catalog.models import StockItem, Vehicle
from catalog.stock_file import Shelf
from partners.demo import demo as partners_demo
from partners.models import Market


def a_shelf() -> None:
    """The demo's market, dealers, models and services, without any stock."""
    partners_demo(clock.now())
    with transaction():
        shelve(Market.home())


def a_vin(serial: int | None = None) -> str:
    serial = random.randrange(10**6) if serial is None else serial
    return vin.with_check_digit(f"LTM3A2E40TS{serial:06d}")


def a_car(price: int = 260_800, dealer: str = "hangzhou-west-lake", condition: str = "new") -> StockItem:
    """A Mere Long Range in Tarn on Blades, listed through the ordinary import."""
    number = a_vin()
    row = {
        "vin": number, "model": "mere", "trim": "long-range", "paint": "tarn", "wheels": "blade", "interior": "sand",
        "condition": condition, "dealer": dealer, "price": price,
    }  # fmt: skip
    with transaction():
        shelf = Shelf.now()
        stock_file.lander(shelf)([stock_file.parser(shelf)(row)])
    return session().scalars(select(StockItem).join(Vehicle).where(Vehicle.vin == number)).unique().one()


def fresh(item: StockItem) -> StockItem:
    return session().get_one(StockItem, item.id, populate_existing=True)


ADA, CLEO = uuid.UUID(int=1), uuid.UUID(int=2)
