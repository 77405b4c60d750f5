import secrets
import string

LETTERS = string.ascii_letters + string.digits


def new(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{token(length)}"


def token(length: int = 32) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))
