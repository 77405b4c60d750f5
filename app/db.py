"""The database: the model base, the session in use, and `transaction()`, the only place where anything commits.

Inside `with transaction():` every read and write goes through one session that commits at the end. Outside it,
`session()` is a read-only session that lives as long as the request, task or command around it.
"""

import contextlib
import functools
import re
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Date, DateTime, Engine, MetaData, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, sessionmaker

from app.errors import NotFound
from app.ids import public_id, uuid7
from app.settings import settings

__all__ = [
    "IdModel",
    "Model",
    "after_commit",
    "before_commit",
    "engine",
    "get_or_404",
    "in_transaction",
    "public_id",
    "session",
    "statement_count",
    "transaction",
    "uuid7",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 30_000


class Model(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012
        datetime: DateTime(timezone=True),
        date: Date(),
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        dict[str, int]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class IdModel(Model):
    """A table whose rows carry a time-ordered id and the instant they came to be."""

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now(), sort_order=-1)


@functools.cache
def engine() -> Engine:
    """Pool as large as the threads of a process, no overflow, two seconds of patience: a full house answers 503."""
    made = create_engine(
        settings().database_url,
        pool_size=(settings().web_threads or 4) + 4,
        max_overflow=0,
        pool_timeout=2,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c timezone=UTC -c lock_timeout={LOCK_TIMEOUT_MS}"
            f" -c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=60000",
        },
    )
    event.listen(made, "before_cursor_execute", _count_statement)
    return made


@functools.cache
def _sessions() -> sessionmaker[Session]:
    return sessionmaker(engine(), expire_on_commit=False, autoflush=True)


_open: ContextVar[Session | None] = ContextVar("open_transaction", default=None)
_reading: ContextVar[Session | None] = ContextVar("reading_session", default=None)
_statements: ContextVar[int] = ContextVar("statements", default=0)


def session() -> Session:
    """The open transaction's session, else a read-only one of the request, task or command."""
    return _open.get() or _reading_session()


def in_transaction() -> bool:
    return _open.get() is not None


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Commits when the block ends, rolls back when it raises. Never nested: the edge opens it, the core does not.

    What was registered with `before_commit` runs when all else is written, what was with `after_commit` once the commit
    is safe.
    """
    if in_transaction():
        raise RuntimeError("A transaction is already open; only an edge opens one.")
    close_reading()
    writing = _sessions()()
    token = _open.set(writing)
    try:
        yield writing
        writing.flush()
        for run in writing.info.get("before_commit", ()):
            run()
        writing.commit()
    except BaseException:
        writing.rollback()
        raise
    finally:
        _open.reset(token)
        writing.close()
    for run in writing.info.get("after_commit", ()):
        run()


def before_commit(run: Callable[[], None]) -> None:
    """Runs `run` once as the last thing that the open transaction does: for what others wait for until it commits."""
    _wait("before_commit", run)


def after_commit(run: Callable[[], None]) -> None:
    """Runs `run` once when the open transaction has committed; never when it rolled back. It must not raise."""
    _wait("after_commit", run)


def _wait(when: str, run: Callable[[], None]) -> None:
    waiting: list[Callable[[], None]] = session().info.setdefault(when, [])
    if run not in waiting:
        waiting.append(run)


def close_reading() -> None:
    """Ends the read-only session, so that the next read sees what was committed since."""
    reading = _reading.get()
    if reading is not None:
        reading.close()
        _reading.set(None)


T = TypeVar("T", bound=Model)


def get_or_404(model: type[T], **by: Any) -> T:
    """The one row that matches; raises NotFound."""
    found = session().scalars(select(model).filter_by(**by)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def is_conflict(error: DBAPIError) -> bool:
    """Deadlock, serialization failure, lock or statement timeout: the same request may succeed when repeated."""
    return getattr(error.orig, "sqlstate", None) in {"40P01", "40001", "55P03", "57014"}


@contextlib.contextmanager
def statement_count() -> Iterator[Callable[[], int]]:
    """Counts the statements that run in this context: `with statement_count() as count: ...; count()`."""
    before = _statements.get()
    yield lambda: _statements.get() - before


def _reading_session() -> Session:
    reading = _reading.get()
    if reading is None:
        reading = _sessions()()
        reading.connection(execution_options={"postgresql_readonly": True})
        _reading.set(reading)
    return reading


def _count_statement(*_: Any) -> None:
    _statements.set(_statements.get() + 1)
