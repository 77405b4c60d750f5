"""Grants: a link in a mail that opens one thing for whoever holds it, without an account.

Only the token's hash is kept, and the token is made when the mail is sent. The link is exchanged for the session's
cookie and a clean address, so the token stays out of histories, referrers and logs.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, tokens
from app.db import IdModel, session
from app.errors import LinkNotValid
from app.settings import settings

LIFE = timedelta(days=180)


class LinkGrant(IdModel):
    __table_args__ = (Index("ix_link_grant_subject", "kind", "subject_id"),)

    token_hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def mint(kind: str, subject_id: uuid.UUID, expires_at: datetime | None = None) -> str:
    """A new link's token; a resent mail carries a new one and the earlier stays valid until it expires."""
    token = tokens.fresh()
    session().add(
        LinkGrant(
            token_hash=tokens.hashed(token),
            kind=kind,
            subject_id=subject_id,
            expires_at=expires_at or clock.now() + LIFE,
        )
    )
    session().flush()
    return token


def link(token: str, language: str) -> str:
    """The full address to put into a mail, in the reader's language."""
    return f"{settings().public_url.rstrip('/')}/{language}/link/{token}"


def opened_by(token: str) -> tuple[str, uuid.UUID]:
    """What the link opens; raises LinkNotValid for a wrong, expired or revoked one alike."""
    found = (
        session()
        .scalars(
            select(LinkGrant).where(
                LinkGrant.token_hash == tokens.hashed(token),
                LinkGrant.revoked_at.is_(None),
                LinkGrant.expires_at > clock.sql_now,
            )
        )
        .one_or_none()
    )
    if found is None:
        raise LinkNotValid()
    return found.kind, found.subject_id


def revoke(kind: str, subject_id: uuid.UUID) -> None:
    for grant in session().scalars(
        select(LinkGrant).where(LinkGrant.kind == kind, LinkGrant.subject_id == subject_id)
    ):
        grant.revoked_at = clock.now()
