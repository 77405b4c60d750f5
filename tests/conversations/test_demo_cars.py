"""A test drive takes one demo car of the wished model, and no car goes out twice."""

import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from catalog.models import StockItem
from conversations import demo_drives
from conversations.demo_cars import DemoCar, TestDrive
from conversations.models import HelpRequest, Message
from leads.models import Lead
from partners.models import Booking, Recipient, Slot
from tests.checkout.builders import a_car
from tests.conversations.builders import Browser
from tests.leads.builders import Places
from tests.leads.conftest import ada, agent, ben, places
from tests.partners.builders import a_slot

__all__ = ["ada", "agent", "ben", "places"]


@pytest.fixture
def mere(places: Places) -> StockItem:
    with transaction():
        return a_car(dealer=session().merge(places.dealer))


def a_demo_car(car: StockItem, name: str = "Mere in Mist", active: bool = True) -> DemoCar:
    with transaction():
        model_id = session().get_one(StockItem, car.id).vehicle.model_id
        found = DemoCar(
            recipient_id=car.recipient_id, model_id=model_id, name=name, name_zh="", active=active
        )
        session().add(found)
        session().flush()
    return found


def a_time(dealer: Recipient, days: int = 2, capacity: int = 2) -> Slot:
    with transaction():
        at = (clock.now() + timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        return a_slot(session().merge(dealer), starts_at=at, capacity=capacity)


def drives() -> list[tuple[str, object]]:
    close_reading()
    return [(drive.state, drive.demo_car_id) for drive in session().scalars(select(TestDrive))]


def drive(browser: Browser, car: StockItem, slot: Slot) -> int:
    close_reading()
    status = browser.ask_to_drive(car.public_id, slot.public_id, share="1").status_code
    close_reading()
    return status


def test_a_booking_takes_a_demo_car_of_the_model(ada: Browser, places: Places, mere: StockItem) -> None:
    demo_car, slot = a_demo_car(mere), a_time(places.dealer)

    assert drive(ada, mere, slot) == 303

    assert drives() == [("booked", demo_car.id)]


def test_without_demo_cars_the_car_itself_is_driven(ada: Browser, places: Places, mere: StockItem) -> None:
    assert drive(ada, mere, a_time(places.dealer)) == 303

    assert drives() == [("booked", None)]


def test_a_used_car_is_driven_itself(ada: Browser, places: Places, mere: StockItem) -> None:
    a_demo_car(mere)
    with transaction():
        session().merge(mere).condition = "used"

    assert drive(ada, mere, a_time(places.dealer)) == 303

    assert drives() == [("booked", None)]


def test_when_every_demo_car_is_out_the_time_is_taken_although_there_is_room(
    flask_app: Flask, ada: Browser, places: Places, mere: StockItem
) -> None:
    a_demo_car(mere)
    a_demo_car(mere, "Mere at the painter's", active=False)
    slot, other = a_time(places.dealer), a_time(places.dealer, days=3)
    drive(ada, mere, slot)

    refused = drive(Browser(flask_app.test_client()), mere, slot)

    assert refused == 409
    assert len(drives()) == 1
    assert session().scalar(select(func.count()).select_from(HelpRequest)) == 1
    assert session().scalar(select(func.count()).select_from(Booking)) == 1
    assert drive(Browser(flask_app.test_client()), mere, other) == 303


def test_a_time_at_which_no_car_is_free_is_not_offered(
    flask_app: Flask, ada: Browser, places: Places, mere: StockItem
) -> None:
    a_demo_car(mere)
    slot = a_time(places.dealer)
    drive(ada, mere, slot)

    page = Browser(flask_app.test_client()).see(f"/ask/test-drive?vehicle={mere.public_id}")

    assert f'value="{slot.public_id}"' not in page or "disabled" in page.split(slot.public_id)[1][:80]


def test_ten_who_want_the_last_car_at_once_get_it_once(
    flask_app: Flask, places: Places, mere: StockItem
) -> None:
    a_demo_car(mere)
    slot = a_time(places.dealer, capacity=10)
    answers: list[int] = []

    def book() -> None:
        answers.append(drive(Browser(flask_app.test_client()), mere, slot))

    those = [threading.Thread(target=book) for _ in range(4)]
    for one in those:
        one.start()
    for one in those:
        one.join()

    assert sorted(answers) == [303, 409, 409, 409]
    assert len(drives()) == 1


def the_lead() -> Lead:
    close_reading()
    return session().scalars(select(Lead)).one()


@pytest.fixture
def booked(ada: Browser, places: Places, mere: StockItem, run_relay: object) -> Lead:
    """Ada drives tomorrow; West Lake was told."""
    a_demo_car(mere)
    drive(ada, mere, a_time(places.dealer, days=1))
    run_relay()  # type: ignore[operator]
    return the_lead()


def begin() -> None:
    """The drive's time has come."""
    with transaction():
        found = session().scalars(select(TestDrive)).one()
        found.starts_at, found.ends_at = clock.now() - timedelta(hours=1), clock.now()


def test_how_it_went_is_told_to_the_buyer_and_moves_the_lead(
    ben: Browser, ada: Browser, booked: Lead, run_relay: object
) -> None:
    begin()

    answer = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "driven"})
    run_relay()  # type: ignore[operator]

    assert answer.status_code == 303
    assert drives()[0][0] == "driven"
    assert the_lead().status == "contacted"
    said = session().scalars(select(Message.body).where(Message.author_kind == "system")).all()
    assert any("Test drive done: Mere in Mist." in body for body in said)
    assert "Driven" in ben.see(f"/leads/{booked.public_id}")


def test_a_cancelled_drive_says_why_and_gives_time_and_car_back(
    ben: Browser, flask_app: Flask, booked: Lead, mere: StockItem
) -> None:
    silent = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "cancelled"})
    told = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "cancelled", "note": "Flat tyre"})

    assert (silent.status_code, told.status_code) == (422, 303)
    assert "the buyer reads it" in silent.get_data(as_text=True)
    assert drives()[0][0] == "cancelled"
    close_reading()
    slot = session().scalars(select(Slot)).one()
    assert drive(Browser(flask_app.test_client()), mere, slot) == 303


@pytest.mark.parametrize("outcome", ["driven", "no_show"])
def test_nothing_has_happened_before_it_begins(ben: Browser, booked: Lead, outcome: str) -> None:
    answer = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": outcome})

    assert answer.status_code == 409
    assert drives()[0][0] == "booked"


def test_once_told_it_stays(ben: Browser, booked: Lead) -> None:
    begin()
    ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "no_show"})

    same = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "no_show"})
    other = ben.post(f"/leads/{booked.public_id}/drive", {"outcome": "driven"})

    assert (same.status_code, other.status_code) == (303, 409)
    assert drives()[0][0] == "no_show"


def test_cars_that_are_out_only_meanwhile_are_free() -> None:
    first, second = DemoCar(id=uuid.UUID(int=1)), DemoCar(id=uuid.UUID(int=2))
    at = clock.now().replace(microsecond=0)
    hour = timedelta(hours=1)
    busy = [demo_drives.Busy(first.id, at, at + hour)]

    assert demo_drives.free_car([first], busy, at + hour, at + 2 * hour) is first
    assert demo_drives.free_car([first], busy, at - hour, at) is first
    assert demo_drives.free_car([first], busy, at + hour / 2, at + 2 * hour) is None
    assert demo_drives.free_car([first, second], busy, at, at + hour) is second
