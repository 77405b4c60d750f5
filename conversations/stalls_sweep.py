"""Looks who is stuck, in sets: opens stalls, follows them, and closes those who went on, ordered or left."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, union
from sqlalchemy.dialects.postgresql import insert

from app import clock, live, signals
from app.db import session, transaction
from app.ids import public_id, uuid7
from app.signals import Signal
from app.wiring import Sweep
from checkout.cart import Cart
from conversations import stalls_offers
from conversations.models import DESK, Conversation
from conversations.stall_rules import (
    HERE_FOR,
    HERE_WITHOUT_SCRIPT,
    LOOKED_BACK,
    MONEY_STEPS,
    Facts,
    Limits,
    Met,
    Stuck,
    is_here,
    stuck,
)
from conversations.stalls import LIVE, Attendance, DeskPresence, Stall, policies

MOST = 5_000
"""Visitors looked at in one round; the next round comes seconds later."""
KINDS = ("checkout", "step", "refused", "declined", "empty_search")


@dataclass(frozen=True)
class Seen:
    """All that one round knows of one visitor."""

    met: list[Met]
    last: Any
    """The newest signal's row, or None."""
    cart: Any
    attended: Any
    talk: Any
    """The conversation that is not settled, or None."""


def sweep() -> int:
    """One transaction, a bounded number of statements however many are stuck."""
    with transaction():
        return look(clock.now())


def look(at: datetime) -> int:
    known = {stall.visitor_id: stall for stall in _live_stalls()}
    seen = _seen(at, known)
    limits = Limits.of(policies())
    fresh, changed = [], 0
    for visitor_id, one in seen.items():
        facts = _facts(one)
        trouble = _unless_waiting(stuck(facts, at, limits), one)
        stall = known.get(visitor_id)
        if trouble is not None and stall is None:
            fresh.append(_row(visitor_id, trouble, one, at))
        elif trouble is not None and stall is not None:
            changed += _follow(stall, trouble, one, at)
        elif stall is not None:
            changed += _close(stall, one, facts, at)
    session().flush()
    opened = _open(fresh)
    signals.note_many([stalls_offers.signal_of(stall, "stalled", at) for stall in opened])
    signals.note_many(
        [stalls_offers.signal_of(s, "back_and_forth", at) for s in opened if s.reason == "back_and_forth"]
    )
    lapsed = stalls_offers.let_lapse(at)
    stalls_offers.offer_by_itself(opened, at)
    if opened or changed or lapsed:
        live.ring(DESK, "moved")
    return len(opened) + changed + lapsed


def _live_stalls() -> Iterable[Stall]:
    return session().scalars(
        select(Stall)
        .where(Stall.state.in_(LIVE))
        .with_for_update(skip_locked=True, key_share=True)
        .limit(MOST)
    )


def _seen(at: datetime, known: Mapping[uuid.UUID, Stall]) -> dict[uuid.UUID, Seen]:
    here = union(
        select(Attendance.visitor_id).where(Attendance.seen_at > at - HERE_FOR),
        select(Signal.visitor_id).where(Signal.at > at - HERE_WITHOUT_SCRIPT, Signal.kind.in_(KINDS)),
    ).limit(MOST)
    visitors = {*session().scalars(here), *known}
    if not visitors:
        return {}
    met: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in session().execute(
        select(
            Signal.visitor_id,
            Signal.at,
            Signal.kind,
            Signal.step,
            Signal.detail,
            Signal.market_key,
            Signal.language,
            Signal.device,
        )
        .where(Signal.visitor_id.in_(visitors), Signal.at > at - LOOKED_BACK, Signal.kind.in_(KINDS))
        .order_by(Signal.at)
    ):
        met[row.visitor_id].append(row)
    attended = {
        row.visitor_id: row
        for row in session().scalars(select(Attendance).where(Attendance.visitor_id.in_(visitors)))
    }
    carts = _carts(visitors, known)
    talks = {
        row.visitor_id: row
        for row in session().execute(
            select(Conversation.visitor_id, Conversation.id, Conversation.state, Conversation.last_message_at)
            .where(Conversation.visitor_id.in_(visitors), Conversation.state != "resolved")
            .order_by(Conversation.last_message_at)
        )
    }
    return {
        visitor_id: Seen(
            [
                Met(r.at, "step" if r.kind == "checkout" else r.kind, r.step, r.detail)
                for r in met[visitor_id]
            ],
            met[visitor_id][-1] if met[visitor_id] else None,
            carts.get(visitor_id),
            attended.get(visitor_id),
            talks.get(visitor_id),
        )
        for visitor_id in visitors
    }


def _carts(visitors: set[uuid.UUID], known: Mapping[uuid.UUID, Stall]) -> dict[uuid.UUID, Any]:
    """Of each visitor the cart in hand last; for whoever is known to be stuck also one that became an order."""
    stuck_in = [stall.cart_id for stall in known.values() if stall.cart_id is not None]
    rows = session().execute(
        select(
            Cart.id,
            Cart.visitor_id,
            Cart.state,
            Cart.value_minor,
            Cart.currency,
            Cart.last_activity_at,
            Cart.market_key,
            Cart.language,
        )
        .where((Cart.visitor_id.in_(visitors) & Cart.state.in_(("open", "paying"))) | Cart.id.in_(stuck_in))
        .order_by(Cart.last_activity_at)
    )
    return {row.visitor_id: row for row in rows}


def _facts(one: Seen) -> Facts:
    is_ordered = one.cart is not None and one.cart.state not in ("open", "paying")
    met = one.met if one.cart is not None else [m for m in one.met if m.step not in MONEY_STEPS]
    acted_at = one.cart.last_activity_at if one.cart is not None else None
    stands = (
        Met(one.attended.arrived_at, "step", one.attended.step)
        if one.attended is not None and one.cart is not None
        else None
    )
    seen_at = one.attended.seen_at if one.attended is not None else None
    if one.talk is None:
        return Facts(met, acted_at, seen_at, is_ordered, stands)
    # What was met before the last word of the conversation has been spoken of, and a word is an act like any other.
    said_at = one.talk.last_message_at
    return Facts(
        [m for m in met if m.at > said_at],
        max(acted_at or said_at, said_at),
        seen_at,
        is_ordered,
        replace(stands, at=max(stands.at, said_at)) if stands is not None else None,
    )


def _unless_waiting(trouble: Stuck | None, one: Seen) -> Stuck | None:
    """Whoever waits for our answer stands still because of us; any other trouble is theirs all the same."""
    if trouble is not None and trouble.reason == "no_progress" and one.talk is not None:
        return None if one.talk.state == "waiting" else trouble
    return trouble


def _row(visitor_id: uuid.UUID, trouble: Stuck, one: Seen, at: datetime) -> dict[str, Any]:
    told = one.attended or one.last or one.cart
    value = one.cart.value_minor if one.cart is not None else None
    return {
        "id": uuid7(),
        "public_id": public_id(),
        "visitor_id": visitor_id,
        "cart_id": one.cart.id if one.cart is not None else None,
        "step": trouble.step,
        "reason": trouble.reason,
        "detail": trouble.detail,
        "times": trouble.times,
        "since": trouble.since,
        "seen_at": at,
        "value_minor": value or None,
        "currency": one.cart.currency if value else None,
        "market_key": told.market_key,
        "language": told.language,
        "device": getattr(told, "device", None),
        "state": "open",
        "conversation_id": one.talk.id if one.talk is not None else None,
    }


def _open(rows: list[dict[str, Any]]) -> list[Stall]:
    """Two sweeps at once open one stall: the index lets the second find it there."""
    if not rows:
        return []
    made = session().scalars(insert(Stall).on_conflict_do_nothing().returning(Stall.id), rows).all()
    return list(session().scalars(select(Stall).where(Stall.id.in_(made))))


def _follow(stall: Stall, trouble: Stuck, one: Seen, at: datetime) -> int:
    stall.seen_at = at
    if one.cart is not None:
        stall.cart_id, stall.value_minor = one.cart.id, one.cart.value_minor or None
        stall.currency = one.cart.currency if one.cart.value_minor else None
    now = (trouble.step, trouble.reason, trouble.detail, trouble.times)
    if now == (stall.step, stall.reason, stall.detail, stall.times):
        return 0
    if trouble.reason != stall.reason:
        stall.since = trouble.since
    stall.step, stall.reason, stall.detail, stall.times = now
    return 1


def _close(stall: Stall, one: Seen, facts: Facts, at: datetime) -> int:
    if one.talk is not None and one.talk.last_message_at > stall.since:
        stall.conversation_id = one.talk.id
        stall.close("helped", at)
    elif facts.is_ordered:
        stall.close("ordered", at)
    else:
        stall.close("went_on" if is_here(facts, at) else "left", at)
    return 1


def fold_visits() -> int:
    return signals.fold(clock.now())


def purge() -> int:
    """Signals and attendances after 90 days, presences after a day."""
    at = clock.now()
    with transaction():
        session().execute(delete(Attendance).where(Attendance.seen_at < at - signals.KEPT_FOR))
        session().execute(delete(DeskPresence).where(DeskPresence.seen_at < at - LOOKED_BACK * 72))
        return signals.purge(at)


TIMETABLE = (
    Sweep("conversations.stalls", every_s=10, run=sweep),
    Sweep("signals.visits", every_s=60, run=fold_visits),
    Sweep("signals.purge", every_s=3_600, run=purge),
)
