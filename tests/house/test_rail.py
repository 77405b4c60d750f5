"""What waits stands beside the names on the rail: counted by a sweep, kept on the session, read by no query of a page."""

import re
import uuid

from flask.testing import FlaskClient

from app import rail
from app.db import close_reading, session, statement_count, transaction
from app.sessions import AuthSession
from app.wiring import RailItem
from tests.orders.builders import a_car_order, a_dealer
from tests.orders.test_dealer_pages import HTMX, Clerk
from tests.partners.builders import a_member_of_staff

WEST, EAST = uuid.uuid4(), uuid.uuid4()
BOARD = RailItem("dealer.show_board", "board", "Handovers", ("dealer", "admin"))


def counts(page: str) -> dict[str, str]:
    """By address, as printed."""
    names = page.split('id="rail"')[1].split("</div>")[0].split("<a ")[1:]
    assert names
    told = ((re.search(r'href="([^"]+)"', name), re.search(r'rail-count">(\d+\+?)', name)) for name in names)
    return {address.group(1): count.group(1) for address, count in told if address and count}


def test_a_dealer_is_told_how_many_orders_wait_at_their_place_and_nobody_elses(client: FlaskClient) -> None:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        a_dealer("binjiang")
        a_car_order()
        a_car_order()
    ben = Clerk(client, "ben@tarn.example")
    before = counts(ben.see("/staff/me"))

    rail.sweep()

    assert before.get("/dealer") is None
    assert counts(ben.see("/staff/me"))["/dealer"] == "2"


def test_a_sweep_that_changes_nothing_writes_nothing(client: FlaskClient) -> None:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        a_car_order()
    Clerk(client, "ben@tarn.example").see("/dealer")

    first, again = rail.sweep(), rail.sweep()

    assert (first, again) == (1, 0)


def test_nobody_here_is_nothing_to_count(client: FlaskClient) -> None:
    with transaction():
        a_car_order()

    with statement_count() as counted:
        rail.sweep()

    assert counted() == 1


def test_the_open_page_asks_for_its_rail_and_pays_one_statement(client: FlaskClient) -> None:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        a_car_order()
    ben = Clerk(client, "ben@tarn.example")
    ben.see("/dealer")
    rail.sweep()
    close_reading()

    with statement_count() as counted:
        told = ben.see("/staff/rail?at=dealer.show_board", headers=HTMX)

    assert counted() == 1
    assert counts(told) == {"/dealer": "1"}
    assert 'href="/dealer" aria-current="page"' in told


def test_a_stranger_has_no_rail(client: FlaskClient) -> None:
    assert client.get("/staff/rail").status_code == 303


def told(
    *roles: tuple[str, uuid.UUID | None], place: uuid.UUID | None = None, house: int | None = None
) -> int:
    waiting: dict[uuid.UUID | None, int] = {WEST: 2, EAST: 5}
    if house is not None:
        waiting[None] = house
    kept = [[role, str(at) if at else None] for role, at in roles]
    return rail.told(kept, place, {BOARD: waiting}).get(BOARD.endpoint, 0)


def test_everybody_is_told_what_is_theirs_to_do() -> None:
    assert told(("dealer", WEST)) == 2
    assert told(("dealer", WEST), ("dealer", EAST)) == 7
    assert told(("dealer", WEST), ("dealer", EAST), place=EAST) == 5
    assert told(("admin", None)) == 7
    assert told(("admin", None), house=3) == 3
    assert told(("agent", None)) == 0


def test_a_session_without_staff_is_left_alone(client: FlaskClient) -> None:
    with transaction():
        a_member_of_staff(recipient=a_dealer())
        a_car_order()
    Clerk(client, "ben@tarn.example").see("/dealer")
    with transaction():
        session().query(AuthSession).update({"staff_id": None, "roles": []})

    assert rail.sweep() == 0
