"""What the partner is called that lends the money: a representative example names its lender."""

import functools

from sqlalchemy import select

from app.db import session
from app.kept import Kept
from partners.models import Recipient

LIVE_S = 60

_kept = Kept[str, tuple[str, str]](LIVE_S)


def name_of(code: str) -> tuple[str, str]:
    """(English, Chinese), at most a minute old."""
    return _kept.get(code, functools.partial(_read, code))


def forget() -> None:
    _kept.forget()


def _read(code: str) -> tuple[str, str]:
    row = session().execute(select(Recipient.name, Recipient.name_zh).where(Recipient.code == code)).first()
    name, name_zh = row or (code.capitalize(), code.capitalize())
    return name, name_zh
