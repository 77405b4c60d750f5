"""One car, one holder: whoever was first, for as long as was said, and never two."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from app.ids import uuid7
from catalog.models import Hold, StockItem
from catalog.refusals import HoldLapsed, TooManyHolds, VehicleAlreadyHeld, VehicleGone
from tests.catalog.builders import ADA, CLEO, a_car, a_shelf, fresh


@pytest.fixture(autouse=True)
def shelf(database: None) -> None:
    a_shelf()


def soon(minutes: int = 30) -> datetime:
    return clock.now() + timedelta(minutes=minutes)


def hold(item: StockItem, holder: uuid.UUID, minutes: int = 30, visitor: uuid.UUID | None = None) -> Hold:
    with transaction():
        return fresh(item).hold(holder, "browse", soon(minutes), visitor)


def test_a_second_customer_is_refused_while_the_car_is_held() -> None:
    car = a_car()
    hold(car, ADA)

    with pytest.raises(VehicleAlreadyHeld):
        hold(car, CLEO)

    close_reading()
    live = fresh(car).live_hold()
    assert live is not None
    assert live.holder == ADA


def test_a_hold_that_is_over_keeps_nobody_out() -> None:
    car = a_car()
    hold(car, ADA, minutes=-1)

    hold(car, CLEO)

    live = fresh(car).live_hold()
    assert live is not None
    assert live.holder == CLEO


def test_holding_again_renews_ones_own_hold() -> None:
    car = a_car()
    first = hold(car, ADA, minutes=5)

    second = hold(car, ADA, minutes=30)

    assert second.id == first.id
    assert second.until is not None
    assert second.until > soon(20)


def test_a_visitor_holds_two_cars_at_most_while_looking_round() -> None:
    visitor = uuid7()
    hold(a_car(), uuid7(), visitor=visitor)
    hold(a_car(), uuid7(), visitor=visitor)
    third = a_car()

    with pytest.raises(TooManyHolds):
        hold(third, uuid7(), visitor=visitor)

    assert fresh(third).live_hold() is None


def test_a_hold_is_stretched_for_the_payment() -> None:
    car = a_car()
    hold(car, ADA, minutes=1)

    with transaction():
        assert fresh(car).extend_hold(ADA, "payment", soon(41)) is True

    live = fresh(car).live_hold()
    assert live is not None
    assert live.purpose == "payment"


def test_a_lapsed_hold_is_taken_anew_if_the_car_is_free_and_refused_if_it_is_not() -> None:
    free, taken = a_car(), a_car()
    hold(free, ADA, minutes=-1)
    hold(taken, ADA, minutes=-1)
    hold(taken, CLEO)

    with transaction():
        assert fresh(free).extend_hold(ADA, "payment", soon()) is False
    with pytest.raises(HoldLapsed), transaction():
        fresh(taken).extend_hold(ADA, "payment", soon())


def test_a_reservation_ends_every_other_claim_and_a_cancellation_gives_the_car_back() -> None:
    car, order = a_car(), uuid7()
    hold(car, ADA)

    with transaction():
        fresh(car).reserve(order, held_by=ADA)
    with pytest.raises(VehicleGone):
        hold(car, CLEO)
    with transaction():
        fresh(car).unreserve(order)
    hold(car, CLEO)

    live = fresh(car).live_hold()
    assert live is not None
    assert live.holder == CLEO


def test_a_car_held_by_somebody_else_is_not_reserved() -> None:
    car = a_car()
    hold(car, CLEO)

    with pytest.raises(VehicleAlreadyHeld), transaction():
        fresh(car).reserve(uuid7(), held_by=ADA)

    assert fresh(car).state == "available"


def test_a_car_is_sold_to_whom_it_was_reserved_for_only() -> None:
    car, order = a_car(), uuid7()
    with transaction():
        fresh(car).reserve(order)

    with pytest.raises(VehicleGone), transaction():
        fresh(car).sell(uuid7())
    with transaction():
        fresh(car).sell(order)

    assert fresh(car).state == "sold"


def test_letting_go_of_somebody_elses_hold_changes_nothing() -> None:
    car = a_car()
    hold(car, ADA)

    with transaction():
        assert fresh(car).release_hold(CLEO, "removed") is False

    assert fresh(car).live_hold() is not None


def _at_once(count: int, work: Callable[[int], object]) -> list[str]:
    """All of them start together; a full house (no free connection) is asked again, as a browser's reload would."""
    outcomes: list[str] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            _until_let_in(lambda: work(number))
            outcomes.append("won")
        except (VehicleAlreadyHeld, VehicleGone, TooManyHolds) as refused:
            outcomes.append(type(refused).__name__)
        finally:
            close_reading()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _until_let_in(work: Callable[[], object]) -> None:
    while True:
        try:
            work()
            return
        except NoFreeConnection:
            continue


def test_of_sixty_four_who_want_one_car_exactly_one_gets_it() -> None:
    car = a_car()

    outcomes = _at_once(64, lambda _: hold(car, uuid7()))

    assert outcomes.count("won") == 1
    assert outcomes.count("VehicleAlreadyHeld") == 63
    assert session().scalar(select(func.count()).select_from(Hold).where(Hold.released_at.is_(None))) == 1


def test_of_eight_tabs_of_one_visitor_two_hold_a_car() -> None:
    visitor = uuid7()
    cars = [a_car() for _ in range(8)]

    outcomes = _at_once(8, lambda number: hold(cars[number], uuid7(), visitor=visitor))

    assert outcomes.count("won") == 2


def test_of_many_who_pay_at_once_one_reserves_the_car_and_no_hold_is_lost() -> None:
    car = a_car()

    outcomes = _at_once(16, lambda _: _reserve(car, uuid7()))

    assert outcomes.count("won") == 1
    assert outcomes.count("VehicleGone") == 15
    assert session().scalar(select(func.count()).select_from(Hold)) == 1


def _reserve(item: StockItem, order: uuid.UUID) -> None:
    with transaction():
        fresh(item).reserve(order)


def test_a_lapsed_hold_is_taken_over_by_one_of_many() -> None:
    car = a_car()
    hold(car, ADA, minutes=-1)

    outcomes = _at_once(16, lambda _: hold(car, uuid7()))

    assert outcomes.count("won") == 1
    close_reading()
    assert session().scalar(select(func.count()).select_from(Hold).where(Hold.why == "lapsed")) == 1


def test_looking_at_the_cart_does_not_shorten_what_a_payment_relies_on() -> None:
    car = a_car()
    with transaction():
        fresh(car).hold(ADA, "payment", soon(41))

    hold(car, ADA, minutes=30)

    live = fresh(car).live_hold()
    assert live is not None
    assert live.purpose == "payment"
    assert live.until is not None
    assert live.until > soon(40)


def test_selling_twice_tells_it_once() -> None:
    car, order = a_car(), uuid7()
    with transaction():
        fresh(car).reserve(order)

    for _ in range(2):
        with transaction():
            fresh(car).sell(order)

    sold = session().scalars(select(EventRow.type).where(EventRow.type == "catalog.vehicle_sold")).all()
    assert len(sold) == 1
