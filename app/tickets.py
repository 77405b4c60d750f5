"""What pages and edge agree on: the broker's stream of rings, and tickets, signed and short-lived, that name an opaque
person and the rooms that may be listened to.
"""

import hashlib
import os
from collections.abc import Iterable

from itsdangerous import BadData, URLSafeTimedSerializer

STREAM = "forecourt:live"
KEPT = 10_000
"""Rings kept for those who were cut off."""
LIFE_S = 900
"""How long a ticket opens a connection; an open one stays, and a page fetches a new ticket when it must."""
RENEWABLE_S = 12 * 3600
"""How long after its making the same person gets a fresh one for it."""


def edge_key(secret_key: str) -> str:
    """The edge signs with a key of its own, so that it need not know the pages' secret."""
    return hashlib.sha256(b"forecourt-edge:" + secret_key.encode()).hexdigest()


def sign(key: str, who: str, rooms: Iterable[str]) -> str:
    return str(_signer(key).dumps({"who": who, "rooms": sorted(rooms)}))


def read(key: str, token: str, life_s: int = LIFE_S) -> tuple[str, frozenset[str]] | None:
    """Whose it is and which rooms it opens; None for a forged or an old one."""
    try:
        told = _signer(key).loads(token, max_age=life_s)
        return str(told["who"]), frozenset(map(str, told["rooms"]))
    except (BadData, KeyError, TypeError):
        return None


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="live-ticket")


if __name__ == "__main__":
    print(edge_key(os.environ["FORECOURT_SECRET_KEY"]))
