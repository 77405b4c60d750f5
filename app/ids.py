"""Identifiers: time-ordered inside the house, random outside it."""

import secrets
import threading
import time
import uuid

_MOST_IN_ONE_MS = 0xFFF

_making = threading.Lock()
_last_ms = 0
_place = 0


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7 and 6.2): 48 bits of milliseconds, 12 that count those of one millisecond, then
    random. New rows land side by side, and those of one process in the order in which they were made.
    """
    millis, place = _next()
    return uuid.UUID(int=millis << 80 | 0x7 << 76 | place << 64 | 0x2 << 62 | secrets.randbits(62))


def _next() -> tuple[int, int]:
    global _last_ms, _place
    now = time.time_ns() // 1_000_000
    with _making:
        if now > _last_ms:
            _last_ms, _place = now, secrets.randbits(8)
        elif _place < _MOST_IN_ONE_MS:
            _place += 1
        else:
            _last_ms, _place = _last_ms + 1, 0
        return _last_ms, _place


def public_id() -> str:
    """128 random bits for addresses and links: 22 characters, safe in a URL, not to be guessed."""
    return secrets.token_urlsafe(16)
