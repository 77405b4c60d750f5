"""Bays and vans: added, renamed, put in order, closed for a time, retired; nothing planned is lost on the way."""

import re
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.errors import Refusal
from app.events import EventRow
from app.settings import settings
from orders import lane_work, planning
from orders.lane_refusals import LaneShut
from orders.models import Order
from partners import calendar, lane_keeping
from partners.lanes import Lane, LaneClosure
from partners.models import OpeningHours, Recipient, Slot
from tests.orders.builders import BEN, a_car_order, a_dealer
from tests.orders.test_board_pages import LATER, ZONE, at, lane, lanes_of, plan
from tests.orders.test_dealer_pages import Clerk
from tests.partners.builders import a_member_of_staff


@pytest.fixture(autouse=True)
def nobody_tried_before(servers: None) -> Iterator[None]:
    Redis.from_url(settings().redis_url).flushdb()
    yield


@pytest.fixture
def ben(client: FlaskClient) -> Clerk:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
    return Clerk(client, "ben@tarn.example")


def west_lake() -> Recipient:
    found = Recipient.by_code("west-lake")
    assert found is not None
    return found


def address(place: Recipient | None = None) -> str:
    return f"/dealer/places/{(place or west_lake()).public_id}"


def names(kind: str = "bay") -> list[str]:
    close_reading()
    return [one.name for one in lane_keeping.of_place(west_lake().id) if one.kind == kind]


def told(hour: int, day: date = LATER) -> str:
    return f"{day.isoformat()}T{hour:02d}:00"


def close(clerk: Clerk, which: str, since: str, until: str, reason: str = "New lift") -> Any:
    return clerk.post(
        f"{address()}/closures", lane=lane(which).public_id, since=since, until=until, reason=reason
    )


def of_day(hour: int) -> datetime:
    return datetime(LATER.year, LATER.month, LATER.day, hour, tzinfo=ZONE)


def free_at(hour: int, purpose: str) -> int:
    close_reading()
    found = calendar.open_slots(west_lake().id, purpose, LATER, days=1)
    return next((slot.free for slot in found if slot.local_start.hour == hour), 0)


def kinds_of_events() -> list[str]:
    close_reading()
    wanted = select(EventRow.type).where(EventRow.type.like("partners.lane%")).order_by(EventRow.id)
    return list(session().scalars(wanted))


def test_a_bay_is_added_named_and_moved_up_and_the_board_draws_it(ben: Clerk) -> None:
    assert ben.post(f"{address()}/lanes", kind="bay", name="Bay 3", name_zh="交付间 3").status_code == 303
    third = lane("Bay 3").public_id
    ben.post(f"{address()}/lanes/{third}/name", name="Show bay", name_zh="")
    ben.post(f"{address()}/lanes/{third}/order", to="up")

    assert names() == ["Bay 1", "Show bay", "Bay 2"]
    drawn = re.findall(r'class="lane-name"[^>]*>([^<]+)<', ben.see("/dealer"))
    assert drawn == ["Bay 1", "Show bay", "Bay 2", "Van A", "Van B", "Preparation"]
    assert kinds_of_events() == ["partners.lane_added", "partners.lane_renamed", "partners.lane_moved"]


def test_a_board_that_was_looked_at_shows_a_lane_as_another_process_renamed_it(ben: Clerk) -> None:
    before = ben.see("/dealer")

    with transaction():
        lane_keeping.rename(west_lake(), lane("Bay 1").public_id, "Show bay", "展示间", BEN, clock.now())

    assert ">Bay 1<" in before
    assert ">Show bay<" in ben.see("/dealer") and ">Bay 1<" not in ben.see("/dealer")


def test_the_first_does_not_go_up_and_no_lane_leaves_its_kind(ben: Clerk) -> None:
    ben.post(f"{address()}/lanes/{lane('Bay 1').public_id}/order", to="up")
    ben.post(f"{address()}/lanes/{lane('Bay 2').public_id}/order", to="down")

    assert (names(), names("van")) == (["Bay 1", "Bay 2"], ["Van A", "Van B"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Fill this in."),
        ("bay 1", "Another lane has this name."),
        ("A bay with a long name", "Shorten this to 14 characters."),
    ],
)
def test_a_name_that_does_not_fit_is_said_at_its_field(ben: Clerk, name: str, sentence: str) -> None:
    answer = ben.post(f"{address()}/lanes", kind="bay", name=name)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.search(r'id="add-name-error">.*?' + re.escape(sentence), html, re.S)
    assert names() == ["Bay 1", "Bay 2"]


def test_a_name_may_hold_markup_and_does_no_harm(ben: Clerk) -> None:
    ben.post(f"{address()}/lanes", kind="bay", name="<b>x</b>")

    assert "<b>x</b>" not in ben.see("/dealer") + ben.see(f"{address()}/lanes")


def test_a_lane_with_chosen_work_is_not_retired_and_the_refusal_names_it(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
    bay = lane("Van B")
    plan(ben, order, work="handover", lane=bay.public_id)

    answer = ben.post(f"{address()}/lanes/{bay.public_id}/retire")

    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Van B is still needed: Ada Buys" in html and "10:00–12:00" in html
    assert f"/dealer/lanes?day={LATER.isoformat()}" in html
    assert names("van") == ["Van A", "Van B"]

    plan(ben, order, work="handover", lane=lane("Van A").public_id)
    assert ben.post(f"{address()}/lanes/{bay.public_id}/retire").status_code == 303
    assert names("van") == ["Van A"]


def test_a_lane_that_is_needed_by_many_at_once_is_not_retired_though_nobody_chose_it(ben: Clerk) -> None:
    with transaction():
        slot = at(10)
        a_car_order(slot=slot)
        a_car_order(slot=slot)

    answer = ben.post(f"{address()}/lanes/{lane('Van A').public_id}/retire")

    assert answer.status_code == 409
    assert "Van A is still needed" in answer.get_data(as_text=True)


def test_what_finds_room_elsewhere_keeps_no_lane(ben: Clerk) -> None:
    with transaction():
        a_car_order(slot=at(10))

    assert ben.post(f"{address()}/lanes/{lane('Van A').public_id}/retire").status_code == 303
    (label,) = lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))
    assert label.startswith("Van B")


def test_the_last_of_its_kind_stays(ben: Clerk) -> None:
    answer = ben.post(f"{address()}/lanes/{lane('Preparation').public_id}/retire")

    assert answer.status_code == 409
    assert "Preparation is the last of its kind" in answer.get_data(as_text=True)


def test_the_days_before_keep_a_lane_that_is_retired(ben: Clerk) -> None:
    ben.post(f"{address()}/lanes/{lane('Bay 2').public_id}/retire")
    today = clock.today("Asia/Shanghai")

    def drawn(day: date) -> bool:
        return ">Bay 2<" in ben.see(f"/dealer?day={day.isoformat()}")

    assert drawn(today - timedelta(days=1)) and not drawn(today + timedelta(days=1))


def test_a_closed_lane_is_drawn_with_its_words_and_takes_nothing(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
    assert close(ben, "Van B", told(9), told(13)).status_code == 303

    html = ben.see(f"/dealer?day={LATER.isoformat()}")
    status, refused = plan(ben, order, work="handover", lane=lane("Van B").public_id)

    assert 'aria-label="Van B, 09:00–13:00, closed: New lift"' in html
    assert status == 409
    assert "Van B is closed" in refused and "New lift" in refused
    assert "Van B, closed" in ben.see(f"/dealer/lanes?day={LATER.isoformat()}")


def test_what_stood_in_it_goes_to_a_lane_that_is_open_or_is_told_to_have_no_room(ben: Clerk) -> None:
    with transaction():
        slot = at(10)
        a_car_order(slot=slot)
        a_car_order(slot=slot)

    close(ben, "Van A", told(9), told(13))

    lanes = [label.split(",")[0] for label in lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))]
    assert sorted(lanes) == ["Van B", "Vans full"]
    assert "No room in this time" in ben.see(f"{address()}/lanes")


def test_a_preparation_is_not_planned_into_a_closed_place(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(16))
    close(ben, "Preparation", told(9), told(11))

    status, refused = plan(
        ben, order, work="preparation", lane=lane("Preparation").public_id, starts="10:00", minutes="60"
    )

    assert status == 409 and "New lift" in refused


def test_fewer_can_be_booked_while_a_van_is_closed_and_none_while_all_are(ben: Clerk) -> None:
    with transaction():
        calendar.extend_now()
    assert free_at(10, "delivery") == 2

    close(ben, "Van A", told(9), told(13))
    assert (free_at(10, "delivery"), free_at(14, "delivery")) == (1, 2)
    close(ben, "Van B", told(9), told(13))
    assert (free_at(10, "delivery"), free_at(14, "delivery")) == (0, 2)
    assert free_at(10, "handover") == 1

    with transaction():
        calendar.extend_now()  # the hourly one brings nothing back
    assert free_at(10, "delivery") == 0
    closure = session().scalars(select(LaneClosure).order_by(LaneClosure.id)).first()
    assert closure is not None
    ben.post(f"{address()}/closures/{closure.public_id}/lift")
    assert free_at(10, "delivery") == 1


def test_what_is_booked_stays_booked_while_every_lane_is_closed(ben: Clerk) -> None:
    with transaction():
        calendar.extend_now()
        slots = calendar.open_slots(west_lake().id, "handover", LATER, days=1)
        session().get_one(Slot, slots[0].id).book(session().scalars(select(Lane.id)).first(), BEN)  # type: ignore[arg-type]

    close(ben, "Bay 1", told(0), told(23))
    close(ben, "Bay 2", told(0), told(23))

    close_reading()
    kept = session().get_one(Slot, slots[0].id)
    assert kept.closed_at is not None
    assert calendar.open_slots(west_lake().id, "handover", LATER, days=1) == []


@pytest.mark.parametrize(
    ("form", "name", "sentence"),
    [
        ({"until": told(9)}, "until", "It must end after it begins."),
        ({"since": "soon"}, "since", "Choose a day and a time."),
        ({"since": "0001-01-01T00:00"}, "since", "Choose a day within a year"),
        ({"until": "2031-01-01T00:00"}, "until", "Choose a day within a year"),
        ({"since": "2026-01-01T00:00", "until": "2026-01-02T00:00"}, "until", "This time is over."),
        ({"reason": ""}, "reason", "Fill this in."),
    ],
)
def test_a_closing_that_does_not_fit_is_said_at_its_field(
    ben: Clerk, form: dict[str, str], name: str, sentence: str
) -> None:
    asked = {"since": told(10), "until": told(12), "reason": "New lift", "lane": lane("Bay 1").public_id}

    answer = ben.post(f"{address()}/closures", **{**asked, **form})

    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert re.search(rf'id="close-{name}-error">.*?' + re.escape(sentence), html, re.S)
    close_reading()
    assert session().query(LaneClosure).count() == 0


def test_a_closing_that_is_on_ends_now_and_stays_written_down(ben: Clerk) -> None:
    now = clock.now()
    with transaction():
        closure = lane_keeping.close(
            west_lake(),
            lane("Bay 1").public_id,
            now - timedelta(hours=2),
            now + timedelta(hours=2),
            "Wet paint",
            None,
            BEN,
            now,
        )

    ben.post(f"{address()}/closures/{closure.public_id}/lift")

    close_reading()
    kept = session().get_one(LaneClosure, closure.id)
    assert kept.lifted_at is None and now <= kept.ends_at <= clock.now()


def test_another_place_is_not_there(flask_app: Flask, ben: Clerk) -> None:
    with transaction():
        other = a_dealer("binjiang")
        a_member_of_staff("lu@tarn.example", recipient=other)
        order = a_car_order(slot=at(10))
    theirs = lane("Bay 1", "binjiang").public_id

    assert ben.client.get(f"{address(other)}/lanes").status_code == 404
    for path, form in (
        (f"{address(other)}/lanes", {"kind": "bay", "name": "Mine"}),
        (f"{address(other)}/lanes/{theirs}/retire", {}),
        (f"{address()}/lanes/{theirs}/retire", {}),
        (f"{address()}/lanes/{theirs}/name", {"name": "Mine"}),
        (f"{address()}/closures", {"lane": theirs, "since": told(9), "until": told(10), "reason": "x"}),
    ):
        assert ben.post(path, **form).status_code == 404, path
    assert lane("Bay 1", "binjiang").retired_at is None
    assert session().get_one(Order, order.id).status == "placed"


def test_the_administration_keeps_the_lanes_of_any_place(client: FlaskClient) -> None:
    with transaction():
        a_dealer()
        a_member_of_staff("admin@tarn.example", role="admin")
    admin = Clerk(client, "admin@tarn.example")

    assert admin.post(f"{address()}/lanes", kind="van", name="Van C").status_code == 303
    assert names("van") == ["Van A", "Van B", "Van C"]
    assert f"{address()}/lanes" in admin.see(f"/dealer/hours/{west_lake().public_id}")


def test_hours_that_offer_more_than_there_are_bays_are_told(ben: Clerk) -> None:
    with transaction():
        for row in session().query(OpeningHours).filter_by(purpose="handover"):
            row.capacity = 5

    assert "The hours offer 5 at a time" in ben.see(f"{address()}/lanes")


def test_closing_and_planning_at_once_leave_nothing_in_a_closed_lane(ben: Clerk) -> None:
    with transaction():
        order_id = a_car_order(slot=at(10)).id
        place, van = west_lake(), lane("Van B").public_id
    refused: list[type[Refusal]] = []
    begin = threading.Barrier(2)

    def plan_it() -> None:
        begin.wait()
        try:
            with transaction():
                planning.move_handover(Order.locked(order_id), van, BEN, clock.now())
        except Refusal as one:
            refused.append(type(one))
        finally:
            close_reading()

    def close_it() -> None:
        begin.wait()
        with transaction():
            lane_keeping.close(place, van, of_day(9), of_day(13), "New lift", None, BEN, clock.now())
        close_reading()

    workers = [threading.Thread(target=work) for work in (plan_it, close_it)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    close_reading()
    with transaction():
        work = lane_work.ahead(west_lake(), clock.now())
        stands = lane_work.placed(
            work, lane_keeping.of_place(west_lake().id), lane_work.shut_times(west_lake().id, clock.now())
        )
    assert van not in stands.values()
    assert refused in ([], [LaneShut])


def test_the_page_costs_the_same_however_much_is_planned(ben: Clerk) -> None:
    def cost() -> int:
        close_reading()
        with statement_count() as count:
            ben.see(f"{address()}/lanes")
        return count()

    few = cost()
    with transaction():
        for hour in (8, 10, 14):
            a_car_order(slot=at(hour))
    close(ben, "Van A", told(9), told(13))
    close(ben, "Van B", told(9), told(13))

    assert cost() <= few
