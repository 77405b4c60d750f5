"""Opening hours, days off and single times of one place, edited by its own people and by the administration."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy import select

from app import clock, i18n, sessions
from app.access import Policy, require_recipient, staff
from app.db import close_reading, session, transaction
from app.errors import InvalidInput, NotFound
from app.events import actor_now
from app.forms import parse
from app.i18n import N_, _, localized, ngettext, translate
from app.pages import date as shown_date
from app.pages import long_date, page, period, see_other
from app.pages import time as shown_time
from partners import hours
from partners.calendar import OUTSIDE_HOURS
from partners.models import DEALER, HOURS_PURPOSES, PURPOSES, OpeningHours, Recipient
from partners.places import in_hand, places_of
from partners.recipient_forms import DayOff, SlotChoice
from partners.refusals import ChangedMeanwhile
from partners.slot_choice import asked_day

PURPOSE_WORDS: Mapping[str, str] = {
    "visit": N_("Open to visitors"),
    "test_drive": N_("Test drives"),
    "handover": N_("Handovers"),
    "delivery": N_("Deliveries to the door"),
}
USUAL_MINUTES: Mapping[str, int] = {"test_drive": 60, "handover": 120, "delivery": 120}
DAYS_SHOWN = 7

blueprint = Blueprint("hours", __name__)

_STAFF = staff("dealer", "admin")
policies: Mapping[str, Policy] = {
    f"hours.{name}": _STAFF
    for name in ("own", "place", "change", "add_day_off", "take_back_day_off", "change_slots")
}


@dataclass(frozen=True)
class DayRow:
    weekday: int
    words: str
    times: tuple[tuple[str, str, str, str, str], ...]
    """Per stretch: field names of opening and closing, their values, and the error of either."""


@dataclass(frozen=True)
class PurposeForm:
    purpose: str
    words: str
    action: str
    has_slots: bool
    days: Sequence[DayRow]
    slot_minutes: str
    capacity: str
    version: str
    summary: str
    errors: Mapping[str, str]
    is_open: bool


@dataclass(frozen=True)
class SlotRow:
    id: str
    times: str
    state: str
    kind: str
    note: str
    can_choose: bool
    chosen: bool


@blueprint.get("/dealer/hours")
def own() -> Response:
    """Of the place in hand, else of the first of theirs."""
    return see_other(url_for(".place", public_id=in_hand(sessions.staff_here()).public_id))


@blueprint.get("/dealer/hours/<public_id>")
def place(public_id: str) -> Response:
    return _hours_page(_of(public_id))


@blueprint.post("/dealer/hours/<public_id>/<purpose>")
def change(public_id: str, purpose: str) -> Response:
    found = _of(public_id)
    if purpose not in _purposes(found):
        raise NotFound()
    given = {name: value.strip()[:20] for name, value in request.form.items()}
    typed = hours.read_form(given, has_slots=purpose in PURPOSES)
    if typed.week is None:
        return _hours_page(found, 422, purpose=purpose, given=given, errors=typed.errors)
    try:
        with transaction():
            hours.change(found, purpose, typed.week, given.get("version", ""), actor_now(), clock.now())
    except ChangedMeanwhile as changed:
        close_reading()
        return _hours_page(_of(public_id), 409, refusal=changed.text)
    return see_other(url_for(".place", public_id=public_id, saved=purpose, _anchor=purpose))


@blueprint.post("/dealer/hours/<public_id>/days-off")
def add_day_off(public_id: str) -> Response:
    found = _of(public_id)
    state = parse(DayOff, request.form)
    errors = dict(state.errors)
    on = asked_day(state.value.on) if state.value else None
    if state.value is not None and on is None:
        errors["on"] = _("Choose a date.")
    if state.value is None or on is None:
        return _hours_page(found, 422, day_off=state.values, day_off_errors=errors)
    told = state.value
    try:
        with transaction():
            hours.add_day_off(found, on, told.name, told.name_zh or told.name, actor_now(), clock.now())
    except InvalidInput as wrong:
        return _hours_page(found, 422, day_off=state.values, day_off_errors=wrong.errors)
    return see_other(url_for(".place", public_id=public_id, saved="day_off", _anchor="days-off"))


@blueprint.post("/dealer/hours/<public_id>/days-off/<uuid:holiday_id>/remove")
def take_back_day_off(public_id: str, holiday_id: uuid.UUID) -> Response:
    found = _of(public_id)
    with transaction():
        if not hours.take_back_day_off(found, holiday_id, actor_now(), clock.now()):
            raise NotFound()
    return see_other(url_for(".place", public_id=public_id, saved="day_off", _anchor="days-off"))


@blueprint.post("/dealer/hours/<public_id>/slots")
def change_slots(public_id: str) -> Response:
    found = _of(public_id)
    state = parse(SlotChoice, request.form)
    if state.value is None:
        return _hours_page(found, 422, slot_errors=state.errors)
    told = state.value
    errors = {}
    if not told.slots:
        errors["slots"] = _("Choose at least one time.")
    if told.do == "close" and not told.reason:
        errors["reason"] = _("Say why, such as: equipment maintenance.")
    if errors:
        return _hours_page(found, 422, slot_errors=errors, slot_reason=told.reason or "", chosen=told.slots)
    principal = sessions.staff_here()
    with transaction():
        if told.do == "close":
            hours.close_slots(
                found, told.slots[:200], told.reason or "", principal.id, actor_now(), clock.now()
            )
        else:
            hours.open_slots(found, told.slots[:200], actor_now(), clock.now())
    day = asked_day(told.day)
    return see_other(
        url_for(
            ".place",
            public_id=public_id,
            day=day.isoformat() if day else None,
            saved="slots",
            _anchor="slots",
        )
    )


def _of(public_id: str) -> Recipient:
    found = session().scalars(select(Recipient).where(Recipient.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound()
    require_recipient(found.id)
    return found


def _purposes(found: Recipient) -> tuple[str, ...]:
    if found.kind != DEALER:
        return HOURS_PURPOSES[:1]
    return HOURS_PURPOSES if found.home_delivery else tuple(p for p in HOURS_PURPOSES if p != "delivery")


def _hours_page(
    found: Recipient,
    status: int = 200,
    *,
    purpose: str = "",
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: str = "",
    day_off: Mapping[str, str] | None = None,
    day_off_errors: Mapping[str, str] | None = None,
    slot_errors: Mapping[str, str] | None = None,
    slot_reason: str = "",
    chosen: Sequence[str] = (),
) -> Response:
    zone = found.time_zone
    today = clock.today(zone)
    asked = asked_day(request.form.get("day") or request.args.get("day"))
    day = min(max(asked or today, today), today + timedelta(days=60))
    slots = hours.slots_on(found, day) if found.kind == DEALER else []
    if asked is None and all(
        slot.has_begun for slot in slots
    ):  # the day is over; the next one is what matters
        day = today + timedelta(days=1)
        slots = hours.slots_on(found, day) if found.kind == DEALER else []
    off = [_day_off(found, one) for one in hours.days_off(found)]
    rows = hours.of_place(found.id)
    saved = request.args.get("saved", "")
    principal = sessions.current().staff
    is_admin = principal is not None and principal.has("admin")
    every_error = {**(errors or {}), **(day_off_errors or {}), **(slot_errors or {})}
    return page(
        "partners/hours.html",
        status,
        place=found.name_shown,
        zone=zone,
        back=(
            (_("Dealers, desks and partners"), url_for("recipients.recipient", public_id=found.public_id))
            if is_admin
            else (_("Board"), "/dealer")
        ),
        other_places=_other_places(found),
        forms=[
            _form(
                found,
                key,
                rows.get(key, []),
                given if key == purpose else None,
                (errors or {}) if key == purpose else {},
                key == (purpose or saved),
            )
            for key in _purposes(found)
        ],
        refusal=refusal,
        saved=saved in (*HOURS_PURPOSES, "day_off", "slots"),
        error_list=[
            (_error_id(name, purpose if name in (errors or {}) else ""), text)
            for name, text in every_error.items()
        ],
        outside=[
            (
                translate(PURPOSE_WORDS[one.purpose]),
                period(one.starts_at, one.ends_at, zone),
                _parties(one.taken),
            )
            for one in hours.outside_hours(found)
        ],
        own_days_off=[day for day in off if day[2]],
        market_days_off=[day for day in off if not day[2]],
        day_off_action=url_for(".add_day_off", public_id=found.public_id),
        day_off={"on": "", "name": "", "name_zh": "", **(day_off or {})},
        day_off_errors=day_off_errors or {},
        day_shown=long_date(day),
        day=day.isoformat(),
        today=today.isoformat(),
        days=[_strip_day(found, today + timedelta(days=ahead), day) for ahead in _strip(today, day)],
        slot_groups=_slot_groups(found, slots, chosen),
        slots_action=url_for(".change_slots", public_id=found.public_id),
        slot_errors=slot_errors or {},
        slot_reason=slot_reason,
        has_slots=found.kind == DEALER,
        lanes_url=_lanes_url(found),
    )


def _lanes_url(found: Recipient) -> str:
    """Its bays and vans, whose page stands further up."""
    page_of = "lane_desk.place"
    if found.kind != DEALER or page_of not in current_app.view_functions:
        return ""
    return url_for(page_of, public_id=found.public_id)


def _error_id(name: str, purpose: str) -> str:
    if name == "slots":
        return "slots-list"
    return (
        f"{purpose}-{name}"
        if purpose
        else {"on": "day-off-on", "name": "day-off-name", "reason": "slots-reason"}.get(name, name)
    )


def _other_places(found: Recipient) -> list[tuple[str, str, bool]]:
    """Chips for somebody who works for a few; an admin comes by the list."""
    principal = sessions.current().staff
    if principal is None or principal.has("admin") or len(principal.recipient_ids) < 2:
        return []
    return [
        (one.name, url_for(".place", public_id=one.public_id), one.id == found.id)
        for one in places_of(principal)
    ]


def _form(
    found: Recipient,
    purpose: str,
    rows: Sequence[OpeningHours],
    given: Mapping[str, str] | None,
    errors: Mapping[str, str],
    is_open: bool,
) -> PurposeForm:
    values = dict(given) if given is not None else _values(purpose, rows)
    names = get_day_names("wide", locale=i18n.locale())
    days = [
        DayRow(
            weekday,
            names[weekday - 1],
            tuple(
                (
                    opens := hours.field_name(weekday, stretch, "o"),
                    closes := hours.field_name(weekday, stretch, "c"),
                    values.get(opens, ""),
                    values.get(closes, ""),
                    errors.get(opens) or errors.get(closes) or "",
                )
                for stretch in hours.STRETCHES
            ),
        )
        for weekday in hours.WEEKDAYS
    ]
    return PurposeForm(
        purpose=purpose,
        words=translate(PURPOSE_WORDS[purpose]),
        action=url_for(".change", public_id=found.public_id, purpose=purpose),
        has_slots=purpose in PURPOSES,
        days=days,
        slot_minutes=values.get("slot_minutes", ""),
        capacity=values.get("capacity", ""),
        version=values.get("version", ""),
        summary=_summary(rows),
        errors=errors,
        is_open=is_open,
    )


def _values(purpose: str, rows: Sequence[OpeningHours]) -> dict[str, str]:
    first = rows[0] if rows else None
    values = {
        "version": hours.version_of(rows),
        "slot_minutes": str((first.slot_minutes if first else None) or USUAL_MINUTES.get(purpose) or ""),
        "capacity": str(first.capacity if first else 1),
    }
    of_day: dict[int, int] = {}
    for row in rows:
        place = of_day.get(row.weekday, 0)
        of_day[row.weekday] = place + 1
        if place < len(hours.STRETCHES):
            stretch = hours.STRETCHES[place]
            values[hours.field_name(row.weekday, stretch, "o")] = f"{row.opens_at:%H:%M}"
            values[hours.field_name(row.weekday, stretch, "c")] = f"{row.closes_at:%H:%M}"
    return values


def _summary(rows: Sequence[OpeningHours]) -> str:
    """Mon–Fri 09:00–19:00, Sat 10:00–16:00."""
    names = get_day_names("abbreviated", locale=i18n.locale())
    by_day = {
        weekday: "/".join(f"{r.opens_at:%H:%M}–{r.closes_at:%H:%M}" for r in rows if r.weekday == weekday)
        for weekday in hours.WEEKDAYS
    }
    told: list[str] = []
    begin = 1
    for weekday in hours.WEEKDAYS:
        if weekday < 7 and by_day[weekday + 1] == by_day[begin]:
            continue
        if by_day[begin]:
            days = names[begin - 1] if begin == weekday else f"{names[begin - 1]}–{names[weekday - 1]}"
            told.append(f"{days} {by_day[begin]}")
        begin = weekday + 1
    return _(", ").join(told) or _("Closed")


def _day_off(found: Recipient, one: Any) -> tuple[str, str, str]:
    """(day, words, where it is taken back); the market's days are not the place's to take back."""
    url = (
        url_for(".take_back_day_off", public_id=found.public_id, holiday_id=one.id)
        if one.recipient_id is not None
        else ""
    )
    return shown_date(one.on), localized(one.name, one.name_zh), url


def _strip(today: date, day: date) -> range:
    first = (day - today).days // DAYS_SHOWN * DAYS_SHOWN
    return range(first, first + DAYS_SHOWN)


def _strip_day(found: Recipient, on: date, day: date) -> tuple[str, str, bool]:
    url = url_for(".place", public_id=found.public_id, day=on.isoformat(), _anchor="slots")
    return url, shown_date(on), on == day


def _slot_groups(
    found: Recipient, slots: Sequence[hours.SlotOfDay], chosen: Sequence[str]
) -> list[tuple[str, list[SlotRow]]]:
    groups: dict[str, list[SlotRow]] = {}
    for one in slots:
        groups.setdefault(one.purpose, []).append(_slot(one, found.time_zone, one.public_id in chosen))
    return [(translate(PURPOSE_WORDS[key]), rows) for key, rows in groups.items()]


def _slot(one: hours.SlotOfDay, zone: str, chosen: bool) -> SlotRow:
    times = f"{shown_time(one.starts_at, zone)}–{shown_time(one.ends_at, zone)}"
    state, kind, note = _state(one)
    may_choose = not one.has_begun and one.closed_reason != OUTSIDE_HOURS
    return SlotRow(one.public_id, times, state, kind, note, may_choose, chosen)


def _state(one: hours.SlotOfDay) -> tuple[str, str, str]:
    """(words, kind of tag, note)."""
    booked = _parties(one.taken) if one.taken else ""
    if one.closed_reason == OUTSIDE_HOURS:
        return _("Outside of the hours"), "waiting", booked
    if one.closed_reason is not None:
        return _("Closed"), "problem", " · ".join(filter(None, (one.closed_reason, booked)))
    if one.has_begun:
        return _("Past"), "plain", booked
    free = one.capacity - one.taken
    if free <= 0:
        return _("Full"), "plain", ""
    return _("%(free)s of %(all)s free", free=free, all=one.capacity), "done", ""


def _parties(taken: int) -> str:
    return ngettext("%(n)s booked", "%(n)s booked", taken) % {"n": taken}
