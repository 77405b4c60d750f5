"""The second factor: a code of six digits from an app (RFC 6238, 30 seconds), and ten recovery codes on paper.

The secret is sealed with a key of its own, derived from the shop's. A code counts once: the time step of the last one is
kept, and only a later one is taken.
"""

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet
from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, Model, session
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import N_
from app.settings import settings
from partners.staff_events import RecoveryCodesRenewed, SecondFactorAdded, SecondFactorRemoved

REQUIRED_FOR: Mapping[str, frozenset[str]] = {
    "production": frozenset({"admin", "agent", "dealer"}),
    "demo": frozenset(),
}
"""Where -> the roles that get in with a second factor only; everybody else may set one up."""

ISSUER = "Tarn Forecourt"
STEP_S = 30
BEGUN_FOR = timedelta(minutes=15)
DRIFT = (0, -1, 1)
"""Steps beside the current one that are taken, for a clock that goes wrong a little."""
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No two that look alike on paper."""


class CodeRefused(Refusal):
    status = 422
    says = N_("This code does not fit, or was used already. Wait for the next one in your app.")
    field = "code"


class SecondFactorNeeded(Refusal):
    says = N_("Whoever works here signs in with a second factor; it cannot be taken away.")


class SecondFactor(Model):
    """begun -> confirmed by the first right code. Counts once it is confirmed."""

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    secret: Mapped[bytes]
    """Sealed."""
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """Of the last code taken: whole half minutes since 1970."""

    @classmethod
    def begin(cls, staff_id: uuid.UUID, at: datetime) -> "SecondFactor":
        """A fresh secret to be confirmed, instead of one that somebody began before; never instead of a confirmed one."""
        fresh = insert(cls).values(staff_id=staff_id, secret=_seal(pyotp.random_base32()), begun_at=at)
        session().execute(
            fresh.on_conflict_do_update(
                index_elements=[cls.staff_id],
                set_={"secret": fresh.excluded.secret, "begun_at": at, "last_step": None},
                where=cls.confirmed_at.is_(None),
            )
        )
        return session().get_one(cls, staff_id, populate_existing=True)

    @classmethod
    def of(cls, staff_id: uuid.UUID) -> "SecondFactor | None":
        """The confirmed one."""
        found = session().get(cls, staff_id)
        return found if found is not None and found.confirmed_at is not None else None

    @classmethod
    def begun_by(cls, staff_id: uuid.UUID, at: datetime, lock: bool = False) -> "SecondFactor | None":
        """The one that waits for its first code, for a quarter of an hour."""
        found = session().get(cls, staff_id, with_for_update=lock or None, populate_existing=lock)
        waits = found is not None and found.confirmed_at is None and found.begun_at > at - BEGUN_FOR
        return found if waits else None

    @classmethod
    def has(cls, staff_ids: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
        """Who of these has one."""
        wanted = select(cls.staff_id).where(cls.staff_id.in_(list(staff_ids)), cls.confirmed_at.is_not(None))
        return frozenset(session().scalars(wanted))

    @property
    def secret_told(self) -> str:
        return _unseal(self.secret)

    @property
    def secret_in_fours(self) -> str:
        """For typing it by hand."""
        told = self.secret_told
        return " ".join(told[at : at + 4] for at in range(0, len(told), 4))

    def address(self, email: str) -> str:
        """The otpauth address that the picture holds."""
        return pyotp.TOTP(self.secret_told).provisioning_uri(name=email, issuer_name=ISSUER)

    def confirm(self, code: str, actor: Actor, at: datetime) -> list[str]:
        """Takes the first code, and gives the recovery codes, to be shown once. Raises CodeRefused."""
        self.take(code, at)
        self.confirmed_at = at
        session().flush()
        record(SecondFactorAdded(staff_id=self.staff_id), actor, at)
        return RecoveryCode.renew(self.staff_id)

    def take(self, code: str, at: datetime) -> None:
        """Uses the code up. Raises CodeRefused for a wrong one, an old one, and one that was taken before."""
        step = self._step_of(code, at)
        if step is None:
            raise CodeRefused()
        taken = session().execute(
            update(SecondFactor)
            .where(
                SecondFactor.staff_id == self.staff_id,
                or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step),
            )
            .values(last_step=step)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise CodeRefused()

    def remove(self, actor: Actor, at: datetime) -> None:
        session().execute(delete(RecoveryCode).where(RecoveryCode.staff_id == self.staff_id))
        session().delete(self)
        session().flush()
        record(SecondFactorRemoved(staff_id=self.staff_id), actor, at)

    def _step_of(self, code: str, at: datetime) -> int | None:
        """Which step the code is of. Every one is compared, in the same time."""
        app, now, found = pyotp.TOTP(self.secret_told), int(at.timestamp()) // STEP_S, None
        for drift in DRIFT:
            fits = hmac.compare_digest(app.generate_otp(now + drift).encode(), code.encode())
            if fits and found is None:
                found = now + drift
        return found


class RecoveryCode(IdModel):
    """One of ten, for when the app is out of reach: used once, kept as a hash."""

    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]

    @classmethod
    def renew(cls, staff_id: uuid.UUID) -> list[str]:
        """Ten new ones instead of all earlier ones."""
        session().execute(delete(cls).where(cls.staff_id == staff_id))
        codes: dict[str, None] = {}
        while len(codes) < RECOVERY_CODES:
            codes["-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(2))] = None
        session().add_all(cls(staff_id=staff_id, code_hash=_hash(staff_id, code)) for code in codes)
        session().flush()
        return list(codes)

    @classmethod
    def take(cls, staff_id: uuid.UUID, code: str, at: datetime) -> None:
        """Uses the code up. Raises CodeRefused."""
        used = session().execute(
            update(cls)
            .where(cls.staff_id == staff_id, cls.code_hash == _hash(staff_id, code), cls.used_at.is_(None))
            .values(used_at=at)
        )
        if used.rowcount != 1:  # type: ignore[attr-defined]
            raise CodeRefused()

    @classmethod
    def left(cls, staff_id: uuid.UUID) -> int:
        unused = select(func.count()).where(cls.staff_id == staff_id, cls.used_at.is_(None))
        return session().scalar(unused) or 0


def is_required(roles: Iterable[str]) -> bool:
    """Whether whoever has these roles gets in with a second factor only."""
    return not REQUIRED_FOR[settings().env].isdisjoint(roles)


def take(staff_id: uuid.UUID, code: str, at: datetime) -> str:
    """Uses up a code of the app or of the paper, told apart by their letters; tells which. Raises CodeRefused."""
    factor = SecondFactor.of(staff_id)
    if factor is None:
        raise CodeRefused()
    typed = "".join(code.split()).lower()
    if typed.isdigit() and len(typed) == 6:
        factor.take(typed, at)
        return "code"
    RecoveryCode.take(staff_id, typed, at)
    return "recovery_code"


def renew_codes(staff_id: uuid.UUID, actor: Actor, at: datetime) -> list[str]:
    codes = RecoveryCode.renew(staff_id)
    record(RecoveryCodesRenewed(staff_id=staff_id), actor, at)
    return codes


def _hash(staff_id: uuid.UUID, code: str) -> bytes:
    told = "".join(char for char in code.lower() if char in LETTERS)
    return hmac.new(_key("recovery"), staff_id.bytes + told.encode(), hashlib.sha256).digest()


def _seal(secret: str) -> bytes:
    return _sealer().encrypt(secret.encode())


def _unseal(sealed: bytes) -> str:
    return _sealer().decrypt(sealed).decode()


def _sealer() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("seal")))


def _key(purpose: str) -> bytes:
    return hmac.new(
        settings().secret_key.encode(), f"second-factor:{purpose}".encode(), hashlib.sha256
    ).digest()
