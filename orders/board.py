"""The dealer's board: the day in lanes, every order with a car that is to be handed over, those handed over that day."""

import functools
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import request
from markupsafe import Markup

from app import clock
from app.i18n import _, language, ngettext, translate
from app.kept import KeptByVersion
from app.pages import date as shown_date
from app.pages import time as shown_time
from app.pages import zone_here
from orders import (
    board_cards,
    board_day,
    board_figures,
    board_rows,
    board_rules,
    day_places,
    lane_words,
    statuses,
)
from orders.board_cards import Reader
from orders.board_day import Day, Place
from orders.board_figures import Month, StuckRefund
from orders.board_rows import BoardRow
from orders.board_rules import COLUMNS, WHO
from orders.lane_times import HANDOVER
from orders.lane_words import Lanes

SHOWN = 24
"""Cards in a column before the rest is a link."""
SHOWN_ALONE = 240
MOST_PLACES_IN_LANES = 3
KEPT_S = 60
"""What no change of an order tells of, such as another name of the buyer, shows by then."""
MOST_KEPT = 50


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see. `day` None is today, `who` who must act, `column` one column alone."""

    day: date | None = None
    who: str | None = None
    column: str | None = None
    find: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.who or self.find)


@dataclass(frozen=True)
class Column:
    """`count` is how many there are, `cards` those shown, `more` the rest."""

    key: str
    heading: str
    count: int
    cards: Sequence[Markup]

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


@dataclass(frozen=True)
class NextUp:
    public_id: str
    name: str
    when: str


@dataclass(frozen=True)
class Chip:
    key: str
    words: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Board:
    """`rooms` are the places whose changes it shows, by their public ids; `names` what they are called."""

    asked: Asked
    day: date
    is_today: bool
    as_of: str
    columns: Sequence[Column]
    figures: Sequence[tuple[str, str]]
    chips: Sequence[Chip]
    lanes: Lanes | None
    holidays: Sequence[str]
    refunds: Sequence[StuckRefund]
    next_up: NextUp | None
    rooms: Sequence[str]
    names: Sequence[str]

    @property
    def found(self) -> int:
        return sum(column.count for column in self.columns)


@dataclass(frozen=True)
class _Read:
    """What a board is made of, as the database has it."""

    rows: Sequence[BoardRow]
    month: Month
    refunds: Sequence[StuckRefund]


_kept = KeptByVersion[tuple[object, ...], _Read](KEPT_S, MOST_KEPT)


def forget() -> None:
    _kept.forget()


def load(
    recipient_ids: Sequence[uuid.UUID] | None, asked: Asked | None = None, version: int | None = None
) -> Board:
    """The board of these dealers, or of all of them (None). With its `version` (board_room) what was read under it serves
    again.
    """
    asked = asked or Asked()
    now = clock.now()
    places, zone, day, today = where(recipient_ids, asked, now)
    most = SHOWN_ALONE if asked.column else SHOWN
    read = functools.partial(_read, recipient_ids, day, zone, today, most, asked.find.strip())
    if version is None or asked.find:
        found = read()
    else:
        ours = frozenset(recipient_ids) if recipient_ids is not None else None
        found = _kept.get((ours, day, zone, today, most, language()), version, read)
    rows = found.rows
    days = days_of(rows, places, day, now)
    reader = Reader(language(), today, request.script_root, names_dealer=len(places) > 1)
    columns, chips = _columns(rows, asked, day, now, zone, reader)
    return Board(
        asked=asked,
        day=day,
        is_today=day == today,
        as_of=shown_time(now, zone),
        columns=columns,
        figures=_figures(days, rows, day, zone, found.month, day == today),
        chips=chips,
        lanes=lane_words.show(days, now) if len(days) <= MOST_PLACES_IN_LANES else None,
        holidays=_holidays(places),
        refunds=found.refunds,
        next_up=_next_up(rows, reader),
        rooms=[place.public_id for place in places],
        names=[place.name for place in places],
    )


def _read(
    recipient_ids: Sequence[uuid.UUID] | None, day: date, zone: str, today: date, most: int, find: str
) -> _Read:
    month = board_figures.month(recipient_ids, day, zone)
    return _Read(
        board_rows.read(recipient_ids, day, zone, today, most, find),
        month,
        board_figures.stuck_refunds(recipient_ids) if month.is_money_stuck else (),
    )


def where(
    recipient_ids: Sequence[uuid.UUID] | None, asked: Asked, now: datetime
) -> tuple[Sequence[Place], str, date, date]:
    """The places, the clock of the first of them, the day asked for, and today there."""
    guess = asked.day or now.astimezone(ZoneInfo(zone_here())).date()
    places = day_places.places(recipient_ids, guess)
    zone = places[0].zone if places else zone_here()
    today = now.astimezone(ZoneInfo(zone)).date()
    day = asked.day or today
    if day != guess:
        places = day_places.places(recipient_ids, day)
    return places, zone, day, today


def days_of(rows: Sequence[BoardRow], places: Sequence[Place], day: date, now: datetime) -> list[Day]:
    by_place: dict[str | None, list[BoardRow]] = {}
    for row in rows:
        by_place.setdefault(row.place, []).append(row)
    return [board_day.of_place(by_place.get(place.public_id, []), place, day, now) for place in places]


def _columns(
    rows: Sequence[BoardRow], asked: Asked, day: date, now: datetime, zone: str, reader: Reader
) -> tuple[list[Column], list[Chip]]:
    shown: dict[str, list[BoardRow]] = {key: [] for key, _heading in COLUMNS}
    counts, waiting = Counter[str](), Counter[str]()
    for row in rows:
        column = board_rules.standing(row.status, row.open_mask).column
        if column == "handed_over" and not _was_on(row, day, zone):
            continue
        who = who_acts(row, reader.today)
        # A group is counted by its first row; those handed over come one by one.
        alike = 1 if column == "handed_over" else row.alike if row.place_in_group == 1 else 0
        if alike:
            waiting.update(dict.fromkeys(who, alike))
        if asked.who is None or asked.who in who:
            counts[column] += alike
            shown[column].append(row)
    most = SHOWN_ALONE if asked.column else SHOWN
    columns = [
        Column(
            key,
            _heading(key, heading, day, reader.today),
            counts[key],
            [board_cards.ready(row, _late(row, now, reader.today), reader) for row in shown[key][:most]],
        )
        for key, heading in COLUMNS
        if asked.column in (None, key)
    ]
    chips = [
        Chip(key, translate(words), waiting[key], key == asked.who)
        for key, words in WHO.items()
        if waiting[key] or key == asked.who
    ]
    return columns, chips


def _was_on(row: BoardRow, day: date, zone: str) -> bool:
    at: datetime | None = row.handed_over_at
    return at is not None and at.astimezone(ZoneInfo(zone)).date() == day


def who_acts(row: BoardRow, today: date) -> frozenset[str]:
    return board_rules.who_acts(
        row.status,
        row.open_mask,
        row.owed_minor > 0,
        row.awaits_vin,
        board_cards.days_to_go(row, today) if row.awaits_vin else None,
        row.house_owes,
        row.answer,
        row.open_tasks,
    )


def _late(row: BoardRow, now: datetime, today: date) -> int | None:
    if row.ends_at is None or row.ends_at > now:
        return None
    return board_rules.days_late(row.ends_at, board_cards.handover_day(row), row.status, now, today)


def _heading(key: str, heading: str, day: date, today: date) -> str:
    if key == "handed_over" and day != today:
        return _("Handed over on %(day)s", day=shown_date(day, weekday=False))
    return translate(heading)


def _next_up(rows: Sequence[BoardRow], reader: Reader) -> NextUp | None:
    """The ready car whose time comes first."""
    row = next((row for row in rows if row.status == statuses.READY and row.starts_at is not None), None)
    if row is None:
        return None
    return NextUp(row.public_id, row.customer, board_cards.card(row, None, reader).when)


def _figures(
    days: Sequence[Day], rows: Sequence[BoardRow], day: date, zone: str, month: Month, is_today: bool
) -> list[tuple[str, str]]:
    """Only what was counted or measured; a month without a handover says nothing about time."""
    handovers = [block for one in days for block in one.blocks if block.work == HANDOVER]
    done = sum(1 for row in rows if _was_on(row, day, zone))
    open_ones = sum(1 for block in handovers if block.state != "done")
    words = _("today, %(done)s done", done=done) if is_today else _("on this day, %(done)s done", done=done)
    figures = [(str(open_ones + done), words)]
    at_risk = [block for block in handovers if block.state in ("waiting", "problem")]
    if at_risk:
        figures.append((str(len(at_risk)), _risk_words(block.risk for block in at_risk)))
    if month.on_time_percent is not None:
        figures.append((f"{month.on_time_percent}%", _("on time this month")))
    if month.minutes is not None:
        minutes = ngettext("%(n)s min", "%(n)s min", month.minutes) % {"n": month.minutes}
        figures.append((minutes, _("a handover, on average")))
    return figures


def _risk_words(risks: Iterable[str | None]) -> str:
    """Why, most often first."""
    reasons = Counter(lane_words.risk_words(key) if key else _("past its time") for key in risks)
    if len(reasons) == 1:
        return _("at risk, %(reason)s", reason=next(iter(reasons)))
    told = [f"{reason} {count}" for reason, count in reasons.most_common(2)]
    return _("at risk, %(reason)s", reason=_(", ").join(told))


def _holidays(places: Sequence[Place]) -> list[str]:
    closed: Mapping[str, None] = dict.fromkeys(place.holiday for place in places if place.holiday)
    return list(closed)
