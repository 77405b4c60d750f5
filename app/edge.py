"""The edge: a small ASGI process that keeps live connections open, so that no worker of the pages is held by one.

It knows rooms and tickets, no database and no content. Server-Sent Events go out with the ids of the broker's stream;
a client that comes back names the last one it saw and gets what it missed, or `reset` when the log does not reach there.
Whose session ended is named in the stream too: their connections end, and their tickets of before open nothing more.
`EDGE_KEY`, `EDGE_BROKER` and `EDGE_ORIGINS` (comma-separated) are its settings.
"""

import asyncio
import contextlib
import json
import os
import random
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import tickets
from app.tickets import GONE, KEPT, LIFE_S, STREAM, Ticket

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
EntryId = tuple[int, int]

COMMENT_EVERY_S = 15
MOST_WAITING = 100
"""Events that may wait for one slow client before it is told to look at everything again."""
MOST_CLIENTS = 5_000
MOST_OF_ONE = 20
MOST_NAMED = 20
"""How many of those in a room are named; the others are counted."""
RETRY_MS = (500, 1_500)
"""Between these, by chance: when the edge comes back, not all come back in the same moment."""
CAUGHT_UP_WITHIN_S = 3
TYPING_EVERY_S = 1.0


class Client:
    """One open connection."""

    def __init__(self, who: str, rooms: frozenset[str]) -> None:
        self.who = who
        self.rooms = rooms
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.end: asyncio.Future[None] | None = None
        """Done when the connection is over."""

    def hang_up(self) -> None:
        if self.end is not None:
            self.end.cancel()

    def tell(self, text: str) -> None:
        try:
            self.waiting.put_nowait(text)
        except asyncio.QueueFull:
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(event("reset", {}))


class Rooms:
    """Who listens where, and the last rings, in the order of their ids."""

    def __init__(self) -> None:
        self.clients: dict[str, set[Client]] = defaultdict(set)
        self.of_one: dict[str, int] = defaultdict(int)
        self.count = 0
        self.log: deque[tuple[EntryId, str, str]] = deque(maxlen=KEPT)
        self.gone: dict[str, int] = {}
        """Whose session ended, and in which second."""
        self.typed: dict[str, float] = {}

    @contextlib.contextmanager
    def holding(self, client: Client) -> Iterator[None]:
        self.count += 1
        self.of_one[client.who] += 1
        for name in client.rooms:
            self.clients[name].add(client)
            self.tell_presence(name)
        try:
            yield
        finally:
            self.count -= 1
            self.of_one[client.who] -= 1
            if not self.of_one[client.who]:
                del self.of_one[client.who]
            for name in client.rooms:
                self.clients[name].discard(client)
                if not self.clients[name]:
                    del self.clients[name]
                else:
                    self.tell_presence(name)

    def may_type(self, who: str, now: float) -> bool:
        """Once a second: what is told more often tells the others nothing."""
        if now - self.typed.get(who, float("-inf")) < TYPING_EVERY_S:
            return False
        if len(self.typed) >= MOST_CLIENTS:
            self.typed.clear()
        self.typed[who] = now
        return True

    def has_place_for(self, who: str) -> bool:
        return self.count < MOST_CLIENTS and self.of_one.get(who, 0) < MOST_OF_ONE

    def here(self, name: str) -> list[str]:
        return sorted({client.who for client in self.clients.get(name, ())})

    def tell_presence(self, name: str) -> None:
        here = self.here(name)
        self.say(name, event("presence", {"room": name, "here": here[:MOST_NAMED], "count": len(here)}))

    def say(self, name: str, text: str, but: str | None = None) -> None:
        for client in self.clients.get(name, ()):
            if client.who != but:
                client.tell(text)

    def say_to_all(self, text: str) -> None:
        for client in {client for clients in self.clients.values() for client in clients}:
            client.tell(text)

    def rang(self, entry: EntryId, name: str, kind: str) -> None:
        self.log.append((entry, name, kind))
        self.say(name, ring_text(entry, name, kind))

    def missed(self, after: EntryId | None, rooms: frozenset[str]) -> list[str]:
        """What these rooms were told since; a single `reset` when the log does not reach back, or on, to that."""
        if after is None or not self.log or not self.log[0][0] <= after <= self.log[-1][0]:
            return [event("reset", {}, self.log[-1][0] if self.log else None)]
        return [
            ring_text(entry, name, kind) for entry, name, kind in self.log if entry > after and name in rooms
        ]

    def went(self, who: str, second: int) -> None:
        """A session of theirs ended. Whoever is in by another one comes back with a ticket of that one."""
        self.gone = {one: when for one, when in self.gone.items() if when > second - LIFE_S} | {who: second}
        for client in {client for clients in self.clients.values() for client in clients}:
            if client.who == who:
                client.hang_up()

    def is_over(self, opened: Ticket) -> bool:
        return opened.signed_s <= self.gone.get(opened.who, -1)


def event(kind: str, told: dict[str, Any], entry: EntryId | None = None) -> str:
    head = f"id: {entry[0]}-{entry[1]}\n" if entry else ""
    return f"{head}event: {kind}\ndata: {json.dumps(told, separators=(',', ':'))}\n\n"


def ring_text(entry: EntryId, name: str, kind: str) -> str:
    return event("ring", {"room": name, "kind": kind}, entry)


def entry_id(text: str) -> EntryId | None:
    first, _, second = text.partition("-")
    if first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) < 40:
        return int(first), int(second)
    return None


class Edge:
    def __init__(self, key: str, broker_url: str, origins: frozenset[str]) -> None:
        self._key = key
        self._broker_url = broker_url
        self._origins = origins
        self._listening: asyncio.Task[None] | None = None
        self._caught_up = asyncio.Event()
        """What was rung before this process was there is known, or cannot be."""
        self.rooms = Rooms()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        self._listen()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["path"] == "/healthz":
            await answer(send, 200, b"ok")
            return
        origin = headers.get("origin", "")
        if origin not in self._origins:
            await answer(send, 403)
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        opened = tickets.read(self._key, query.get("ticket", [""])[0])
        if opened is None or self.rooms.is_over(opened):
            await answer(send, 401, origin=origin)
        elif (scope["path"], scope["method"]) == ("/live", "GET"):
            after = headers.get("last-event-id", "") or query.get("after", [""])[0]
            await self._stream(Client(opened.who, opened.rooms), after, origin, receive, send)
        elif (scope["path"], scope["method"]) == ("/typing", "POST"):
            if self.rooms.may_type(opened.who, time.monotonic()):
                for name in opened.rooms:
                    self.rooms.say(name, event("typing", {"room": name, "who": opened.who}), but=opened.who)
            await answer(send, 204, origin=origin)
        else:
            await answer(send, 404, origin=origin)

    async def _stream(self, client: Client, after: str, origin: str, receive: Receive, send: Send) -> None:
        if not self.rooms.has_place_for(client.who):
            await answer(send, 503, origin=origin)
            return
        client.end = asyncio.ensure_future(_until_gone(receive))
        with self.rooms.holding(client):
            # From here on what is rung waits for it: before the first `await` nothing can be rung in between.
            missed = self.rooms.missed(entry_id(after), client.rooms) if after else []
            try:
                await send(
                    {
                        "type": "http.response.start",
                        "status": 200,
                        "headers": [
                            (b"content-type", b"text/event-stream; charset=utf-8"),
                            (b"cache-control", b"no-store"),
                            (b"x-accel-buffering", b"no"),
                            *cross_origin(origin),
                        ],
                    }
                )
                await chunk(send, f"retry: {random.randint(*RETRY_MS)}\n\n")
                for text in missed:
                    await chunk(send, text)
                await self._pass_on(client, client.end, send)
                await send({"type": "http.response.body", "body": b""})
            except OSError:
                pass  # cut in the middle of a word: the client comes back by itself
            finally:
                client.end.cancel()

    async def _pass_on(self, client: Client, gone: "asyncio.Future[None]", send: Send) -> None:
        ends = time.monotonic() + LIFE_S
        while not gone.done() and time.monotonic() < ends:
            told = asyncio.ensure_future(client.waiting.get())
            await asyncio.wait((told, gone), timeout=COMMENT_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                await chunk(send, told.result())
            else:
                told.cancel()
                if not gone.done():
                    await chunk(send, ": still here\n\n")

    def _listen(self) -> None:
        """Begins to hear the broker; again, should that ever have ended."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.ensure_future(self._hear())

    async def _hear(self) -> None:
        last, was_away = "", False
        while True:
            broker: Any = Redis.from_url(
                self._broker_url, socket_timeout=30, decode_responses=True, encoding_errors="replace"
            )
            try:
                last = last or await self._recall(broker)
                self._caught_up.set()
                if was_away:
                    self.rooms.say_to_all(event("reset", {}))
                    was_away = False
                while True:
                    for _, entries in await broker.xread({STREAM: last}, block=10_000) or ():
                        for name, fields in entries:
                            last = name
                            self._rang(name, fields)
            except (RedisError, OSError):
                was_away = True
                self._caught_up.set()
                await asyncio.sleep(0.5)
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await broker.aclose()

    async def _recall(self, broker: Any) -> str:
        """What was rung before this process was there: for those who come back, told to nobody else.

        Gives the id to go on from.
        """
        earlier = await broker.xrevrange(STREAM, count=KEPT)
        for name, fields in reversed(earlier):
            self._rang(name, fields, is_news=False)
        return str(earlier[0][0]) if earlier else "0-0"

    def _rang(self, name: str, fields: dict[str, str], is_news: bool = True) -> None:
        entry = entry_id(name)
        if entry is None:
            return
        if fields.get("kind") == GONE:
            self.rooms.went(fields.get("who", ""), entry[0] // 1000)
        elif is_news:
            self.rooms.rang(entry, fields.get("room", ""), fields.get("kind", ""))
        else:
            self.rooms.log.append((entry, fields.get("room", ""), fields.get("kind", "")))

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            told = (await receive())["type"]
            if told == "lifespan.startup":
                self._listen()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._caught_up.wait(), CAUGHT_UP_WITHIN_S)
                await send({"type": "lifespan.startup.complete"})
            elif told == "lifespan.shutdown":
                if self._listening is not None:
                    self._listening.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def chunk(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def answer(send: Send, status: int, body: bytes = b"", origin: str = "") -> None:
    headers = [(b"content-length", str(len(body)).encode()), *(cross_origin(origin) if origin else ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def cross_origin(origin: str) -> list[tuple[bytes, bytes]]:
    """The pages are on another port, so the browser asks whether they may read this."""
    return [(b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")]


def create_edge() -> Edge:
    origins = frozenset(filter(None, os.environ["EDGE_ORIGINS"].split(",")))
    return Edge(os.environ["EDGE_KEY"], os.environ["EDGE_BROKER"], origins)
