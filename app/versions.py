"""How often what a room of the live pages shows has changed: what was made of it serves until the number moves.

The number is written by the transaction that changes, last of all and in the order of the rooms' names: so nobody who
holds one waits for another lock, and whoever reads an old number reads the old state.
"""

from sqlalchemy import BigInteger, ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model, before_commit, session


class RoomVersion(Model):
    """A room whose pages are kept; one that never rang has no row."""

    room: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=1)


def move(room: str) -> None:
    """Inside a transaction; once for it, however often it is called."""
    rooms: set[str] = session().info.setdefault("moved_rooms", set())
    rooms.add(room)
    before_commit(_write)


def of(rooms: Select[str]) -> int:
    """A number that moves whenever one of these rooms does. One statement."""
    return _total(RoomVersion.room.in_(rooms))


def of_kind(kind: str) -> int:
    """The same of all rooms of a kind."""
    return _total(RoomVersion.room.startswith(f"{kind}:", autoescape=True))


def _total(which: ColumnElement[bool]) -> int:
    return int(session().scalar(select(func.sum(RoomVersion.version)).where(which)) or 0)


def _write() -> None:
    rows = [{"room": room, "version": 1} for room in sorted(session().info.pop("moved_rooms", ()))]
    if rows:
        session().execute(
            insert(RoomVersion)
            .values(rows)
            .on_conflict_do_update(index_elements=["room"], set_={"version": RoomVersion.version + 1})
        )
