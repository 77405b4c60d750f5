"""Roles change with the next request of whoever they concern, and one admin is always left."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, transaction
from app.errors import Refusal
from app.events import Actor
from app.sessions import Role
from partners import second_factor, staffing
from partners.models import Recipient, Staff, StaffRole
from tests.partners.builders import a_recipient
from tests.partners.colleagues import (
    Colleague,
    facts,
    hire,
    live_sessions,
    nobody_tried_before,
    roles_of,
    who,
)

BEN, ADMIN, OTHER = "ben@tarn.example", "admin@tarn.example", "other@tarn.example"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def west() -> Recipient:
    with transaction():
        return a_recipient("west-lake", name="Tarn West Lake")


@pytest.fixture
def binjiang() -> Recipient:
    with transaction():
        return a_recipient("binjiang", name="Tarn Binjiang")


@pytest.fixture
def admin(flask_app: Flask) -> Iterator[Colleague]:
    yield hire(flask_app)


def change(admin: Colleague, email: str, **roles: list[str]) -> int:
    path = f"/admin/staff/{who(email).public_id}"
    return admin.post(f"{path}/roles", on=path, **roles).status_code


def test_a_changed_role_counts_with_the_next_request(
    flask_app: Flask, admin: Colleague, west: Recipient
) -> None:
    ben = hire(flask_app, BEN, "dealer", recipient=west)
    assert ben.client.get("/agent").status_code == 403

    assert change(admin, BEN, roles=["agent"]) == 303

    assert ben.client.get("/agent").status_code == 200
    assert ben.client.get("/dealer").status_code == 403
    (fact,) = facts("partners.staff_roles_changed")
    assert (fact.before, fact.after) == ([f"dealer:{west.id}"], ["agent"])


def test_a_place_taken_away_is_closed_with_the_next_request(
    flask_app: Flask, admin: Colleague, west: Recipient, binjiang: Recipient
) -> None:
    ben = hire(flask_app, BEN, "dealer", recipient=west)
    change(admin, BEN, places=[west.public_id, binjiang.public_id])
    ben.post("/staff/place", on="/staff/me", place=west.public_id)

    change(admin, BEN, places=[binjiang.public_id])

    (row,) = live_sessions(BEN)
    assert row.roles == [["dealer", str(binjiang.id)]]
    assert row.place_id is None


def test_the_same_roles_again_change_nothing(flask_app: Flask, admin: Colleague, west: Recipient) -> None:
    hire(flask_app, BEN, "dealer", recipient=west)

    assert change(admin, BEN, places=[west.public_id]) == 303

    assert facts("partners.staff_roles_changed") == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "Choose at least one role or place"),
        ({"roles": ["agent"], "places": ["a-place-nobody-has"]}, "Choose one of the places shown"),
        ({"roles": ["root"]}, "Choose one of the options shown"),
    ],
)
def test_wrong_roles_are_refused_and_nothing_moves(
    flask_app: Flask, admin: Colleague, west: Recipient, told: dict[str, list[str]], says: str
) -> None:
    hire(flask_app, BEN, "dealer", recipient=west)
    path = f"/admin/staff/{who(BEN).public_id}"

    answer = admin.post(f"{path}/roles", on=path, **told)

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert roles_of(BEN) == {"dealer"}
    assert facts("partners.staff_roles_changed") == []


def test_the_last_admin_stays_one(admin: Colleague) -> None:
    path = f"/admin/staff/{who(ADMIN).public_id}"

    answer = admin.post(f"{path}/roles", on=path, roles=["agent"])

    assert answer.status_code == 409
    assert "last admin" in answer.get_data(as_text=True)
    assert roles_of(ADMIN) == {"admin"}
    assert admin.is_in()


def test_an_admin_who_steps_down_lands_at_their_new_desk(flask_app: Flask, admin: Colleague) -> None:
    hire(flask_app, OTHER, "admin")
    path = f"/admin/staff/{who(ADMIN).public_id}"

    answer = admin.post(f"{path}/roles", on=path, roles=["agent"])

    assert answer.headers["Location"] == "/agent"
    assert admin.client.get("/admin/staff").status_code == 403


def test_nobody_switches_themselves_off(flask_app: Flask, admin: Colleague) -> None:
    hire(flask_app, OTHER, "admin")
    path = f"/admin/staff/{who(ADMIN).public_id}"

    answer = admin.post(f"{path}/off", on=path)

    assert answer.status_code == 409
    assert who(ADMIN).active
    assert admin.is_in()


def test_an_admin_who_is_switched_off_does_not_count_as_one(flask_app: Flask, admin: Colleague) -> None:
    hire(flask_app, OTHER, "admin")
    path = f"/admin/staff/{who(OTHER).public_id}"
    assert admin.post(f"{path}/off", on=path).status_code == 303

    assert change(admin, ADMIN, roles=["agent"]) == 409

    assert roles_of(ADMIN) == {"admin"}


def test_two_admins_who_demote_each_other_at_once_leave_one(flask_app: Flask, database: None) -> None:
    hire(flask_app, ADMIN)
    hire(flask_app, OTHER)
    ids = {email: who(email) for email in (ADMIN, OTHER)}
    ready, outcomes = threading.Barrier(2), []

    def demote(email: str, by: str) -> None:
        ready.wait(5)
        try:
            with transaction():
                actor = Actor("staff", str(ids[by].id))
                staffing.change_roles(ids[email].public_id, (Role("agent", None),), actor, clock.now())
            outcomes.append("changed")
        except Refusal as refused:
            outcomes.append(refused.code)
        finally:
            close_reading()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((ADMIN, OTHER), (OTHER, ADMIN))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(outcomes) == ["LastAdmin", "changed"]
    close_reading()
    from app.db import session

    admins = session().scalars(
        select(Staff).join(StaffRole, StaffRole.staff_id == Staff.id).where(StaffRole.role == "admin")
    )
    assert len(admins.all()) == 1


def test_switched_on_again_they_sign_in_with_what_they_had(
    flask_app: Flask, admin: Colleague, west: Recipient
) -> None:
    hire(flask_app, BEN, "dealer", recipient=west)
    path = f"/admin/staff/{who(BEN).public_id}"
    admin.post(f"{path}/off", on=path)

    assert admin.post(f"{path}/on", on=path).status_code == 303

    assert Colleague(flask_app).sign_in(BEN).headers["Location"] == "/dealer"


def test_an_admin_ends_all_sign_ins_of_somebody(flask_app: Flask, admin: Colleague) -> None:
    ben = hire(flask_app, BEN, "agent")
    path = f"/admin/staff/{who(BEN).public_id}"

    assert admin.post(f"{path}/sign-out", on=path).status_code == 303

    assert not ben.is_in()
    assert who(BEN).active
    assert admin.is_in()


def test_whoever_becomes_admin_where_a_second_factor_is_due_signs_in_anew(
    flask_app: Flask, admin: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(second_factor.REQUIRED_FOR, "demo", frozenset({"admin"}))
    ben = hire(flask_app, BEN, "agent")

    assert change(admin, BEN, roles=["admin"]) == 303

    assert not ben.is_in()
    assert Colleague(flask_app).sign_in(BEN).headers["Location"].endswith("/staff/sign-in/second-factor")


def test_an_unknown_person_is_not_found(admin: Colleague) -> None:
    for step in ("", "/roles", "/off", "/on", "/sign-out", "/second-factor/remove"):
        path = f"/admin/staff/nobody-of-this-name{step}"
        answer = admin.client.get(path) if not step else admin.post(path, on="/staff/me", roles=["agent"])
        assert answer.status_code in (404, 422), path
