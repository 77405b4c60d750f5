"""A place's bays, vans and preparation places: added, renamed, put in order, closed for a time and retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for
from pydantic import Field
from sqlalchemy import select

from app import clock, sessions
from app.access import Policy, require_recipient, staff
from app.db import close_reading, session, transaction
from app.errors import InvalidInput, NotFound, Refusal
from app.events import actor_now
from app.forms import Form, PublicId, ShortText, parse
from app.i18n import N_, _, translate
from app.pages import datetime as shown_datetime
from app.pages import page, see_other
from orders import lane_work
from orders.lane_refusals import LaneHasWork, LastLane
from orders.lane_work import Work
from partners import lane_keeping, places
from partners.lanes import BAY, KINDS, LONGEST_REASON, PREPARATION, VAN, Lane
from partners.models import DEALER, OpeningHours, Recipient

blueprint = Blueprint("lane_desk", __name__, url_prefix="/dealer/places")

STAFF = staff("dealer", "admin")

policies: Mapping[str, Policy] = {
    f"lane_desk.{name}": STAFF
    for name in ("own", "place", "add", "rename", "move", "retire", "close", "lift")
}

LONGEST_NAME = 14
"""It stands in the first column of the day."""

HEADINGS: Mapping[str, str] = {
    BAY: N_("Bays, for handovers"),
    VAN: N_("Vans, for deliveries to the door"),
    PREPARATION: N_("Where cars are prepared"),
}
KIND_WORDS: Mapping[str, str] = {
    BAY: N_("Bay"),
    VAN: N_("Delivery van"),
    PREPARATION: N_("Preparation place"),
}
SOLD_AS: Mapping[str, str] = {BAY: "handover", VAN: "delivery"}

Name = Annotated[ShortText, Field(max_length=LONGEST_NAME)]


class NewLane(Form):
    kind: Literal["bay", "van", "preparation"]
    name: Name
    name_zh: Name | None = None


class Names(Form):
    name: Name
    name_zh: Name | None = None


class Step(Form):
    to: Literal["up", "down"]


class Nothing(Form):
    pass


class Closure(Form):
    """Both ends on the clock of the place, as a browser writes them: 2026-12-08T13:00."""

    lane: PublicId
    since: Annotated[str, Field(max_length=19)]
    until: Annotated[str, Field(max_length=19)]
    reason: Annotated[ShortText, Field(max_length=LONGEST_REASON)]


@dataclass(frozen=True)
class LaneRow:
    public_id: str
    name: str
    label_en: str
    label_zh: str
    is_first: bool
    is_last: bool
    is_open: bool
    """Its form to rename it is unfolded, as something in it was refused."""


@dataclass(frozen=True)
class Group:
    """The lanes of a kind. `more_sold` says when more is taken at a time than there are lanes."""

    kind: str
    heading: str
    rows: Sequence[LaneRow]
    more_sold: str


@dataclass(frozen=True)
class ClosureRow:
    public_id: str
    lane: str
    since: str
    until: str
    reason: str
    is_on: bool
    without_room: Sequence[tuple[str, str]]
    """What finds no lane in that time: words, and the address of the day's plan."""


@blueprint.get("/lanes")
def own() -> Response:
    """Of the place in hand, else of the first of theirs."""
    return see_other(url_for(".place", public_id=places.in_hand(sessions.staff_here()).public_id))


@blueprint.get("/<public_id>/lanes")
def place(public_id: str) -> Response:
    return _page(_of(public_id))


@blueprint.post("/<public_id>/lanes")
def add(public_id: str) -> Response:
    found = _of(public_id)
    state = parse(NewLane, request.form)
    try:
        told = state.get()
        if told.kind not in _kinds(found):
            raise InvalidInput({"kind": _("Choose one of the options shown.")})
        with transaction():
            lane_keeping.add(found, told.kind, told.name, told.name_zh or told.name, actor_now(), clock.now())
    except InvalidInput as wrong:
        return _refused(public_id, wrong, "add", typed=state.values)
    return _back(public_id)


@blueprint.post("/<public_id>/lanes/<lane>/name")
def rename(public_id: str, lane: str) -> Response:
    found = _of(public_id)
    state = parse(Names, request.form)
    try:
        told = state.get()
        with transaction():
            lane_keeping.rename(found, lane, told.name, told.name_zh or told.name, actor_now(), clock.now())
    except InvalidInput as wrong:
        return _refused(public_id, wrong, "rename", lane, state.values)
    return _back(public_id)


@blueprint.post("/<public_id>/lanes/<lane>/order")
def move(public_id: str, lane: str) -> Response:
    found = _of(public_id)
    told = parse(Step, request.form).get()
    with transaction():
        lane_keeping.move(found, lane, told.to == "down", actor_now(), clock.now())
    return _back(public_id, f"lane-{lane}")


@blueprint.post("/<public_id>/lanes/<lane>/retire")
def retire(public_id: str, lane: str) -> Response:
    found = _of(public_id)
    parse(Nothing, request.form).get()
    try:
        with transaction():
            lane_work.retire(found, lane, actor_now(), clock.now())
    except (LaneHasWork, LastLane) as refused:
        return _refused(public_id, refused, "retire", lane)
    return _back(public_id)


@blueprint.post("/<public_id>/closures")
def close(public_id: str) -> Response:
    found = _of(public_id)
    state = parse(Closure, request.form)
    try:
        told = state.get()
        since, until = _instant("since", told.since, found), _instant("until", told.until, found)
        with transaction():
            lane_keeping.close(
                found,
                told.lane,
                since,
                until,
                told.reason,
                sessions.staff_here().id,
                actor_now(),
                clock.now(),
            )
    except InvalidInput as wrong:
        return _refused(public_id, wrong, "close", typed=state.values)
    return _back(public_id, "closures")


@blueprint.post("/<public_id>/closures/<closure>/lift")
def lift(public_id: str, closure: str) -> Response:
    found = _of(public_id)
    parse(Nothing, request.form).get()
    with transaction():
        lane_keeping.lift(found, closure, sessions.staff_here().id, actor_now(), clock.now())
    return _back(public_id, "closures")


def _of(public_id: str) -> Recipient:
    """Raises NotFound for what is no dealer, and for another one's."""
    wanted = select(Recipient).where(Recipient.public_id == public_id, Recipient.kind == DEALER)
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise NotFound()
    require_recipient(found.id)
    return found


def _kinds(found: Recipient) -> tuple[str, ...]:
    return KINDS if found.home_delivery else (BAY, PREPARATION)


def _instant(name: str, told: str, found: Recipient) -> datetime:
    try:
        local = datetime.strptime(told[:16], "%Y-%m-%dT%H:%M")
    except ValueError:
        raise InvalidInput({name: _("Choose a day and a time.")}) from None
    if not 2020 <= local.year <= 2099:
        raise InvalidInput({name: _("Choose a day within a year, or retire the lane.")})
    return local.replace(tzinfo=ZoneInfo(found.time_zone))


def _back(public_id: str, anchor: str | None = None) -> Response:
    return see_other(url_for(".place", public_id=public_id, saved=1, _anchor=anchor))


def _refused(
    public_id: str, refused: Refusal, form: str, lane: str = "", typed: Mapping[str, str] | None = None
) -> Response:
    close_reading()
    return _page(_of(public_id), refused, form, lane, typed or {})


def _page(
    found: Recipient,
    refused: Refusal | None = None,
    form: str = "",
    lane: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    now = clock.now()
    present = lane_keeping.of_place(found.id)
    work = lane_work.ahead(found, now)
    shut = lane_work.shut_times(found.id, now)
    errors = dict(refused.errors) if isinstance(refused, InvalidInput) else {}
    needing: list[Work] = []
    if isinstance(refused, LaneHasWork):
        one = next((one for one in present if one.public_id == lane), None)
        needing = lane_work.needing(one, work, present, shut) if one is not None else []
    is_typed = typed or {}
    principal = sessions.current().staff
    return page(
        "orders/lane_desk.html",
        refused.status if refused is not None else 200,
        place=found.name_shown,
        public_id=found.public_id,
        zone=found.time_zone,
        other_places=_other_places(found),
        groups=_groups(found, present, form, lane),
        kinds=[(kind, translate(KIND_WORDS[kind])) for kind in _kinds(found)],
        closures=_closures(found, work, present, shut, now),
        lane_options=[(one.public_id, one.name_shown) for one in present],
        form=form,
        lane=lane,
        typed=is_typed,
        errors=errors,
        fault_list=_faults(refused, errors, form, lane),
        needing=[(one.words, url_for("dealer_board.lanes", day=one.day.isoformat())) for one in needing],
        saved=bool(request.args.get("saved")) and refused is None,
        soonest=now.astimezone(ZoneInfo(found.time_zone)).strftime("%Y-%m-%dT%H:%M"),
        is_admin=principal is not None and principal.has("admin"),
        longest_name=LONGEST_NAME,
    )


def _groups(found: Recipient, present: Sequence[Lane], form: str, lane: str) -> list[Group]:
    groups = []
    sold = _sold_at_a_time(found)
    for kind in KINDS:
        ours = [one for one in present if one.kind == kind]
        if not ours and kind not in _kinds(found):
            continue
        rows = [
            LaneRow(
                one.public_id,
                one.name_shown,
                one.name,
                one.name_zh,
                one is ours[0],
                one is ours[-1],
                form == "rename" and lane == one.public_id,
            )
            for one in ours
        ]
        most = sold.get(SOLD_AS.get(kind, ""), 0)
        more_sold = (
            _("The hours offer %(parties)s at a time, more than stand here.", parties=most)
            if most > len(ours)
            else ""
        )
        groups.append(Group(kind, translate(HEADINGS[kind]), rows, more_sold))
    return groups


def _sold_at_a_time(found: Recipient) -> dict[str, int]:
    rows = session().execute(
        select(OpeningHours.purpose, OpeningHours.capacity).where(OpeningHours.recipient_id == found.id)
    )
    most: dict[str, int] = {}
    for purpose, capacity in rows:
        most[purpose] = max(most.get(purpose, 0), capacity)
    return most


def _closures(
    found: Recipient,
    work: Sequence[Work],
    present: Sequence[Lane],
    shut: Mapping[str, Sequence[tuple[datetime, datetime]]],
    now: datetime,
) -> list[ClosureRow]:
    stands = lane_work.placed(work, present, shut)
    return [
        ClosureRow(
            closure.public_id,
            lane.name_shown,
            shown_datetime(closure.starts_at, found.time_zone),
            shown_datetime(closure.ends_at, found.time_zone),
            closure.reason,
            closure.starts_at <= now,
            [
                (one.words, url_for("dealer_board.lanes", day=one.day.isoformat()))
                for one in lane_work.without_room(work, stands, lane.kind, closure.starts_at, closure.ends_at)
            ],
        )
        for closure, lane in lane_keeping.closures_ahead(found.id, now)
    ]


def _faults(
    refused: Refusal | None, errors: Mapping[str, str], form: str, lane: str
) -> list[tuple[str, str]]:
    if refused is None:
        return []
    if not errors:
        return [("", refused.text)]
    prefix = f"{form}-{lane}-" if lane else f"{form}-"
    return [(f"{prefix}{name}", sentence) for name, sentence in errors.items()]


def _other_places(found: Recipient) -> list[tuple[str, str, bool]]:
    """Chips for somebody with a few places."""
    theirs = places.places_of(sessions.staff_here())
    if len(theirs) < 2:
        return []
    return [
        (one.name, url_for(".place", public_id=one.public_id), one.public_id == found.public_id)
        for one in theirs
    ]
