"""The demo's board is a working day at whatever hour the shop starts."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app import clock, invariants
from app.db import close_reading, session
from catalog import demo as catalog_demo
from catalog.stock import StockItem
from checkout import demo, demo_day
from orders import board_day, board_rows, day_places
from orders.lane_times import HANDOVER
from orders.models import Order
from partners import demo as partners_demo
from partners.models import Recipient

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def real_time(database: None) -> Iterator[None]:
    yield
    clock.move(timedelta(0))


def at_hour(hour: int, minute: int = 0) -> datetime:
    """On a working day to come."""
    day = (datetime.now(UTC).astimezone(ZONE) + timedelta(days=2)).date()
    return datetime.combine(day, time(hour, minute), ZONE)


def seed(at: datetime) -> None:
    clock.move(at - datetime.now(UTC))
    partners_demo.demo(at)
    catalog_demo.demo(at)
    close_reading()
    demo.demo(at)
    demo_day.demo(at)


def states_of_today(at: datetime) -> Counter[str]:
    close_reading()
    west = Recipient.by_code("hangzhou-west-lake")
    assert west is not None
    (place,) = day_places.places((west.id,), at.date())
    rows = board_rows.read((west.id,), at.date(), place.zone, at.date())
    day = board_day.of_place(rows, place, at.date(), at)
    assert "" not in day.placed.values(), "nothing finds no room"
    return Counter(block.state for block in day.blocks if block.work == HANDOVER)


@pytest.mark.parametrize(
    ("hour", "minute", "done", "on_or_late", "ahead"),
    [
        (3, 0, 0, 0, 7),
        (8, 40, 0, 2, 5),
        (13, 0, 3, 1, 3),
        (21, 0, 6, 1, 0),
    ],
)
def test_the_day_has_cars_handed_over_on_the_way_and_to_come(
    hour: int, minute: int, done: int, on_or_late: int, ahead: int
) -> None:
    at = at_hour(hour, minute)

    seed(at)

    states = states_of_today(at)
    late = sum(states[state] for state in ("problem",))
    assert states["done"] == done, states
    assert states.total() == 7
    assert (states["current"] + late >= 1) or hour == 3
    assert states.total() - done == on_or_late + ahead


def test_the_shop_is_back_in_its_own_time_and_everything_adds_up() -> None:
    at = at_hour(11, 30)
    seed(at)

    assert abs((clock.now() - at).total_seconds()) < 60
    close_reading()
    assert not any(invariants.offending().values())


def test_the_same_hour_makes_the_same_day_and_a_second_run_changes_nothing() -> None:
    at = at_hour(14, 20)
    seed(at)
    before = Counter(session().scalars(select(Order.status)))
    close_reading()

    demo_day.demo(at)

    close_reading()
    assert Counter(session().scalars(select(Order.status))) == before


def test_the_cars_in_stock_stay_in_stock() -> None:
    at = at_hour(11, 30)

    def on_offer() -> int:
        close_reading()
        wanted = select(func.count()).where(StockItem.state == "available")
        return session().scalar(wanted) or 0

    clock.move(at - datetime.now(UTC))
    partners_demo.demo(at)
    catalog_demo.demo(at)
    close_reading()
    demo.demo(at)
    before = on_offer()
    demo_day.demo(at)

    assert on_offer() == before
