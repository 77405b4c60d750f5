"""The pages around the dealer's board: the board, finding on it, its lanes to plan, and the sheet of the day."""

import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup
from pydantic import Field

from app import clock, sessions
from app.access import Policy, require_recipient, staff
from app.db import transaction
from app.errors import InvalidInput
from app.events import actor_now
from app.forms import Form, PublicId, ShortText, parse
from app.i18n import language
from app.kept import KeptByVersion
from app.pages import page, page_or_fragment, see_other
from app.settings import settings
from orders import board, board_room, day_sheet, own, planning
from orders.board import Asked, Board
from orders.lane_refusals import (
    LaneNotFree,
    NoSuchLane,
    NoTimeAgreed,
    PreparationOver,
    PreparationTooLate,
    WorkDone,
)
from orders.order import Order
from orders.refusals import OrderNotFound
from partners import places

blueprint = Blueprint("dealer_board", __name__, url_prefix="/dealer")

DEALER = staff("dealer", "admin")

policies: Mapping[str, Policy] = {
    "dealer_board.find": DEALER,
    "dealer_board.sheet": DEALER,
    "dealer_board.lanes": DEALER,
    "dealer_board.plan": DEALER,
    "dealer_board.unplan": DEALER,
}

REFUSED_IN_PLACE = (
    InvalidInput,
    LaneNotFree,
    NoSuchLane,
    NoTimeAgreed,
    PreparationOver,
    PreparationTooLate,
    WorkDone,
)

MOST_KEPT = 40
"""Boards of some 60 kB in a process."""
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)

Day = Annotated[date | None, Field(ge=FIRST_DAY, le=LAST_DAY)]


class View(Form):
    """What the address of a board says."""

    day: Day = None
    who: Literal["buyer", "dealer", "house", "plant"] | None = None
    column: Literal["coming", "preparing", "almost", "ready", "handed_over"] | None = None


class Find(View):
    find: ShortText | None = None


class Plan(Form):
    """A lane for the handover; for the preparation also its beginning (HH:MM on the place's clock) and its length."""

    work: Literal["handover", "preparation"]
    lane: PublicId
    day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    starts: Annotated[str | None, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = None
    minutes: Annotated[int | None, Field(ge=15, le=600)] = None


class Unplan(Form):
    day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


def show() -> Response:
    """The board as its address says."""
    told = parse(View, _asked("day", "who", "column")).get()
    return _board(Asked(told.day, told.who, told.column))


@blueprint.post("/find")
def find() -> Response:
    """The same with the cards that hold a piece of text: what is looked for stands in no address and no log."""
    told = parse(Find, request.form).get()
    return _board(Asked(told.day, told.who, told.column, told.find or ""))


@blueprint.get("/sheet")
def sheet() -> Response:
    told = parse(View, _asked("day")).get()
    return page("orders/day_sheet.html", sheet=day_sheet.load(_recipient_ids(), told.day))


@blueprint.get("/lanes")
def lanes() -> Response:
    return _plan_page(parse(View, _asked("day")).get().day)


@blueprint.post("/lanes/<public_id>")
def plan(public_id: str) -> Response:
    """Raises OrderNotFound or NotFound for an order that is not the dealer's."""
    require_recipient(Order.by_public_id(public_id).recipient_id, OrderNotFound)
    form = parse(Plan, request.form)
    try:
        told = form.get()
        with transaction():
            order = own.locked(public_id)
            if told.work == "handover":
                planning.move_handover(order, told.lane, actor_now(), clock.now())
            else:
                planning.plan_preparation(
                    order, told.lane, told.day, told.starts, told.minutes, actor_now(), clock.now()
                )
    except REFUSED_IN_PLACE as refused:
        return _plan_page(_day_typed(), public_id, refused)
    return see_other(url_for(".lanes", day=told.day.isoformat(), _anchor=f"plan-{public_id}"))


@blueprint.post("/lanes/<public_id>/unplan")
def unplan(public_id: str) -> Response:
    told = parse(Unplan, request.form).get()
    with transaction():
        planning.drop_preparation(own.locked(public_id), actor_now(), clock.now())
    return see_other(url_for(".lanes", day=told.day.isoformat()))


def _board(asked: Asked) -> Response:
    recipient_ids = _recipient_ids()
    drawn = _drawn(recipient_ids, asked)
    return page_or_fragment(
        "orders/board.html",
        "orders/_board.html",
        board=drawn.board,
        body=drawn.body,
        choice=places.choice_of(sessions.staff_here()),
        places=" · ".join(drawn.board.names[:3]),
        rooms=[board_room.room(public_id) for public_id in drawn.board.rooms],
        days=_days(drawn.board, asked),
        narrowed=_address(asked),
    )


@dataclass(frozen=True)
class _Drawn:
    """A board with its words: the same for everybody who looks at these places in this language in this minute."""

    board: Board
    body: Markup


_kept = KeptByVersion[tuple[object, ...], _Drawn](board.KEPT_S, MOST_KEPT)


def forget() -> None:
    """What is kept of boards in this process."""
    _kept.forget()
    board.forget()


def _drawn(recipient_ids: Sequence[uuid.UUID] | None, asked: Asked) -> _Drawn:
    version = board_room.version(recipient_ids)
    draw = functools.partial(_draw, recipient_ids, asked, version)
    if asked.find:
        return draw()
    ours = frozenset(recipient_ids) if recipient_ids is not None else None
    minute = clock.now().replace(second=0, microsecond=0)
    return _kept.get((ours, asked, language(), request.script_root, minute), version, draw)


def _draw(recipient_ids: Sequence[uuid.UUID] | None, asked: Asked, version: int) -> _Drawn:
    shown = board.load(recipient_ids, asked, version)
    body = render_template(
        "orders/board_body.html",
        board=shown,
        is_live=settings().edge_url is not None,
        days=_days(shown, asked),
        narrowed=_address(asked),
    )
    return _Drawn(shown, Markup(body))


def _days(shown: Board, asked: Asked) -> Mapping[str, str]:
    """The addresses of the day before, the day after, today, and of this day with all its orders."""
    kept = {key: value for key, value in _address(asked).items() if key != "day"}
    step = timedelta(days=1)
    return {
        "before": url_for("dealer.show_board", **kept, day=(shown.day - step).isoformat()),
        "after": url_for("dealer.show_board", **kept, day=(shown.day + step).isoformat()),
        "today": url_for("dealer.show_board", **kept),
        "all": url_for("dealer.show_board", day=asked.day.isoformat() if asked.day else None),
    }


def _address(asked: Asked) -> dict[str, Any]:
    told = {"day": asked.day.isoformat() if asked.day else None, "who": asked.who, "column": asked.column}
    return {key: value for key, value in told.items() if value is not None}


def _plan_page(day: date | None, public_id: str = "", refused: Exception | None = None) -> Response:
    errors = refused.errors if isinstance(refused, InvalidInput) else {}
    sentence = " ".join(errors.values()) if errors else (getattr(refused, "text", "") if refused else "")
    return page(
        "orders/lanes.html",
        status=getattr(refused, "status", 200) if refused else 200,
        plan=planning.show(_recipient_ids(), day, request.form, public_id, sentence),
    )


def _day_typed() -> date | None:
    """Of a form that was refused: the day it was sent from, when that is one."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _asked(*names: str) -> dict[str, str]:
    return {name: request.args[name] for name in names if name in request.args}


def _recipient_ids() -> Sequence[uuid.UUID] | None:
    """Whose work is shown; None is every dealer's, for the house's admin."""
    return places.shown_to(sessions.staff_here())
