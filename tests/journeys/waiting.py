"""Waiting for what another process does a moment later."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], within_s: float = 60, every_s: float = 0.3) -> T:
    """What `look` finds, once it finds something; the last look's own answer when the time is over."""
    deadline = time.monotonic() + within_s
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(every_s)
    return found
