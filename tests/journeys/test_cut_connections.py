"""Two hundred cuts of the connection against the message log: none lost, none doubled, in order."""

import http.cookiejar
import random
import re
import socket
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from sqlalchemy import create_engine, text

from app.shop_folder import ShopFolder
from tests.shop import Shop, running_shop

VISITORS, MESSAGES = 20, 10
WAYS = ("in the middle of the words", "before the answer", "in the middle of the answer")


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """So many visitors would stand before those whom the other journeys look for."""
    with running_shop(tmp_path_factory.mktemp("cut")) as running:
        yield running


@dataclass
class Visitor:
    """A browser without script that loses its connection and sends the same form again."""

    url: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    place: str = ""
    token: str = ""

    def ask(self, words: str) -> None:
        self._read("/en/ask")
        told = {"client_key": str(uuid.uuid4()), "page": "/stock", "kind": "message", "family": "vehicle_new"}
        answer = self._send("/en/ask", told | {"message": words})
        self.place = urlsplit(answer.geturl()).path
        self._read(self.place)

    def say(self, words: str, key: str, cut: str) -> None:
        self._lose(words, key, cut)
        with self._send(self.place + "/messages", {"client_key": key, "message": words}) as answer:
            assert answer.status == 200

    def _lose(self, words: str, key: str, cut: str) -> None:
        body = self._body({"client_key": key, "message": words})
        host = urlsplit(self.url)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        head = (
            f"POST {self.place}/messages HTTP/1.1\r\nHost: {host.netloc}\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        with socket.create_connection((str(host.hostname), host.port or 80), timeout=20) as line:
            if cut == WAYS[0]:
                line.sendall(head + body[: random.randrange(len(body))])
            else:
                line.sendall(head + body)
            if cut == WAYS[2]:
                line.recv(random.randrange(1, 60))

    def _read(self, path: str) -> None:
        with self._opener.open(self.url + path, timeout=20) as answer:
            found = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
        assert found is not None, path
        self.token = found.group(1)

    def _send(self, path: str, told: dict[str, str]) -> "urllib.response.addinfourl":
        return self._opener.open(self.url + path, self._body(told), timeout=20)  # type: ignore[no-any-return]

    def _body(self, told: dict[str, str]) -> bytes:
        return urllib.parse.urlencode({"csrf_token": self.token, **told}).encode()

    @property
    def _opener(self) -> urllib.request.OpenerDirector:
        return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))


def log_of(shop: Shop, place: str) -> list[tuple[str, int, str]]:
    """Key, number and words of every message, as they stand."""
    running = ShopFolder(shop.data).running()
    assert running is not None
    engine = create_engine(running.database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT chat.client_id, chat.seq, message.body FROM inv_chat chat"
                " JOIN conversation ON conversation.id = chat.conversation"
                " JOIN message ON message.conversation_id = chat.conversation AND message.seq = chat.seq"
                " WHERE conversation.public_id = :place ORDER BY chat.seq"
            ),
            {"place": place.rsplit("/", 1)[-1]},
        ).all()
    engine.dispose()
    return [(str(row[0]), row[1], row[2]) for row in rows]


@pytest.mark.serial
def test_two_hundred_cuts_lose_and_double_no_message(own_shop: Shop) -> None:
    random.seed(200)
    for number in range(VISITORS):
        visitor = Visitor(own_shop.url)
        visitor.ask(f"Visitor {number}")
        sent = [(str(uuid.uuid4()), f"Line {line} of {number}") for line in range(MESSAGES)]

        for line, (key, words) in enumerate(sent):
            visitor.say(words, key, WAYS[(number + line) % len(WAYS)])

        kept = log_of(own_shop, visitor.place)
        assert [(key, words) for key, _seq, words in kept[1:]] == sent
        assert [seq for _key, seq, _words in kept] == list(range(1, MESSAGES + 2))
