"""The bell of the live pages: after a commit, whoever looks at the same thing is told to look again.

A ring says which room and what kind, never what was written: the page then asks the pages for it, as it does without
the edge. So a lost ring costs a moment, and a doubled one nothing. Rings stand in one bounded stream of the broker, from
which the edge replays what a cut connection missed.
"""

import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from app import broker, hanging_up, sessions, tickets, versions
from app.db import after_commit, in_transaction
from app.settings import settings
from app.tickets import KEPT, STREAM

RENEW_PATH = "/live/ticket"
KEPT_KINDS = frozenset({"board"})
"""Rooms whose pages are kept by version (app.versions)."""
WITH_EDGE_S = 25

_line = broker.Line("live")


def attributes(*rooms: str) -> Markup:
    """For the element that looks again when one of these rooms rings (event `ring`), with what the page listens by."""
    edge = settings().edge_url
    if edge is None:
        return Markup()
    names = " ".join(rooms)
    return Markup(
        ' data-live="{}" data-live-url="{}/live" data-live-ticket="{}" data-live-renew="{}"'
    ).format(names, edge.rstrip("/"), _ticket(rooms), RENEW_PATH)


def look_every(without_edge_s: int) -> str:
    """When such an element looks: at the bell, and now and then in case one was lost."""
    return f"ring, every {WITH_EDGE_S if settings().edge_url else without_edge_s}s"


def renewed(old: str) -> str | None:
    """A fresh ticket for the same person and rooms.

    None for a forged one, a stranger's, half a day after the first, or when its holder's part in the house has changed.
    """
    known = tickets.read(_key(), old, tickets.RENEWABLE_S)
    if known is None or known.until_s <= time.time() or known.standing != _standing():
        return None
    if not hmac.compare_digest(known.who, _who()):
        return None
    return tickets.sign(_key(), known.who, known.rooms, known.standing, known.until_s)


def _ticket(rooms: Iterable[str]) -> str:
    return tickets.sign(_key(), _who(), rooms, _standing())


def _key() -> str:
    return tickets.edge_key(settings().secret_key)


def _who() -> str:
    state = sessions.current()
    return hanging_up.word_for(state.staff.id if state.staff else state.visitor_id)


def _standing() -> str:
    """Rooms of the staff follow from their roles; a buyer's from what the page has let them see."""
    staff = sessions.current().staff
    if staff is None:
        return ""
    roles = sorted(f"{role.role}:{role.recipient_id}" for role in staff.roles)
    return hashlib.sha256(" ".join(roles).encode()).hexdigest()[:16]


def room(kind: str, subject: object) -> str:
    return f"{kind}:{subject}"


def ring(name: str, kind: str) -> None:
    """Tells the room, once the open transaction has committed."""
    told = _Ring(name, kind)
    if in_transaction():
        if name.partition(":")[0] in KEPT_KINDS:
            versions.move(name)
        after_commit(told)
    else:
        told()


@dataclass(frozen=True)
class _Ring:
    """Two of a kind are equal: a transaction that rings twice is heard once."""

    name: str
    kind: str

    def __call__(self) -> None:
        _line.tell(
            lambda: broker.client().xadd(
                STREAM, {"room": self.name, "kind": self.kind}, maxlen=KEPT, approximate=True
            )
        )
