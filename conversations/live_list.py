"""The agents' list: who asked and who is stuck, together, by what stands at risk and by time.

It is looked at all day and renewed by itself, so what is shown keeps its order: what comes new stands below, with a line
that says so, until the reader sorts again or goes elsewhere.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Response, after_this_request, request, url_for
from markupsafe import Markup
from sqlalchemy import func, nulls_last, or_, select
from sqlalchemy.orm import aliased

from app import clock
from app.db import session, transaction
from app.i18n import _, language, ngettext
from app.money import Money
from app.pages import money, zone_here
from app.settings import settings
from checkout.cart import Cart
from conversations import showing, stalls_showing
from conversations.models import DESK, Conversation, HelpRequest, Message
from conversations.stalls import LIVE, DeskPresence, Stall
from customers.models import Customer

SHOWN = 60
EXCERPT = 90
ICONS = {"message": "chat", "callback": "phone", "test_drive": "wheel"}
CHOICE_COOKIE = "forecourt-desk"
CHOICES = ("sort", "mine", "over")
WORTH = {"CNY": 20_000_000, "EUR": 2_500_000}
"""What `over` means, by currency; another currency counts like the first."""
OVERDUE_S = 300
"""Whoever asked and has waited so long stands first, whatever is at stake."""


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    key: str
    id: str
    url: str
    title: str
    aside: str
    what: str
    more: str
    icon: str | None
    due: Markup | str
    due_kind: str
    current: bool
    tags: tuple[tuple[str, str], ...] = ()
    is_new: bool = False


@dataclass(frozen=True)
class Chip:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Listing:
    rows: Sequence[Row]
    chips: Sequence[Chip]
    look_url: str
    sort_url: str
    new_words: str
    recovered: str
    room: str = DESK

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class _Ranked:
    row: Row
    group: int
    value: int
    since: datetime
    language: str
    currency: str | None
    visitor_id: uuid.UUID
    staff_name: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the reader chose to see; kept in a cookie, so that a row opened or an answer sent forgets nothing."""

    sort: str = "risk"
    mine: bool = False
    over: bool = False

    @classmethod
    def here(cls) -> "Wanted":
        told = request.cookies.get(CHOICE_COOKIE, "").split(".")
        kept = cls("time" if "time" in told else "risk", "mine" in told, "over" in told)
        if not any(name in request.args for name in CHOICES):
            return kept
        chosen = cls(
            "time" if request.args.get("sort", kept.sort) == "time" else "risk",
            request.args.get("mine", "1" if kept.mine else "0") == "1",
            request.args.get("over", "1" if kept.over else "0") == "1",
        )
        after_this_request(chosen._remember)
        return chosen

    def _remember(self, response: Response) -> Response:
        words = [word for word, on in (("mine", self.mine), ("over", self.over)) if on]
        response.set_cookie(
            CHOICE_COOKIE,
            ".".join([self.sort, *words]),
            max_age=31_536_000,
            samesite="Lax",
            secure=settings().is_https,
            httponly=True,
        )
        return response

    def lets(self, one: _Ranked) -> bool:
        if one.row.current:
            return True
        if self.mine and one.language != language():
            return False
        return not self.over or one.value >= WORTH.get(one.currency or "CNY", WORTH["CNY"])


def listing(current: str) -> Listing:
    """`current` is the public id of the row in hand. Three statements, and one for the names of staff."""
    wanted = Wanted.here()
    ranked = [one for one in _together(_talks(current), _stalls(current)) if wanted.lets(one)]
    ranked.sort(key=_by_time if wanted.sort == "time" else _by_risk)
    rows = _kept([one.row for one in ranked[:SHOWN]], request.args.get("keep", "")[:2000])
    here = _here()
    fresh = sum(row.is_new for row in rows)
    keep = "~".join(".".join(row.key for row in rows if row.is_new is new) for new in (False, True))
    return Listing(
        rows=rows,
        chips=_chips(wanted, here),
        look_url=url_for("conversations.console_list", current=current or None, keep=keep, page=here),
        sort_url=here,
        new_words=ngettext("1 new below, sort again", "%(n)s new below, sort again", fresh) % {"n": fresh}
        if fresh
        else "",
        recovered=_recovered(clock.now()),
    )


def note_reader(staff_id: uuid.UUID) -> None:
    """The one at the console is there: help is offered in nobody's name who is not."""
    with transaction():
        DeskPresence.note(staff_id, clock.now())


def visitor_name(visitor_id: uuid.UUID) -> str:
    """Somebody who told no name, told apart by the last digits of the visit."""
    return stalls_showing.visitor_name(visitor_id)


def excerpt(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def _by_risk(one: _Ranked) -> tuple[int, int, float]:
    if one.group == 2:
        return (2, 0, -one.since.timestamp())
    return (one.group, -one.value, one.since.timestamp())


def _by_time(one: _Ranked) -> tuple[int, int, float]:
    return (2, 0, -one.since.timestamp()) if one.group == 2 else (0, 0, one.since.timestamp())


def _kept(rows: Sequence[Row], shown: str) -> list[Row]:
    """Those shown before in the order in which they stood, `a.b~c` with c below as new; the others below that."""
    if not shown:
        return list(rows)
    known, _tilde, fresh = shown.partition("~")
    place = {key: at for at, key in enumerate([*known.split("."), *fresh.split(".")])}
    seen = set(known.split("."))
    marked = [row if row.key in seen else replace(row, is_new=True) for row in rows]
    return sorted(marked, key=lambda row: place.get(row.key, len(place)))


def _together(talks: Sequence[_Ranked], stalls: Sequence[_Ranked]) -> list[_Ranked]:
    """Everybody once: whoever is stuck and in a conversation stands there, with the trouble on the same row."""
    stuck = {one.visitor_id: one for one in stalls}
    found = []
    for talk in talks:
        stall = stuck.pop(talk.visitor_id, None)
        found.append(talk if stall is None else _with_trouble(talk, stall))
    return [*found, *stuck.values()]


def _with_trouble(talk: _Ranked, stall: _Ranked) -> _Ranked:
    """Answered before, they need somebody again; waiting, they wait as before. The worth is that of the cart of now."""
    is_stuck = bool(stall.row.due)
    needs_again = is_stuck and talk.group == 2
    row = replace(
        talk.row,
        tags=stall.row.tags,
        more=" · ".join(part for part in (stall.row.what, talk.staff_name) if part),
        due=stall.row.due if needs_again else talk.row.due,
        due_kind=stall.row.due_kind if needs_again else talk.row.due_kind,
        current=talk.row.current or stall.row.current,
    )
    return replace(
        talk,
        row=row,
        group=1 if needs_again else talk.group,
        since=stall.since if needs_again else talk.since,
        value=stall.value or talk.value,
        currency=stall.currency or talk.currency,
    )


def _talks(current: str) -> list[_Ranked]:
    """Conversations that wait or were answered, and what was asked first in each."""
    earliest = aliased(HelpRequest)
    first_request = (
        select(earliest.id)
        .where(earliest.conversation_id == Conversation.id)
        .order_by(earliest.id)
        .limit(1)
        .scalar_subquery()
    )
    found = (
        session()
        .execute(
            select(Conversation, HelpRequest, Customer.name, Message.body)
            .select_from(Conversation)
            .join(HelpRequest, HelpRequest.id == first_request)
            .outerjoin(Customer, Customer.id == Conversation.customer_id)
            .outerjoin(
                Message, (Message.conversation_id == Conversation.id) & (Message.seq == Conversation.last_seq)
            )
            .where(
                Conversation.state.in_(("waiting", "open")),
                or_(
                    Conversation.snoozed_until.is_(None),
                    Conversation.snoozed_until <= clock.sql_now,
                    Conversation.public_id == current,
                ),
            )
            .order_by(nulls_last(Conversation.waiting_since.asc()), Conversation.last_message_at.desc())
            .limit(SHOWN)
        )
        .all()
    )
    names = showing.names_of([row[0] for row in found])
    return [_talk(*row, names, current) for row in found]


def _talk(
    talk: Conversation,
    asked: HelpRequest,
    name: str | None,
    body: str | None,
    names: showing.Names,
    current: str,
) -> _Ranked:
    where = _(showing.STEP_LABELS.get(asked.step, showing.STEP_LABELS["browse"]))
    value = showing.amount_of(asked.value_minor, asked.currency)
    parts = (where, value, names.of(talk.staff_id))
    since = talk.waiting_since
    waited_s = (clock.now() - since).total_seconds() if since is not None else 0
    kind = "problem" if waited_s >= 2 * OVERDUE_S else "waiting" if waited_s >= OVERDUE_S else "plain"
    row = Row(
        key=f"t{talk.public_id[:7]}",
        id=f"talk-{talk.public_id}",
        url=url_for("conversations.agent_conversation", public_id=talk.public_id),
        title=name or visitor_name(talk.visitor_id),
        aside=_(showing.KIND_LABELS[asked.kind]),
        what=excerpt(body or ""),
        more=" · ".join(part for part in parts if part),
        icon=ICONS[asked.kind],
        due=stalls_showing.running(since) if since is not None else "",
        due_kind=kind,
        current=talk.public_id == current,
    )
    group = 2 if since is None else 0 if waited_s >= OVERDUE_S else 1
    if talk.snoozed_until is not None:
        group = -1
    return _Ranked(
        row,
        group,
        asked.value_minor or 0,
        since or talk.last_message_at,
        talk.language,
        asked.currency,
        talk.visitor_id,
        names.of(talk.staff_id),
    )


def _stalls(current: str) -> list[_Ranked]:
    """Whoever is stuck now, and the one in hand even if it is over."""
    found = session().execute(
        select(Stall, Customer.name)
        .outerjoin(Cart, Cart.id == Stall.cart_id)
        .outerjoin(Customer, Customer.id == Cart.customer_id)
        .where(or_(Stall.state.in_(LIVE), Stall.public_id == current))
        .order_by(nulls_last(Stall.value_minor.desc()), Stall.since)
        .limit(SHOWN)
    )
    return [_stall(stall, name, current) for stall, name in found]


def _stall(stall: Stall, name: str | None, current: str) -> _Ranked:
    where = stalls_showing.step_words(stall.step)
    value = showing.amount_of(stall.value_minor, stall.currency)
    tags = [(stalls_showing.reason_words(stall), stalls_showing.KINDS[stall.reason])]
    if stall.state != "open":
        tags.append(stalls_showing.state_tag(stall))
    row = Row(
        key=f"s{stall.public_id[:7]}",
        id=f"stall-{stall.public_id}",
        url=url_for("stalls.stall", public_id=stall.public_id),
        title=name or visitor_name(stall.visitor_id),
        aside=stalls_showing.device_words(stall.device),
        what=" · ".join(part for part in (where, value) if part),
        more="",
        icon="clock",
        due=stalls_showing.running(stall.since) if stall.is_live else "",
        due_kind=stalls_showing.KINDS[stall.reason] if stall.is_live else "plain",
        current=stall.public_id == current,
        tags=tuple(tags),
    )
    return _Ranked(
        row, 1, stall.value_minor or 0, stall.since, stall.language, stall.currency, stall.visitor_id
    )


def _here() -> str:
    """The page that the list stands on; the list alone is asked for under an address of its own."""
    if request.endpoint != "conversations.console_list":
        return request.path if request.method == "GET" else url_for("conversations.console")
    told = request.args.get("page", "")
    return told if told.startswith("/agent") and told.isprintable() else url_for("conversations.console")


def _chips(wanted: Wanted, here: str) -> list[Chip]:
    is_risk = wanted.sort == "risk"
    over = money(Money(WORTH["CNY"], "CNY"))
    return [
        Chip(_("At risk first"), f"{here}?sort={'time' if is_risk else 'risk'}", is_risk),
        Chip(_("My language"), f"{here}?mine={0 if wanted.mine else 1}", wanted.mine),
        Chip(_("Over %(amount)s", amount=over), f"{here}?over={0 if wanted.over else 1}", wanted.over),
    ]


def _recovered(at: datetime) -> str:
    """What was stuck and became an order since midnight. One statement."""
    zone = ZoneInfo(zone_here())
    midnight = datetime.combine(at.astimezone(zone).date(), time.min, zone)
    won = (
        session()
        .execute(
            select(Cart.currency, func.sum(Cart.value_minor).label("sum"))
            .where(
                Cart.state == "ordered",
                Cart.id.in_(select(Stall.cart_id).where(Stall.closed_at >= midnight)),
            )
            .group_by(Cart.currency)
            .order_by(func.sum(Cart.value_minor).desc())
        )
        .all()
    )
    return ", ".join(money(Money(int(total), currency)) for currency, total in won)
