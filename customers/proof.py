"""Proving an address: a link by mail, good for one sign-in and for fifteen minutes.

The token is made when the mail is sent and kept as a hash; every address gets a mail, known or not, so that neither the
answer nor its time tells who has an account.
"""

import uuid
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ForeignKey, Index, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from app import deliveries, ids
from app.db import session
from app.errors import Refusal
from app.i18n import N_
from app.settings import settings
from customers.mailed_links import MailedLink

LIFE = timedelta(minutes=15)
"""From the moment the mail is sent."""
WAITS = timedelta(hours=1)
"""A mail that could not be sent for so long is not sent any more: whoever asked has gone."""
KEPT = timedelta(days=1)


class SignInLinkNotValid(Refusal):
    status = 404
    says = N_("This link has been used, is older than 15 minutes, or was cut short on its way.")
    remedy_label = N_("Get a new link")


class SignInRequest(MailedLink):
    """Somebody asked for a link. The address stands here until a day later, and nowhere else."""

    life, not_valid = LIFE, SignInLinkNotValid

    __table_args__ = (
        Index("ix_sign_in_request_email", "email"),
        Index("ix_sign_in_request_expires", "expires_at"),
    )

    email: Mapped[str]
    language: Mapped[str]
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    next_path: Mapped[str | None]

    @classmethod
    def ask(
        cls, email: str, language: str, market_key: str, next_path: str | None, at: datetime
    ) -> "SignInRequest":
        """Writes the wish down and puts the mail on its way."""
        asked = cls(
            id=ids.uuid7(),
            email=email,
            language=language,
            market_key=market_key,
            next_path=next_path,
            expires_at=at + WAITS,
        )
        session().add(asked)
        session().flush()
        deliveries.queue(
            "customers.sign_in",
            recipient_key=f"sign-in:{asked.id}",
            subject_id=asked.id,
            payload={"request_id": str(asked.id)},
            key=f"customers.sign_in:{asked.id}",
        )
        return asked

    @classmethod
    def redeem(cls, token: str, at: datetime) -> Self:
        """Uses the link up, and every other that waits for the same address. Raises SignInLinkNotValid."""
        used = super().redeem(token, at)
        session().execute(
            update(cls).where(cls.email == used.email, cls.used_at.is_(None)).values(used_at=at)
        )
        return used

    @classmethod
    def forget(cls, email: str | None) -> None:
        session().execute(delete(cls).where(cls.email == email))


def link(token: str, language: str) -> str:
    """The full address to put into the mail, in the reader's language."""
    return f"{settings().public_url.rstrip('/')}/{language}/account/link/{token}"


def purge(at: datetime) -> int:
    """Forgets what was asked a day ago; tells how many."""
    gone = session().execute(delete(SignInRequest).where(SignInRequest.expires_at < at - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def request_of(delivery_subject: uuid.UUID | None) -> SignInRequest | None:
    """None when the address has been forgotten meanwhile."""
    return session().get(SignInRequest, delivery_subject)
