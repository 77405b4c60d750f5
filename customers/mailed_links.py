"""Links that are mailed to prove an address: made when the mail is sent, kept as a hash, used up once."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, tokens
from app.db import IdModel, session
from app.errors import Refusal


class MailedLink(IdModel):
    """`life` counts from the moment the mail is sent; `not_valid` is raised for a wrong, expired or used one alike."""

    __abstract__ = True

    life: ClassVar[timedelta]
    not_valid: ClassVar[type[Refusal]]

    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @classmethod
    def opened_by(cls, token: str) -> Self:
        """Looks only. Raises `not_valid`."""
        found = session().scalars(select(cls).where(*cls._good(token))).one_or_none()
        if found is None:
            raise cls.not_valid()
        return found

    @classmethod
    def redeem(cls, token: str, at: datetime) -> Self:
        """Uses the link up. Raises `not_valid`."""
        used = session().scalars(
            update(cls)
            .where(*cls._good(token))
            .values(used_at=at)
            .returning(cls)
            .execution_options(populate_existing=True)
        )
        found = used.one_or_none()
        if found is None:
            raise cls.not_valid()
        return found

    def mint(self, at: datetime) -> str:
        """The token for the mail that is being sent; one of an earlier try opens nothing any more."""
        token = tokens.fresh()
        self.token_hash, self.expires_at = tokens.hashed(token), at + self.life
        session().flush()
        return token

    @classmethod
    def _good(cls, token: str) -> tuple[Any, ...]:
        return (cls.token_hash == tokens.hashed(token), *cls._waiting(), cls.expires_at > clock.sql_now)

    @classmethod
    def _waiting(cls) -> tuple[Any, ...]:
        return (cls.used_at.is_(None),)
