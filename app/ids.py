"""Identifiers: time-ordered inside the house, random outside it."""

import os
import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7): 48 bits of milliseconds, then random, so that new rows land side by side."""
    millis = time.time_ns() // 1_000_000
    value = (millis & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def public_id() -> str:
    """128 random bits for addresses and links: 22 characters, safe in a URL, not to be guessed."""
    return secrets.token_urlsafe(16)
