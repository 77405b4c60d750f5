"""Browsers of people who work here, their phones with codes, and the mail that invites them."""

import re
import time
from collections.abc import Sequence
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock, deliveries, sessions
from app.db import close_reading, session, transaction
from app.events import EventRow, revive
from app.mail import MailboxMessage
from app.sessions import AuthSession
from app.settings import settings
from partners.models import Staff
from partners.second_factor import STEP_S, SecondFactor
from tests.conftest import csrf_of
from tests.partners.builders import PASSWORD, a_member_of_staff

SIGN_IN = "/staff/sign-in"
LINK = re.compile(r"https?://\S+(/en|/zh)(/staff/invite/\S+)")


def nobody_tried_before() -> None:
    Redis.from_url(settings().redis_url).flushdb()


class Colleague:
    """One browser of one member of staff. It posts what its pages' forms hold."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def post(self, path: str, on: str = SIGN_IN, **form: Any) -> TestResponse:
        """With the token of the form on the page `on`; the entrance has one for whoever is signed in nowhere."""
        return self.client.post(path, data={"csrf_token": csrf_of(self.client, on), **form})

    def sign_in(self, email: str = "ben@tarn.example", password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post(SIGN_IN, email=email, password=password, **more)

    def is_in(self) -> bool:
        return self.client.get("/staff/me").status_code == 200


def hire(app: Flask, email: str = "admin@tarn.example", role: str = "admin", **told: Any) -> Colleague:
    """Somebody on the staff, signed in."""
    with transaction():
        a_member_of_staff(email, role, **told)
    colleague = Colleague(app)
    assert colleague.sign_in(email).status_code == 303
    return colleague


def who(email: str) -> Staff:
    close_reading()
    found = Staff.by_email(email)
    assert found is not None
    return found


def roles_of(email: str) -> set[str]:
    return {role.role for role in who(email).roles}


def letters(email: str) -> list[MailboxMessage]:
    deliveries.deliver_due()
    close_reading()
    wanted = select(MailboxMessage).where(MailboxMessage.to == email).order_by(MailboxMessage.sent_at)
    return list(session().scalars(wanted))


def invitation_link(email: str) -> str:
    """The path of the link in the latest letter, as its reader would open it."""
    found = LINK.search(letters(email)[-1].text)
    assert found
    return found.group(1) + found.group(2)


def facts(*types: str) -> Sequence[Any]:
    """The events of these types, oldest first."""
    close_reading()
    wanted = select(EventRow).where(EventRow.type.in_(types)).order_by(EventRow.at, EventRow.id)
    return [revive(row).event for row in session().scalars(wanted)]


def live_sessions(email: str) -> list[AuthSession]:
    return sessions.of_staff(who(email).id)


class Phone:
    """The app with the codes. It knows the secret, and that no code is taken twice."""

    def __init__(self, secret: str) -> None:
        self.app = pyotp.TOTP(secret.replace(" ", ""))
        self.step = int(clock.now().timestamp()) // STEP_S - 1

    def code(self) -> str:
        """The next one that the shop has not seen: of this step, then of the one after."""
        self.step += 1
        while self.step > int(clock.now().timestamp()) // STEP_S + 1:
            time.sleep(0.2)
        return self.app.generate_otp(self.step)


def with_a_phone(colleague: Colleague, email: str) -> tuple[Phone, list[str]]:
    """Sets up the second factor on one's own page; the phone, and the codes on the paper."""
    begun = colleague.post("/staff/me/second-factor", on="/staff/me", password=PASSWORD)
    assert begun.status_code == 303, begun.status_code
    staff_id = who(email).id
    factor = session().get(SecondFactor, staff_id)
    assert factor is not None
    phone = Phone(factor.secret_told)
    answer = colleague.post("/staff/me/second-factor/code", on="/staff/me/second-factor", code=phone.code())
    assert answer.status_code == 200, answer.status_code
    paper = re.findall(r"<code>([a-z0-9-]{11})</code>", answer.get_data(as_text=True))
    assert len(paper) == 10
    return phone, paper
