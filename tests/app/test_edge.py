"""The edge as a process of its own, with a real broker: tickets, rooms, replay after a cut, presence."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from app import tickets
from app.edge import MOST_WAITING, Client, Rooms, entry_id
from app.edge import Edge as EdgeApp
from app.embedded import Valkey
from app.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
ORIGIN = "http://127.0.0.1:8000"
KEY = tickets.edge_key("a-secret-of-forty-characters-for-a-test-")


@dataclass
class Listener:
    """One connection of a browser, reading events as they come."""

    answer: http.client.HTTPResponse

    def next(self) -> tuple[str, str, dict[str, Any]]:
        """Id, kind and what was told."""
        entry, kind = "", ""
        while True:
            line = self.answer.readline().decode().rstrip()
            if line.startswith("id: "):
                entry = line[4:]
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                return entry, kind, json.loads(line[6:])
            assert line or self.answer.fp, "the connection ended"

    def next_ring(self) -> str:
        while True:
            entry, kind, _ = self.next()
            if kind == "ring":
                return entry
            assert kind != "reset"


@dataclass
class Edge:
    port: int
    broker: Redis
    pid: int

    def worker(self) -> int:
        """The process that holds the connections."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()[0])

    def comes_back(self, who: str, *rooms: str, after: str) -> "Listener":
        """As often as it takes, while the next process comes up."""
        for _ in range(200):
            try:
                return self.listen(who, *rooms, after=after)
            except OSError:
                time.sleep(0.1)
        raise AssertionError("nobody took over")

    def ring(self, room: str) -> str:
        return self.broker.xadd(tickets.STREAM, {"room": room, "kind": "said"}).decode()  # type: ignore[union-attr]

    def ask(
        self, ticket: str, path: str = "/live", method: str = "GET", origin: str = ORIGIN, after: str = ""
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Origin": origin} | ({"Last-Event-ID": after} if after else {})
        connection.request(method, f"{path}?ticket={ticket}", headers=headers)
        return connection.getresponse()

    def listen(self, who: str, *rooms: str, after: str = "") -> Listener:
        answer = self.ask(tickets.sign(KEY, who, rooms), after=after)
        assert answer.status == 200
        return Listener(answer)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    valkey = Valkey(tmp_path_factory.mktemp("edge"))
    valkey.start()
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", str(ROOT / "app" / "edge_config.py")),
            *("--bind", f"127.0.0.1:{port}", "app.edge:create_edge()"),
        ],
        cwd=ROOT,
        env={**os.environ, "EDGE_KEY": KEY, "EDGE_BROKER": valkey.url, "EDGE_ORIGINS": ORIGIN},
    )
    running = Edge(port, Redis.from_url(valkey.url), process.pid)
    for _ in range(100):
        try:
            if running.ask("", "/healthz").status == 200:
                break
        except OSError:
            time.sleep(0.2)
    yield running
    process.terminate()
    assert process.wait(30) == 0
    valkey.stop()


def test_a_ring_reaches_those_who_listen_in_its_room(edge: Edge) -> None:
    ada = edge.listen("ada", "thread:1")

    edge.ring("thread:2")
    rung = edge.ring("thread:1")

    assert ada.next_ring() == rung


def test_a_connection_that_is_cut_two_hundred_times_loses_and_doubles_nothing(edge: Edge) -> None:
    rung, heard = [edge.ring("thread:cut")], []
    last = rung[0]

    for turn in range(200):
        rung.append(edge.ring("thread:cut"))
        ada = edge.listen("ada", "thread:cut", after=last)
        if turn % 3 == 0:
            rung.append(edge.ring("thread:cut"))
        last = ada.next_ring()
        heard.append(last)
        ada.answer.close()
    ada = edge.listen("ada", "thread:cut", after=last)
    while last != rung[-1]:
        last = ada.next_ring()
        heard.append(last)

    assert heard == rung[1:]


def test_somebody_away_for_too_long_is_told_to_look_at_everything(edge: Edge) -> None:
    edge.ring("thread:1")

    ada = edge.listen("ada", "thread:1", after="1-0")

    assert {ada.next()[1] for _ in range(2)} == {"reset", "presence"}


@pytest.mark.parametrize("ticket", ["", "nothing", tickets.sign("another key", "cleo", ["thread:1"])])
def test_a_forged_ticket_opens_nothing(edge: Edge, ticket: str) -> None:
    assert edge.ask(ticket).status == 401


def test_another_site_hears_nothing(edge: Edge) -> None:
    ticket = tickets.sign(KEY, "ada", ["thread:1"])

    assert edge.ask(ticket, origin="http://elsewhere.example").status == 403


def test_presence_is_told_when_somebody_comes_and_goes(edge: Edge) -> None:
    ada = edge.listen("ada", "thread:7")
    assert ada.next()[2]["here"] == ["ada"]

    ben = edge.listen("ben", "thread:7")
    come = ada.next()[2]["here"]
    ben.answer.close()

    assert come == ["ada", "ben"]
    assert ada.next()[2]["here"] == ["ada"]


def test_typing_is_told_to_the_others_and_kept_nowhere(edge: Edge) -> None:
    ada = edge.listen("ada", "thread:8")
    ada.next()
    before = edge.broker.xlen(tickets.STREAM)

    answer = edge.ask(tickets.sign(KEY, "ben", ["thread:8"]), "/typing", "POST")

    assert answer.status == 204
    assert ada.next()[1:] == ("typing", {"room": "thread:8", "who": "ben"})
    assert edge.broker.xlen(tickets.STREAM) == before


def test_typing_is_told_once_a_second_however_often_it_is_sent() -> None:
    rooms = Rooms()

    told = [rooms.may_type("ben", now) for now in (10.0, 10.1, 10.9, 11.0, 11.5)]

    assert told == [True, False, False, True, False]
    assert rooms.may_type("ada", 10.1)


def test_a_client_that_does_not_read_is_told_to_look_again_and_costs_no_more() -> None:
    rooms, slow = Rooms(), Client("ada", frozenset({"thread:1"}))

    with rooms.holding(slow):
        for number in range(MOST_WAITING * 3):
            rooms.rang((number, 0), "thread:1", "said")

        told = [slow.waiting.get_nowait() for _ in range(slow.waiting.qsize())]

    assert any("event: reset" in text for text in told)
    assert len(told) <= MOST_WAITING


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "a-b", "1-2-3", "1" * 60, "١-٢"])
def test_what_is_no_entry_id_is_taken_for_none(text: str) -> None:
    assert entry_id(text) is None


@pytest.mark.parametrize("after", ["9999999999999-0", "no-id", "1" * 60, "-1", "1-2-3"])
def test_an_id_that_was_never_told_is_answered_with_look_at_everything(edge: Edge, after: str) -> None:
    edge.ring("thread:1")

    ada = edge.listen("ada", "thread:1", after=after)
    told = dict([ada.next()[1::-1] for _ in range(2)])

    assert set(told) == {"reset", "presence"}
    assert entry_id(told["reset"]) is not None


def test_what_is_rung_while_somebody_comes_back_is_told_once() -> None:
    rooms = Rooms()
    for number in range(3):
        rooms.rang((number, 0), "thread:1", "said")
    sent: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if not sent:
            rooms.rang((3, 0), "thread:1", "said")
        sent.append(message.get("body", b"").decode())
        if sum(text.count("event: ring") for text in sent) >= 3:
            raise OSError("cut")

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    edge_app = EdgeApp(KEY, "redis://127.0.0.1:9", frozenset({ORIGIN}))
    edge_app.rooms = rooms
    ada = Client("ada", frozenset({"thread:1"}))
    asyncio.run(asyncio.wait_for(edge_app._stream(ada, "0-0", ORIGIN, receive, send), 10))

    assert re.findall(r"^id: (\S+)", "".join(sent), re.MULTILINE) == ["1-0", "2-0", "3-0"]


def test_who_comes_back_to_a_new_process_goes_on_where_they_were(edge: Edge) -> None:
    """The process that takes over knows what was rung before it, and tells it to nobody who has heard it."""
    heard = [edge.ring("thread:9") for _ in range(3)]
    os.kill(edge.worker(), signal.SIGKILL)
    missed = edge.ring("thread:9")

    ada = edge.comes_back("ada", "thread:9", after=heard[-1])
    now = edge.ring("thread:9")

    assert [ada.next_ring(), ada.next_ring()] == [missed, now]


def test_what_somebody_listened_to_ends_with_their_session(edge: Edge) -> None:
    ticket = tickets.sign(KEY, "ada", ["thread:1"])
    ada, ben = edge.listen("ada", "thread:1"), edge.listen("ben", "thread:1")

    edge.broker.xadd(tickets.STREAM, {"who": "ada", "kind": tickets.GONE})

    ada.answer.read()
    assert edge.ask(ticket).status == 401
    assert edge.ask(ticket, "/typing", "POST").status == 401
    rung = edge.ring("thread:1")
    assert ben.next_ring() == rung
    rest = 1 - time.time() % 1
    time.sleep(rest + 0.05)  # tickets count in whole seconds
    assert edge.ask(tickets.sign(KEY, "ada", ["thread:1"])).status == 200


def test_a_full_room_is_counted_and_not_called_out() -> None:
    rooms = Rooms()
    with contextlib.ExitStack() as stack:
        crowd = [Client(f"guest-{number:03}", frozenset({"desk:house"})) for number in range(100)]
        for one in crowd:
            stack.enter_context(rooms.holding(one))

    told = [crowd[0].waiting.get_nowait() for _ in range(crowd[0].waiting.qsize())]
    assert max(len(text) for text in told) < 800
