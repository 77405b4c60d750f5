"""Between the password and the second factor: who got so far, in which browser, for ten minutes and five tries."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, tokens
from app.db import IdModel, session
from app.errors import Refusal
from app.i18n import N_

LIFE = timedelta(minutes=10)
MOST_TRIES = 5

CODE, ENROLMENT = "code", "enrolment"


class StepOver(Refusal):
    status = 401
    says = N_("This took too long, or too many tries. Begin again with your password.")


class SignInStep(IdModel):
    """purpose code: the code is asked for; enrolment: the second factor must be set up first."""

    __table_args__ = (
        CheckConstraint("purpose IN ('code', 'enrolment')", name="purpose"),
        Index("ix_sign_in_step_expires", "expires_at"),
        Index("ix_sign_in_step_staff", "staff_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(unique=True)
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    purpose: Mapped[str]
    next_path: Mapped[str | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @classmethod
    def begin(cls, staff_id: uuid.UUID, purpose: str, next_path: str | None, at: datetime) -> str:
        """The token for this browser's cookie; every earlier step of the same person is over."""
        cls.end_all(staff_id, at)
        token = tokens.fresh()
        session().add(
            cls(
                token_hash=tokens.hashed(token),
                staff_id=staff_id,
                purpose=purpose,
                next_path=next_path,
                expires_at=at + LIFE,
            )
        )
        session().flush()
        return token

    @classmethod
    def standing(cls, token: str, purpose: str) -> "SignInStep":
        """Looks only. Raises StepOver."""
        found = session().scalars(
            select(cls).where(
                cls.token_hash == tokens.hashed(token),
                cls.purpose == purpose,
                cls.used_at.is_(None),
                cls.tries < MOST_TRIES,
                cls.expires_at > clock.sql_now,
            )
        )
        step = found.one_or_none()
        if step is None:
            raise StepOver()
        return step

    @classmethod
    def count_try(cls, token: str, purpose: str) -> "SignInStep":
        """Counts a try before it is looked at, so that a hundred at once are still five. Raises StepOver."""
        counted = session().scalars(
            update(cls)
            .where(
                cls.token_hash == tokens.hashed(token),
                cls.purpose == purpose,
                cls.used_at.is_(None),
                cls.tries < MOST_TRIES,
                cls.expires_at > clock.sql_now,
            )
            .values(tries=cls.tries + 1)
            .returning(cls)
        )
        step = counted.one_or_none()
        if step is None:
            raise StepOver()
        return step

    @classmethod
    def use(cls, step_id: uuid.UUID, at: datetime) -> None:
        """Ends it with the sign-in it led to. Raises StepOver when another request was first."""
        used = session().execute(
            update(cls).where(cls.id == step_id, cls.used_at.is_(None)).values(used_at=at)
        )
        if used.rowcount != 1:  # type: ignore[attr-defined]
            raise StepOver()

    @classmethod
    def end_all(cls, staff_id: uuid.UUID, at: datetime) -> None:
        session().execute(
            update(cls).where(cls.staff_id == staff_id, cls.used_at.is_(None)).values(used_at=at)
        )


def purge(at: datetime) -> int:
    """Forgets what was over a day ago; tells how many."""
    gone = session().execute(delete(SignInStep).where(SignInStep.expires_at < at - timedelta(days=1)))
    return int(gone.rowcount)  # type: ignore[attr-defined]
