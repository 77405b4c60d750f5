"""Design codes, as people read them to one another: MERE-7K3Q-92XN. Crockford's alphabet, the last one a check."""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_MODEL = re.compile(r"[A-Z][A-Z0-9]{0,19}")


def make(model: str) -> str:
    """35 random bits: not to be guessed in numbers, and nothing secret stands behind one."""
    body = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH - 1))
    return written(model, body + check(body))


def written(model: str, characters: str) -> str:
    return f"{model.upper()}-{characters[:4]}-{characters[4:]}"


def normalized(typed: str) -> str | None:
    """The code that was meant, or None: case, blanks and dashes do not matter, O reads as 0, I and L as 1."""
    bare = re.sub(r"[\s\-–—_.]", "", typed[:80]).upper()
    model, characters = bare[:-LENGTH], bare[-LENGTH:].translate(_READ_AS)
    if not _MODEL.fullmatch(model):
        return None
    if len(characters) != LENGTH or any(char not in ALPHABET for char in characters):
        return None
    return written(model, characters) if check(characters[:-1]) == characters[-1] else None


def check(body: str) -> str:
    """Luhn's sum over 32 characters: one wrong character is always found, two swapped neighbours nearly always."""
    total = 0
    for place, char in enumerate(reversed(body)):
        value = ALPHABET.index(char) * (2 if place % 2 == 0 else 1)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
