"""What pages and edge agree on: the broker's stream of rings, and tickets, signed and short-lived, that name an opaque
person and the rooms that may be listened to.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

STREAM = "forecourt:live"
KEPT = 10_000
"""Rings kept for those who were cut off."""
GONE = "gone"
"""The kind of an entry that is no ring: somebody's session is over, and with it what was opened by their tickets."""
LIFE_S = 900
"""How long a ticket opens connections, and how long one stays open before it must show a fresh one."""
RENEWABLE_S = 12 * 3600
"""How long after the first one the same person gets a fresh one for it."""


@dataclass(frozen=True)
class Ticket:
    who: str
    rooms: frozenset[str]
    signed_s: int
    """Seconds since 1970."""
    until_s: int
    """When no fresh one is made for it any more."""
    standing: str
    """What its holder was when the page was made; whoever is something else since gets no fresh one for it."""


def edge_key(secret_key: str) -> str:
    """The edge signs with a key of its own, so that it need not know the pages' secret."""
    return hashlib.sha256(b"forecourt-edge:" + secret_key.encode()).hexdigest()


def sign(key: str, who: str, rooms: Iterable[str], standing: str = "", until_s: int | None = None) -> str:
    told = {
        "who": who,
        "rooms": sorted(rooms),
        "until": int(time.time()) + RENEWABLE_S if until_s is None else until_s,
        "as": standing,
    }
    return str(_signer(key).dumps(told))


def read(key: str, token: str, life_s: int = LIFE_S) -> Ticket | None:
    """None for a forged or an old one."""
    try:
        told, signed_at = _signer(key).loads(token, max_age=life_s, return_timestamp=True)
        return Ticket(
            str(told["who"]),
            frozenset(map(str, told["rooms"])),
            int(signed_at.timestamp()),
            int(told["until"]),
            str(told["as"]),
        )
    except (BadData, KeyError, TypeError, ValueError):
        return None


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="live-ticket")


if __name__ == "__main__":
    print(edge_key(os.environ["FORECOURT_SECRET_KEY"]))
