"""Promising a call and making it: who may be called, when, and what follows each try.

A conversation's row is locked before its call-back. Whoever asked for no calls is not called for anybody's promise but
their own later wish.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.db import session
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import _, speaking
from app.ids import uuid7
from app.locality import HOUSE
from app.pages import period, time_or_date
from conversations.calls import MOST_TRIES, TRY_AGAIN_AFTER, CallAttempt, CallBack, DoNotCall, outcome_after
from conversations.desks import DESKS, Desk, Window
from conversations.events import CallBackClosed, CallBackPromised, CallTried
from conversations.models import Conversation, HelpRequest
from conversations.refusals import (
    CallIsSettled,
    MayNotBeCalled,
    NoNumberToCall,
    TimeNotOurs,
    WantsNoCalls,
)
from customers.consent_texts import ANSWER_ME
from customers.models import Consent, Customer
from partners import queries
from partners.models import HOME_MARKET, Recipient

MOST_IN_LINE = 200
IN_VAIN = ("no_answer", "voicemail")


@dataclass(frozen=True)
class Waiting:
    """A call-back beside whom it is for, with what stands against calling, if anything does. `position` counts from 1."""

    call: CallBack
    conversation: Conversation
    customer: Customer | None
    position: int
    barred: Refusal | None


def promise(asked: HelpRequest, conversation: Conversation, actor: Actor, at: datetime) -> CallBack:
    """What a buyer asked for, in the queue from now on; in the same transaction as the request."""
    call = CallBack(
        conversation_id=conversation.id,
        help_request_id=asked.id,
        recipient_id=conversation.recipient_id,
        wished_from=asked.wished_from,
        wished_until=asked.wished_until,
        due_at=asked.answer_due_at or at,
        created_at=at,
    )
    session().add(call)
    session().flush()
    _tell_promised(call, conversation, None, actor, at)
    return call


def agree(
    mine: Conversation, staff_id: uuid.UUID, window: Window | None, actor: Actor, at: datetime
) -> CallBack:
    """An agent promises a call; without a window, as soon as possible. Another time moves the promise, the same none.

    Raises NoNumberToCall, MayNotBeCalled and WantsNoCalls.
    """
    customer = session().get(Customer, mine.customer_id) if mine.customer_id else None
    barred = bar(customer, None)
    if barred is not None:
        raise barred
    desk = desk_of(mine)
    call = CallBack.open_in(mine.id)
    times = (window.starts_at, window.ends_at) if window else (None, None)
    if call is not None and (call.wished_from, call.wished_until) == times:
        return call
    if call is None:
        call = CallBack(
            conversation_id=mine.id, recipient_id=desk.recipient.id if desk else None, created_at=at
        )
        session().add(call)
    call.agreed_by = staff_id
    call.attempts = 0
    _set_time(call, window, desk, at)
    session().flush()
    _say_when(mine, call, at)
    _tell_promised(call, mine, staff_id, actor, at)
    return call


def tried(
    call: CallBack,
    mine: Conversation,
    staff_id: uuid.UUID,
    disposition: str,
    window: Window | None,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> CallBack:
    """Notes what a try came to. The same key is the same try. Raises CallIsSettled, TimeNotOurs and what bars calling."""
    before = select(CallAttempt.id).where(CallAttempt.call_back_id == call.id, CallAttempt.client_key == key)
    if session().scalar(before) is not None:
        return call
    if not call.is_open:
        raise CallIsSettled()
    customer = session().get(Customer, mine.customer_id) if mine.customer_id else None
    barred = bar(customer, call)
    if barred is not None:
        raise barred
    if disposition == "new_time" and window is None:
        raise TimeNotOurs()
    session().add(
        CallAttempt(call_back_id=call.id, client_key=key, staff_id=staff_id, disposition=disposition, at=at)
    )
    call.attempts = call.attempts + 1 if disposition in IN_VAIN else call.attempts
    names = {"customer_id": mine.customer_id, "visitor_id": mine.visitor_id}
    record(
        CallTried(
            call_back_id=call.id,
            conversation_id=mine.id,
            disposition=disposition,
            staff_id=staff_id,
            **names,
        ),
        actor,
        at,
    )
    if disposition == "do_not_call":
        assert customer is not None, "nobody else has a number"
        session().add(DoNotCall(customer_id=customer.id, staff_id=staff_id, at=at))
    outcome = outcome_after(disposition, call.attempts)
    if outcome is not None:
        settle(call, mine, outcome, actor, at)
    elif disposition == "new_time":
        call.attempts = 0
        _set_time(call, window, desk_of(mine), at)
    else:
        desk = desk_of(mine)
        call.due_at = (desk.week.answer_by(at, TRY_AGAIN_AFTER) if desk else None) or at + TRY_AGAIN_AFTER
    session().flush()
    _write_down(call, mine, disposition, staff_id, actor, at)
    mine.ring()
    return call


def settle(call: CallBack, mine: Conversation, outcome: str, actor: Actor, at: datetime) -> None:
    call.close(outcome, at)
    record(
        CallBackClosed(
            call_back_id=call.id,
            conversation_id=mine.id,
            outcome=outcome,
            help_request_id=call.help_request_id,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )


def withdraw(mine: Conversation, actor: Actor, at: datetime) -> None:
    """The buyer needs no call any more; the conversation goes on. A repeat changes nothing."""
    call = CallBack.open_in(mine.id)
    if call is None:
        return
    call = CallBack.locked(call.public_id)
    settle(call, mine, "withdrawn", actor, at)
    with speaking(mine.language):
        mine.note(_("No call is needed any more."), uuid7(), at)


def place_of(call: CallBack) -> tuple[int, bool]:
    """Counted from 1 among those who may be called, and whether something bars calling this one. Four statements."""
    for waiting in queue():
        if waiting.call.id == call.id:
            return waiting.position, waiting.barred is not None
    return MOST_IN_LINE, False


def bar(
    customer: Customer | None,
    call: CallBack | None,
    silenced: Mapping[uuid.UUID, datetime] | None = None,
    agreed: Mapping[uuid.UUID, bool] | None = None,
) -> Refusal | None:
    """What stands against calling this person; `silenced` and `agreed` are read ahead where there are many."""
    if customer is None or not customer.phone_e164:
        return NoNumberToCall()
    said = _silenced((customer,)).get(customer.id) if silenced is None else silenced.get(customer.id)
    # Whoever asks to be called after that has changed their mind; nobody else changes it for them.
    if said is not None and (call is None or call.agreed_by is not None or said >= call.created_at):
        return WantsNoCalls()
    may = _agreed((customer.id,)) if agreed is None else agreed
    return None if may.get(customer.id) else MayNotBeCalled()


def queue() -> list[Waiting]:
    """Everybody who waits for a call, the earliest promise first. Four statements, however many."""
    rows = (
        session()
        .execute(
            select(CallBack, Conversation, Customer)
            .join(Conversation, Conversation.id == CallBack.conversation_id)
            .outerjoin(Customer, Customer.id == Conversation.customer_id)
            .where(CallBack.state == "open")
            .order_by(CallBack.due_at, CallBack.id)
            .limit(MOST_IN_LINE)
        )
        .all()
    )
    people = [customer for _call, _talk, customer in rows if customer is not None]
    silenced, agreed = _silenced(people), _agreed([person.id for person in people])
    found: list[Waiting] = []
    place = 0
    for call, talk, customer in rows:
        barred = bar(customer, call, silenced, agreed)
        place += barred is None
        found.append(Waiting(call, talk, customer, place if barred is None else 0, barred))
    return found


def desk_of(mine: Conversation) -> Desk | None:
    """The desk that calls, in the market of whoever is called."""
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    recipient = Recipient.of_kind(DESKS["callback"], known.market_key if known else HOME_MARKET)
    return Desk(recipient, queries.week_of(recipient)) if recipient is not None else None


def _set_time(call: CallBack, window: Window | None, desk: Desk | None, at: datetime) -> None:
    if window is not None:
        call.wished_from, call.wished_until, call.due_at = window.starts_at, window.ends_at, window.ends_at
        return
    call.wished_from = call.wished_until = None
    call.due_at = (desk.answers_by("callback", at) if desk else None) or at


def _say_when(mine: Conversation, call: CallBack, at: datetime) -> None:
    with speaking(mine.language):
        if call.wished_from is not None and call.wished_until is not None:
            zone = _zone(call)
            when = period(call.wished_from, call.wished_until, zone)
            says = _("A call is agreed: %(when)s.", when=when)
        else:
            says = _("A call is agreed, as soon as possible.")
    mine.note(says, uuid7(), at)


def _write_down(
    call: CallBack, mine: Conversation, disposition: str, staff_id: uuid.UUID, actor: Actor, at: datetime
) -> None:
    """What the buyer reads of it: that we called, or when we call again. Being reached is being answered."""
    if disposition == "new_time":
        _say_when(mine, call, at)
        return
    with speaking(mine.language):
        if disposition == "reached":
            says = _("We have spoken on the phone.")
        elif disposition in IN_VAIN and call.is_open:
            says = _(
                "We called and did not reach you. We try again by %(when)s, try %(n)s of %(most)s.",
                when=time_or_date(call.due_at, _zone(call)),
                n=call.attempts + 1,
                most=MOST_TRIES,
            )
        elif disposition in IN_VAIN:
            says = _("We called three times and did not reach you. Write here and we go on.")
        elif disposition == "wrong_number":
            says = _("The number did not lead to you. Leave another one and we call.")
        else:
            says = _("We do not call you any more. Write here whenever you like.")
    message = mine.note(says, uuid7(), at)
    if disposition == "reached":
        mine.called(message, staff_id, actor, at)


def _zone(call: CallBack) -> str:
    desk = session().get(Recipient, call.recipient_id) if call.recipient_id else None
    return desk.time_zone if desk else HOUSE.time_zone


def _tell_promised(
    call: CallBack, mine: Conversation, staff_id: uuid.UUID | None, actor: Actor, at: datetime
) -> None:
    record(
        CallBackPromised(
            call_back_id=call.id,
            conversation_id=mine.id,
            due_at=call.due_at,
            help_request_id=call.help_request_id,
            staff_id=staff_id,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )


def _silenced(people: Sequence[Customer]) -> dict[uuid.UUID, datetime]:
    """When each of them, or whoever else has the same number, last said that they want no calls."""
    numbers = {person.phone_e164 for person in people if person.phone_e164}
    if not people:
        return {}
    rows = session().execute(
        select(Customer.id, Customer.phone_e164, func.max(DoNotCall.at))
        .join(DoNotCall, DoNotCall.customer_id == Customer.id)
        .where(Customer.id.in_([person.id for person in people]) | Customer.phone_e164.in_(numbers))
        .group_by(Customer.id, Customer.phone_e164)
    )
    by_id: dict[uuid.UUID, datetime] = {}
    by_number: dict[str, datetime] = {}
    for customer_id, number, said_at in rows:
        by_id[customer_id] = said_at
        if number:
            by_number[number] = max(said_at, by_number.get(number, said_at))
    found = {person.id: by_number.get(person.phone_e164 or "") or by_id.get(person.id) for person in people}
    return {customer_id: said_at for customer_id, said_at in found.items() if said_at is not None}


def _agreed(customer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, bool]:
    """Whose latest word on being answered is a yes."""
    if not customer_ids:
        return {}
    latest = (
        select(Consent.customer_id, Consent.granted)
        .where(Consent.customer_id.in_(customer_ids), Consent.purpose == ANSWER_ME)
        .order_by(Consent.customer_id, Consent.seq.desc())
    )
    found: dict[uuid.UUID, bool] = {}
    for customer_id, granted in session().execute(latest):
        found.setdefault(customer_id, granted)
    return found
