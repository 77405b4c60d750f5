"""A car made for an order: without a VIN at first, its VIN from staff once, and from then on a car like any other."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, invariants
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import Actor
from app.ids import uuid7
from catalog import assortments, vin
from catalog.build import Build
from catalog.configuration import Configuration
from catalog.models import StockItem, Vehicle
from catalog.refusals import VinInUse
from garage.models import OwnedVehicle
from orders import board_cards, board_rows, cancelling, sheet
from orders.models import Order, OrderLine
from orders.placing import LineDraft, OrderDraft, place
from orders.refusals import (
    CarNotBuilt,
    NotBuiltHere,
    OrderClosed,
    VinAlreadyAssigned,
    VinIsFixed,
    VinMistyped,
    VinNotValid,
)
from partners.models import Market, Recipient
from tests.catalog.builders import a_car, a_shelf, a_vin
from tests.orders.builders import ADA, BEN, a_slot, ada, car_amounts, ready

CLEO = Actor("staff", "cleo")
MERE = Build("mere", "long-range", "tarn", "blade", "sand")


@pytest.fixture
def shelf(database: None) -> None:
    a_shelf()
    assortments.forget()


def a_built_order(*services: LineDraft, build: Build = MERE) -> Order:
    """Ada's configured Mere, ordered with its deposit; nobody has built it yet."""
    customer = ada(name="Ada Buys")
    dealer = Recipient.by_code("hangzhou-west-lake")
    assert dealer is not None
    kept = Configuration.keep(build, Market.home(), customer.visitor_id, clock.now())
    title, detail = kept.titles()
    car = LineDraft(
        kind="vehicle",
        sku=kept.design_code,
        title=title,
        detail=detail,
        configuration_id=kept.id,
        starts="handover",
        price_minor=kept.price_minor,
    )
    draft = OrderDraft(
        cart_id=uuid7(),
        market_key="CN",
        currency="CNY",
        language="en",
        customer_id=customer.id,
        visitor_id=customer.visitor_id,
        lines=(car, *services),
        amounts=car_amounts(clock.today("Asia/Shanghai")),
        method="home_delivery",
        recipient_id=dealer.id,
        slot_id=a_slot(dealer, capacity=9).id,
        address={"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"},
    )
    order = place(draft, ADA, clock.now())
    order.receive(order.total("today"), f"pi_{order.public_id}", "online", "deposit", ADA, clock.now())
    return order


def the_car(order: Order) -> OrderLine:
    return next(line for line in order.lines if line.is_vehicle)


def stock_of(order: Order) -> StockItem:
    return session().get_one(StockItem, the_car(order).stock_item_id, populate_existing=True)


def assign(order: Order, number: str, actor: Actor = BEN, instead_of: str | None = None) -> OrderLine:
    return order.assign_vin(the_car(order).id, number, actor, clock.now(), instead_of)


def test_a_car_that_is_built_gets_its_vin_and_is_reserved_for_the_order(shelf: None) -> None:
    number = a_vin(1)
    with transaction():
        order = a_built_order()

        line = assign(order, number.lower())

        car = stock_of(order)
        assert line.vin == number == car.vehicle.vin
        assert line.vin_assigned_at is not None and not line.awaits_vin
        assert car.state == "reserved"
        assert (car.vehicle.paint, car.vehicle.wheels) == ("tarn", "blade")
        assert car.vehicle.trim is not None and car.vehicle.trim.code == "long-range"
        hold = car._unreleased()
        assert hold is not None and hold.holder == order.id


def test_the_same_vin_again_is_no_change(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        first = assign(order, a_vin(1)).vin_assigned_at

        assert assign(order, a_vin(1)).vin_assigned_at == first

        assert len(session().scalars(select(StockItem)).all()) == 1


def test_another_vin_is_refused_unless_it_says_what_it_corrects(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        assign(order, a_vin(1))

        with pytest.raises(VinAlreadyAssigned):
            assign(order, a_vin(2))
        with pytest.raises(VinAlreadyAssigned):
            assign(order, a_vin(2), instead_of=a_vin(3))
        assert the_car(order).vin == a_vin(1)

        assign(order, a_vin(2), instead_of=a_vin(1))

        assert the_car(order).vin == a_vin(2) == stock_of(order).vehicle.vin
        assert len(session().scalars(select(Vehicle)).all()) == 1


def test_once_preparation_began_the_vin_stays(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        assign(order, a_vin(1))
        order.move("preparing", BEN, clock.now())

        with pytest.raises(VinIsFixed):
            assign(order, a_vin(2), instead_of=a_vin(1))

        assert stock_of(order).vehicle.vin == a_vin(1)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("", VinNotValid),
        ("LTM3A2E40TS", VinNotValid),
        ("LTM3A2E40TS00000I", VinNotValid),
        (vin.with_check_digit("LTM3A2E40TS000001")[:16] + "2", VinMistyped),
    ],
)
def test_what_is_no_vin_is_refused_and_makes_no_car(shelf: None, number: str, refusal: type[Refusal]) -> None:
    with transaction():
        order = a_built_order()

        with pytest.raises(refusal):
            assign(order, number)

        assert the_car(order).awaits_vin
        assert session().scalars(select(Vehicle)).all() == []


def test_a_vin_of_another_car_is_refused(shelf: None) -> None:
    taken = a_car().vehicle.vin
    with transaction():
        order = a_built_order()

        with pytest.raises(VinInUse):
            assign(order, taken)

        assert the_car(order).awaits_vin


def test_a_line_that_is_not_built_takes_no_vin(shelf: None) -> None:
    with transaction():
        order = a_built_order()

        with pytest.raises(NotBuiltHere):
            order.assign_vin(uuid7(), a_vin(1), BEN, clock.now())


def test_preparation_waits_for_the_vin(shelf: None) -> None:
    with transaction():
        order = a_built_order()

        with pytest.raises(CarNotBuilt):
            order.move("preparing", BEN, clock.now())
        assert order.status == "placed"

        assign(order, a_vin(1))
        order.move("preparing", BEN, clock.now())

        assert order.status == "preparing"


def test_cancelled_before_the_vin_nothing_is_freed_and_no_vin_is_taken(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        order.cancel("Changed my mind", ADA, clock.now())

        with pytest.raises(OrderClosed):
            assign(order, a_vin(1))

        assert session().scalars(select(StockItem)).all() == []


def test_cancelled_after_the_vin_the_car_is_for_sale(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        assign(order, a_vin(1))

        order.cancel("Changed my mind", ADA, clock.now())

        assert stock_of(order).state == "available"
        assert stock_of(order).live_hold() is None


def test_handed_over_it_is_sold_owned_and_its_feature_names_it(shelf: None) -> None:
    with transaction():
        kept = Configuration.keep(MERE, Market.home(), None, clock.now())
        pilot = LineDraft(
            kind="feature",
            sku="pilot",
            title={"en": "Pilot", "zh": "Pilot"},
            detail={"en": "", "zh": ""},
            grants={"feature": "pilot"},
            starts="handover",
            price_minor=58_000,
        )
        order = a_built_order(pilot)
        feature = next(line for line in order.lines if line.kind == "feature")
        feature.configuration_id = the_car(order).configuration_id
        session().flush()
        assert kept.id != feature.id

        assign(order, a_vin(1))
        ready(order)
        order.hand_over(BEN, clock.now())

        assert stock_of(order).state == "sold"
        assert feature.vehicle_id == the_car(order).vehicle_id
        owned = session().scalars(select(OwnedVehicle)).one()
        assert owned.vehicle_id == the_car(order).vehicle_id
    close_reading()
    assert invariants.offending()["I4"] == 0


def test_cars_without_a_vin_are_no_vin_sold_twice(shelf: None) -> None:
    with transaction():
        a_built_order()
        a_built_order(build=MERE.taking(("paint", "lichen")))
    close_reading()

    assert invariants.offending()["I4"] == 0


def test_the_sheet_draws_the_build_until_the_car_is_there(shelf: None) -> None:
    with transaction():
        order = a_built_order()
    close_reading()

    before = sheet.load(order.public_id)
    assert before.look is not None and (before.look.model, before.look.paint) == ("mere", "tarn")
    assert before.car_name == "Mere Long Range"
    assert before.is_built and before.awaits_vin and before.vin_at is None

    with transaction():
        assign(Order.locked(order.id), a_vin(1))
    close_reading()
    after = sheet.load(order.public_id)
    assert after.vin_at is not None and not after.awaits_vin


@pytest.mark.parametrize(
    ("days_later", "tag"), [(0, ("Plant: being built", "plain")), (9, ("You: its VIN", "waiting"))]
)
def test_the_board_says_who_is_to_do_something_about_a_car_without_a_vin(
    shelf: None, days_later: int, tag: tuple[str, str]
) -> None:
    with transaction():
        a_built_order()
    close_reading()
    today = clock.today("Asia/Shanghai") + timedelta(days=days_later)

    (row,) = board_rows.read(None, today, "Asia/Shanghai", today)
    card = board_cards.card(row, None, board_cards.Reader("en", today, "", names_dealer=False))

    assert card.column == "coming"
    assert card.model == "mere"
    assert tag in card.tags


def at_once(flask_app: Flask, *tries: Any) -> list[str]:
    """Each in a thread and transaction of its own, let go together; the names of the refusals, or done."""
    start, told = threading.Barrier(len(tries)), []

    def run(attempt: Any) -> None:
        start.wait()
        try:
            with transaction():
                attempt()
            told.append("done")
        except Refusal as refused:
            told.append(refused.code)
        finally:
            close_reading()

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_of_two_who_enter_different_vins_at_once_one_wins(flask_app: Flask, shelf: None) -> None:
    with transaction():
        order = a_built_order()
    close_reading()

    told = at_once(
        flask_app,
        lambda: assign(Order.locked(order.id), a_vin(1), BEN),
        lambda: assign(Order.locked(order.id), a_vin(2), CLEO),
    )

    assert told == ["VinAlreadyAssigned", "done"]
    assert len(session().scalars(select(Vehicle)).all()) == 1


def test_one_vin_for_two_orders_at_once_goes_to_one(flask_app: Flask, shelf: None) -> None:
    with transaction():
        one, other = a_built_order(), a_built_order()
    close_reading()

    told = at_once(
        flask_app,
        lambda: assign(Order.locked(one.id), a_vin(1), BEN),
        lambda: assign(Order.locked(other.id), a_vin(1), CLEO),
    )

    assert told == ["VinInUse", "done"]
    assert len(session().scalars(select(StockItem)).all()) == 1


def test_cancelling_names_a_car_that_was_never_built_as_such(shelf: None) -> None:
    with transaction():
        order = a_built_order()
        before = cancelling.show(sheet.load(order.public_id), clock.now()).ends
        assign(order, a_vin(41))
        session().expire_all()
        after = cancelling.show(sheet.load(order.public_id), clock.now()).ends

    assert "Mere Long Range is not built." in before
    assert "Mere Long Range is free for other buyers." in after
