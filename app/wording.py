"""Sentences of letters that the house words otherwise than they came. Versions are kept; the latest counts.

Only letters look here: a page never pays for it. A sentence keeps the placeholders of the one it replaces.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped

from app.db import IdModel, session
from app.errors import Refusal
from app.i18n import N_

PLACEHOLDER = re.compile(r"%\((\w+)\)s")
STRAY_PERCENT = re.compile(r"%(?!\(\w+\)s|%)")
MOST = 1_000


class PlaceholdersDiffer(Refusal):
    """The sentence leaves out a placeholder, or has one that its letter does not know."""

    status = 422
    says = N_("Keep exactly these placeholders: %(names)s.")


class NotOneSentence(Refusal):
    status = 422
    says = N_("Write at most %(most)s characters, without a line break.")


class Wording(IdModel):
    """One sentence of one language, by its English message id; without text the original holds again."""

    __table_args__ = (
        CheckConstraint("language IN ('en', 'zh')", name="language"),
        Index(
            "uq_wording_live",
            "language",
            "message_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    language: Mapped[str]
    message_id: Mapped[str]
    text: Mapped[str | None]
    changed_by: Mapped[uuid.UUID]
    superseded_at: Mapped[datetime | None]


def in_force(language: str) -> Mapping[str, str]:
    """Message id -> what is written instead. One statement."""
    rows = session().execute(
        select(Wording.message_id, Wording.text).where(
            Wording.language == language, Wording.superseded_at.is_(None), Wording.text.is_not(None)
        )
    )
    return {message_id: written for message_id, written in rows if written is not None}


def check(message_id: str, written: str) -> None:
    """Raises PlaceholdersDiffer or NotOneSentence."""
    if len(written) > MOST or any(ord(char) < 32 for char in written):
        raise NotOneSentence(most=MOST)
    wanted = sorted(set(PLACEHOLDER.findall(message_id)))
    if sorted(set(PLACEHOLDER.findall(written))) != wanted or (wanted and STRAY_PERCENT.search(written)):
        raise PlaceholdersDiffer(names=", ".join(f"%({name})s" for name in wanted) or "–")


def change(language: str, message_id: str, written: str, staff_id: uuid.UUID, at: datetime) -> bool:
    """The next version of a sentence; blank gives the original back. Tells whether anything changed."""
    written = written.strip()
    if written:
        check(message_id, written)
    live = (
        session()
        .scalars(
            select(Wording)
            .where(
                Wording.language == language,
                Wording.message_id == message_id,
                Wording.superseded_at.is_(None),
            )
            .with_for_update()
        )
        .one_or_none()
    )
    before = live.text if live is not None else None
    if (before or "") == written:
        return False
    if live is not None:
        live.superseded_at = at
        session().flush()
    session().add(
        Wording(language=language, message_id=message_id, text=written or None, changed_by=staff_id)
    )
    session().flush()
    return True
