"""Passwords of the staff: argon2id, at a cost two cores can bear (19 MiB, two passes, two at a time)."""

import functools
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Refusal
from app.i18n import N_

SHORTEST = 12
FEWEST_LETTERS = 5
"""Different characters that a password has at least."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(2)


class PasswordTooWeak(Refusal):
    status = 422
    field = "password"

    def __init__(self, says: str) -> None:
        super().__init__(count=SHORTEST)
        self.says = says


def check_new(password: str, email: str) -> None:
    """Raises PasswordTooWeak for one that is short, holds the address, or repeats itself."""
    if len(password) < SHORTEST:
        raise PasswordTooWeak(N_("Use at least %(count)s characters."))
    name = email.partition("@")[0].lower()
    if len(name) > 3 and name in password.lower():
        raise PasswordTooWeak(N_("Choose a password that does not hold your e-mail address."))
    if len(set(password)) < FEWEST_LETTERS:
        raise PasswordTooWeak(N_("Choose a password of more different characters."))


def hashed(password: str) -> str:
    with _at_once:
        return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """None stands for somebody we do not know: as slow as the others, and never true."""
    with _at_once:
        try:
            return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


@functools.cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def needs_rehash(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)
