"""Slots are cut from opening hours, on the clock of the place."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.events import SYSTEM
from partners import calendar
from partners.enrolment import ALL_WEEK, Hours
from partners.models import HOME_MARKET, Holiday, Slot
from tests.partners.builders import a_recipient, somebody

pytestmark = pytest.mark.usefixtures("database")

MORNINGS = (Hours("test_drive", ALL_WEEK, time(10), time(12), slot_minutes=60, capacity=2),)


def slots() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(Slot)) or 0


def test_eight_weeks_of_slots_stand_at_local_hours() -> None:
    with transaction():
        dealer = a_recipient(hours=MORNINGS)

    calendar.extend()

    open_ones = calendar.open_slots(dealer.id, "test_drive", days=70, limit=200)
    assert {slot.times for slot in open_ones} == {"10:00–11:00", "11:00–12:00"}
    assert {slot.local_start.utcoffset() for slot in open_ones} == {timedelta(hours=8)}
    days = {slot.day for slot in open_ones}
    assert max(days) == clock.today("Asia/Shanghai") + timedelta(days=calendar.HORIZON_DAYS)
    assert all(slot.free == 2 for slot in open_ones)


def test_ten_in_the_morning_stays_ten_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    with transaction():
        place = a_recipient("berlin", hours=MORNINGS, time_zone="Europe/Berlin")
        calendar.extend_now(days=200)

    starts = session().scalars(select(Slot.starts_at).where(Slot.recipient_id == place.id)).all()

    assert {start.astimezone(zone).time() for start in starts} == {time(10), time(11)}
    assert {start.astimezone(zone).utcoffset() for start in starts} == {
        timedelta(hours=1),
        timedelta(hours=2),
    }


def test_cutting_again_adds_nothing() -> None:
    with transaction():
        a_recipient(hours=MORNINGS)
    calendar.extend()
    before = slots()

    assert calendar.extend() == 0

    assert slots() == before


def test_cutting_leaves_the_callers_transaction_to_plan_as_before() -> None:
    with transaction():
        a_recipient(hours=MORNINGS)
        calendar.extend_now()

        assert session().scalar(text("SHOW enable_nestloop")) == "on"


def test_a_holiday_has_no_slots_and_one_declared_later_takes_back_the_free_ones() -> None:
    with transaction():
        dealer = a_recipient(hours=MORNINGS)
        other = a_recipient("binjiang", hours=MORNINGS)
    calendar.extend()
    first, second = (clock.today("Asia/Shanghai") + timedelta(days=n) for n in (3, 4))
    ada = somebody()
    with transaction():
        on_the_second = calendar.open_slots(dealer.id, "test_drive", second, days=1)
        Slot.by_public_id(on_the_second[0].public_id).book(ada, SYSTEM)
        session().add(Holiday(market_key=HOME_MARKET, on=first, name="Off", name_zh="休"))
        session().add(
            Holiday(market_key=HOME_MARKET, recipient_id=dealer.id, on=second, name="Moving", name_zh="搬家")
        )

    calendar.extend()

    assert calendar.open_slots(dealer.id, "test_drive", first, days=1) == []
    assert calendar.open_slots(other.id, "test_drive", first, days=1) == []
    assert len(calendar.open_slots(other.id, "test_drive", second, days=1)) == 2
    assert {
        s.public_id for s in calendar.open_slots(dealer.id, "test_drive", second, days=1, holder=ada)
    } == {on_the_second[0].public_id}


def test_open_slots_take_one_statement_and_start_on_the_day_asked() -> None:
    with transaction():
        dealer = a_recipient(hours=MORNINGS)
    calendar.extend()
    day: date = clock.today("Asia/Shanghai") + timedelta(days=5)
    close_reading()
    session()

    with statement_count() as count:
        found = calendar.open_slots(dealer.id, "test_drive", day, days=2)

    assert count() == 1
    assert sorted({slot.day for slot in found}) == [day, day + timedelta(days=1)]


def test_taken_slots_can_be_listed_as_full() -> None:
    with transaction():
        dealer = a_recipient(hours=(Hours("handover", ALL_WEEK, time(8), time(10), slot_minutes=120),))
    calendar.extend()
    with transaction():
        taken = calendar.open_slots(dealer.id, "handover")[0]
        Slot.by_public_id(taken.public_id).book(somebody(), SYSTEM)

    shown = calendar.open_slots(dealer.id, "handover", with_full=True)

    assert (shown[0].public_id, shown[0].free) == (taken.public_id, 0)
    assert calendar.open_slots(dealer.id, "handover")[0].public_id != taken.public_id


def test_lapsed_holds_are_cleared_after_an_hour() -> None:
    with transaction():
        dealer = a_recipient(hours=MORNINGS)
        calendar.extend_now()
        first, second, *_rest = calendar.open_slots(dealer.id, "test_drive")
        Slot.by_public_id(first.public_id).hold(somebody(), clock.now() - timedelta(hours=2), SYSTEM)
        Slot.by_public_id(second.public_id).hold(somebody(), clock.now() - timedelta(minutes=2), SYSTEM)

    assert calendar.release_lapsed() == 1
