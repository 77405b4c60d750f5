"""Who waits for an answer, for help or for a call: at the house, and at the dealers that talks were handed to."""

from sqlalchemy import func, or_, select

from app import clock
from app.db import session
from app.wiring import Waiting
from conversations.calls import CallBack
from conversations.models import Conversation
from conversations.stalls import LIVE, Stall


def at_desk() -> Waiting:
    """Talks in which nobody has answered yet, and people who are stuck now."""
    talks = select(func.count()).where(
        Conversation.state == "waiting",
        or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= clock.sql_now),
    )
    stuck = select(func.count()).where(Stall.state.in_(LIVE))
    both = session().execute(select(talks.scalar_subquery(), stuck.scalar_subquery())).one()
    return {None: sum(both)}


def calls() -> Waiting:
    """Calls whose time has begun, or that were promised for as soon as possible."""
    due = or_(CallBack.wished_from.is_(None), CallBack.wished_from <= clock.sql_now)
    return {None: session().scalar(select(func.count()).where(CallBack.state == "open", due)) or 0}


def at_dealers() -> Waiting:
    wanted = select(Conversation.handed_to_id, func.count()).where(
        Conversation.state == "waiting", Conversation.handed_to_id.is_not(None)
    )
    rows = session().execute(wanted.group_by(Conversation.handed_to_id))
    return {place: count for place, count in rows if place is not None}
