"""What many requests read and few change, kept in the process: for some seconds, or until its version moves."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
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


class KeptUnder(Generic[K, V]):
    """By everything that it was made of: it never grows old. At most `most` values, the ones made first go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}
        self._lock = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        known = self.find(key)
        return known if known is not None else self.keep(key, make())

    def find(self, key: K) -> V | None:
        return self._values.get(key)

    def forget(self) -> None:
        with self._lock:
            self._values.clear()

    def keep(self, key: K, made: V) -> V:
        with self._lock:
            self._values.pop(key, None)
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = made
        return made


class KeptByVersion(Generic[K, V]):
    """By key, as long as its version is the one it was made under and it is not older than `live_s` seconds: the time
    bounds what no version tells of. At most `most` values.
    """

    def __init__(self, live_s: float, most: int) -> None:
        self._live_s = live_s
        self._values = KeptUnder[K, tuple[int, float, V]](most)

    def get(self, key: K, version: int, make: Callable[[], V]) -> V:
        """`version` is read before: what is made meanwhile is newer at worst."""
        known = self._values.find(key)
        if known is not None and known[0] == version and known[1] > time.monotonic():
            return known[2]
        made = make()
        self._values.keep(key, (version, time.monotonic() + self._live_s, made))
        return made

    def forget(self) -> None:
        self._values.forget()
