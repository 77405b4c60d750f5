"""An admin invites somebody; a link by mail, used once and by a press of a button, makes them staff."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.db import close_reading, session, statement_count, transaction
from app.deliveries import Delivery
from app.events import SYSTEM, EventRow
from partners.enrolment import employ
from partners.here import markets
from partners.invitations import StaffInvitation
from partners.models import Recipient, Staff
from partners.passwords import PasswordTooWeak, check_new
from tests.conftest import csrf_of
from tests.partners.builders import PASSWORD, a_recipient
from tests.partners.colleagues import (
    Colleague,
    facts,
    hire,
    invitation_link,
    letters,
    live_sessions,
    nobody_tried_before,
    roles_of,
    who,
)

BEN = "ben@dealer.example"
INVITE = "/admin/staff/invite"
JOIN = {"name": "Ben Sells", "language": "en", "password": "a-long-enough-secret"}


@pytest.fixture(autouse=True)
def fresh(database: None) -> None:
    nobody_tried_before()


@pytest.fixture
def places() -> tuple[Recipient, Recipient]:
    with transaction():
        west = a_recipient("west-lake", name="Tarn West Lake")
        return west, a_recipient("binjiang", name="Tarn Binjiang", name_zh="泰然滨江店")


@pytest.fixture
def admin(flask_app: Flask) -> Iterator[Colleague]:
    yield hire(flask_app)


def invite(admin: Colleague, *places: Recipient, email: str = BEN, **more: object) -> int:
    told = {"email": email, "language": "en", "places": [place.public_id for place in places], **more}
    return admin.post(INVITE, on=INVITE, **told).status_code


def join(browser: Colleague, **told: str) -> int:
    return browser.post("/staff/welcome", on="/staff/welcome", **{**JOIN, **told}).status_code


def staff_count() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(Staff)) or 0


def test_a_dealer_of_two_places_joins_works_and_is_switched_off(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    assert invite(admin, *places) == 303
    assert BEN in admin.see("/admin/staff")

    ben = Colleague(flask_app)
    assert ben.client.get(invitation_link(BEN)).status_code == 303
    assert "Tarn Binjiang" in ben.see("/staff/welcome")
    joined = ben.post("/staff/welcome", on="/staff/welcome", **JOIN)

    assert joined.headers["Location"].endswith("/dealer")
    assert ben.is_in()
    assert {role.recipient_id for role in who(BEN).roles} == {place.id for place in places}
    assert "Ben Sells" in admin.see("/admin/staff")
    again = Colleague(flask_app)
    assert again.sign_in(BEN, JOIN["password"]).status_code == 303
    assert len(live_sessions(BEN)) == 2

    path = f"/admin/staff/{who(BEN).public_id}"
    assert admin.post(f"{path}/off", on=path).status_code == 303

    assert not ben.is_in() and not again.is_in()
    assert Colleague(flask_app).sign_in(BEN, JOIN["password"]).status_code == 422
    assert [type(fact).__name__ for fact in facts("partners.staff_switched_off")] == ["StaffSwitchedOff"]
    assert facts("partners.staff_switched_off")[0].sessions_ended == 2


def test_opening_the_link_uses_nothing_up(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    invite(admin, places[0])
    link = invitation_link(BEN)

    for _ in range(3):
        assert Colleague(flask_app).client.get(link).status_code == 303

    ben = Colleague(flask_app)
    ben.client.get(link)
    assert join(ben) == 303
    assert staff_count() == 2


def test_an_invitation_is_accepted_once(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    invite(admin, places[0])
    first, second = Colleague(flask_app), Colleague(flask_app)
    for browser in (first, second):
        browser.client.get(invitation_link(BEN))
    token = csrf_of(second.client, "/staff/welcome")
    assert join(first) == 303

    late = second.client.post(
        "/staff/welcome", data={"csrf_token": token, **JOIN, "name": "Cleo", "password": "cleo-was-here-12"}
    )

    assert late.status_code == 404
    assert staff_count() == 2
    assert who(BEN).name == "Ben Sells"
    assert who(BEN).check_password(JOIN["password"])


def test_a_link_runs_out_after_seven_days(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    invite(admin, places[0])
    link = invitation_link(BEN)
    ben = Colleague(flask_app)
    ben.client.get(link)
    token = csrf_of(ben.client, "/staff/welcome")
    with transaction():
        session().execute(update(StaffInvitation).values(expires_at=clock.now() - timedelta(seconds=1)))

    assert ben.client.get(link).status_code == 404
    assert ben.client.post("/staff/welcome", data={"csrf_token": token, **JOIN}).status_code == 404
    assert staff_count() == 1
    assert "Run out" in admin.see("/admin/staff")


def test_sent_again_the_earlier_link_opens_nothing(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    invite(admin, places[0])
    earlier = invitation_link(BEN)
    close_reading()
    (waiting,) = StaffInvitation.open_ones()

    assert admin.post(f"/admin/staff/invitations/{waiting.public_id}/again", on=INVITE).status_code == 303

    later = invitation_link(BEN)
    assert len(letters(BEN)) == 2
    assert Colleague(flask_app).client.get(earlier).status_code == 404
    assert Colleague(flask_app).client.get(later).status_code == 303


def test_a_withdrawn_invitation_opens_nothing_and_its_mail_stays_here(
    flask_app: Flask, admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    invite(admin, places[0])
    close_reading()
    (waiting,) = StaffInvitation.open_ones()

    path = f"/admin/staff/invitations/{waiting.public_id}/withdraw"
    assert admin.post(path, on=INVITE).status_code == 303

    assert letters(BEN) == []
    close_reading()
    assert session().scalars(select(Delivery.state)).all() == ["cancelled"]
    assert admin.post(path, on=INVITE).status_code == 404
    assert invite(admin, places[1]) == 303


def test_one_open_invitation_an_address(admin: Colleague, places: tuple[Recipient, Recipient]) -> None:
    invite(admin, places[0])

    answer = admin.post(INVITE, on=INVITE, email=BEN, language="en", roles=["agent"])

    assert answer.status_code == 422
    assert "open invitation" in answer.get_data(as_text=True)
    assert len(StaffInvitation.open_ones()) == 1


def test_somebody_who_works_here_is_not_invited(admin: Colleague) -> None:
    answer = admin.post(INVITE, on=INVITE, email="Admin@Tarn.Example", language="en", roles=["agent"])

    assert answer.status_code == 422
    assert "works here already" in answer.get_data(as_text=True)
    assert StaffInvitation.open_ones() == []
    assert letters("admin@tarn.example") == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"email": "ben@dealer.example\nBcc: all@tarn.example", "roles": ["agent"]}, "on one line"),
        ({"email": "ben", "roles": ["agent"]}, "Write an e-mail address"),
        ({"email": BEN}, "Choose at least one role or place"),
        ({"email": BEN, "roles": ["owner"]}, "Choose one of the options shown"),
        ({"email": BEN, "places": ["no-such-place-here"]}, "Choose one of the places shown"),
        ({"email": BEN, "roles": ["agent"], "staff_id": "1"}, "no such field"),
    ],
)
def test_a_wrong_invitation_is_refused_at_its_field(
    admin: Colleague, told: dict[str, object], says: str
) -> None:
    answer = admin.post(INVITE, on=INVITE, **told)

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    close_reading()
    assert session().scalar(select(func.count()).select_from(StaffInvitation)) == 0
    assert session().scalar(select(func.count()).select_from(Delivery)) == 0


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "more different characters"),
        ({"password": "benjamin-is-here-2026"}, "does not hold your e-mail"),
        ({"name": ""}, "Fill this in"),
        ({"language": "fr"}, "Choose one of the options"),
    ],
)
def test_a_wrong_answer_to_an_invitation_uses_nothing_up(
    flask_app: Flask, admin: Colleague, told: dict[str, str], says: str
) -> None:
    invite(admin, email="benjamin@dealer.example", roles=["agent"])
    ben = Colleague(flask_app)
    ben.client.get(invitation_link("benjamin@dealer.example"))

    answer = ben.post("/staff/welcome", on="/staff/welcome", **{**JOIN, **told})

    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert staff_count() == 1
    assert join(ben) == 303


def test_an_address_that_got_a_job_meanwhile_is_not_taken_over(flask_app: Flask, admin: Colleague) -> None:
    invite(admin, roles=["admin"])
    ben = Colleague(flask_app)
    ben.client.get(invitation_link(BEN))
    token = csrf_of(ben.client, "/staff/welcome")
    with transaction():
        employ(BEN, "Ben", PASSWORD, [("agent", None)], SYSTEM)

    answer = ben.client.post("/staff/welcome", data={"csrf_token": token, **JOIN})

    assert answer.status_code == 404
    assert roles_of(BEN) == {"agent"}
    assert who(BEN).check_password(PASSWORD)


def test_a_guessed_link_opens_nothing_and_guessing_is_slowed(flask_app: Flask, database: None) -> None:
    cleo = Colleague(flask_app)

    answers = [cleo.client.get(f"/staff/invite/guess-{n}").status_code for n in range(31)]

    assert answers[:30] == [404] * 30
    assert answers[30] == 429


def test_nobody_but_admins_invites(flask_app: Flask, places: tuple[Recipient, Recipient]) -> None:
    ben = hire(flask_app, "ben@tarn.example", "dealer", recipient=places[0])
    agent = hire(flask_app, "min@tarn.example", "agent")

    for colleague in (ben, agent):
        for path in ("/admin/staff", INVITE, "/admin/audit"):
            assert colleague.client.get(path).status_code == 403
        assert colleague.post(INVITE, on="/staff/me", email=BEN, roles=["admin"]).status_code == 403
    assert StaffInvitation.open_ones() == []


def test_no_address_stands_in_an_event(admin: Colleague) -> None:
    invite(admin, roles=["agent"])

    close_reading()
    told = " ".join(str(row.payload) for row in session().scalars(select(EventRow)))
    assert "partners.staff_invited" in [row.type for row in session().scalars(select(EventRow))]
    assert "@" not in told and "Ben" not in told


def test_the_letter_speaks_the_invited_persons_language(admin: Colleague) -> None:
    admin.post(INVITE, on=INVITE, email=BEN, language="zh", roles=["agent"])

    (letter,) = letters(BEN)

    assert letter.language == "zh"
    assert "邀请你" in letter.subject
    assert "/zh/staff/invite/" in letter.text


def test_the_page_of_the_people_asks_little_of_the_database(
    admin: Colleague, places: tuple[Recipient, Recipient]
) -> None:
    with transaction():
        for n in range(30):
            employ(f"one{n}@tarn.example", f"One {n}", PASSWORD, [("dealer", places[n % 2].id)], SYSTEM)
    invite(admin, places[0])
    markets()

    with statement_count() as count:
        html = admin.see("/admin/staff")

    assert "One 29" in html
    assert count() <= 9


def test_whom_an_admin_invited_who_is_none_any_more_does_not_come_in(
    flask_app: Flask, admin: Colleague
) -> None:
    other = hire(flask_app, "other@tarn.example", name="Other Admin")
    other.post("/admin/staff/invite", on="/admin/staff/invite", email="friend@tarn.example", roles="admin")
    link = invitation_link("friend@tarn.example")
    path = f"/admin/staff/{who('other@tarn.example').public_id}"

    admin.post(f"{path}/off", on=path)

    assert Colleague(flask_app).client.get(link).status_code == 404
    assert len(facts("partners.invitation_withdrawn")) == 1


def test_an_admin_who_becomes_an_agent_takes_their_open_invitations_along(
    flask_app: Flask, admin: Colleague
) -> None:
    other = hire(flask_app, "other@tarn.example", name="Other Admin")
    other.post("/admin/staff/invite", on="/admin/staff/invite", email="friend@tarn.example", roles="admin")
    link = invitation_link("friend@tarn.example")
    path = f"/admin/staff/{who('other@tarn.example').public_id}"

    admin.post(f"{path}/roles", on=path, roles="agent")

    assert Colleague(flask_app).client.get(link).status_code == 404


@pytest.mark.parametrize(
    "password",
    ["password1234", "P@ssw0rd2026", "tarnforecourt1", "qwertyuiop12", "1q2w3e4r5t6y", "woaini20261122"],
)
def test_a_password_that_many_have_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooWeak) as refused:
        check_new(password, "ben@tarn.example")

    assert "Many people" in refused.value.text


@pytest.mark.parametrize(
    "password", ["still-water-2026", "correct horse battery", "月下独酌花间一壶酒举杯邀明"]
)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    check_new(password, "ben@tarn.example")
