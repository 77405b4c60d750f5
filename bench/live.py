"""Idle live connections beside the pages: what they cost the pages, and how soon a ring is heard."""

import http.client
import os
import socket
import time
from statistics import median
from urllib.parse import urlsplit

from redis import Redis

from app import tickets
from app.shop_folder import ShopFolder
from bench import pages
from bench.table import show
from tests.shop import Shop

IDLE = 300
RINGS = 100
TURNS = 7


def measure(shop: Shop) -> None:
    running = ShopFolder(shop.data).running()
    assert running is not None
    edge, secret = running.environment["FORECOURT_EDGE_URL"], running.environment["FORECOURT_SECRET_KEY"]
    key, origin = tickets.edge_key(secret), running.public_url
    without, beside = [], []
    for turn in range(TURNS):
        without.append(figures(shop))
        idle = [
            listen(edge, origin, tickets.sign(key, f"idle-{who}", [f"bench:{who}"])) for who in range(IDLE)
        ]
        beside.append(figures(shop))
        if turn < TURNS - 1:
            close(idle)
    heard = rings(edge, origin, key, Redis.from_url(running.redis_url))
    close(idle)
    show(
        f"/stock with and without {IDLE} idle live connections, {TURNS} turns each, in turn",
        ("connections", "CPU ms, median", "least", "most", "p50 ms"),
        [("0", *row(without)), (str(IDLE), *row(beside))],
    )
    show(
        f"A ring, from the broker to the listener, {RINGS} times beside {IDLE} idle ones",
        ("", "p50 ms", "p95 ms", "slowest ms"),
        [("ring", f"{median(heard):.1f}", f"{heard[int(RINGS * 0.95)]:.1f}", f"{heard[-1]:.1f}")],
    )


def figures(shop: Shop) -> tuple[float, float]:
    """CPU ms a request, and its middle time."""
    _page, spent, middle, *_rest = pages.one(shop, "/stock")
    return float(spent), float(middle)


def row(turns: list[tuple[float, float]]) -> tuple[str, ...]:
    """The machine's own noise lies between the least and the most."""
    spent = sorted(turn[0] for turn in turns)
    middle = median(turn[1] for turn in turns)
    return f"{median(spent):.2f}", f"{spent[0]:.2f}", f"{spent[-1]:.2f}", f"{middle:.1f}"


def close(connections: list[socket.socket]) -> None:
    for connection in connections:
        connection.close()
    time.sleep(1)


def listen(edge: str, origin: str, ticket: str) -> socket.socket:
    address = urlsplit(edge)
    connection = socket.create_connection((address.hostname or "", address.port or 80), timeout=10)
    request = f"GET /live?ticket={ticket} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {origin}\r\n\r\n"
    connection.sendall(request.encode())
    assert connection.recv(12) == b"HTTP/1.1 200"
    return connection


def rings(edge: str, origin: str, key: str, broker: Redis) -> list[float]:
    room = f"bench:{os.getpid()}"
    address = urlsplit(edge)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    ticket = tickets.sign(key, "bench", [room])
    connection.request("GET", f"/live?ticket={ticket}", headers={"Origin": origin})
    answer, took = connection.getresponse(), []
    for _ in range(RINGS):
        began = time.perf_counter()
        broker.xadd(tickets.STREAM, {"room": room, "kind": "bench"})
        while b"event: ring" not in answer.readline():
            pass
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return sorted(took)
