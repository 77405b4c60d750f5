"""Passwords of the staff: argon2id, at a cost two cores can bear (19 MiB, two passes, two at a time)."""

import functools
import re
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Refusal
from app.i18n import N_

SHORTEST = 12
FEWEST_LETTERS = 5
"""Different characters that a password has at least."""

_AS_LETTERS = str.maketrans({"@": "a", "$": "s", "!": "i"})
_WORDS = """
passwort password passw0rd p4ssw0rd mima welcome willkommen changeme letmein iloveyou administrator admin superuser
dealer agent forecourt tarn sunshine princess football baseball basketball superman batman dragon monkey shadow master
michael charlie hello secret summer winter spring autumn internet computer samsung starwars pokemon liverpool chelsea
ferrari porsche mercedes geheim schatz woaini hangzhou beijing shanghai login access server user test demo default qwerty
asdf zxcv
"""
_COMMON = sorted(_WORDS.split(), key=len, reverse=True)
_YEAR = re.compile(r"(19|20)\d{2,6}")
_ROWS = tuple(
    row + " " + row[::-1]
    for row in (
        "01234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1q2w3e4r5t6y7u8i9o0p",
    )
)

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
    if _is_common(password):
        raise PasswordTooWeak(N_("Many people use this password or one like it. Choose another."))


def _is_common(password: str) -> bool:
    """Whether little is left when words that everybody takes, and runs of keys and of numbers, are taken out."""
    left = _YEAR.sub("", password.lower().translate(_AS_LETTERS))
    for word in _COMMON:
        left = left.replace(word, "")
    return len("".join(char for char in _without_runs(left) if char.isalnum())) < SHORTEST // 2


def _without_runs(text: str) -> str:
    """Without every three and more that follow each other on the keyboard, in the alphabet or among the numbers."""
    kept = list(text)
    for row in _ROWS:
        for start in range(len(text) - 2):
            if text[start : start + 3] in row:
                kept[start : start + 3] = " " * 3
    return "".join(kept)


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
