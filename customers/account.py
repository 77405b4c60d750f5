"""An account: the record of an address that somebody proved to read. Nobody needs one to buy.

What was told under the address before, by whichever visitor, points at it once the address is proved; a typed address
alone opens nothing. What happens afterwards under a typed address waits for the next proof.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from app import clock, ids, sessions
from app.db import session
from app.events import SYSTEM, Actor, record
from customers import consents
from customers.address import AddressChange, AddressLinkNotValid, AddressTaken, OtherAccount
from customers.consent_texts import MARKETING
from customers.events import AccountClosed, AccountProved, AccountSignedIn, AddressChanged
from customers.models import Customer, normalised_email
from customers.passkeys import Passkey
from customers.proof import SignInRequest


def prove(email: str, language: str, market_key: str, visitor_id: uuid.UUID | None, at: datetime) -> Customer:
    """The account of an address that was just proved, made now if there is none, with all that belongs to it."""
    address = normalised_email(email)
    known = _told_here(visitor_id, address)
    fresh = insert(Customer).values(
        id=ids.uuid7(),
        public_id=ids.public_id(),
        market_key=market_key,
        name=known.name if known else "",
        email=address,
        phone_e164=known.phone_e164 if known else None,
        language=language,
        verified_at=at,
    )
    kept = fresh.on_conflict_do_update(
        index_elements=[Customer.email],
        index_where=Customer.verified_at.is_not(None),
        set_={"updated_at": clock.sql_now},
    )
    account = session().scalars(kept.returning(Customer), execution_options={"populate_existing": True}).one()
    linked = _link(account.id, address, visitor_id)
    account.account_id = account.id
    session().flush()
    record(AccountProved(customer_id=account.id, linked=linked), _as(account.id), at)
    return account


def sign_in(account_id: uuid.UUID, method: str, device: str) -> None:
    """Gives this browser a fresh session of the account. method is link or passkey."""
    state = sessions.sign_in_account(account_id, device)
    record(
        AccountSignedIn(customer_id=account_id, visitor_id=state.visitor_id, method=method), _as(account_id)
    )


def find(account_id: uuid.UUID | None) -> Customer | None:
    return session().get(Customer, account_id) if account_id is not None else None


def records_of(visitor_id: uuid.UUID | None, account_id: uuid.UUID | None) -> Select[uuid.UUID]:
    """The records that a visitor may see as their own: of this visit, and of the account signed in."""
    return select(Customer.id).where(or_(*_own(visitor_id, account_id)))


def close(account_id: uuid.UUID, at: datetime) -> None:
    """Ends the account. What orders need stays with the orders; the rest goes now, or as soon as the event is heard."""
    account = session().get_one(Customer, account_id, with_for_update=True)
    actor = _as(account_id)
    records = session().scalars(
        select(Customer.id).where(Customer.account_id == account_id, Customer.id != account_id)
    )
    guests = tuple(records)
    for customer_id in (account_id, *guests):
        consents.withdraw(customer_id, MARKETING, None, language=account.language, actor=actor)
    Passkey.remove_all(account_id)
    SignInRequest.forget(account.email)
    AddressChange.forget(account_id)
    account.verified_at = None
    session().flush()
    forget((account_id,), at)
    sessions.end_account_sessions(account_id)
    record(AccountClosed(customer_id=account_id, record_ids=guests), actor, at)


def change_address(account_id: uuid.UUID, token: str, session_id: uuid.UUID | None, at: datetime) -> None:
    """The account answers to the proved address from now on, and mail about what it bought goes there too.

    This sign-in goes on, every other ends. Raises AddressLinkNotValid, OtherAccount, AddressTaken; then nothing
    has moved.
    """
    mine = session().get(Customer, account_id, with_for_update=True)
    wish = AddressChange.redeem(token, at)
    if wish.account_id != account_id:
        raise OtherAccount()
    if mine is None or mine.verified_at is None or mine.email != wish.old_email:
        raise AddressLinkNotValid()
    try:
        with session().begin_nested():
            session().execute(
                update(Customer)
                .where(Customer.account_id == mine.id, Customer.email == wish.old_email)
                .values(email=wish.email, updated_at=at)
            )
    except IntegrityError as taken:
        raise AddressTaken() from taken
    session().refresh(mine)
    _link(mine.id, wish.email, None)
    SignInRequest.forget(wish.old_email)
    ended = sessions.end_account_sessions(mine.id, but=session_id)
    told = AddressChanged(customer_id=mine.id, change_id=wish.id, sessions_ended=ended)
    record(told, _as(mine.id), at)


def take_leave(customer_id: uuid.UUID, at: datetime) -> None:
    """Takes back what this record agreed to, so that whoever had the contact hears of it, and forgets who it was."""
    for state in consents.state(customer_id):
        consents.withdraw(
            customer_id,
            state.purpose,
            state.recipient.id if state.recipient else None,
            language="en",
            actor=SYSTEM,
        )
    forget((customer_id,), at)


def forget(customer_ids: tuple[uuid.UUID, ...], at: datetime) -> None:
    """Takes out of these records what names a person; the rows stay for what points at them."""
    blank: dict[str, Any] = {"name": "", "email": None, "phone_e164": None, "visitor_id": None}
    session().execute(update(Customer).where(Customer.id.in_(customer_ids)).values(**blank, updated_at=at))


def _told_here(visitor_id: uuid.UUID | None, address: str | None) -> Customer | None:
    """What this very visitor told under the address; what others typed under it names nobody."""
    if visitor_id is None:
        return None
    told = select(Customer).where(Customer.visitor_id == visitor_id, Customer.email == address)
    return session().scalars(told.order_by(Customer.created_at.desc()).limit(1)).one_or_none()


def _link(account_id: uuid.UUID, address: str | None, visitor_id: uuid.UUID | None) -> int:
    """Every guest record with the address, and this visitor's own if it names no other address."""
    closed = aliased(Customer)
    here = (Customer.visitor_id == visitor_id) & Customer.email.is_(None)
    linked = session().execute(
        update(Customer)
        .where(
            or_(
                Customer.account_id.is_(None),
                Customer.account_id.in_(select(closed.id).where(closed.verified_at.is_(None))),
            ),
            Customer.verified_at.is_(None),
            or_(Customer.email == address, here) if visitor_id is not None else Customer.email == address,
        )
        .values(account_id=account_id)
        .execution_options(synchronize_session=False)
    )
    return int(linked.rowcount)  # type: ignore[attr-defined]


def _own(visitor_id: uuid.UUID | None, account_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    own = []
    if visitor_id is not None:
        own.append(Customer.visitor_id == visitor_id)
    if account_id is not None:
        own.append(Customer.account_id == account_id)
    return own or [func.false()]


def _as(account_id: uuid.UUID) -> Actor:
    return Actor("customer", str(account_id))
