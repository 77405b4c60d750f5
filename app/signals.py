"""What visitors met: steps reached, fields refused, cards declined, searches without a find. By name, never by value.

A signal is one row, and only of somebody who has a session already: looking at a page leaves none. Staff and known
robots leave none either. How many came in a day is counted in the broker from a hash with a salt that is thrown away,
and folded into `visit_day`; no id of anybody is kept with it. Signals are dropped after 90 days.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from flask import Response, g, has_request_context, request
from sqlalchemy import BigInteger, CheckConstraint, Index, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app import broker, clock, i18n, locality, sessions
from app.db import Model, in_transaction, session, transaction
from app.errors import InvalidInput, Refusal
from app.ids import uuid7

KINDS = (
    "configure",
    "cart",
    "checkout",
    "step",
    "refused",
    "declined",
    "empty_search",
    "back_and_forth",
    "stalled",
    "offered",
    "offer_taken",
    "offer_dismissed",
)
DEVICES = ("phone", "desktop")
NOT_THE_SHOP = ("/staff/", "/mailbox", "/styleguide")
"""Looking at these is no visit: whoever works here comes in by the first, and the others are the demo's own."""
KEPT_FOR = timedelta(days=90)
SALT_KEPT_S = 2 * 86_400
MOST_REMEMBERED = 20_000
PURGED_AT_ONCE = 20_000
UNKNOWN_FIELD = "unknown_field"

_ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|monitor|scan|curl/|wget/|python-|go-http|java/|libwww", re.I
)
_PHONE = re.compile(r"mobi|android|iphone|ipod", re.I)
_DETAIL = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")
_CONFIGURE = re.compile(r"^/models/[a-z0-9-]+/configure$")

log = structlog.get_logger()


class Signal(Model):
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_signal_at", "at"),
        Index("ix_signal_visitor", "visitor_id", "at"),
        Index("ix_signal_kind", "kind", "at"),
        Index(
            "uq_signal_configure",
            "visitor_id",
            "detail",
            unique=True,
            postgresql_where="kind = 'configure'",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    kind: Mapped[str]
    step: Mapped[str]
    detail: Mapped[str | None]
    """A field's name or the code of a reason; what was typed is nowhere."""
    visitor_id: Mapped[uuid.UUID]
    cart_id: Mapped[uuid.UUID | None]
    market_key: Mapped[str]
    device: Mapped[str | None]
    """phone or desktop; None for what reached us without the visitor's browser."""
    value_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    language: Mapped[str]


class VisitDay(Model):
    """How many different visitors came on a day of the market's own calendar, and how many built a car.

    Once a language: who reads in two on one day counts in both.
    """

    on: Mapped[date] = mapped_column(primary_key=True)
    market_key: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    visits: Mapped[int] = mapped_column(server_default="0", default=0)
    configured: Mapped[int] = mapped_column(server_default="0", default=0)


def note(
    kind: str,
    step: str,
    *,
    detail: str | None = None,
    cart_id: uuid.UUID | None = None,
    value_minor: int | None = None,
    currency: str | None = None,
) -> None:
    """Of whoever asks now: with the open transaction, else in a small one of its own once the answer is made."""
    state = _visitor()
    if state is None:
        return
    row = _row(state, kind, step, _code(detail))
    row |= {"cart_id": cart_id or state.cart_id, "value_minor": value_minor, "currency": currency}
    if in_transaction():
        _write([row])
    else:
        _waiting().append(row)


def note_of(
    visitor_id: uuid.UUID, market_key: str, language: str, kind: str, step: str, at: datetime, **facts: Any
) -> None:
    """Of somebody who is not the one asking: what a bank or a sweep has told. In the open transaction."""
    facts["detail"] = _code(facts.get("detail"))
    row = {"id": uuid7(), "at": at, "kind": kind, "step": step, "visitor_id": visitor_id}
    _write([row | {"market_key": market_key, "language": language} | facts])


def note_many(rows: list[dict[str, Any]]) -> None:
    """Whole rows, as a sweep has found them. In the open transaction."""
    if rows:
        _write([{"id": uuid7()} | row for row in rows])


def refused(fields: Iterable[str]) -> None:
    """A form was refused: which fields, once each. The transaction it failed in may be undone; this is kept."""
    if not has_request_context() or request.method not in ("POST", "PUT", "PATCH"):
        return
    state, step = _visitor(), step_here()
    if state is None:
        return
    known = {(row["step"], row["detail"]) for row in _waiting() if row["kind"] == "refused"}
    for name in dict.fromkeys(_code(field) or UNKNOWN_FIELD for field in fields):
        if (step, name) not in known:
            _waiting().append(_row(state, "refused", step, name))


def rendered(refusal: Refusal) -> None:
    """A refusal is shown: by its fields where it names some, else by its own name."""
    if refusal.status not in (409, 422) or not has_request_context():
        return
    if any(row["kind"] == "refused" for row in _waiting()):
        return
    if isinstance(refusal, InvalidInput):
        refused(refusal.errors)
    else:
        refused((refusal.field or refusal.code,))


def step_here() -> str:
    """The step by the page's address: contact, handover, review or pay, configure, else the page's first word."""
    if _CONFIGURE.match(request.path):
        return "configure"
    words = [word for word in request.path.split("/") if word]
    if not words:
        return "home"
    if words[0] == "checkout" and len(words) > 1:
        return "pay" if words[1] in ("payments", "return", "cancelled") else words[1]
    return words[0]


def device_here() -> str:
    told = request.headers.get("Sec-CH-UA-Mobile")
    if told in ("?0", "?1"):
        return "phone" if told == "?1" else "desktop"
    return "phone" if _PHONE.search(request.headers.get("User-Agent", "")) else "desktop"


def is_robot() -> bool:
    return bool(_ROBOT.search(request.headers.get("User-Agent", "")))


def after_response(response: Response) -> None:
    """Counts the visit and writes what waits, at most one insert; the answer stands whatever becomes of either."""
    if not has_request_context() or ("session_state" in g and g.session_state.staff is not None):
        return
    is_page = request.method == "GET" and response.status_code == 200 and response.mimetype == "text/html"
    if is_page and "HX-Request" not in request.headers and not request.path.startswith(NOT_THE_SHOP):
        _count("visits")
    rows = g.pop("signals_waiting", None)
    if not rows:
        return
    try:
        with transaction():
            _write(rows)
    except SQLAlchemyError as failed:  # what visitors met is worth no visitor's answer
        log.warning("signals.not_written", error=repr(failed))


def count_configured() -> None:
    """Somebody builds a car; counted by day like a visit, session or not."""
    if has_request_context() and _visitor_or_nobody():
        _count("configured")


def purge(at: datetime) -> int:
    """What is older than 90 days. In the open transaction, a bounded number at once."""
    old = Signal.__table__.select().with_only_columns(Signal.id).where(Signal.at < at - KEPT_FOR)
    gone = session().execute(delete(Signal).where(Signal.id.in_(old.limit(PURGED_AT_ONCE))))
    return cast(int, getattr(gone, "rowcount", 0))


def fold(at: datetime) -> int:
    """Brings the counts of today and yesterday from the broker into `visit_day`; forgotten ones take nothing back."""
    counted: dict[tuple[date, str, str, str], dict[str, int]] = {}
    try:
        for day in (at.date() - timedelta(days=1), at.date(), at.date() + timedelta(days=1)):
            for key in cast("set[bytes]", broker.client().smembers(_keys(day))):
                what, market_key, device, language = _told(key.decode())
                row = counted.setdefault((day, market_key, device, language), {"visits": 0, "configured": 0})
                row[what] = broker.client().pfcount(key)
    except Exception as away:  # any fault of the broker's: the next fold brings it
        log.warning("signals.broker_away", error=repr(away))
        return 0
    if not counted:
        return 0
    fresh = insert(VisitDay).values(
        [
            {"on": day, "market_key": market, "device": device, "language": language, **row}
            for (day, market, device, language), row in counted.items()
        ]
    )
    with transaction():
        session().execute(
            fresh.on_conflict_do_update(
                index_elements=["on", "market_key", "device", "language"],
                set_={
                    name: func.greatest(getattr(VisitDay, name), fresh.excluded[name])
                    for name in ("visits", "configured")
                },
            )
        )
    return len(counted)


def _visitor() -> sessions.SessionState | None:
    """Whoever asks, if they have a session and are neither staff nor a robot."""
    if not has_request_context() or not _visitor_or_nobody():
        return None
    state = sessions.current()
    return state if state.id is not None else None


def _visitor_or_nobody() -> bool:
    return not is_robot() and sessions.current().staff is None


def _row(state: sessions.SessionState, kind: str, step: str, detail: str | None) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "at": clock.now(),
        "kind": kind,
        "step": step,
        "detail": detail,
        "visitor_id": state.visitor_id,
        "cart_id": state.cart_id,
        "market_key": locality.here().market_key,
        "device": device_here(),
        "value_minor": None,
        "currency": None,
        "language": i18n.language(),
    }


def _waiting() -> list[dict[str, Any]]:
    if "signals_waiting" not in g:
        g.signals_waiting = []
    return cast("list[dict[str, Any]]", g.signals_waiting)


def _code(detail: str | None) -> str | None:
    """Names of fields and reasons only: anything that could be somebody's own words is not kept."""
    return detail if detail is None or _DETAIL.match(detail) else UNKNOWN_FIELD


def _write(rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
    session().execute(insert(Signal).on_conflict_do_nothing(), rows)


_line = broker.Line("signals")
_remembered: set[tuple[str, date, bytes]] = set()


def _count(what: str) -> None:
    """Once per process, day and visitor the broker is told; it knows who is the same across processes."""
    if is_robot() or ("session_state" in g and g.session_state.staff is not None):
        return
    here = locality.here()
    today = clock.now().astimezone(ZoneInfo(here.time_zone)).date()
    who = f"{request.remote_addr}|{request.headers.get('User-Agent', '')}".encode()
    quick = (
        f"{what}:{i18n.language()}",
        today,
        hashlib.blake2b(who, key=_process_key, digest_size=12).digest(),
    )
    if quick in _remembered:
        return
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    key = f"visits:{what}:{here.market_key}:{device_here()}:{i18n.language()}:{today.isoformat()}"

    def send() -> None:
        told = hashlib.blake2b(who, key=_salt(today), digest_size=12).digest()
        pipe = broker.client().pipeline(transaction=False)
        pipe.pfadd(key, told)
        pipe.sadd(_keys(today), key)
        pipe.expire(key, 2 * SALT_KEPT_S)
        pipe.expire(_keys(today), 2 * SALT_KEPT_S)
        pipe.execute()
        _remembered.add(quick)

    _line.tell(send)


def _told(key: str) -> tuple[str, str, str, str]:
    """What, market, device and language; the last was not told before it was asked for."""
    _, what, market_key, device, *language, _ = key.split(":")
    return what, market_key, device, language[0] if language else ""


_process_key = secrets.token_bytes(32)
_salts: dict[date, bytes] = {}


def _salt(day: date) -> bytes:
    """Random, the same for every process, gone two days later: nobody can say afterwards who came."""
    if day not in _salts:
        name = f"visits:salt:{day.isoformat()}"
        broker.client().set(name, secrets.token_bytes(32), nx=True, ex=SALT_KEPT_S)
        _salts.clear()
        _salts[day] = cast(bytes, broker.client().get(name))
    return _salts[day]


def _keys(day: date) -> str:
    return f"visits:keys:{day.isoformat()}"
