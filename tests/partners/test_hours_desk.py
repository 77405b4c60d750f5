"""A place's week, days off and times: edited by its own people, refused with words, and nothing booked is lost."""

import re
import uuid
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.events import Actor, EventRow
from partners import calendar
from partners.models import Booking, Holiday, OpeningHours, Recipient, Slot
from partners.refusals import SlotTaken
from tests.conversations.builders import Browser
from tests.partners.builders import a_member_of_staff, a_recipient, somebody

ADA = Actor("visitor", "ada")
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def west_lake(database: None) -> Recipient:
    with transaction():
        made = a_recipient(home_delivery=True)
        a_recipient("binjiang", name="Tarn Binjiang")
        calendar.extend_now()
        a_member_of_staff("ben@tarn.example", recipient=made)
    return made


@pytest.fixture
def ben(flask_app: Flask, west_lake: Recipient) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("ben@tarn.example")
    return browser


def page_of(place: Recipient) -> str:
    return f"/dealer/hours/{place.public_id}"


def week(opens: str, closes: str, **more: Any) -> dict[str, Any]:
    days = {f"{end}{day}a": at for day in range(1, 8) for end, at in (("o", opens), ("c", closes))}
    return {**days, "slot_minutes": "60", "capacity": "2", **more}


def version(browser: Browser, place: Recipient, purpose: str) -> str:
    page = browser.see(page_of(place))
    found = re.search(rf'id="{purpose}".*?name="version" value="(\w+)"', page, re.S)
    assert found
    return found[1]


def slots(place: Recipient, purpose: str = "test_drive") -> list[Slot]:
    close_reading()
    wanted = select(Slot).where(Slot.recipient_id == place.id, Slot.purpose == purpose)
    return list(session().scalars(wanted.order_by(Slot.starts_at)))


def open_times(place: Recipient, purpose: str = "test_drive") -> set[time]:
    close_reading()
    found = calendar.open_slots(place.id, purpose, days=30, limit=400)
    return {slot.local_start.time() for slot in found}


def on_day(place: Recipient, ahead: int = 3, purpose: str = "test_drive") -> list[Slot]:
    day = clock.today(place.time_zone) + timedelta(days=ahead)
    return [slot for slot in slots(place, purpose) if slot.starts_at.astimezone(ZONE).date() == day]


def booked(slot: Slot) -> uuid.UUID:
    holder = somebody()
    with transaction():
        session().get_one(Slot, slot.id).book(holder, ADA)
    return holder


def test_changed_hours_change_what_can_be_booked_at_once(ben: Browser, west_lake: Recipient) -> None:
    told = week("12:00", "15:00", version=version(ben, west_lake, "test_drive"))

    answer = ben.post(f"{page_of(west_lake)}/test_drive", told)

    assert answer.status_code == 303
    assert open_times(west_lake) == {time(12), time(13), time(14)}
    assert "Saved" in ben.see(f"{page_of(west_lake)}?saved=test_drive")
    kinds = session().scalars(select(EventRow.payload).where(EventRow.type == "partners.hours_changed"))
    assert [payload["purpose"] for payload in kinds] == ["test_drive"]


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"o1a": "19:00", "c1a": "09:00"}, "c1a", "must close after it opens"),
        ({"o1a": "09:00", "c1a": "09:00"}, "c1a", "must close after it opens"),
        ({"o1a": "09:00", "c1a": ""}, "c1a", "both when it opens and when it closes"),
        ({"o1a": "nine"}, "o1a", "a time such as 09:00"),
        ({"o1a": "25:00"}, "o1a", "a time such as 09:00"),
        ({"o1b": "10:00", "c1b": "12:00"}, "o1b", "overlap"),
        ({"slot_minutes": "5"}, "slot_minutes", "from 10 to 480"),
        ({"slot_minutes": "1e2"}, "slot_minutes", "from 10 to 480"),
        ({"slot_minutes": "²"}, "slot_minutes", "from 10 to 480"),
        ({"slot_minutes": "480"}, "c1a", "Not one time of this length"),
        ({"capacity": "0"}, "capacity", "from 1 to 50"),
        ({"capacity": "51"}, "capacity", "from 1 to 50"),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_their_field_and_nothing_changes(
    ben: Browser, west_lake: Recipient, wrong: dict[str, str], field: str, said: str
) -> None:
    before = open_times(west_lake)
    told = week("09:00", "16:00", version=version(ben, west_lake, "test_drive"), **wrong)

    answer = ben.post(f"{page_of(west_lake)}/test_drive", told)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert f'href="#test_drive-{field}"' in page
    assert open_times(west_lake) == before


def test_a_change_of_hours_never_cancels_what_is_booked_and_shows_it(
    ben: Browser, west_lake: Recipient
) -> None:
    slot = on_day(west_lake)[0]
    holder = booked(slot)
    told = week("14:00", "16:00", version=version(ben, west_lake, "test_drive"))

    ben.post(f"{page_of(west_lake)}/test_drive", told)

    close_reading()
    kept = session().scalars(select(Booking).where(Booking.holder == holder)).one()
    page = ben.see(page_of(west_lake))
    assert kept.state == "booked"
    assert "Booked outside of the hours" in page
    assert slot.starts_at.astimezone(ZONE).strftime("%H:%M") in page.split("Booked outside of the hours")[1]
    with transaction(), pytest.raises(SlotTaken):
        session().get_one(Slot, slot.id).book(somebody(), ADA)


def test_hours_that_come_back_take_the_closed_time_up_again(ben: Browser, west_lake: Recipient) -> None:
    slot = on_day(west_lake)[0]
    booked(slot)
    for opens, closes in (("14:00", "16:00"), ("10:00", "17:00")):
        told = week(opens, closes, version=version(ben, west_lake, "test_drive"))
        ben.post(f"{page_of(west_lake)}/test_drive", told)

    close_reading()
    assert session().get_one(Slot, slot.id).closed_at is None
    assert "Booked outside of the hours" not in ben.see(page_of(west_lake))


def test_longer_times_do_not_overlap_one_that_somebody_has(ben: Browser, west_lake: Recipient) -> None:
    second = on_day(west_lake)[1]
    booked(second)
    told = week("10:00", "17:00", version=version(ben, west_lake, "test_drive"), slot_minutes="90")

    ben.post(f"{page_of(west_lake)}/test_drive", told)

    close_reading()
    day = second.starts_at.astimezone(ZONE).date()
    free = calendar.open_slots(west_lake.id, "test_drive", days=30, limit=400)
    beside = [slot for slot in free if slot.day == day and slot.id != second.id]
    assert beside
    assert all(s.ends_at <= second.starts_at or s.starts_at >= second.ends_at for s in beside)
    first = next(slot for slot in free if slot.day != day)
    assert first.ends_at - first.starts_at == timedelta(minutes=90)


def test_fewer_parties_at_a_time_never_go_below_those_who_have_it(ben: Browser, west_lake: Recipient) -> None:
    slot = on_day(west_lake)[0]
    booked(slot)
    booked(slot)
    told = week("10:00", "17:00", version=version(ben, west_lake, "test_drive"), capacity="1")

    ben.post(f"{page_of(west_lake)}/test_drive", told)

    close_reading()
    assert session().get_one(Slot, slot.id).capacity == 2
    assert {s.capacity for s in slots(west_lake) if s.id != slot.id} == {1}


def test_of_two_who_change_the_same_hours_the_second_is_told(ben: Browser, west_lake: Recipient) -> None:
    seen = version(ben, west_lake, "test_drive")
    ben.post(f"{page_of(west_lake)}/test_drive", week("12:00", "15:00", version=seen))

    answer = ben.post(f"{page_of(west_lake)}/test_drive", week("10:00", "11:00", version=seen))

    assert answer.status_code == 409
    assert open_times(west_lake) == {time(12), time(13), time(14)}


def test_single_times_are_closed_with_a_reason_and_opened_again(ben: Browser, west_lake: Recipient) -> None:
    slot = on_day(west_lake)[0]
    day = slot.starts_at.astimezone(ZONE).date().isoformat()
    form = {"slots": slot.public_id, "day": day}

    ben.post(f"{page_of(west_lake)}/slots", {**form, "do": "close", "reason": "Equipment maintenance"})

    page = ben.see(f"{page_of(west_lake)}?day={day}")
    assert "Equipment maintenance" in page
    with transaction(), pytest.raises(SlotTaken):
        session().get_one(Slot, slot.id).hold(somebody(), clock.now() + timedelta(hours=1), ADA)
    assert slot.id not in {s.id for s in calendar.open_slots(west_lake.id, "test_drive", days=30, limit=400)}

    calendar.extend()
    close_reading()
    assert session().get_one(Slot, slot.id).closed_reason == "Equipment maintenance"

    ben.post(f"{page_of(west_lake)}/slots", {**form, "do": "open"})
    close_reading()
    assert slot.id in {s.id for s in calendar.open_slots(west_lake.id, "test_drive", days=30, limit=400)}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"slots": []}, "Choose at least one time."),
        ({"reason": ""}, "Say why"),
        ({"do": "burn"}, "Choose one of the options shown."),
    ],
)
def test_a_closing_that_says_too_little_is_refused(
    ben: Browser, west_lake: Recipient, wrong: dict[str, Any], said: str
) -> None:
    slot = on_day(west_lake)[0]
    form = {"slots": slot.public_id, "do": "close", "reason": "Rain", "day": "", **wrong}

    answer = ben.post(f"{page_of(west_lake)}/slots", form)

    close_reading()
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert session().get_one(Slot, slot.id).closed_at is None


def test_whoever_holds_a_time_when_it_is_closed_may_still_book_it(west_lake: Recipient, ben: Browser) -> None:
    slot = on_day(west_lake)[0]
    holder = somebody()
    with transaction():
        session().get_one(Slot, slot.id).hold(holder, clock.now() + timedelta(hours=1), ADA)
    ben.post(
        f"{page_of(west_lake)}/slots", {"slots": slot.public_id, "do": "close", "reason": "Rain", "day": ""}
    )

    with transaction():
        booking = session().get_one(Slot, slot.id).book(holder, ADA)

    assert booking.state == "booked"


def test_a_day_off_takes_the_free_times_back_and_taken_back_gives_them_again(
    ben: Browser, west_lake: Recipient
) -> None:
    day = clock.today(west_lake.time_zone) + timedelta(days=3)
    assert on_day(west_lake)

    ben.post(f"{page_of(west_lake)}/days-off", {"on": day.isoformat(), "name": "Stocktaking"})
    assert on_day(west_lake) == []
    found = session().scalars(select(Holiday).where(Holiday.recipient_id == west_lake.id)).one()
    ben.post(f"{page_of(west_lake)}/days-off/{found.id}/remove", {})

    assert on_day(west_lake)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"on": "2020-01-01"}, "from today on"),
        ({"on": "2999-01-01"}, "within two years"),
        ({"on": "tomorrow"}, "Choose a date."),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_a_day_off_that_cannot_be_is_refused(
    ben: Browser, west_lake: Recipient, wrong: dict[str, str], said: str
) -> None:
    day = clock.today(west_lake.time_zone) + timedelta(days=3)

    answer = ben.post(
        f"{page_of(west_lake)}/days-off", {"on": day.isoformat(), "name": "Stocktaking", **wrong}
    )

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert session().scalar(select(func.count()).select_from(Holiday)) == 0


def test_a_day_off_of_the_whole_market_is_not_the_places_to_take_back(
    ben: Browser, west_lake: Recipient
) -> None:
    with transaction():
        of_all = Holiday(market_key="CN", on=date(2027, 1, 1), name="New Year", name_zh="元旦")
        session().add(of_all)

    assert ben.post(f"{page_of(west_lake)}/days-off/{of_all.id}/remove", {}).status_code == 404


def test_another_dealers_hours_are_nobodys_business(ben: Browser, west_lake: Recipient) -> None:
    other = Recipient.by_code("binjiang")
    assert other is not None
    theirs = on_day(other)[0]

    ben.see(page_of(other), 404)
    assert ben.post(f"{page_of(other)}/test_drive", week("12:00", "15:00")).status_code == 404
    assert ben.post(f"{page_of(other)}/days-off", {"on": "2027-01-02", "name": "x"}).status_code == 404
    form = {"slots": theirs.public_id, "do": "close", "reason": "Mine", "day": ""}
    assert ben.post(f"{page_of(other)}/slots", form).status_code == 404
    ben.post(f"{page_of(west_lake)}/slots", form)

    close_reading()
    assert session().get_one(Slot, theirs.id).closed_at is None
    refused = session().scalars(select(EventRow).where(EventRow.type == "partners.access_refused")).all()
    assert len(refused) == 4


def test_the_page_takes_a_bounded_number_of_statements(ben: Browser, west_lake: Recipient) -> None:
    with statement_count() as count:
        ben.see(page_of(west_lake))

    assert count() <= 9


def test_rows_of_hours_are_kept_per_purpose(ben: Browser, west_lake: Recipient) -> None:
    told = week("12:00", "15:00", version=version(ben, west_lake, "test_drive"))
    ben.post(f"{page_of(west_lake)}/test_drive", told)

    close_reading()
    purposes = session().scalars(
        select(OpeningHours.purpose).where(OpeningHours.recipient_id == west_lake.id).distinct()
    )
    assert set(purposes) == {"visit", "test_drive", "handover", "delivery"}
