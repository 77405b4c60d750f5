"""Facts. `record(event)` adds a row in the open transaction: the fact commits with its cause, or not at all.

The `event` table is the audit trail, the customer's timeline and the source of everything that happens later. With the
row go its `event_handling` rows, one per listener: so a listener added tomorrow starts with tomorrow's events, an event
that nobody listens to costs the relay nothing, and one row that cannot be handled blocks no other.
"""

import dataclasses
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar, get_type_hints

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import IdModel, Model, after_commit, in_transaction, session
from app.ids import uuid7


@dataclass(frozen=True)
class Actor:
    """Who did it: kind is visitor, customer, staff, partner, provider or system."""

    kind: str
    id: str | None = None
    on_behalf_of: str | None = None


SYSTEM = Actor("system")

_acting: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def actor_now() -> Actor:
    return _acting.get()


def act_as(actor: Actor, request_id: str | None = None) -> None:
    _acting.set(actor)
    _request_id.set(request_id)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense: ids, amounts, states and dates; never a name, an address or what somebody wrote.

    `type` is `<context>.<fact>`, `subject_field` names the field with the id of what it is about. Fields called
    customer_id and visitor_id also become columns, for the customer's timeline.
    """

    type: ClassVar[str]
    subject_field: ClassVar[str] = ""
    audited_as: ClassVar[str] = ""
    """Stands on the page that shows who did what, as one of sign_in, people, contact, refused or settings."""

    def sentence(self) -> str:
        """The line a timeline shows for this fact, in the reader's language."""
        raise NotImplementedError(type(self).__name__)


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Recorded(Generic[E]):
    """An event as it stands in the table."""

    id: uuid.UUID
    at: datetime
    actor: Actor
    event: E


class EventRow(IdModel):
    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_customer", "customer_id", "at"),
        Index("ix_event_visitor", "visitor_id", "at"),
        Index("ix_event_subject", "subject_id", "at"),
        Index("ix_event_type", "type", "at"),
        Index("ix_event_staff", "actor_id", "at", postgresql_where="actor_kind = 'staff'"),
    )

    type: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    request_id: Mapped[str | None]
    subject_id: Mapped[uuid.UUID | None]
    customer_id: Mapped[uuid.UUID | None]
    visitor_id: Mapped[uuid.UUID | None]
    payload: Mapped[dict[str, Any]]


class EventHandling(Model):
    """One listener's work on one event. pending -> done, or -> parked after too many tries, to be looked at."""

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'parked')", name="state"),
        Index("ix_event_handling_due", "listener", "next_at", postgresql_where="state = 'pending'"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    listener: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]


Listener = Callable[[Sequence[Recorded[Any]]], None]


@dataclass(frozen=True)
class Registry:
    """Who hears what; filled once, when the house is put together."""

    types: Mapping[str, type[Event]]
    listeners: Mapping[str, Mapping[str, Listener]]
    """By event type: listener name -> function."""
    joined: Mapping[str, tuple[Listener, ...]]
    after_record: Callable[[], None] = lambda: None


_registry = Registry(types={}, listeners={}, joined={})


def install(registry: Registry) -> None:
    global _registry
    _registry = registry


def registry() -> Registry:
    return _registry


def listener_name(listener: Listener) -> str:
    return f"{listener.__module__}.{listener.__name__}"


def record(event: Event, actor: Actor | None = None, at: datetime | None = None) -> None:
    record_many((event,), actor, at)


def record_many(events: Sequence[Event], actor: Actor | None = None, at: datetime | None = None) -> None:
    """Adds the events and runs their joined listeners, all in the open transaction."""
    if not events:
        return
    if not in_transaction():
        raise RuntimeError("A fact is recorded in the transaction of its cause.")
    actor, at = actor or actor_now(), at or clock.now()
    recorded = [Recorded(uuid7(), at, actor, event) for event in events]
    session().execute(insert(EventRow), [_row(fact) for fact in recorded])
    handlings = [
        {"event_id": fact.id, "listener": name, "next_at": at}
        for fact in recorded
        for name in _registry.listeners.get(fact.event.type, ())
    ]
    if handlings:
        session().execute(insert(EventHandling), handlings)
        after_commit(_registry.after_record)
    for event_type in dict.fromkeys(fact.event.type for fact in recorded):
        batch = [fact for fact in recorded if fact.event.type == event_type]
        for joined in _registry.joined.get(event_type, ()):
            joined(batch)


def revive(row: EventRow) -> Recorded[Any]:
    """The event as its class again; fields added since take their defaults, fields since dropped are left out."""
    event_class = _registry.types[row.type]
    hints = get_type_hints(event_class)
    known = {field.name for field in dataclasses.fields(event_class)}
    values = {name: _from_json(hints[name], value) for name, value in row.payload.items() if name in known}
    actor = Actor(row.actor_kind, row.actor_id, row.on_behalf_of)
    return Recorded(row.id, row.at, actor, event_class(**values))


def _row(fact: Recorded[Any]) -> dict[str, Any]:
    event = fact.event
    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    return {
        "id": fact.id,
        "type": event.type,
        "at": fact.at,
        "actor_kind": fact.actor.kind,
        "actor_id": fact.actor.id,
        "on_behalf_of": fact.actor.on_behalf_of,
        "request_id": _request_id.get(),
        "subject_id": values.get(event.subject_field),
        "customer_id": values.get("customer_id"),
        "visitor_id": values.get("visitor_id"),
        "payload": {name: _to_json(value) for name, value in values.items()},
    }


def _to_json(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_to_json(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _to_json(part) for key, part in value.items()}
    return value


def _from_json(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    told = str(hint)
    if "UUID" in told and isinstance(value, str):
        return uuid.UUID(value)
    if "datetime.datetime" in told and isinstance(value, str):
        return datetime.fromisoformat(value)
    if "datetime.date" in told and isinstance(value, str):
        return date.fromisoformat(value)
    if "tuple" in told and isinstance(value, list):
        parts = [uuid.UUID(part) for part in value] if "UUID" in told else value
        return tuple(parts)
    return value
