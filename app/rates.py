"""Rate limits, counted in Valkey over a moving window; when Valkey is away each process counts for itself."""

import functools
import time

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from app.errors import TooManyRequests
from app.settings import settings

log = structlog.get_logger()


def limit(name: str, key: str, per_minute: int, minutes: int = 1) -> None:
    """Counts one try of `name` by `key`; raises TooManyRequests with the seconds to wait.

    With `minutes`, so many tries are taken in that many minutes.
    """
    item = RateLimitItemPerMinute(per_minute, minutes)
    try:
        _refuse_over(_shared(), item, name, key)
    except TooManyRequests:
        raise
    except Exception as away:  # any fault of the store must not stop a sale; the local count still guards
        log.warning("rates.store_away", error=repr(away))
        _refuse_over(_local(), item, name, key)


def forget() -> None:
    """Every count begins anew."""
    for limiter in (_shared(), _local()):
        limiter.storage.reset()


def _refuse_over(limiter: MovingWindowRateLimiter, item: RateLimitItemPerMinute, name: str, key: str) -> None:
    if limiter.hit(item, name, key):
        return
    until = limiter.get_window_stats(item, name, key).reset_time
    raise TooManyRequests(max(1, int(until - time.time()) + 1))


@functools.cache
def _shared() -> MovingWindowRateLimiter:
    storage: Storage = RedisStorage(settings().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
    return MovingWindowRateLimiter(storage)


@functools.cache
def _local() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
