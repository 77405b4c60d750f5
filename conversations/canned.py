"""Answers kept ready, by language, what they are about and the step they help at. Staff edit them; nobody is sent one
as it stands here: it goes into the field, filled in, and a person presses send.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, get_or_404, session
from app.events import Actor, record
from app.ids import public_id
from conversations.events import CannedAnswerChanged
from conversations.refusals import AnswerKeyTaken, PlaceholderNotKnown

LANGUAGES = ("en", "zh")
PLACEHOLDERS = ("name", "dealer", "url")
SUGGESTED = 3
LONGEST = 2000


class CannedAnswer(IdModel):
    """`family` and `step` None: about anything, at any step."""

    __table_args__ = (
        CheckConstraint(f"length(body) BETWEEN 1 AND {LONGEST}", name="body"),
        CheckConstraint("language IN ('en', 'zh')", name="language"),
        UniqueConstraint("key", "language"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    key: Mapped[str]
    """What is typed after the slash."""
    family: Mapped[str | None]
    step: Mapped[str | None]
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    position: Mapped[int]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime | None]

    @classmethod
    def listed(cls, language: str | None = None) -> Sequence[Self]:
        wanted = select(cls).order_by(cls.language, cls.position, cls.key)
        if language is not None:
            wanted = wanted.where(cls.language == language)
        return session().scalars(wanted).all()

    @classmethod
    def named(cls, public_id: str) -> Self:
        """Raises NotFound."""
        return get_or_404(cls, public_id=public_id)

    def filled(self, values: Mapping[str, str]) -> str:
        return fill(self.body, values)


def fill(body: str, values: Mapping[str, str]) -> str:
    """The words with what is known put in; what is not known stays in braces, for the writer to see."""
    for name in PLACEHOLDERS:
        if values.get(name):
            body = body.replace("{" + name + "}", values[name])
    return body


def unknown(body: str) -> list[str]:
    """Words in braces that nothing is put in for."""
    found = (part.partition("}")[0] for part in body.split("{")[1:] if "}" in part)
    return [name for name in found if name not in PLACEHOLDERS]


def suggested(answers: Sequence[CannedAnswer], family: str, step: str) -> list[CannedAnswer]:
    """The three that fit best: about this and at this step, then one of the two, then the general ones."""

    def fit(answer: CannedAnswer) -> int:
        return 2 * (answer.step == step) + (answer.family == family)

    fitting = [one for one in answers if one.family in (None, family) and one.step in (None, step)]
    return sorted(fitting, key=lambda one: (-fit(one), one.position, one.key))[:SUGGESTED]


def keep(
    answer: CannedAnswer | None, told: Mapping[str, str | int | None], actor: Actor, at: datetime
) -> CannedAnswer:
    """A new one, or this one as it is told now. Raises AnswerKeyTaken and PlaceholderNotKnown."""
    wrong = unknown(str(told["body"]))
    if wrong:
        raise PlaceholderNotKnown(name="{" + wrong[0][:40] + "}")
    same = select(CannedAnswer).where(
        CannedAnswer.key == told["key"], CannedAnswer.language == told["language"]
    )
    taken = session().scalars(same).one_or_none()
    if taken is not None and taken is not answer:
        raise AnswerKeyTaken(key=taken.key)
    if answer is None:
        answer = CannedAnswer()
        session().add(answer)
    for name, value in told.items():
        setattr(answer, name, value)
    answer.changed_by = uuid.UUID(actor.id) if actor.kind == "staff" and actor.id else None
    answer.changed_at = at
    session().flush()
    record(CannedAnswerChanged(answer_id=answer.id, change="kept"), actor, at)
    return answer


def drop(answer: CannedAnswer, actor: Actor, at: datetime) -> None:
    session().delete(answer)
    session().flush()
    record(CannedAnswerChanged(answer_id=answer.id, change="dropped"), actor, at)
