"""How the house does, for its operators: what is stuck is shown, and a parked event can be tried again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock, timetable
from app.db import close_reading, session, statement_count, transaction
from app.events import EventHandling
from app.timetable import TimedJob
from app.wiring import Sweep
from insights import operator
from tests.conversations.builders import Browser
from tests.leads.builders import Places
from tests.leads.test_abandoned_carts import a_left_car

Relay = Callable[[], None]


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    operator._checks.forget()


def park_one() -> EventHandling:
    close_reading()
    with transaction():
        handling = session().scalars(select(EventHandling).limit(1)).one()
        key = (handling.event_id, handling.listener)
        session().execute(
            update(EventHandling)
            .where(EventHandling.event_id == key[0], EventHandling.listener == key[1])
            .values(state="parked", attempts=12, error="ValueError('poison')")
        )
    return session().get_one(EventHandling, key)


def test_a_parked_event_is_shown_with_its_error_and_goes_back_when_asked(
    admin: Browser, places: Places
) -> None:
    a_left_car(places)
    parked = park_one()

    page = admin.see("/admin/operator")
    answer = admin.post(
        "/admin/operator/events", {"event_id": str(parked.event_id), "listener": parked.listener}
    )

    assert "ValueError(&#39;poison&#39;)" in page
    assert answer.status_code == 303
    close_reading()
    again = session().get_one(EventHandling, (parked.event_id, parked.listener))
    assert (again.state, again.attempts) == ("pending", 0)


def test_an_event_that_is_not_parked_stays_as_it_is(admin: Browser, places: Places, run_relay: Relay) -> None:
    a_left_car(places)
    run_relay()
    done = session().scalars(select(EventHandling).where(EventHandling.state == "done").limit(1)).one()

    answer = admin.post("/admin/operator/events", {"event_id": str(done.event_id), "listener": done.listener})

    assert answer.status_code == 404
    close_reading()
    assert session().get_one(EventHandling, (done.event_id, done.listener)).state == "done"


def test_a_job_that_failed_says_how(admin: Browser) -> None:
    def fails() -> int:
        raise RuntimeError("no such thing")

    timetable.run_due((Sweep("tests.fails", every_s=60, run=fails),))

    assert "RuntimeError(&#39;no such thing&#39;)" in admin.see("/admin/operator")


def test_the_page_takes_few_statements_and_the_invariants_are_asked_for(admin: Browser) -> None:
    with statement_count() as count:
        page = admin.see("/admin/operator")

    assert count() <= 20
    assert "I11" not in page
    assert "I11" in admin.see("/admin/operator?check=invariants")


@pytest.mark.parametrize("who", ["agent", "ben"])
def test_nobody_else_may_look(request: pytest.FixtureRequest, who: str) -> None:
    browser: Browser = request.getfixturevalue(who)

    browser.see("/admin/operator", status=403)


@pytest.mark.parametrize(("ran_ago_s", "is_late"), [(5, False), (900, True)])
def test_a_job_is_late_when_it_has_not_run_since_its_time(
    admin: Browser, ran_ago_s: int, is_late: bool
) -> None:
    now = clock.now()
    with transaction():
        session().add(
            TimedJob(
                name="tests.clocked",
                next_at=now - timedelta(minutes=10),
                last_run_at=now - timedelta(seconds=ran_ago_s),
            )
        )

    page = admin.see("/en/admin/operator")

    row = page.split("tests.clocked")[1].split("</tr>")[0]
    assert (">late<" in row) is is_late
