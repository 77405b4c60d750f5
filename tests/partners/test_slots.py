"""A slot has room for so many, whoever comes at once."""

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, EventRow
from partners import calendar
from partners.models import Booking, Slot, holder_slot
from partners.refusals import SlotNotFound, SlotTaken
from tests.partners.builders import a_recipient, a_slot, somebody

pytestmark = pytest.mark.usefixtures("database")


def live_bookings(slot: Slot) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(Booking.slot_id == slot.id, Booking.is_live())) or 0


def soon(minutes: int = 30) -> datetime:
    return clock.now() + timedelta(minutes=minutes)


def test_a_held_slot_is_taken_for_everybody_else_and_free_for_its_holder() -> None:
    ada, cleo = somebody(), somebody()
    with transaction():
        dealer = a_recipient()
        slot = a_slot(dealer)
        slot.hold(ada, soon(), SYSTEM)

    with transaction(), pytest.raises(SlotTaken):
        slot.hold(cleo, soon(), SYSTEM)

    assert calendar.open_slots(dealer.id, "test_drive") == []
    (mine,) = calendar.open_slots(dealer.id, "test_drive", holder=ada)
    assert mine.is_mine and mine.free == 1
    assert live_bookings(slot) == 1


def test_a_lapsed_hold_leaves_the_slot_to_the_next() -> None:
    ada, cleo = somebody(), somebody()
    with transaction():
        slot = a_slot(a_recipient())
        slot.hold(ada, clock.now() - timedelta(seconds=1), SYSTEM)

    with transaction():
        slot.book(cleo, SYSTEM)

    with transaction(), pytest.raises(SlotTaken):
        slot.book(ada, SYSTEM)
    assert live_bookings(slot) == 1
    assert holder_slot(cleo) is not None
    assert holder_slot(ada) is None


def test_a_lapsed_hold_still_becomes_a_booking_while_there_is_room() -> None:
    ada = somebody()
    with transaction():
        slot = a_slot(a_recipient())
        slot.hold(ada, clock.now() - timedelta(seconds=1), SYSTEM)

    with transaction():
        booking = slot.book(ada, SYSTEM)

    assert booking.state == "booked"
    assert live_bookings(slot) == 1


def test_choosing_another_slot_lets_go_of_the_first() -> None:
    ada = somebody()
    with transaction():
        dealer = a_recipient()
        first, second = a_slot(dealer, "handover"), a_slot(dealer, "delivery")
        first.hold(ada, soon(), SYSTEM)

    with transaction():
        second.hold(ada, soon(), SYSTEM)

    assert live_bookings(first) == 0
    assert live_bookings(second) == 1


def test_a_refused_slot_leaves_the_one_held_before() -> None:
    ada, cleo = somebody(), somebody()
    with transaction():
        dealer = a_recipient()
        first, second = a_slot(dealer, "handover"), a_slot(dealer, "delivery")
        first.hold(ada, soon(), SYSTEM)
        second.hold(cleo, soon(), SYSTEM)

    with pytest.raises(SlotTaken), transaction():
        second.hold(ada, soon(), SYSTEM)

    assert live_bookings(first) == 1
    found = holder_slot(ada)
    assert found is not None and found.id == first.id


def test_booking_twice_is_booking_once() -> None:
    ada = somebody()
    with transaction():
        slot = a_slot(a_recipient())
        slot.book(ada, SYSTEM)

    with transaction():
        slot.book(ada, SYSTEM)
        slot.hold(ada, soon(), SYSTEM)

    booked = session().scalar(
        select(func.count()).where(EventRow.type == "partners.slot_booked", EventRow.subject_id == slot.id)
    )
    assert booked == 1
    assert live_bookings(slot) == 1


def test_a_released_slot_is_open_again() -> None:
    ada, cleo = somebody(), somebody()
    with transaction():
        slot = a_slot(a_recipient())
        slot.book(ada, SYSTEM)

    with transaction():
        assert slot.release(ada)
        assert not slot.release(cleo)

    assert live_bookings(slot) == 0
    with transaction():
        slot.book(cleo, SYSTEM)


def test_a_slot_that_has_begun_is_not_given_away() -> None:
    with transaction():
        dealer = a_recipient()
        slot = a_slot(dealer, starts_at=clock.now() - timedelta(minutes=5))

        with pytest.raises(SlotTaken):
            slot.book(somebody(), SYSTEM)

    assert calendar.open_slots(dealer.id, "test_drive") == []


def test_a_forged_slot_is_not_known() -> None:
    with pytest.raises(SlotNotFound):
        Slot.by_public_id("' OR 1=1 --")


@pytest.mark.parametrize("capacity", [1, 2])
def test_of_twelve_who_come_at_once_only_as_many_as_fit_get_it(capacity: int) -> None:
    with transaction():
        slot = a_slot(a_recipient(), capacity=capacity)
    starting, outcomes = threading.Barrier(12), list[str]()

    def come(holder: uuid.UUID) -> None:
        starting.wait()
        try:
            with transaction():
                Slot.by_public_id(slot.public_id).book(holder, SYSTEM)
            outcomes.append("booked")
        except SlotTaken:
            outcomes.append("taken")

    crowd = [threading.Thread(target=come, args=(somebody(),)) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert outcomes.count("booked") == capacity
    assert outcomes.count("taken") == 12 - capacity
    assert live_bookings(slot) == capacity


def test_one_holder_pressing_twice_at_once_has_one_booking() -> None:
    ada = somebody()
    with transaction():
        slot = a_slot(a_recipient(), capacity=2)
    starting = threading.Barrier(4)

    def press() -> None:
        starting.wait()
        with transaction():
            Slot.by_public_id(slot.public_id).hold(ada, soon(), SYSTEM)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert live_bookings(slot) == 1
