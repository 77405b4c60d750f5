"""Cards of the dealer's board, made once and kept: a board of hundreds then costs its rows and no drawing of cards.

A card is kept under everything that it shows, the columns of its row included.
"""

from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from markupsafe import Markup

from app.i18n import _, localized, ngettext, translate
from app.kept import KeptUnder
from app.money import Money
from app.pages import date as shown_date
from app.pages import money as shown_money
from app.pages import time as shown_time
from orders import board_rules, statuses
from orders.board_rows import BoardRow
from orders.handover_records import DECLINED, WAITING
from partners.here import market_of

MOST_KEPT = 4_000
"""About 6 MB in a process."""
MOST_TAGS = 3

LANGUAGES = {"en": "English", "zh": "中文"}

_kept = KeptUnder[tuple[Any, ...], Markup](MOST_KEPT)


@dataclass(frozen=True)
class Card:
    """One order as the board shows it. `percent` is how much of the preparation is done."""

    public_id: str
    column: str
    name: str
    when: str
    number: str
    model: str | None
    paint: str
    wheels: str
    tags: tuple[tuple[str, str], ...]
    percent: int | None


@dataclass(frozen=True)
class Reader:
    """What a card depends on beside its row: who looks, when, from which address."""

    language: str
    today: date
    script_root: str
    names_dealer: bool


_shows = attrgetter(
    "public_id", "status", "answer", "house_owes", "awaits_vin", "open_mask", "open_tasks", "owed_minor", "due_on",
    "starts_at", "handed_over_at", "method", "language", "customer", "vin", "model", "paint", "wheels", "place_name",
)  # fmt: skip
"""Every column that a card depends on."""


def ready(row: BoardRow, late: int | None, reader: Reader) -> Markup:
    def draw() -> Markup:
        return Markup(render_template("orders/board_card.html", card=card(row, late, reader)))

    return _kept.get((_shows(row), late, reader), draw)


def card(row: BoardRow, late: int | None, reader: Reader) -> Card:
    now = board_rules.standing(row.status, row.open_mask)
    return Card(
        public_id=row.public_id,
        column=now.column,
        name=row.customer,
        when=when(row, reader.today),
        number=row.vin[-6:] if row.vin else _("to be built"),
        model=row.model,
        paint=row.paint or "",
        wheels=row.wheels or "",
        tags=_tags(row, now, late, reader),
        percent=now.percent,
    )


def _tags(
    row: BoardRow, now: board_rules.Standing, late: int | None, reader: Reader
) -> tuple[tuple[str, str], ...]:
    """How late it is, what is missing and who acts, then what to know; at most three."""
    tags: list[tuple[str, str]] = []
    is_open = row.status in statuses.BEFORE_HANDOVER
    if late is not None:
        words = (
            ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late} if late else _("past its time")
        )
        tags.append((words, "problem"))
    if row.house_owes:
        tags.append((_("Tarn: money to send back"), "problem"))
    if is_open:
        tags += _missing(row, now, reader.today)
        if row.method == "home_delivery":
            tags.append((_("To the door"), "plain"))
        if row.language != market_of(row.market_key).languages[0]:
            tags.append((LANGUAGES.get(row.language, row.language), "note"))
    if reader.names_dealer and row.place_name:
        tags = [*tags[: MOST_TAGS - 1], (localized(row.place_name, row.place_name_zh), "plain")]
    return tuple(tags[:MOST_TAGS])


def _missing(row: BoardRow, now: board_rules.Standing, today: date) -> list[tuple[str, str]]:
    tags: list[tuple[str, str]] = []
    if row.status == statuses.PLACED and row.answer == WAITING:
        tags.append((_("You: take the order or decline it"), "waiting"))
    if row.status == statuses.PLACED and row.answer == DECLINED:
        return [(_("Tarn: find another dealer"), "waiting")]
    owed = Money(max(0, int(row.owed_minor)), row.currency)
    is_overdue = bool(owed) and row.due_on is not None and row.due_on <= today
    if row.awaits_vin:
        is_ours = board_rules.builder(days_to_go(row, today)) == board_rules.DEALER
        tags.append((_("You: its VIN"), "waiting") if is_ours else (_("Plant: being built"), "plain"))
    if owed and (is_overdue or now.column in ("almost", "ready")):
        words = _("Buyer: balance %(amount)s", amount=shown_money(owed))
        tags.append((words, "problem" if is_overdue or now.column == "ready" else "waiting"))
    if row.starts_at is None:
        tags.append((_("Buyer: choose a time"), "waiting"))
    if row.status == statuses.PREPARING and now.missing:
        first = translate(now.missing[0].name)
        more = len(now.missing) - 1
        words = (
            _("You: %(item)s, %(count)s more", item=first, count=more)
            if more
            else _("You: %(item)s", item=first)
        )
        tags.append((words, "waiting" if now.column == "almost" else "plain"))
    elif row.status == statuses.PREPARING and row.open_tasks:
        words = ngettext("You: %(n)s task", "You: %(n)s tasks", row.open_tasks) % {"n": row.open_tasks}
        tags.append((words, "waiting"))
    elif row.status == statuses.PREPARING and not owed:
        tags.append((_("You: say it is ready"), "waiting"))
    return tags


def days_to_go(row: BoardRow, today: date) -> int | None:
    day = handover_day(row)
    return (day - today).days if day is not None else None


def handover_day(row: BoardRow) -> date | None:
    """On the clock of the place."""
    if row.starts_at is None or row.time_zone is None:
        return None
    starts_at: datetime = row.starts_at
    return starts_at.astimezone(ZoneInfo(row.time_zone)).date()


def when(row: BoardRow, today: date) -> str:
    if row.handed_over_at is not None:
        return shown_time(row.handed_over_at, row.time_zone)
    day = handover_day(row)
    if day is None:
        return _("no time yet")
    at = shown_time(row.starts_at, row.time_zone)
    if day == today:
        return _("today %(time)s", time=at)
    if (day - today).days == 1:
        return _("tomorrow %(time)s", time=at)
    return shown_date(day, row.time_zone)
