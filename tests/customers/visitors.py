"""Browsers of people who come with an address, and the mail that they find."""

import re
import uuid

from flask import Flask, g
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import deliveries, sessions
from app.db import close_reading, session, transaction
from app.mail import MailboxMessage
from app.sessions import AuthSession, SessionState
from app.settings import settings
from tests.conftest import csrf_of

LINK = re.compile(r"https?://\S+(/en|/zh)(/account/link/\S+)")


def nobody_tried_before() -> None:
    Redis.from_url(settings().redis_url).flushdb()


class Visitor:
    """One browser. It posts what its pages' forms hold."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def post(self, path: str, on: str = "/account/sign-in?again=1", **form: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": csrf_of(self.client, on), **form})

    def arrive(self) -> uuid.UUID:
        """A visitor's session, as the first cart or question would make it."""
        with self.client.application.test_request_context(), transaction():
            visitor = sessions.ensure().visitor_id
            self.client.set_cookie(sessions.cookie_name(), g.session_cookie)
        assert visitor is not None
        return visitor

    def ask(self, email: str = "ada@example.com", **more: str) -> TestResponse:
        return self.post("/account/sign-in", email=email, **more)

    def open(self, link: str) -> TestResponse:
        return self.client.get(link)

    def enter(self, link: str) -> TestResponse:
        """Opens the link and presses the button."""
        assert self.open(link).status_code == 303
        return self.post("/account/sign-in/confirm", on="/account/sign-in/confirm")

    def sign_in(self, email: str = "ada@example.com", **more: str) -> TestResponse:
        assert self.ask(email, **more).status_code == 303
        return self.enter(link_to(email))

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie(sessions.cookie_name())
        return cookie.value if cookie else ""

    @property
    def state(self) -> SessionState:
        close_reading()
        with self.client.application.test_request_context(headers={"Cookie": f"forecourt={self.token}"}):
            return sessions.current()


def letters(email: str = "ada@example.com") -> list[MailboxMessage]:
    deliveries.deliver_due()
    close_reading()
    return list(
        session().scalars(
            select(MailboxMessage).where(MailboxMessage.to == email).order_by(MailboxMessage.sent_at)
        )
    )


def link_to(email: str = "ada@example.com") -> str:
    """The path of the link in the latest letter, as its reader would open it."""
    found = LINK.search(letters(email)[-1].text)
    assert found
    return found.group(1) + found.group(2)


def account_rows() -> list[AuthSession]:
    close_reading()
    return list(session().scalars(select(AuthSession).where(AuthSession.account_id.is_not(None))))
