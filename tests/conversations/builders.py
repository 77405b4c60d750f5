"""Browsers without script, and the desks of the house."""

import hashlib
import re
import secrets
import uuid
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from app.db import session, transaction
from app.ids import uuid7
from app.sessions import AuthSession
from partners.models import Recipient, Staff
from tests.partners.builders import a_recipient

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Browser:
    """Takes the token from a page and posts it back."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def see(self, path: str, status: int = 200, **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def post(self, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> TestResponse:
        page = self.client.get("/ask").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return self.client.post(path, data={"csrf_token": found.group(1), **form}, headers=headers)

    def sign_in(self, email: str) -> None:
        """As the sign-in page leaves it; the page itself counts tries and is tested with partners."""
        token = secrets.token_urlsafe(32)
        with transaction():
            staff = Staff.by_email(email)
            assert staff is not None
            session().add(
                AuthSession(
                    token_hash=hashlib.sha256(token.encode()).digest(),
                    visitor_id=uuid7(),
                    staff_id=staff.id,
                    staff_name=staff.name,
                    roles=[[r.role, str(r.recipient_id) if r.recipient_id else None] for r in staff.roles],
                    expires_at=clock.now() + timedelta(hours=1),
                )
            )
        self.client.set_cookie("forecourt", token)

    def ask(self, **changed: Any) -> TestResponse:
        form = {"client_key": new_key(), "page": "/stock", "kind": "message", "family": "vehicle_new"}
        return self.post("/ask", form | {"message": "Does it tow?"} | changed)

    def ask_to_drive(self, vehicle: str, slot: str, **changed: Any) -> TestResponse:
        form = {"client_key": new_key(), "vehicle": vehicle, "slot": slot}
        return self.post("/ask/test-drive", form | {"name": "Ada Buys", "email": "ada@example.com"} | changed)


def new_key() -> str:
    return str(uuid.uuid4())


def place_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"]).split("#")[0]


def the_desks() -> tuple[Recipient, Recipient]:
    desk = a_recipient("tarn-online", kind="agent_desk", name="Tarn online", name_zh="泰然线上顾问")
    line = a_recipient("tarn-help-line", kind="call_centre", name="Tarn help line", name_zh="泰然服务热线")
    return desk, line
