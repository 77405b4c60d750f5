"""The sheet of a day, to be printed: what is handed over when and where, and what is still missing for it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import clock
from app.db import session
from app.i18n import _, translate
from app.money import Money
from app.pages import datetime as shown_datetime
from app.pages import long_date
from app.pages import money as shown_money
from orders import board, board_rows, board_rules, lane_words
from orders.addresses import in_one_line
from orders.board import Asked
from orders.board_cards import LANGUAGES
from orders.board_day import Block, Day
from orders.lane_times import HANDOVER
from orders.order import Order


@dataclass(frozen=True)
class SheetRow:
    time: str
    lane: str
    name: str
    language: str
    number: str
    car: str
    vin: str
    where: str
    missing: str
    state: str


@dataclass(frozen=True)
class SheetPlace:
    name: str
    rows: Sequence[SheetRow]


@dataclass(frozen=True)
class DaySheet:
    day: date
    day_shown: str
    as_of: str
    places: Sequence[SheetPlace]


def load(recipient_ids: Sequence[uuid.UUID] | None, asked: date | None) -> DaySheet:
    now = clock.now()
    places, zone, on, today = board.where(recipient_ids, Asked(day=asked), now)
    days = board.days_of(board_rows.read(recipient_ids, on, zone, today), places, on, now)
    addresses = _addresses([block for day in days for block in day.blocks if block.work == HANDOVER])
    return DaySheet(
        day=on,
        day_shown=long_date(on, zone),
        as_of=shown_datetime(now, zone),
        places=[
            SheetPlace(
                day.place.name,
                [_row(block, day, addresses) for block in day.blocks if block.work == HANDOVER],
            )
            for day in days
            if len(days) == 1 or any(block.work == HANDOVER for block in day.blocks)
        ],
    )


def _addresses(blocks: Sequence[Block]) -> Mapping[uuid.UUID, Any]:
    """Where the vans go; the sheet is for who drives."""
    wanted = [block.row.order_id for block in blocks if block.row.method == "home_delivery"]
    if not wanted:
        return {}
    found = session().execute(select(Order.id, Order.address).where(Order.id.in_(wanted)))
    return {row.id: row.address for row in found}


def _row(block: Block, day: Day, addresses: Mapping[uuid.UUID, Any]) -> SheetRow:
    row = block.row
    address = addresses.get(row.order_id)
    return SheetRow(
        time=lane_words.times_of(block, day),
        lane=lane_words.lane_name(day, day.placed[block.appointment.key], block.appointment.kind),
        name=row.customer,
        language=LANGUAGES.get(row.language, row.language),
        number=row.number,
        car=row.model_name or "",
        vin=row.vin or _("to be built"),
        where=in_one_line(address) if address else _("At the dealer’s"),
        missing=_missing(row),
        state=lane_words.state_words(block.state),
    )


def _missing(row: Any) -> str:
    if row.handed_over_at is not None:
        return ""
    now = board_rules.standing(row.status, row.open_mask)
    parts = [translate(item.name) for item in now.missing]
    if row.awaits_vin:
        parts.insert(0, lane_words.risk_words("vin"))
    if row.owed_minor > 0:
        parts.insert(0, _("balance %(amount)s", amount=shown_money(Money(int(row.owed_minor), row.currency))))
    return _(", ").join(parts)
