"""The bell of the live pages: after a commit, whoever looks at the same thing is told to look again.

A ring says which room and what kind, never what was written: the page then asks the pages for it, as it does without
the edge. So a lost ring costs a moment, and a doubled one nothing. Rings stand in one bounded stream of the broker, from
which the edge replays what a cut connection missed.
"""

import functools
import time
from collections.abc import Iterable

import structlog
from redis import Redis
from redis.exceptions import RedisError

from app import tickets
from app.db import after_commit, in_transaction
from app.settings import settings
from app.tickets import KEPT, STREAM

SILENT_AFTER_FAILURE_S = 5.0

log = structlog.get_logger()

_silent_until = 0.0


def ticket(who: str, rooms: Iterable[str]) -> str:
    """Lets its holder listen in these rooms; `who` is an opaque id, the same in two tabs of one person."""
    return tickets.sign(tickets.edge_key(settings().secret_key), who, rooms)


def room(kind: str, subject: object) -> str:
    return f"{kind}:{subject}"


def ring(name: str, kind: str) -> None:
    """Tells the room, once the open transaction has committed."""
    if in_transaction():
        after_commit(functools.partial(_ring, name, kind))
    else:
        _ring(name, kind)


def _ring(name: str, kind: str) -> None:
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        _broker().xadd(STREAM, {"room": name, "kind": kind}, maxlen=KEPT, approximate=True)
    except RedisError as away:  # pages look again by themselves
        _silent_until = time.monotonic() + SILENT_AFTER_FAILURE_S
        log.warning("live.broker_away", error=repr(away))


@functools.cache
def _broker() -> Redis:
    return Redis.from_url(settings().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
