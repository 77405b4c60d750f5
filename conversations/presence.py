"""Who answers now, and how soon: the desk's hours, and what its last answers really took."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select

from app.db import session
from app.i18n import _, ngettext
from app.pages import time_or_date
from conversations.desks import Desk, desk_for
from conversations.models import Conversation, HelpRequest

LOOKED_BACK = timedelta(days=14)
LOOKED_AT = 60
FEWEST = 5
"""Fewer answers than this say nothing about the next one."""


@dataclass(frozen=True)
class Presence:
    name: str
    is_open: bool
    words: str
    phone: str


def presence(at: datetime) -> Presence:
    """Two statements for the desk and its week, one for its answers."""
    desk = desk_for("message")
    if desk is None:
        return Presence(_("Tarn"), False, _("We answer as soon as somebody is there."), "")
    line = desk_for("callback")
    return Presence(
        name=desk.recipient.name_shown,
        is_open=desk.week.is_open(at),
        words=_words(desk, at),
        phone=line.recipient.phone if line is not None else "",
    )


def _words(desk: Desk, at: datetime) -> str:
    if not desk.week.is_open(at):
        opens_at = desk.week.next_open(at)
        if opens_at is None:
            return _("Nobody is there now.")
        return _("Nobody is there now, back %(when)s.", when=time_or_date(opens_at, desk.recipient.time_zone))
    typical = typical_answer(_answers(desk, at))
    if typical is None:
        due_at = desk.answers_by("message", at)
        if due_at is None:
            return _("We answer as soon as somebody is there.")
        return _("Answers by %(when)s", when=time_or_date(due_at, desk.recipient.time_zone))
    minutes = max(1, math.ceil(typical.total_seconds() / 60))
    usual = ngettext("Usually answers within a minute", "Usually answers within %(n)s minutes", minutes)
    return usual % {"n": minutes}


def typical_answer(taken: Sequence[timedelta]) -> timedelta | None:
    """Half of the answers were faster. None while there are too few to tell."""
    if len(taken) < FEWEST:
        return None
    return timedelta(seconds=median(one.total_seconds() for one in taken))


def _answers(desk: Desk, at: datetime) -> list[timedelta]:
    """How long the last questions waited that came while somebody was there."""
    asked = (
        select(HelpRequest.created_at, HelpRequest.first_reply_at)
        .join(Conversation, Conversation.id == HelpRequest.conversation_id)
        .where(
            HelpRequest.kind == "message",
            HelpRequest.first_reply_at > at - LOOKED_BACK,
            Conversation.recipient_id == desk.recipient.id,
        )
        .order_by(HelpRequest.first_reply_at.desc())
        .limit(LOOKED_AT)
    )
    return [
        replied_at - asked_at
        for asked_at, replied_at in session().execute(asked)
        if replied_at is not None and desk.week.is_open(asked_at)
    ]
