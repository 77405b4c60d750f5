"""What many requests read and few change, kept in the process for some seconds."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """By key, at most `live_s` seconds old; an empty answer is not kept, as whoever fills the shop is still at it.

    With `share_of_time`, making takes no more than that part (one in so many) of a process's time: what is slow to make
    lives longer.
    """

    def __init__(self, live_s: float, share_of_time: int = 0) -> None:
        self._live_s = live_s
        self._share_of_time = share_of_time
        self._values: dict[K, tuple[float, V]] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        known = self._values.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        began = time.monotonic()
        made = make()
        if made:
            ended = time.monotonic()
            lives_s = max(self._live_s, self._share_of_time * (ended - began))
            self._values[key] = (ended + lives_s, made)
        return made

    def forget(self) -> None:
        self._values.clear()
