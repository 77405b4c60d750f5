"""Help for somebody who is stuck: offered once, by a person who is there, never over a payment, and silent after a no."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from app import live, signals
from app.db import session
from app.events import SYSTEM, Actor, record, record_many
from app.i18n import _, localized, speaking
from app.ids import public_id, uuid7
from app.pages import date as shown_date
from app.sessions import SessionState
from conversations.asking import Asker, Wish, ask
from conversations.models import DESK, Conversation, HelpRequest
from conversations.stalls import (
    AT_DESK_FOR,
    LIVE,
    Attendance,
    DeskPresence,
    HelpOffer,
    Stall,
    policies,
)
from conversations.stalls_events import HelpOfferAnswered, HelpOffered
from conversations.stalls_refusals import (
    NeverOverPayment,
    OfferedAlready,
    OfferIsOver,
    StallIsOver,
    TalksAlready,
    WantsNoOffers,
)
from conversations.standing import Standing
from partners.models import Staff

NO_OFFERS_AT = ("pay",)
BETWEEN_OFFERS = timedelta(days=1)
GOOD_FOR = timedelta(minutes=10)
"""An offer that nobody came to see within it is taken back."""
REQUEST_KEYS = uuid.UUID("0c2f2f0e-8a52-4d2e-9a44-2b6e5d1c7a90")


@dataclass(frozen=True)
class Shown:
    """What the strip says."""

    public_id: str
    step: str
    reason: str
    detail: str | None
    staff_name: str


def offer(stall: Stall, staff_id: uuid.UUID, actor: Actor, at: datetime) -> HelpOffer:
    """An agent offers. The stall must be locked.

    Raises StallIsOver, TalksAlready, NeverOverPayment, WantsNoOffers and OfferedAlready.
    """
    if not stall.is_live:
        raise StallIsOver()
    if talks(stall) is not None:
        raise TalksAlready()
    attended = session().get(Attendance, stall.visitor_id)
    step = attended.step if attended is not None else stall.step
    if step in NO_OFFERS_AT:
        raise NeverOverPayment()
    if attended is not None and attended.quiet_until is not None and attended.quiet_until > at:
        raise WantsNoOffers(until=shown_date(attended.quiet_until))
    if offered_before([(stall.visitor_id, step)], at):
        raise OfferedAlready()
    return _make([(stall, step, staff_id)], False, actor, at)[0]


def talks(stall: Stall) -> Conversation | None:
    """The conversation in which this person is already: help is a word there, not an offer."""
    return Conversation.latest_of(stall.visitor_id)


def offer_by_itself(stalls: Sequence[Stall], at: datetime) -> int:
    """For those newly stuck, in the name of whoever is present with the fewest talks; nobody present, nothing offered."""
    wanted = [
        stall
        for stall in stalls
        if stall.step not in NO_OFFERS_AT and stall.state == "open" and stall.conversation_id is None
    ]
    policy = policies()
    if not wanted or not policy["automatic"]:
        return 0
    free = _free_agents(policy["talks_per_agent"], at)
    if not free:
        return 0
    visitors = [stall.visitor_id for stall in wanted]
    silent = set(
        session().scalars(
            select(Attendance.visitor_id).where(
                Attendance.visitor_id.in_(visitors),
                or_(Attendance.quiet_until > at, Attendance.step.in_(NO_OFFERS_AT)),
            )
        )
    )
    had = offered_before([(stall.visitor_id, stall.step) for stall in wanted], at)
    made: list[tuple[Stall, str, uuid.UUID]] = []
    for stall in wanted:
        if stall.visitor_id in silent or stall.visitor_id in had or not free:
            continue
        staff_id = max(free, key=lambda agent: free[agent])
        made.append((stall, stall.step, staff_id))
        free[staff_id] -= 1
        free = {agent: room for agent, room in free.items() if room > 0}
    _make(made, True, SYSTEM, at)
    return len(made)


def offered_before(wanted: Sequence[tuple[uuid.UUID, str]], at: datetime) -> set[uuid.UUID]:
    """Who had an offer at this step ever, or anywhere within a day."""
    steps = dict(wanted)
    rows = session().execute(
        select(HelpOffer.visitor_id, HelpOffer.step, HelpOffer.offered_at).where(
            HelpOffer.visitor_id.in_(steps), HelpOffer.state != "lapsed"
        )
    )
    return {
        visitor_id
        for visitor_id, step, offered_at in rows
        if step == steps[visitor_id] or at - offered_at < BETWEEN_OFFERS
    }


def showable(visitor_id: uuid.UUID, at: datetime) -> Shown | None:
    """What waits to be shown to this visitor. Whoever is named in it must still be there."""
    found = (
        session()
        .execute(
            select(HelpOffer.public_id, Stall.step, Stall.reason, Stall.detail, Staff.name, Staff.name_zh)
            .join(Stall, Stall.id == HelpOffer.stall_id)
            .join(Staff, Staff.id == HelpOffer.staff_id)
            .join(DeskPresence, DeskPresence.staff_id == HelpOffer.staff_id)
            .where(
                HelpOffer.visitor_id == visitor_id,
                HelpOffer.state == "waiting",
                HelpOffer.offered_at > at - GOOD_FOR,
                Stall.state.in_(LIVE),
                DeskPresence.seen_at > at - AT_DESK_FOR,
            )
            .limit(1)
        )
        .one_or_none()
    )
    if found is None:
        return None
    public, step, reason, detail, name, name_zh = found
    return Shown(public, step, reason, detail, localized(name, name_zh or None))


def mark_shown(public: str, at: datetime) -> bool:
    """True for the one look that shows it; a second tab at the same moment shows nothing."""
    shown = session().execute(
        update(HelpOffer)
        .where(HelpOffer.public_id == public, HelpOffer.state == "waiting")
        .values(state="shown", shown_at=at)
        .returning(HelpOffer.id)
    )
    return shown.first() is not None


def take(
    public: str, here: SessionState, standing: Standing, language: str, actor: Actor, at: datetime
) -> HelpRequest:
    """The help is taken: a request like any other, with whoever offered it at the other end. Raises OfferIsOver."""
    found = HelpOffer.locked_of(public, here.visitor_id)
    if found is None or found.state not in ("shown", "taken"):
        raise OfferIsOver()
    assert here.visitor_id is not None
    wish = Wish(client_key=uuid.uuid5(REQUEST_KEYS, str(found.id)), kind="message", family=standing.family)
    asked = ask(wish, Asker(here.visitor_id, language, account_id=here.account_id), standing, actor, at)
    if found.state == "taken":
        return asked
    stall = Stall.locked(found.stall_id)
    found.state, found.answered_at = "taken", at
    stall.conversation_id = asked.conversation_id
    if stall.is_live:
        stall.close("helped", at)
    talk = Conversation.locked(asked.conversation_id)
    staff = session().get_one(Staff, found.staff_id)
    with speaking(language):
        name = localized(staff.name, staff.name_zh or None)
        talk.note(_("%(name)s offered help, and you took it.", name=name), found.id, at)
    talk.take(found.staff_id, None, actor, at)
    _answered(found, stall, "taken", actor, at)
    return asked


def dismiss(public: str, visitor_id: uuid.UUID | None, actor: Actor, at: datetime) -> None:
    """No, and silence from now on. A repeat changes nothing. Raises OfferIsOver."""
    found = HelpOffer.locked_of(public, visitor_id)
    if found is None:
        raise OfferIsOver()
    if found.state not in ("waiting", "shown"):
        return
    found.state, found.answered_at = "dismissed", at
    Attendance.silence(found.visitor_id, at + timedelta(days=policies()["silence_days"]))
    stall = Stall.locked(found.stall_id)
    if stall.state == "offered":
        stall.state = "open"
    _answered(found, stall, "dismissed", actor, at)


def let_lapse(at: datetime) -> int:
    """Offers that nobody came to see, and those of stalls that are over: taken back unseen."""
    over = select(Stall.id).where(Stall.state.not_in(LIVE))
    gone = (
        session()
        .scalars(
            update(HelpOffer)
            .where(
                HelpOffer.state == "waiting",
                or_(HelpOffer.offered_at <= at - GOOD_FOR, HelpOffer.stall_id.in_(over)),
            )
            .values(state="lapsed")
            .returning(HelpOffer.stall_id)
            .execution_options(synchronize_session=False)
        )
        .all()
    )
    if gone:
        session().execute(
            update(Stall)
            .where(Stall.id.in_(gone), Stall.state == "offered")
            .values(state="open")
            .execution_options(synchronize_session=False)
        )
    return len(gone)


def _free_agents(most: int, at: datetime) -> dict[uuid.UUID, int]:
    """Who is at the desk, and how many more talks each takes."""
    talks = (
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.staff_id == DeskPresence.staff_id, Conversation.state != "resolved")
        .scalar_subquery()
    )
    rows = session().execute(
        select(DeskPresence.staff_id, talks).where(DeskPresence.seen_at > at - AT_DESK_FOR)
    )
    return {staff_id: most - count for staff_id, count in rows if count < most}


def _make(
    wanted: Sequence[tuple[Stall, str, uuid.UUID]], is_automatic: bool, actor: Actor, at: datetime
) -> list[HelpOffer]:
    if not wanted:
        return []
    offers = [
        HelpOffer(
            id=uuid7(),
            public_id=public_id(),
            stall_id=stall.id,
            visitor_id=stall.visitor_id,
            step=step,
            staff_id=staff_id,
            is_automatic=is_automatic,
            offered_at=at,
        )
        for stall, step, staff_id in wanted
    ]
    session().add_all(offers)
    for stall, _step, _staff in wanted:
        stall.state = "offered"
    session().flush()
    record_many(
        [
            HelpOffered(
                stall_id=stall.id,
                offer_id=made.id,
                staff_id=staff_id,
                is_automatic=is_automatic,
                step=step,
                reason=stall.reason,
                visitor_id=stall.visitor_id,
                cart_id=stall.cart_id,
            )
            for made, (stall, step, staff_id) in zip(offers, wanted, strict=True)
        ],
        actor,
        at,
    )
    signals.note_many([signal_of(stall, "offered", at) for stall, _step, _staff in wanted])
    live.ring(DESK, "moved")
    return offers


def signal_of(stall: Stall, kind: str, at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "kind": kind,
        "step": stall.step,
        "detail": stall.reason,
        "visitor_id": stall.visitor_id,
        "cart_id": stall.cart_id,
        "market_key": stall.market_key,
        "device": stall.device,
        "value_minor": stall.value_minor,
        "currency": stall.currency,
        "language": stall.language,
    }


def _answered(found: HelpOffer, stall: Stall, answer: str, actor: Actor, at: datetime) -> None:
    session().flush()
    record(
        HelpOfferAnswered(
            stall_id=stall.id,
            offer_id=found.id,
            answer=answer,
            step=found.step,
            visitor_id=found.visitor_id,
            cart_id=stall.cart_id,
        ),
        actor,
        at,
    )
    signals.note_many([signal_of(stall, f"offer_{answer}", at)])
    live.ring(DESK, "moved")
