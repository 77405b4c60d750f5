"""What the partner is called that lends the money: a representative example names its lender."""

import time

from sqlalchemy import select

from app.db import session
from partners.models import Recipient

LIVE_S = 60

_kept: dict[str, tuple[float, tuple[str, str]]] = {}


def name_of(code: str) -> tuple[str, str]:
    """(English, Chinese), at most a minute old."""
    kept = _kept.get(code)
    if kept is None or kept[0] < time.monotonic():
        row = (
            session().execute(select(Recipient.name, Recipient.name_zh).where(Recipient.code == code)).first()
        )
        name, name_zh = row or (code.capitalize(), code.capitalize())
        kept = _kept[code] = (time.monotonic() + LIVE_S, (name, name_zh))
    return kept[1]


def forget() -> None:
    _kept.clear()
