"""What somebody who waits for a call is told: their place in line or the time that was promised, and after a try in vain
when the next one comes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db import session
from app.i18n import _, ngettext
from app.locality import HOUSE
from app.pages import period, time_or_date
from conversations import calling
from conversations.calls import MOST_TRIES, CallAttempt, CallBack
from conversations.models import Conversation
from partners.models import Recipient


@dataclass(frozen=True)
class Promise:
    lead: str
    more: str


def shown(mine: Conversation, at: datetime) -> Promise | None:
    """None where no call is owed. At most seven statements, however long the line is."""
    call = CallBack.open_in(mine.id)
    if call is None:
        return None
    desk = session().get(Recipient, call.recipient_id) if call.recipient_id else None
    name = desk.name_shown if desk else _("Tarn")
    zone = desk.time_zone if desk else HOUSE.time_zone
    due = time_or_date(call.due_at, zone)
    place, is_barred = calling.place_of(call)
    if is_barred:
        told = _("We cannot call yet: leave a phone number below, or write here.")
        return Promise(told, "")
    if call.attempts:
        tried_at = _last_try(call)
        told = _("We called at %(time)s and did not reach you.", time=time_or_date(tried_at, zone))
        again = _(
            "We try again by %(when)s, try %(n)s of %(most)s.", when=due, n=call.attempts + 1, most=MOST_TRIES
        )
        return Promise(told, again)
    if call.due_at < at:
        told = _("We are late with this call: it was promised by %(when)s. It stays in its place.", when=due)
        return Promise(told, _line(place))
    if call.wished_from is not None and call.wished_until is not None:
        when = period(call.wished_from, call.wished_until, zone)
        return Promise(_("%(desk)s calls you %(when)s.", desk=name, when=when), "")
    return Promise(_("%(desk)s calls you by %(when)s.", desk=name, when=due), _line(place))


def _line(place: int) -> str:
    if place <= 1:
        return _("You are next in line.")
    before = place - 1
    return ngettext("One person is before you.", "%(n)s people are before you.", before) % {"n": before}


def _last_try(call: CallBack) -> datetime:
    wanted = select(CallAttempt.at).where(CallAttempt.call_back_id == call.id)
    return session().scalar(wanted.order_by(CallAttempt.at.desc()).limit(1)) or call.due_at
