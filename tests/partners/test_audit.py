"""Who did what: written down, filtered, paged, and in nobody's hand to change."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app import clock
from app.db import statement_count, transaction
from app.events import Actor, record
from partners import audit_log
from partners.events import StaffSignedIn
from tests.partners.colleagues import Colleague, facts, hire, nobody_tried_before, who

BEN = "ben@tarn.example"


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def admin(flask_app: Flask) -> Iterator[Colleague]:
    yield hire(flask_app, name="He Yan")


def rows(html: str) -> list[str]:
    return re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", html, re.DOTALL)


def test_a_failed_sign_in_is_written_down_without_what_was_typed(flask_app: Flask, admin: Colleague) -> None:
    Colleague(flask_app).sign_in("admin@tarn.example", "not-the-password")
    Colleague(flask_app).sign_in("cleo@stranger.example", "not-the-password")

    html = admin.see("/admin/audit?kind=sign_in")

    assert [fact.why for fact in facts("partners.staff_sign_in_failed")] == ["password", "password"]
    assert html.count("A staff sign-in failed") == 2
    assert "Somebody unknown" in html
    assert "cleo@stranger.example" not in html and "not-the-password" not in html


def test_the_page_is_filtered_by_person_kind_and_day(flask_app: Flask, admin: Colleague) -> None:
    hire(flask_app, BEN, "agent")
    ben = who(BEN)
    yesterday = clock.now() - timedelta(days=1)
    with transaction():
        record(StaffSignedIn(staff_id=ben.id), Actor("staff", str(ben.id)), yesterday)

    everything = rows(admin.see("/admin/audit"))
    his = rows(admin.see(f"/admin/audit?person={ben.public_id}"))
    day = yesterday.astimezone(ZoneInfo("Asia/Shanghai")).date()
    then = rows(admin.see(f"/admin/audit?day={day.isoformat()}&kind=sign_in"))

    assert len(everything) > len(his) == 3
    assert all("Ben Sells" in row for row in his)
    assert len(then) == 1
    assert rows(admin.see("/admin/audit?kind=contact")) == []


def test_somebody_is_looked_for_by_name_and_of_several_one_is_chosen(
    flask_app: Flask, admin: Colleague
) -> None:
    hire(flask_app, BEN, "agent")
    hire(flask_app, "bea@tarn.example", "agent", name="Bea Sells")
    ben = who(BEN)

    his = admin.see("/en/admin/audit?who=ben+sells&kind=sign_in")
    both = admin.see("/en/admin/audit?who=sells&kind=sign_in")

    assert len(rows(his)) == 1 and "Ben Sells" in rows(his)[0]
    assert f'name="person" value="{ben.public_id}"' in his
    assert "Which of them?" in both
    assert re.search(f"audit[?](kind=sign_in&amp;)?person={ben.public_id}", both)
    assert len(rows(admin.see(f"/en/admin/audit?who=Ben+Sells&person={ben.public_id}&kind=sign_in"))) == 1


def test_an_emptied_name_asks_for_everybody_again(flask_app: Flask, admin: Colleague) -> None:
    hire(flask_app, BEN, "agent")
    ben = who(BEN)

    html = admin.see(f"/en/admin/audit?who=&person={ben.public_id}&kind=sign_in")

    assert len(rows(html)) == 2
    assert 'name="person"' not in html


def test_a_name_that_nobody_has_is_told_at_its_field(admin: Colleague) -> None:
    answer = admin.client.get("/en/admin/audit?who=Cleo")

    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert 'href="#who"' in html and 'value="Cleo"' in html


def test_pages_follow_each_other_without_gap_or_double(admin: Colleague) -> None:
    he_yan = who("admin@tarn.example")
    at = clock.now() - timedelta(hours=1)
    with transaction():
        for _ in range(120):
            record(StaffSignedIn(staff_id=uuid.uuid4()), Actor("staff", str(he_yan.id)), at)

    seen: list[uuid.UUID] = []
    before = None
    while True:
        found = audit_log.read("sign_in", None, None, "UTC", before)
        seen += [entry.id for entry in found.entries]
        before = found.next_before
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 121
    assert 'rel="next"' in admin.see("/admin/audit")


def test_a_page_takes_the_same_few_statements_however_much_there_is(admin: Colleague) -> None:
    admin.see("/admin/audit")
    with statement_count() as count:
        admin.see("/admin/audit")
        few = count()
    he_yan = who("admin@tarn.example")
    with transaction():
        for _ in range(300):
            record(StaffSignedIn(staff_id=he_yan.id), Actor("staff", str(he_yan.id)))

    with statement_count() as count:
        admin.see("/admin/audit")
        many = count()

    assert many == few <= 6


@pytest.mark.parametrize("asked", ["kind=all", "day=yesterday", "before=1", "person=x", "and=more"])
def test_a_filter_that_does_not_fit_is_told_so(admin: Colleague, asked: str) -> None:
    assert admin.client.get(f"/admin/audit?{asked}").status_code == 422
