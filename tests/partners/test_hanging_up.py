"""Whoever is no longer in hears nothing any more: a session that ends, and roles that change, end what is listened to."""

import re
import threading
import uuid
from typing import Any

import pytest
from flask import Flask, g
from redis import Redis

from app import hanging_up, live, sessions, settings, tickets
from app.db import close_reading, session, transaction
from app.ids import uuid7
from app.sessions import AuthSession, Role
from tests.customers.visitors import Visitor
from tests.partners.builders import the_market
from tests.partners.colleagues import hire, nobody_tried_before, who


@pytest.fixture(autouse=True)
def quiet(database: None) -> None:
    nobody_tried_before()
    settings.settings.cache_clear()


def ended() -> list[str]:
    """The opaque words of those whose session ended, in order."""
    broker: Any = Redis.from_url(settings.settings().redis_url, decode_responses=True)
    entries = broker.xrange(tickets.STREAM)
    return [fields["who"] for _name, fields in entries if fields.get("kind") == tickets.GONE]


def test_signing_out_hangs_up(flask_app: Flask) -> None:
    ben = hire(flask_app, "ben@tarn.example", "agent")
    word = hanging_up.word_for(who("ben@tarn.example").id)
    assert word not in ended()

    ben.post("/staff/sign-out", on="/staff/me")

    assert ended()[-1] == word


def test_ending_a_session_elsewhere_and_other_roles_hang_up(flask_app: Flask) -> None:
    hire(flask_app, "ben@tarn.example", "agent")
    ben = who("ben@tarn.example")

    with flask_app.test_request_context(), transaction():
        sessions.renew_staff(ben.id, ben.name, (Role("admin", None),))
    told = len(ended())
    with flask_app.test_request_context(), transaction():
        sessions.end_staff_sessions(ben.id)

    assert (told, ended()) == (1, [hanging_up.word_for(ben.id)] * 2)


def test_nothing_is_hung_up_by_what_is_rolled_back(flask_app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        hanging_up.hang_up([uuid7()])
        raise ZeroDivisionError

    assert ended() == []


def test_a_visitor_who_signs_in_goes_on_listening(flask_app: Flask) -> None:
    with transaction():
        the_market()
    ada = Visitor(flask_app)
    visitor = ada.arrive()

    ada.sign_in()

    assert hanging_up.word_for(visitor) not in ended()


def test_a_ticket_is_made_fresh_for_half_a_day_and_for_the_same_roles_only(
    flask_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECOURT_EDGE_URL", "http://127.0.0.1:9")
    settings.settings.cache_clear()
    key = tickets.edge_key(settings.settings().secret_key)
    staff_id = uuid7()

    def here(*roles: Role) -> None:
        principal = sessions.StaffPrincipal(staff_id, "Ben", roles)
        g.session_state = sessions.SessionState(id=uuid7(), visitor_id=uuid7(), staff=principal)

    with flask_app.test_request_context():
        here(Role("agent", None))
        found = re.search(r'data-live-ticket="([^"]+)"', str(live.attributes("desk:house")))
        assert found
        fresh = live.renewed(found.group(1))
        assert fresh is not None
        first, second = tickets.read(key, found.group(1)), tickets.read(key, fresh)
        assert first is not None and second is not None
        old = tickets.sign(key, first.who, first.rooms, first.standing, until_s=first.signed_s)
        here(Role("agent", None), Role("dealer", uuid7()))
        with_other_roles = live.renewed(fresh)
        here(Role("agent", None))

        assert second.until_s == first.until_s
        assert with_other_roles is None
        assert live.renewed(old) is None
    monkeypatch.undo()
    settings.settings.cache_clear()


def test_two_links_opened_in_the_same_moment_both_stay_open(flask_app: Flask) -> None:
    ada = Visitor(flask_app)
    ada.arrive()
    cookie = ada.client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    subjects = [uuid7() for _ in range(4)]
    ready = threading.Barrier(len(subjects))

    def open_link(subject: uuid.UUID) -> None:
        headers = {"Cookie": f"{sessions.cookie_name()}={cookie.value}"}
        with flask_app.test_request_context(headers=headers):
            sessions.current()
            ready.wait()
            for _twice in range(2):
                with transaction():
                    sessions.grant_subject("order", subject)
            close_reading()

    opening = [threading.Thread(target=open_link, args=(subject,)) for subject in subjects]
    for thread in opening:
        thread.start()
    for thread in opening:
        thread.join()

    close_reading()
    kept = session().query(AuthSession).one().grants
    assert sorted(kept) == sorted(["order", str(subject)] for subject in subjects)
