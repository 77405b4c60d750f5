"""Ending what somebody listens to by live connections, once the session is over that let them.

An entry in the same stream as the rings names the person by the same opaque word as their tickets. The edge ends what is
open and takes no ticket of before; with the broker away a connection ends by itself within its quarter of an hour.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from app import broker
from app.db import after_commit
from app.tickets import GONE, KEPT, STREAM

_line = broker.Line("hanging-up")


def word_for(person_id: uuid.UUID | None) -> str:
    """The same in two tabs of one person (a visitor, or somebody of the staff), and a key to nothing."""
    return hashlib.sha256(f"live:{person_id}".encode()).hexdigest()[:24]


def hang_up(person_ids: Iterable[uuid.UUID]) -> None:
    """Once the open transaction has committed."""
    for person_id in person_ids:
        after_commit(_HangUp(word_for(person_id)))


@dataclass(frozen=True)
class _HangUp:
    who: str

    def __call__(self) -> None:
        _line.tell(
            lambda: broker.client().xadd(
                STREAM, {"who": self.who, "kind": GONE}, maxlen=KEPT, approximate=True
            )
        )
