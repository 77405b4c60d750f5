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


def measure(shop: Shop) -> None:
    running = ShopFolder(shop.data).running()
    assert running is not None
    edge, secret = running.environment["FORECOURT_EDGE_URL"], running.environment["FORECOURT_SECRET_KEY"]
    key, origin = tickets.edge_key(secret), running.public_url
    before = pages.one(shop, "/stock")
    idle = [
        listen(edge, origin, tickets.sign(key, f"idle-{turn}", [f"bench:{turn}"])) for turn in range(IDLE)
    ]
    beside = pages.one(shop, "/stock")
    heard = rings(edge, origin, key, Redis.from_url(running.redis_url))
    for connection in idle:
        connection.close()
    show(
        f"/stock with and without {IDLE} idle live connections",
        ("connections", "CPU ms", "p50 ms", "p95 ms"),
        [("0", *before[1:4]), (str(IDLE), *beside[1:4])],
    )
    show(
        f"A ring, from the broker to the listener, {RINGS} times beside {IDLE} idle ones",
        ("", "p50 ms", "p95 ms", "slowest ms"),
        [("ring", f"{median(heard):.1f}", f"{heard[int(RINGS * 0.95)]:.1f}", f"{heard[-1]:.1f}")],
    )


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
