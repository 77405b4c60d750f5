"""Roles change with the next request of whoever they concern, and one admin is always left."""

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
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
    letters,
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


def a_crowd(count: int) -> None:
    with transaction():
        session().add_all(
            Staff(
                email=f"crowd.{n:03}@tarn.example",
                name=f"Crowd {n // 2:03}",
                password_hash="-",
                active=n % 7 != 0,
            )
            for n in range(count)
        )


def listed(admin: Colleague, path: str) -> list[str]:
    """Everybody on the pages from this one on, by address."""
    seen: list[str] = []
    for _page in range(10):
        html = admin.see(path)
        seen += re.findall(r'<span class="second">([^<]+@[^<]+)</span>', html.split('id="invitations"')[0])
        table = html.split("<tbody>")[-1].split('id="invitations"')[0]
        found = re.search(r'</tbody>.*?href="([^"]+after=[^"]+)"', table, re.DOTALL)
        if found is None:
            break
        path = found[1].replace("&amp;", "&")
    return seen


def test_everybody_is_on_some_page_once_however_many_they_are(admin: Colleague) -> None:
    a_crowd(130)

    seen = listed(admin, "/en/admin/staff")

    assert len(seen) == len(set(seen)) == 131
    assert admin.see("/en/admin/staff").count('scope="row"') == staffing.PAGE


def test_somebody_is_found_by_name_or_address_in_any_case(admin: Colleague) -> None:
    a_crowd(60)

    by_address = listed(admin, "/en/admin/staff?q=CROWD.042@")
    by_name = listed(admin, "/en/admin/staff?q=crowd+021")

    assert by_address == ["crowd.042@tarn.example"]
    assert sorted(by_name) == ["crowd.042@tarn.example", "crowd.043@tarn.example"]
    assert listed(admin, "/en/admin/staff?q=%25") == []
    assert "Nobody of this name" in admin.see("/en/admin/staff?q=_rowd")


@pytest.mark.parametrize("asked", ["q=%00", "q=" + "x" * 200, "after=nobody", "after=%00", "more=1"])
def test_whatever_is_asked_of_the_list_breaks_nothing(admin: Colleague, asked: str) -> None:
    assert admin.client.get(f"/en/admin/staff?{asked}").status_code in (200, 404)


def test_an_admin_changes_an_address_and_both_are_told(flask_app: Flask, admin: Colleague) -> None:
    ben = hire(flask_app, BEN, "agent")
    path = f"/admin/staff/{who(BEN).public_id}"

    answer = admin.post(f"{path}/address", on=path, email="Ben.Sells@tarn.example")

    assert answer.status_code == 303
    assert not ben.is_in()
    assert Colleague(flask_app).sign_in(BEN).status_code == 422
    assert ben.sign_in("ben.sells@tarn.example").status_code == 303
    (fact,) = facts("partners.staff_address_changed")
    assert fact.sessions_ended == 1
    assert [len(letters(address)) for address in (BEN, "ben.sells@tarn.example")] == [1, 1]
    assert "The e-mail address was changed" in admin.see("/en/admin/audit?kind=people")


@pytest.mark.parametrize("typed", ["", "no address", OTHER, "ben@tarn.example\nBcc: cleo@example.com"])
def test_an_address_that_does_not_fit_changes_nothing(flask_app: Flask, admin: Colleague, typed: str) -> None:
    hire(flask_app, BEN, "agent")
    hire(flask_app, OTHER, "agent")
    path = f"/admin/staff/{who(BEN).public_id}"

    answer = admin.post(f"{path}/address", on=path, email=typed)

    assert answer.status_code == 422
    assert 'href="#email"' in answer.get_data(as_text=True)
    assert who(BEN).earlier_email is None
    assert facts("partners.staff_address_changed") == []


def test_nobody_changes_their_own_address(admin: Colleague) -> None:
    path = f"/admin/staff/{who(ADMIN).public_id}"

    answer = admin.post(f"{path}/address", on=path, email="elsewhere@tarn.example")

    assert answer.status_code == 409
    assert who(ADMIN).email == ADMIN
