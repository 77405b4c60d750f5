"""Sessions are rows: an opaque random cookie names one, and it can be listed and revoked.

Nobody gets a row by looking. The first thing a visitor does that must be remembered calls `ensure()`. The row also
keeps the cart badge, so that no page pays a query for it.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, has_request_context, request
from sqlalchemy import Boolean, ColumnElement, Index, Select, case, func, select, type_coerce, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, hanging_up, tokens
from app.characters import initials
from app.db import IdModel, in_transaction, session, transaction
from app.ids import uuid7
from app.settings import settings

VISITOR_LIFE = timedelta(days=90)
STAFF_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)


class AuthSession(IdModel):
    __table_args__ = (
        Index("ix_auth_session_visitor", "visitor_id"),
        Index("ix_auth_session_cart", "cart_id"),
        Index("ix_auth_session_staff", "staff_id"),
        Index("ix_auth_session_account", "account_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(unique=True)
    visitor_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None]
    account_id: Mapped[uuid.UUID | None]
    """The record of the address that was proved here; never together with staff."""
    proved_at: Mapped[datetime | None]
    device: Mapped[str | None]
    """The browser in a few words, for the list of one's own sign-ins."""
    staff_id: Mapped[uuid.UUID | None]
    staff_name: Mapped[str | None]
    place_id: Mapped[uuid.UUID | None]
    """Which of their places somebody on the staff looks at; None is all of them."""
    seen_at: Mapped[datetime | None]
    """When somebody on the staff last used it, to within a few minutes."""
    roles: Mapped[list[Any]] = mapped_column(default=list)
    rail: Mapped[dict[str, int]] = mapped_column(default=dict)
    """What waits on the staff's pages for whoever sits here, by endpoint; a sweep writes it."""
    cart_id: Mapped[uuid.UUID | None]
    cart_count: Mapped[int] = mapped_column(default=0)
    grants: Mapped[list[Any]] = mapped_column(default=list)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Role:
    """A staff role; recipient_id names the dealer or partner it holds for, None the whole house."""

    role: str
    recipient_id: uuid.UUID | None


@dataclass(frozen=True)
class StaffPrincipal:
    id: uuid.UUID
    name: str
    roles: tuple[Role, ...]
    place_id: uuid.UUID | None = None
    """The one of their places that they look at now; None is all of them. It narrows a list, and opens nothing."""
    rail: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What waits for them, by endpoint (app.rail)."""

    def has(self, *names: str) -> bool:
        return any(role.role in names for role in self.roles)

    @property
    def recipient_ids(self) -> tuple[uuid.UUID, ...]:
        return tuple(dict.fromkeys(role.recipient_id for role in self.roles if role.recipient_id))

    @property
    def initials(self) -> str:
        return initials(self.name)


@dataclass(frozen=True)
class SessionState:
    """Who is here. `id` and `visitor_id` are None until something was worth remembering."""

    id: uuid.UUID | None = None
    visitor_id: uuid.UUID | None = None
    customer_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    proved_at: datetime | None = None
    staff: StaffPrincipal | None = None
    cart_id: uuid.UUID | None = None
    cart_count: int = 0
    grants: frozenset[tuple[str, uuid.UUID]] = frozenset()

    def holds_grant(self, kind: str, subject_id: uuid.UUID) -> bool:
        return (kind, subject_id) in self.grants


def cookie_name() -> str:
    return "__Host-forecourt" if settings().is_https else "forecourt"


def current() -> SessionState:
    if "session_state" not in g:
        g.session_state = _load(request.cookies.get(cookie_name(), ""))
    return g.session_state  # type: ignore[no-any-return]


def staff_here() -> StaffPrincipal:
    """Whoever of the staff asks; for routes whose policy lets nobody else in."""
    principal = current().staff
    assert principal is not None, "the policy lets nobody else in"
    return principal


def ensure() -> SessionState:
    """The session's row, made now if there is none. Inside a transaction only."""
    state = current()
    if state.id is None:
        state = _make(visitor_id=uuid7())
    return state


def sign_in_staff(staff_id: uuid.UUID, name: str, roles: tuple[Role, ...], device: str = "") -> SessionState:
    """A fresh session under a fresh token: a token known before the sign-in opens nothing (session fixation)."""
    sign_out()
    return _make(
        visitor_id=uuid7(),
        staff=StaffPrincipal(staff_id, name, roles),
        life=STAFF_LIFE,
        device=device or None,
        seen_at=clock.now(),
    )


def sign_in_account(account_id: uuid.UUID, device: str = "") -> SessionState:
    """A fresh session under a fresh token, for whoever proved to be this account.

    The visit goes along, cart and all; but not a visit of staff, nor one of somebody else's account.
    """
    before = current()
    if before.staff is not None or before.account_id not in (None, account_id):
        sign_out()
        before = SessionState()
    else:
        _leave()
    return _make(
        visitor_id=before.visitor_id or uuid7(),
        account_id=account_id,
        proved_at=clock.now(),
        device=device or None,
        customer_id=before.customer_id,
        cart_id=before.cart_id,
        cart_count=before.cart_count,
        grants=_told(before.grants),
    )


def go_on_as(visitor_id: uuid.UUID, cart_id: uuid.UUID, cart_count: int) -> SessionState:
    """This browser of an account goes on with the visit that another of its browsers began; its own stays as it is.

    The caller makes sure that the visit is of the same account.
    """
    before, device = current(), device_here()
    _leave()
    return _make(
        visitor_id=visitor_id,
        account_id=before.account_id,
        proved_at=before.proved_at,
        device=device or None,
        cart_id=cart_id,
        cart_count=cart_count,
        grants=_told(before.grants),
    )


def device_here() -> str:
    """The browser in a few words, as it told when it signed in."""
    row = session().get(AuthSession, current().id)
    return (row.device or "") if row else ""


def visitors_of(account_id: uuid.UUID) -> Select[uuid.UUID]:
    """The visits in which this account was signed in, past ones too."""
    return select(AuthSession.visitor_id).where(AuthSession.account_id == account_id)


def of_account(account_id: uuid.UUID) -> list[AuthSession]:
    """Where this account is signed in now, the latest first."""
    live = select(AuthSession).where(*_live(account_id)).order_by(AuthSession.proved_at.desc())
    return list(session().scalars(live))


def end_account_sessions(
    account_id: uuid.UUID, only: uuid.UUID | None = None, but: uuid.UUID | None = None
) -> int:
    """Ends all, `only` one, or all `but` one; tells how many."""
    ended = update(AuthSession).where(*_live(account_id)).values(revoked_at=clock.now())
    if only is not None:
        ended = ended.where(AuthSession.id == only)
    if but is not None:
        ended = ended.where(AuthSession.id != but)
    visitors = session().scalars(ended.returning(AuthSession.visitor_id)).all()
    hanging_up.hang_up(visitors)
    return len(visitors)


def _live(account_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        AuthSession.account_id == account_id,
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > clock.sql_now,
    )


def sign_out() -> None:
    """Ends it, and what its pages listen to."""
    state = current()
    person_id = state.staff.id if state.staff else state.visitor_id
    _leave()
    hanging_up.hang_up([person_id] if person_id else [])


def _leave() -> None:
    state = current()
    if state.id is not None:
        _write(state, revoked_at=clock.now())
    g.session_state = SessionState()
    g.session_cookie = ""


def set_cart(cart_id: uuid.UUID | None, count: int) -> None:
    """Keeps the badge on this session's row, and on every other row that looks at the same cart."""
    state = ensure()
    if cart_id is not None:
        session().execute(update(AuthSession).where(AuthSession.cart_id == cart_id).values(cart_count=count))
    _write(state, cart_id=cart_id, cart_count=count)
    g.session_state = replace(state, cart_id=cart_id, cart_count=count)


def set_customer(customer_id: uuid.UUID) -> None:
    state = ensure()
    _write(state, customer_id=customer_id)
    g.session_state = replace(state, customer_id=customer_id)


def grant_subject(kind: str, subject_id: uuid.UUID) -> None:
    """What a link opened stays open for this session; two links opened in the same moment both do."""
    state = ensure()
    told = type_coerce(_told(frozenset({(kind, subject_id)})), AuthSession.grants.type)
    known = AuthSession.grants.op("@>", return_type=Boolean())(told)
    _write(state, grants=case((known, AuthSession.grants), else_=AuthSession.grants.op("||")(told)))
    g.session_state = replace(state, grants=state.grants | {(kind, subject_id)})


def choose_place(place_id: uuid.UUID | None) -> None:
    """Which of their places somebody on the staff looks at from now on; the caller checks that it is theirs."""
    state = current()
    if state.staff is None:
        return
    _write(state, place_id=place_id)
    g.session_state = replace(state, staff=replace(state.staff, place_id=place_id))


def of_staff(staff_id: uuid.UUID) -> list[AuthSession]:
    """Where this person is signed in now, the latest used first."""
    live = select(AuthSession).where(*_live_staff(staff_id))
    return list(
        session().scalars(live.order_by(AuthSession.seen_at.desc().nulls_last(), AuthSession.id.desc()))
    )


def count_of_staff(staff_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """How many sign-ins of each are live; who has none is left out."""
    counted = (
        select(AuthSession.staff_id, func.count())
        .where(
            AuthSession.staff_id.in_(staff_ids),
            AuthSession.revoked_at.is_(None),
            AuthSession.expires_at > clock.sql_now,
        )
        .group_by(AuthSession.staff_id)
    )
    return {staff_id: count for staff_id, count in session().execute(counted) if staff_id is not None}


def end_staff_sessions(
    staff_id: uuid.UUID, only: uuid.UUID | None = None, but: uuid.UUID | None = None
) -> int:
    """Ends all, `only` one, or all `but` one; tells how many."""
    ended = update(AuthSession).where(*_live_staff(staff_id)).values(revoked_at=clock.now())
    if only is not None:
        ended = ended.where(AuthSession.id == only)
    if but is not None:
        ended = ended.where(AuthSession.id != but)
    count = len(session().scalars(ended.returning(AuthSession.id)).all())
    hanging_up.hang_up([staff_id] if count else [])
    return count


def renew_staff(staff_id: uuid.UUID, name: str, roles: tuple[Role, ...]) -> int:
    """Tells every live sign-in of this person who they are now: the next request goes by it. Tells how many."""
    theirs = [role.recipient_id for role in roles if role.recipient_id is not None]
    place_id = case((AuthSession.place_id.in_(theirs), AuthSession.place_id)) if theirs else None
    renewed = session().execute(
        update(AuthSession)
        .where(*_live_staff(staff_id))
        .values(staff_name=name, roles=_told_roles(roles), place_id=place_id)
    )
    hanging_up.hang_up([staff_id])
    state = g.get("session_state") if has_request_context() else None
    if state is not None and state.staff is not None and state.staff.id == staff_id:
        del g.session_state
    return int(renewed.rowcount)  # type: ignore[attr-defined]


def note_use() -> None:
    """Writes down, every few minutes at most, that somebody on the staff is here. Opens its own transaction."""
    stale = g.pop("session_unseen", None)
    if stale is None or in_transaction():
        return
    with transaction():
        session().execute(
            update(AuthSession)
            .where(AuthSession.id == stale, AuthSession.revoked_at.is_(None))
            .values(seen_at=clock.now())
        )


def _live_staff(staff_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        AuthSession.staff_id == staff_id,
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > clock.sql_now,
    )


def send_cookie(response: Response) -> Response:
    token = g.pop("session_cookie", None)
    if token is None:
        return response
    if token:
        response.set_cookie(
            cookie_name(),
            token,
            max_age=int(VISITOR_LIFE.total_seconds()),
            httponly=True,
            secure=settings().is_https,
            samesite="Lax",
            path="/",
        )
    else:
        response.delete_cookie(
            cookie_name(), path="/", secure=settings().is_https, httponly=True, samesite="Lax"
        )
    return response


def _load(token: str) -> SessionState:
    if not token or len(token) > 100:
        return SessionState()
    found = (
        session()
        .scalars(
            select(AuthSession).where(
                AuthSession.token_hash == tokens.hashed(token),
                AuthSession.revoked_at.is_(None),
                AuthSession.expires_at > clock.sql_now,
            )
        )
        .one_or_none()
    )
    return _state(found) if found else SessionState()


def _state(row: AuthSession) -> SessionState:
    staff = None
    if row.staff_id is not None:
        roles = tuple(Role(role, uuid.UUID(at) if at else None) for role, at in row.roles)
        staff = StaffPrincipal(row.staff_id, row.staff_name or "", roles, row.place_id, row.rail or {})
        if row.seen_at is None or row.seen_at < clock.now() - SEEN_EVERY:
            g.session_unseen = row.id
    grants = frozenset((kind, uuid.UUID(subject)) for kind, subject in row.grants)
    return SessionState(
        row.id,
        row.visitor_id,
        row.customer_id,
        row.account_id,
        row.proved_at,
        staff,
        row.cart_id,
        row.cart_count,
        grants,
    )


def _told(grants: frozenset[tuple[str, uuid.UUID]]) -> list[list[str]]:
    return [[kind, str(subject)] for kind, subject in sorted(grants, key=str)]


def _told_roles(roles: tuple[Role, ...]) -> list[list[str | None]]:
    return [[role.role, str(role.recipient_id) if role.recipient_id else None] for role in roles]


def _make(
    visitor_id: uuid.UUID, staff: StaffPrincipal | None = None, life: timedelta = VISITOR_LIFE, **more: Any
) -> SessionState:
    if not in_transaction():
        raise RuntimeError("A session is made in the transaction of what it remembers.")
    token = secrets.token_urlsafe(32)
    row = AuthSession(
        token_hash=tokens.hashed(token),
        visitor_id=visitor_id,
        staff_id=staff.id if staff else None,
        staff_name=staff.name if staff else None,
        roles=_told_roles(staff.roles) if staff else [],
        expires_at=clock.now() + life,
        **more,
    )
    session().add(row)
    session().flush()
    g.session_cookie = token
    g.session_state = _state(row)
    return g.session_state  # type: ignore[no-any-return]


def _write(state: SessionState, **values: Any) -> None:
    session().execute(update(AuthSession).where(AuthSession.id == state.id).values(**values))
