"""Invitations to the staff: a link by mail, made when the mail is sent, good for one acceptance and for seven days."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, deliveries, ids, tokens
from app.db import IdModel, session
from app.errors import NotFound, Refusal
from app.events import Actor, record
from app.i18n import N_
from app.sessions import Role
from app.settings import settings
from partners.staff_events import InvitationSentAgain, InvitationWithdrawn, StaffInvited

LIFE = timedelta(days=7)
"""From the moment the mail is sent."""
KEPT = timedelta(days=30)
"""After it ended one way or another; the address goes with it."""
KIND = "partners.invitation"


class InvitationNotValid(Refusal):
    status = 404
    says = N_("This invitation has been used, withdrawn, is older than 7 days, or was cut short on its way.")


class AlreadyInvited(Refusal):
    status = 422
    says = N_("This address has an open invitation. Send that one again, or withdraw it first.")
    field = "email"


class StaffInvitation(IdModel):
    """The address stands here until somebody accepts, and for a month after it ended."""

    __table_args__ = (
        Index(
            "uq_staff_invitation_open_email",
            "email",
            unique=True,
            postgresql_where="accepted_at IS NULL AND withdrawn_at IS NULL",
        ),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    email: Mapped[str]
    language: Mapped[str]
    roles: Mapped[list[Any]]
    """Pairs of a role and a recipient's id or null, as in a session."""
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    sends: Mapped[int] = mapped_column(server_default="1")
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @classmethod
    def invite(
        cls,
        email: str,
        language: str,
        roles: Iterable[Role],
        invited_by: uuid.UUID,
        actor: Actor,
        at: datetime,
    ) -> "StaffInvitation":
        """Writes the invitation down and puts its mail on the way. Raises AlreadyInvited."""
        roles = tuple(roles)
        fresh = insert(cls).values(
            id=ids.uuid7(),
            public_id=ids.public_id(),
            email=email,
            language=language,
            roles=[[role.role, str(role.recipient_id) if role.recipient_id else None] for role in roles],
            invited_by=invited_by,
            sends=1,
            expires_at=at + LIFE,
        )
        made = session().scalars(fresh.on_conflict_do_nothing().returning(cls)).one_or_none()
        if made is None:
            raise AlreadyInvited()
        made._send()
        record(StaffInvited(invitation_id=made.id, roles=[role.role for role in roles]), actor, at)
        return made

    @classmethod
    def open_ones(cls, most: int = 200) -> Sequence["StaffInvitation"]:
        return (
            session()
            .scalars(
                select(cls).where(*cls._open()).order_by(cls.created_at.desc(), cls.id.desc()).limit(most)
            )
            .all()
        )

    @classmethod
    def open_of(cls, invited_by: uuid.UUID) -> Sequence["StaffInvitation"]:
        """Those that this person sent out, locked."""
        wanted = select(cls).where(*cls._open(), cls.invited_by == invited_by).order_by(cls.id)
        return session().scalars(wanted.with_for_update()).all()

    @classmethod
    def locked(cls, public_id: str) -> "StaffInvitation":
        """An open one, for changing it. Raises NotFound."""
        wanted = select(cls).where(cls.public_id == public_id, *cls._open()).with_for_update()
        found = session().scalars(wanted).one_or_none()
        if found is None:
            raise NotFound()
        return found

    @classmethod
    def opened_by(cls, token: str) -> "StaffInvitation":
        """Looks only. Raises InvitationNotValid for a wrong, used, withdrawn or expired one alike."""
        found = session().scalars(select(cls).where(*cls._good(token))).one_or_none()
        if found is None:
            raise InvitationNotValid()
        return found

    @classmethod
    def redeem(cls, token: str, at: datetime) -> "StaffInvitation":
        """Uses it up. Raises InvitationNotValid."""
        used = session().scalars(
            update(cls).where(*cls._good(token)).values(accepted_at=at, token_hash=None).returning(cls)
        )
        found = used.one_or_none()
        if found is None:
            raise InvitationNotValid()
        return found

    @property
    def roles_told(self) -> tuple[Role, ...]:
        return tuple(Role(role, uuid.UUID(place) if place else None) for role, place in self.roles)

    def is_over(self, at: datetime) -> bool:
        return self.expires_at <= at

    def send_again(self, actor: Actor, at: datetime) -> None:
        """With a new link, good for seven days; the earlier one stops working when the mail goes out."""
        self.sends += 1
        self.expires_at = at + LIFE
        session().flush()
        self._send()
        record(InvitationSentAgain(invitation_id=self.id), actor, at)

    def withdraw(self, actor: Actor, at: datetime) -> None:
        self.withdrawn_at, self.token_hash = at, None
        session().flush()
        deliveries.cancel(f"{KIND}:{self.id}:", "the invitation was withdrawn")
        record(InvitationWithdrawn(invitation_id=self.id), actor, at)

    def mint(self, at: datetime) -> str:
        """The token for the mail that is being sent; one of an earlier mail opens nothing any more."""
        token = tokens.fresh()
        self.token_hash, self.expires_at = tokens.hashed(token), at + LIFE
        session().flush()
        return token

    def _send(self) -> None:
        deliveries.queue(
            KIND,
            recipient_key=f"invitation:{self.id}",
            subject_id=self.id,
            payload={"invitation_id": str(self.id), "send": self.sends},
            key=f"{KIND}:{self.id}:{self.sends}",
        )

    @staticmethod
    def _open() -> tuple[Any, ...]:
        return (StaffInvitation.accepted_at.is_(None), StaffInvitation.withdrawn_at.is_(None))

    @staticmethod
    def _good(token: str) -> tuple[Any, ...]:
        cls = StaffInvitation
        return (cls.token_hash == tokens.hashed(token), *cls._open(), cls.expires_at > clock.sql_now)


def link(token: str, language: str) -> str:
    """The full address to put into the mail, in the reader's language."""
    return f"{settings().public_url.rstrip('/')}/{language}/staff/invite/{token}"


def purge(at: datetime) -> int:
    """Forgets what ended a month ago; tells how many."""
    cls = StaffInvitation
    ended = or_(cls.accepted_at < at - KEPT, cls.withdrawn_at < at - KEPT, cls.expires_at < at - KEPT)
    gone = session().execute(delete(cls).where(ended))
    return int(gone.rowcount)  # type: ignore[attr-defined]
