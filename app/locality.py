"""Where this request or task stands: the clock that times are told by, and the country that short phone numbers are of.

Asked for when it is needed, of the context that knows (Wiring.locality).
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Locality:
    time_zone: str
    phone_region: str
    market_key: str = "CN"


HOUSE = Locality("Asia/Shanghai", "CN")
"""Of the house itself, for whatever is done on nobody's behalf."""

_stood_in: ContextVar[Locality | None] = ContextVar("locality", default=None)
_finders: list[Callable[[], Locality]] = []


def here() -> Locality:
    return _stood_in.get() or (_finders[-1]() if _finders else HOUSE)


def install(finder: Callable[[], Locality] | None) -> None:
    _finders[:] = [finder] if finder is not None else []


@contextlib.contextmanager
def standing_in(locality: Locality) -> Iterator[None]:
    """For what is written to somebody while nobody asks: a letter, a task."""
    token = _stood_in.set(locality)
    try:
        yield
    finally:
        _stood_in.reset(token)
