import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.db import transaction
from tests.conversations.builders import Browser
from tests.leads.builders import Places, the_places
from tests.partners.builders import a_member_of_staff


@pytest.fixture
def places(database: None) -> Places:
    with transaction():
        found = the_places()
        a_member_of_staff("zhou.min@tarn.example", role="agent", name="Zhou Min", name_zh="周敏")
        a_member_of_staff("ben@tarn.example", role="dealer", recipient=found.dealer)
    return found


@pytest.fixture
def agent(flask_app: Flask, places: Places) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("zhou.min@tarn.example")
    return browser


@pytest.fixture
def ben(flask_app: Flask, places: Places) -> Browser:
    browser = Browser(flask_app.test_client())
    browser.sign_in("ben@tarn.example")
    return browser


@pytest.fixture
def ada(flask_app: Flask, places: Places) -> Browser:
    return Browser(flask_app.test_client())


class Receiver:
    """A dealer's endpoint that answers as told and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return None

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leads"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()
