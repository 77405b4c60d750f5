"""The board of a day: lanes, who must act, finding, planning, the sheet, and the bell after each change."""

import re
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select

from app import clock, versions
from app.db import close_reading, engine, session, transaction
from app.settings import settings
from app.tickets import STREAM
from app.versions import RoomVersion
from orders import board_pages, board_room
from orders.lane_times import LaneTime
from orders.models import Order
from orders.placing import place
from partners.lanes import Lane
from partners.models import Recipient, Slot
from tests.orders.builders import (
    BEN,
    a_car,
    a_car_order,
    a_dealer,
    a_draft,
    close_all,
    ready,
)
from tests.orders.test_dealer_pages import HTMX, Clerk
from tests.partners.builders import a_member_of_staff, a_recipient

ZONE = ZoneInfo("Asia/Shanghai")
LATER = datetime.now(ZONE).date() + timedelta(days=3)


@pytest.fixture(autouse=True)
def nobody_tried_before(servers: None) -> Iterator[None]:
    Redis.from_url(settings().redis_url).flushdb()
    yield
    board_pages.forget()


@pytest.fixture
def ben(client: FlaskClient) -> Clerk:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
    return Clerk(client, "ben@tarn.example")


def at(
    hour: int, purpose: str = "delivery", day: date = LATER, minute: int = 0, dealer: str = "west-lake"
) -> Slot:
    starts_at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    slot = Slot(
        recipient_id=a_dealer(dealer).id,
        purpose=purpose,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=3,
    )
    session().add(slot)
    session().flush()
    return slot


def lane(name: str, dealer: str = "west-lake") -> Lane:
    close_reading()
    wanted = select(Lane).join(Recipient).where(Recipient.code == dealer, Lane.name == name)
    return session().scalars(wanted).one()


def lanes_of(told: str) -> list[str]:
    """What the drawing says to those who hear it."""
    return re.findall(r'class="lane-block lane-\w+"[^>]*aria-label="([^"]+)"', told)


def plan(clerk: Clerk, order: Order, **form: str) -> tuple[int, str]:
    answer = clerk.post(f"/dealer/lanes/{order.public_id}", **{"day": LATER.isoformat(), **form})
    return answer.status_code, answer.get_data(as_text=True)


def heard() -> list[tuple[str, str]]:
    entries = Redis.from_url(settings().redis_url).xrange(STREAM)
    return [(told[b"room"].decode(), told[b"kind"].decode()) for _id, told in entries]  # type: ignore[index, union-attr]


def test_a_dealer_begins_with_lanes_and_vans_where_it_drives(client: FlaskClient) -> None:
    with transaction():
        drives, does_not = a_dealer(), a_recipient("quiet")

    def kinds(dealer: Recipient) -> list[str]:
        wanted = select(Lane.kind).where(Lane.recipient_id == dealer.id).order_by(Lane.position)
        return list(session().scalars(wanted))

    assert kinds(drives) == ["bay", "bay", "van", "van", "preparation"]
    assert kinds(does_not) == ["bay", "bay", "preparation"]


def test_two_at_the_same_time_stand_in_two_lanes_and_a_third_finds_none(ben: Clerk) -> None:
    with transaction():
        slot = at(10)
        for _ in range(3):
            a_car_order(slot=slot)

    told = lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))

    assert [label.split(",")[0] for label in told] == ["Van A", "Van B", "Vans full"]


def test_the_line_of_now_stands_on_the_day_of_today_only(ben: Clerk) -> None:
    with transaction():
        a_car_order()
    hour = clock.now().astimezone(ZONE).hour

    assert ("lane-now" in ben.see("/dealer")) == (8 <= hour < 18)
    assert "lane-now" not in ben.see(f"/dealer?day={LATER.isoformat()}")


def test_closed_hours_are_hatched(ben: Clerk) -> None:
    with transaction():
        a_car_order(slot=at(10))

    assert 'fill="url(#lane-hatch)"' in ben.see(f"/dealer?day={LATER.isoformat()}")


def test_somebody_moves_a_handover_and_what_stood_stays(ben: Clerk) -> None:
    with transaction():
        early, late = a_car_order(slot=at(8)), a_car_order(slot=at(14))

    status, _told = plan(ben, early, work="handover", lane=lane("Van B").public_id)

    assert status == 303
    told = lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))
    assert [label.split(",")[0] for label in told] == ["Van A", "Van B"]
    assert session().scalars(select(LaneTime.order_id)).all().count(late.id) == 1


def test_a_lane_that_is_taken_is_refused_with_who_has_it_and_moves_nothing(ben: Clerk) -> None:
    with transaction():
        slot = at(10)
        first, second = a_car_order(slot=slot), a_car_order(slot=slot)

    status, told = plan(ben, second, work="handover", lane=lane("Van A").public_id)

    assert status == 409
    assert "Van A is taken 10:00–12:00 by Ada Buys" in told
    close_reading()
    assert session().scalars(select(LaneTime)).all() == []
    assert first.public_id in told


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"work": "handover", "lane": "Bay 1"}, 422, "Lane: choose one"),
        ({"work": "handover", "lane": "Preparation"}, 422, "Lane: choose one"),
        (
            {"work": "preparation", "lane": "Bay 1", "starts": "09:00", "minutes": "60"},
            422,
            "Lane: choose one",
        ),
        (
            {"work": "preparation", "lane": "Preparation", "starts": "25:00", "minutes": "60"},
            422,
            "options shown",
        ),
        (
            {"work": "preparation", "lane": "Preparation", "starts": "09:00", "minutes": "9999"},
            422,
            "at most 600",
        ),
        (
            {"work": "preparation", "lane": "Preparation", "starts": "09:30", "minutes": "60"},
            422,
            "has to end before",
        ),
        ({"work": "wash", "lane": "Bay 1"}, 422, ""),
        ({"work": "handover", "lane": "<b>"}, 422, ""),
    ],
)
def test_what_a_lane_does_not_take_is_said_and_changes_nothing(
    ben: Clerk, form: dict[str, str], status: int, says: str
) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
    named = {**form, "lane": lane(form["lane"]).public_id} if form["lane"][0].isalpha() else form

    answered, told = plan(ben, order, **named)

    assert (answered, says in told) == (status, True)
    close_reading()
    assert session().scalars(select(LaneTime)).all() == []


def test_a_preparation_is_planned_seen_and_taken_back(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(16))
    workshop = lane("Preparation").public_id

    assert plan(ben, order, work="preparation", lane=workshop, starts="09:30", minutes="90")[0] == 303
    planned = lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))
    ben.post(f"/dealer/lanes/{order.public_id}/unplan", day=LATER.isoformat())
    taken_back = lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))

    assert any(label.startswith("Preparation, 09:30–11:00") for label in planned)
    assert len(taken_back) == 1


def test_two_preparations_do_not_share_a_place_at_a_time(ben: Clerk) -> None:
    with transaction():
        first, second = a_car_order(slot=at(16)), a_car_order(slot=at(14))
    workshop = lane("Preparation").public_id
    plan(ben, first, work="preparation", lane=workshop, starts="09:00", minutes="120")

    status, told = plan(ben, second, work="preparation", lane=workshop, starts="10:00", minutes="60")

    assert status == 409
    assert "Preparation is taken 09:00–11:00" in told


def test_a_choice_lapses_when_the_handover_moves_to_another_time(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
    plan(ben, order, work="handover", lane=lane("Van B").public_id)

    with transaction():
        Order.locked(order.id).slot_id = at(14).id

    assert lanes_of(ben.see(f"/dealer?day={LATER.isoformat()}"))[0].startswith("Van A, 14:00")


def test_the_board_says_who_must_act_and_shows_only_those_who_wait_for_them(ben: Clerk) -> None:
    with transaction():
        owes = a_car_order()
        Order.locked(owes.id).move("preparing", BEN, clock.now())
        close_all(Order.locked(owes.id), "balance_received", "signatures")
        paid = a_car_order()
        ready(Order.locked(paid.id))

    told = ben.see("/dealer")
    of_buyers, of_dealers = ben.see("/dealer?who=buyer"), ben.see("/dealer?who=dealer")

    assert "Buyer: balance ¥268,620" in told
    assert f"card-{owes.public_id}" in of_buyers and f"card-{paid.public_id}" not in of_buyers
    assert f"card-{paid.public_id}" in of_dealers and f"card-{owes.public_id}" not in of_dealers
    assert "Nothing waits here" in ben.see("/dealer?who=plant")


@pytest.mark.parametrize("query", ["day=yesterday", "day=1066-10-14", "who=everybody", "column=lost"])
def test_an_address_that_says_no_day_is_refused(ben: Clerk, query: str) -> None:
    assert ben.client.get(f"/dealer?{query}").status_code == 422


def test_finding_is_by_name_number_or_vin_and_stands_in_no_address(ben: Clerk) -> None:
    with transaction():
        one, other = a_car_order(), a_car_order()
        vin = next(line.vin for line in one.lines if line.vin)

    for piece in (one.number, vin, vin[-6:].lower()):
        told = ben.post("/dealer/find", find=piece).get_data(as_text=True)
        assert one.public_id in told and other.public_id not in told, piece
    nothing = ben.post("/dealer/find", find="100%_<script>").get_data(as_text=True)
    assert "Nothing found" in nothing and "<script>alert" not in nothing and "100%_&lt;script&gt;" in nothing


def test_a_dealer_sees_and_moves_nothing_of_another_place(flask_app: Flask, ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
        a_member_of_staff("cleo@tarn.example", name="Cleo", recipient=a_dealer("binjiang"))
    cleo = Clerk(flask_app.test_client(), "cleo@tarn.example")
    day = f"?day={LATER.isoformat()}"

    for page in (f"/dealer{day}", f"/dealer/lanes{day}", f"/dealer/sheet{day}"):
        told = cleo.see(page)
        assert order.public_id not in told and "Ada Buys" not in told, page
    assert order.public_id not in cleo.post("/dealer/find", find=order.number).get_data(as_text=True)
    assert plan(cleo, order, work="handover", lane=lane("Van B").public_id)[0] == 404
    assert cleo.post(f"/dealer/lanes/{order.public_id}/unplan", day=LATER.isoformat()).status_code == 404
    own_lane = lane("Van B", "binjiang").public_id
    assert plan(ben, order, work="handover", lane=own_lane)[0] == 422
    close_reading()
    assert session().scalars(select(LaneTime)).all() == []


def test_the_sheet_of_the_day_lists_what_is_handed_over_with_what_is_missing(ben: Clerk) -> None:
    with transaction():
        order = a_car_order(slot=at(10))
        vin = next(line.vin for line in order.lines if line.vin)

    told = ben.see(f"/dealer/sheet?day={LATER.isoformat()}")

    assert "10:00–12:00" in told and "Van A" in told and str(vin) in told
    assert "balance ¥268,620" in told and "1 Lake Road" in told
    assert "No handover is agreed" in ben.see("/dealer/sheet?day=2027-01-01")


def test_only_what_was_measured_is_printed(ben: Clerk) -> None:
    with transaction():
        order = a_car_order()
    nothing = ben.see("/dealer")

    with transaction():
        mine = ready(Order.locked(order.id))
        mine.checklist()["identity_checked"].closed_at = clock.now() - timedelta(minutes=42)
        mine.hand_over(BEN, clock.now())
    told = ben.see("/dealer")

    assert "on average" not in nothing and "on time" not in nothing
    assert "42 min" in told and "100%" in told


def test_each_change_of_an_order_rings_the_board_of_its_dealer_once(ben: Clerk) -> None:
    with transaction():
        room = f"board:{a_dealer().public_id}"
        draft = a_draft(a_car())
    Redis.from_url(settings().redis_url).delete(STREAM)

    with transaction():
        order = place(draft, BEN, clock.now())
    rung = [heard().count((room, "order"))]
    with transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())
        close_all(Order.locked(order.id), "signatures", "balance_received")
    rung.append(heard().count((room, "order")))
    with transaction():
        Order.locked(order.id).cancel("Ada took another car", BEN, clock.now())
    rung.append(heard().count((room, "order")))

    assert rung == [1, 2, 3]


def test_whoever_looks_after_a_change_sees_it(ben: Clerk) -> None:
    with transaction():
        draft = a_draft(a_car())
    page = f"/dealer?day={LATER.isoformat()}"
    seen = [ben.see(page).count('class="board-card"')]

    with transaction():
        order = place(draft, BEN, clock.now())
    seen.append(ben.see(page).count('class="board-card"'))
    column = ben.see(page).split('id="column-preparing"')[1].split("</section>")[0]
    with transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())
    moved = ben.see(page).split('id="column-preparing"')[1].split("</section>")[0]
    with transaction():
        Order.locked(order.id).cancel("Ada took another car", BEN, clock.now())
    seen.append(ben.see(page).count('class="board-card"'))

    assert seen == [0, 1, 0]
    assert "board-card" not in column
    assert "board-card" in moved


def test_a_change_that_came_to_nothing_leaves_the_version(ben: Clerk) -> None:
    with transaction():
        order, dealer = a_car_order(), a_dealer()
    before = board_room.version([dealer.id])
    close_reading()

    with pytest.raises(ZeroDivisionError), transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())
        1 / 0  # noqa: B018
    after_nothing = board_room.version([dealer.id])
    close_reading()
    with transaction():
        Order.locked(order.id).move("preparing", BEN, clock.now())

    assert (after_nothing, board_room.version([dealer.id])) == (before, before + 1)


def test_two_changes_at_two_places_at_once_do_not_wait_for_each_other(ben: Clerk) -> None:
    rooms = ["board:one", "board:two"]

    def change(names: list[str]) -> None:
        for _turn in range(25):
            with transaction():
                for name in names:
                    versions.move(name)

    both = [threading.Thread(target=change, args=(names,)) for names in (rooms, rooms[::-1])]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=30)

    assert not any(one.is_alive() for one in both)
    with engine().connect() as connection:
        known = dict(connection.execute(select(RoomVersion.room, RoomVersion.version)).all())
    assert known == dict.fromkeys(rooms, 50)


def test_a_refused_change_rings_nobody(ben: Clerk) -> None:
    with transaction():
        order = a_car_order()
    Redis.from_url(settings().redis_url).delete(STREAM)

    assert ben.post(f"/dealer/orders/{order.public_id}/moves", to="ready").status_code == 409

    assert heard() == []


def test_the_fragment_looks_again_where_the_page_looked(ben: Clerk) -> None:
    with transaction():
        a_car_order()

    told = ben.see(f"/dealer?day={LATER.isoformat()}&who=buyer", headers=HTMX)

    assert told.lstrip().startswith("<section")
    assert f'hx-get="/dealer?day={LATER.isoformat()}&amp;who=buyer"' in told
    assert 'hx-swap="outerMorph"' in told
