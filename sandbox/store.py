"""One SQLite file. Every write takes the write lock first, so a reader never has to upgrade."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.refusal import Object, no_such
from sandbox.settings import Settings

BUSY_TIMEOUT_S = 15
SCHEMA = """
create table if not exists object (
    seq integer primary key autoincrement,
    id text not null unique,
    kind text not null,
    created integer not null,
    body text not null,
    private text not null default '{}'
);
create index if not exists object_kind on object (kind, seq);
create index if not exists object_intent on object (kind, json_extract(body, '$.payment_intent'));
create index if not exists object_status on object (kind, json_extract(body, '$.status'));
create table if not exists answer (
    key text primary key,
    fingerprint text not null,
    at integer not null,
    status integer,
    body text
);
create table if not exists delivery (
    id integer primary key autoincrement,
    event text not null,
    endpoint text not null,
    state text not null,
    attempts integer not null default 0,
    next_at integer not null,
    queued_at real not null,
    answered integer,
    problem text,
    done_at integer
);
create index if not exists delivery_state on delivery (state, next_at);
create index if not exists delivery_event on delivery (event);
create table if not exists setting (name text primary key, value text not null);
"""


@dataclass(frozen=True)
class Stamp:
    """Which API request an event came from; both empty for what happens by itself."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Book:
    """One transaction on the store, at one instant."""

    def __init__(self, connection: sqlite3.Connection, now: int, settings: Settings, stamp: Stamp) -> None:
        self.sql = connection
        self.now = now
        self.settings = settings
        self.stamp = stamp

    def today(self) -> date:
        return datetime.fromtimestamp(self.now, UTC).date()

    def add(self, thing: Object, private: Object | None = None) -> Object:
        self.sql.execute(
            "insert into object (id, kind, created, body, private) values (?, ?, ?, ?, ?)",
            (thing["id"], thing["object"], thing["created"], packed(thing), packed(private or {})),
        )
        return thing

    def save(self, thing: Object) -> Object:
        self.sql.execute("update object set body = ? where id = ?", (packed(thing), thing["id"]))
        return thing

    def find(self, kind: str, key: str | None) -> Object | None:
        row = self.sql.execute("select body from object where id = ? and kind = ?", (key, kind)).fetchone()
        return unpacked(row[0]) if row else None

    def need(self, kind: str, key: str, param: str, *, status: int = 404) -> Object:
        found = self.find(kind, key)
        if found is None:
            raise no_such(kind, key, param, status=status)
        return found

    def private(self, key: str) -> Object:
        row = self.sql.execute("select private from object where id = ?", (key,)).fetchone()
        return unpacked(row[0]) if row else {}

    def keep_private(self, key: str, **facts: Any) -> None:
        self.sql.execute(
            "update object set private = ? where id = ?", (packed(self.private(key) | facts), key)
        )

    def every(self, kind: str, **equal: Any) -> list[Object]:
        """Oldest first."""
        where, values = conditions(equal)
        rows = self.sql.execute(
            f"select body from object where kind = ?{where} order by seq", (kind, *values)
        )
        return [unpacked(row[0]) for row in rows]

    def newest(self, kind: str, most: int) -> list[Object]:
        rows = self.sql.execute(
            "select body from object where kind = ? order by seq desc limit ?", (kind, most)
        )
        return [unpacked(row[0]) for row in rows]

    def setting(self, name: str, default: Any = None) -> Any:
        row = self.sql.execute("select value from setting where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def keep_setting(self, name: str, value: Any) -> None:
        self.sql.execute(
            "insert or replace into setting (name, value) values (?, ?)", (name, json.dumps(value))
        )


def conditions(equal: Mapping[str, Any]) -> tuple[str, list[Any]]:
    where = "".join(f" and json_extract(body, '$.{name}') = ?" for name in equal)
    return where, list(equal.values())


def packed(thing: Object) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Object:
    thing: Object = json.loads(text)
    return thing


class Store:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        settings.data.mkdir(parents=True, exist_ok=True)
        self.path: Path = settings.data / "sandbox.sqlite3"
        self.prepare()

    def prepare(self) -> None:
        connection = self.connect()
        try:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(SCHEMA)
            # Whatever was under way when the process ended has no answer: its key is free again.
            connection.execute("delete from answer where status is null")
            connection.execute("update delivery set state = 'waiting' where state = 'sending'")
            row = connection.execute("select value from setting where name = 'offset_s'").fetchone()
        finally:
            connection.close()
        self.clock.offset_s = json.loads(row[0]) if row else 0

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        connection.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_S * 1_000}")
        connection.execute("pragma synchronous = normal")
        return connection

    @contextmanager
    def write(self, stamp: Stamp | None = None) -> Iterator[Book]:
        connection = self.connect()
        try:
            connection.execute("begin immediate")
            try:
                yield Book(connection, self.clock.now(), self.settings, stamp or Stamp())
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[Book]:
        connection = self.connect()
        try:
            connection.execute("begin")
            yield Book(connection, self.clock.now(), self.settings, Stamp())
        finally:
            connection.close()
