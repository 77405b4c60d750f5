"""Another address for an account: asked for where one is signed in, effective when the new address was proved.

It takes both: the link that was sent there, and a sign-in of the account. That one goes on, every other ends, and the
earlier address is told. The address stands here until a month after, so that the notice finds it, and in no event.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, deliveries, ids
from app.db import session
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import N_
from app.settings import settings
from customers.events import AddressChangeWanted
from customers.mailed_links import MailedLink

KIND = "customers.new_address"
LIFE = timedelta(hours=1)
"""From the moment the mail is sent."""
WAITS = timedelta(hours=2)
KEPT = timedelta(days=30)


class AddressLinkNotValid(Refusal):
    status = 404
    says = N_("This link has been used, is older than an hour, or was cut short on its way.")
    remedy_label = N_("To your account")


class OtherAccount(Refusal):
    status = 403
    says = N_("This link is for another account than the one that is signed in here. Nothing has changed.")
    remedy_label = N_("To your account")


class AddressTaken(Refusal):
    says = N_(
        "This address has an account of its own, so yours keeps the address it has. Sign in with this address instead."
    )
    remedy_label = N_("To your account")


class SameAddress(Refusal):
    status = 422
    says = N_("This is your address already.")
    field = "email"


class AddressChange(MailedLink):
    """A link alone changes nothing: it may have gone to a stranger, by a slip of the pen."""

    life, not_valid = LIFE, AddressLinkNotValid
    __table_args__ = (
        Index("ix_address_change_account", "account_id"),
        Index("ix_address_change_expires", "expires_at"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    old_email: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    ended_at: Mapped[datetime | None]
    """Taken back, or replaced by a later wish."""

    @classmethod
    def forget(cls, account_id: uuid.UUID) -> None:
        session().execute(delete(cls).where(cls.account_id == account_id))

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.ended_at is None

    @classmethod
    def _waiting(cls) -> tuple[Any, ...]:
        return (*super()._waiting(), cls.ended_at.is_(None))


def waiting_of(account_id: uuid.UUID) -> AddressChange | None:
    """What was asked for and can still be proved."""
    wanted = select(AddressChange).where(
        AddressChange.account_id == account_id,
        *AddressChange._waiting(),
        AddressChange.expires_at > clock.sql_now,
    )
    return session().scalars(wanted.order_by(AddressChange.created_at.desc()).limit(1)).one_or_none()


def ask(
    account_id: uuid.UUID,
    old_email: str,
    email: str,
    language: str,
    at: datetime,
) -> AddressChange:
    """Puts the mail on its way, whoever else has that address: the answer tells nobody. Raises SameAddress."""
    if email == old_email:
        raise SameAddress()
    take_back(account_id, at)
    wish = AddressChange(
        id=ids.uuid7(),
        account_id=account_id,
        old_email=old_email,
        email=email,
        language=language,
        expires_at=at + WAITS,
    )
    session().add(wish)
    session().flush()
    deliveries.queue(
        KIND,
        recipient_key=f"address:{wish.id}",
        subject_id=wish.id,
        payload={"change_id": str(wish.id)},
        key=f"{KIND}:{wish.id}",
    )
    record(AddressChangeWanted(customer_id=account_id, change_id=wish.id), _as(account_id), at)
    return wish


def take_back(account_id: uuid.UUID, at: datetime) -> None:
    session().execute(
        update(AddressChange)
        .where(AddressChange.account_id == account_id, *AddressChange._waiting())
        .values(ended_at=at)
    )


def purge(at: datetime) -> int:
    gone = session().execute(delete(AddressChange).where(AddressChange.expires_at < at - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def link(token: str, language: str) -> str:
    return f"{settings().public_url.rstrip('/')}/{language}/account/address/link/{token}"


def _as(account_id: uuid.UUID) -> Actor:
    return Actor("customer", str(account_id))
