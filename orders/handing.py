"""What is written down around a handover, as the dealer's page shows it: values ready to show."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app import clock
from app.db import session
from app.errors import InvalidInput, Refusal
from app.events import EventRow
from app.i18n import N_, _, language, translate
from app.pages import datetime as shown_datetime
from app.pages import time as shown_time
from orders import answers, before_driving, checklist, handover_records, statuses, tasks, tracking
from orders.checklist import SIGNATURES
from orders.desk import when
from orders.handover_records import (
    BUYER,
    DEALER,
    DECLINED,
    DOOR,
    WAITING,
    DoorRun,
    OrderAnswer,
    OrderNote,
    OrderPhoto,
    OrderTask,
    Signature,
)
from orders.ink import HEIGHT, WIDTH, Ink
from orders.photos import MOST_PHOTOS
from orders.sheet import Sheet
from orders.tracking import NeedRow
from partners.models import Staff

PLACES: Mapping[str, str] = {
    "workshop": N_("While preparing"),
    "handover": N_("At the handover"),
    "door": N_("At the door, as proof"),
}
FIELD_OF: Mapping[str, str] = {
    "answer": "decline-note",
    "task": "what",
    "note": "body",
    "photo": "photo",
    "sign-buyer": "sign-buyer",
    "sign-dealer": "sign-dealer",
    "set-off": "expected",
    "code": "code",
    "without-code": "why-without-code",
    "turn-back": "why-turn-back",
}
"""Form -> the id of the field that its refusal leads to."""


@dataclass(frozen=True)
class AnswerPanel:
    """state is waiting, declined or none."""

    state: str
    due: str
    is_late: bool
    reason: str
    note: str
    by: str
    at: str


@dataclass(frozen=True)
class TaskRow:
    public_id: str
    what: str
    about: str
    is_open: bool


@dataclass(frozen=True)
class NoteRow:
    by: str
    at: str
    body: str


@dataclass(frozen=True)
class PhotoRow:
    public_id: str
    about: str
    place: str
    for_buyer: bool


@dataclass(frozen=True)
class SignatureField:
    """One side: signed, or a field to sign in."""

    side: str
    label: str
    name: str
    """Who has signed, or whom the field expects."""
    at: str
    path: str
    is_signed: bool
    is_typed: bool
    error: str


@dataclass(frozen=True)
class DoorPanel:
    """state is waiting, can_set_off, under_way or arrived."""

    state: str
    window: str
    expected: str
    set_off: str
    suggested: str
    tries_left: int
    proof: str
    turned_back: Sequence[str]
    needs_photo: bool


@dataclass(frozen=True)
class Handing:
    answer: AnswerPanel
    reasons: Sequence[tuple[str, str]]
    needs: Sequence[NeedRow]
    tasks: Sequence[TaskRow]
    people: Sequence[tuple[str, str]]
    notes: Sequence[NoteRow]
    photos: Sequence[PhotoRow]
    photos_left: int
    places: Sequence[tuple[str, str]]
    door: DoorPanel | None
    signatures: Sequence[SignatureField]
    before_signing: str
    """What is still open before anybody signs; empty when both can."""
    still: str
    """What is missing for the handover beside the checklist: open tasks, and the proofs at the door."""
    has_protocol: bool
    is_open: bool
    box: tuple[int, int]
    seen: str
    errors: Mapping[str, str]
    faults: Sequence[tuple[str, str]]
    typed: Mapping[str, str]

    def error(self, form: str) -> str:
        return self.errors.get(form, "")


@dataclass(frozen=True)
class Written:
    """The rows of one order, read together."""

    answers: Sequence[OrderAnswer]
    tasks: Sequence[OrderTask]
    notes: Sequence[OrderNote]
    photos: Sequence[OrderPhoto]
    signatures: Mapping[str, Signature]
    runs: Sequence[DoorRun]
    people: Sequence[Staff]
    seen: str

    @property
    def actors(self) -> list[tuple[str | None, str | None]]:
        rows: list[OrderAnswer | OrderTask | OrderNote | OrderPhoto | DoorRun] = [
            *self.answers,
            *self.tasks,
            *self.notes,
            *self.photos,
            *self.runs,
        ]
        done = [(row.done_actor_kind, row.done_actor_id) for row in self.tasks]
        meant = [("staff", str(row.for_staff_id)) for row in self.tasks if row.for_staff_id]
        return [*((row.actor_kind, row.actor_id) for row in rows), *done, *meant]

    @property
    def run(self) -> DoorRun | None:
        return next((run for run in self.runs if run.turned_back_at is None), None)


def load(sheet: Sheet) -> Written:
    """Eight statements."""
    order_id = sheet.order.id
    given = select(OrderAnswer).where(OrderAnswer.order_id == order_id).order_by(OrderAnswer.at.desc())
    notes = select(OrderNote).where(OrderNote.order_id == order_id)
    photos = select(OrderPhoto).where(OrderPhoto.order_id == order_id)
    runs = select(DoorRun).where(DoorRun.order_id == order_id)
    todo = select(OrderTask).where(OrderTask.order_id == order_id)
    return Written(
        answers=session().scalars(given).all(),
        tasks=session().scalars(todo.order_by(OrderTask.id)).all(),
        notes=session().scalars(notes.order_by(OrderNote.at.desc(), OrderNote.id.desc()).limit(200)).all(),
        photos=session().scalars(photos.order_by(OrderPhoto.at, OrderPhoto.id)).all(),
        signatures=handover_records.signatures_of(order_id),
        runs=session().scalars(runs.order_by(DoorRun.set_off_at)).all(),
        people=tasks.colleagues(sheet.order.recipient_id),
        seen=seen_of(order_id),
    )


def seen_of(order_id: uuid.UUID) -> str:
    """Another text after everything that happened to the order. One statement."""
    wanted = select(func.count()).select_from(EventRow).where(EventRow.subject_id == order_id)
    return str(session().scalar(wanted))


def show(
    sheet: Sheet,
    written: Written,
    names: Mapping[str, str],
    signing_as: str,
    typed: Mapping[str, str],
    refused: Refusal | None = None,
    form: str = "",
) -> Handing:
    """`form` is the one that was refused; its text stands at its field, what was typed is kept."""
    at, zone, order = clock.now(), sheet.zone, sheet.order
    errors = {form: refused.text} if refused is not None and form else {}
    missing = checklist.missing_before_handover(key for key in sheet.open_keys if key != SIGNATURES)
    return Handing(
        answer=_answer(sheet, written, names, at),
        reasons=[(code, translate(words)) for code, words in answers.REASONS.items()],
        needs=tracking.need_rows(sheet, before_driving.FOR_DEALER),
        tasks=[_task(row, names, zone) for row in written.tasks],
        people=[("", _("Whoever is free")), *((one.public_id, one.name_shown) for one in written.people)],
        notes=[_note(row, names, zone) for row in written.notes],
        photos=[_photo(row, names, zone) for row in written.photos],
        photos_left=MOST_PHOTOS - len(written.photos),
        places=[
            (place, translate(words))
            for place, words in PLACES.items()
            if place != DOOR or order.method == "home_delivery"
        ],
        door=_door(sheet, written, names, at),
        signatures=[
            _field(BUYER, _("The buyer"), sheet.customer.name, written, zone, errors, typed),
            _field(DEALER, _("For the dealer"), signing_as, written, zone, errors, typed),
        ],
        before_signing=_(", ").join(translate(item.name) for item in missing),
        still=_still(sheet, written),
        has_protocol=sheet.moved_at(statuses.HANDED_OVER) is not None,
        is_open=order.is_open,
        box=(WIDTH, HEIGHT),
        seen=written.seen,
        errors=errors,
        faults=_faults(refused, form),
        typed={name: value[:4_500] for name, value in typed.items()} if form else {},
    )


def _faults(refused: Refusal | None, form: str) -> list[tuple[str, str]]:
    if refused is None or not form:
        return []
    if isinstance(refused, InvalidInput):
        return [(FIELD_OF[form], sentence) for sentence in dict.fromkeys(refused.errors.values())]
    return [(FIELD_OF[form], refused.text)]


def _answer(sheet: Sheet, written: Written, names: Mapping[str, str], at: datetime) -> AnswerPanel:
    order, zone = sheet.order, sheet.zone
    if order.status != statuses.PLACED or order.answer not in (WAITING, DECLINED):
        return AnswerPanel("none", "", False, "", "", "", "")
    due = order.answer_due_at
    told = next((row for row in written.answers if row.answer == DECLINED), None)
    if order.answer == WAITING or told is None:
        words = _("by %(time)s", time=shown_datetime(due, zone)) if due else ""
        return AnswerPanel(order.answer, words, due is not None and due < at, "", "", "", "")
    reason = told.reason or "other"
    return AnswerPanel(
        DECLINED,
        "",
        False,
        translate(answers.REASONS[reason]),
        told.note or "",
        names.get(told.actor_id or "", ""),
        shown_datetime(told.at, zone),
    )


def _task(row: OrderTask, names: Mapping[str, str], zone: str) -> TaskRow:
    if row.done_at is not None:
        parts = (names.get(row.done_actor_id or ""), shown_datetime(row.done_at, zone))
        return TaskRow(row.public_id, row.what, _list(*parts), False)
    whose = names.get(str(row.for_staff_id)) if row.for_staff_id else None
    meant = _("For %(name)s", name=whose) if whose else _("For whoever is free")
    added = _(
        "written down by %(name)s, %(when)s",
        name=names.get(row.actor_id or "", ""),
        when=shown_datetime(row.added_at, zone),
    )
    return TaskRow(row.public_id, row.what, _list(meant, added), True)


def _note(row: OrderNote, names: Mapping[str, str], zone: str) -> NoteRow:
    return NoteRow(names.get(row.actor_id or "", ""), shown_datetime(row.at, zone), row.body)


def _photo(row: OrderPhoto, names: Mapping[str, str], zone: str) -> PhotoRow:
    about = _list(names.get(row.actor_id or ""), shown_datetime(row.at, zone))
    return PhotoRow(row.public_id, about, translate(PLACES[row.place]), row.for_buyer)


def _field(
    side: str,
    label: str,
    expected: str,
    written: Written,
    zone: str,
    errors: Mapping[str, str],
    typed: Mapping[str, str],
) -> SignatureField:
    row = written.signatures.get(side)
    error = errors.get(f"sign-{side}", "")
    if row is None:
        name = typed.get("name", expected)[:80] if error else expected
        return SignatureField(side, label, name, "", "", False, False, error)
    path = Ink.of(row.strokes).path if row.strokes is not None else ""
    return SignatureField(
        side, label, row.name, shown_datetime(row.signed_at, zone), path, True, row.way == "typed", error
    )


def _door(sheet: Sheet, written: Written, names: Mapping[str, str], at: datetime) -> DoorPanel | None:
    order, zone, run = sheet.order, sheet.zone, written.run
    if order.method != "home_delivery" or order.is_cancelled:
        return None
    state = "waiting"
    if run is not None:
        state = "arrived" if run.arrived_at is not None else "under_way"
    elif order.status == statuses.READY:
        state = "can_set_off"
    return DoorPanel(
        state=state,
        window=when(sheet),
        expected=shown_time(run.expected_at, zone) if run is not None else "",
        set_off=_list(names.get(run.actor_id or ""), shown_datetime(run.set_off_at, zone)) if run else "",
        suggested=_suggested(sheet, at),
        tries_left=run.tries_left if run is not None else 0,
        proof=_proof(run, zone) if run is not None else "",
        turned_back=[
            _list(shown_datetime(past.turned_back_at, zone), past.why)
            for past in written.runs
            if past.turned_back_at is not None
        ],
        needs_photo=not any(photo.place == DOOR for photo in written.photos),
    )


def _suggested(sheet: Sheet, at: datetime) -> str:
    """When the window opens, if that is today and to come; else in three quarters of an hour, to the quarter."""
    zone = ZoneInfo(sheet.zone)
    if sheet.slot is not None and sheet.slot.starts_at > at:
        local = sheet.slot.starts_at.astimezone(zone)
        if local.date() == at.astimezone(zone).date():
            return shown_time(sheet.slot.starts_at, sheet.zone)
    soon = at + timedelta(minutes=45)
    return shown_time(soon + timedelta(minutes=-soon.minute % 15), sheet.zone)


def _proof(run: DoorRun, zone: str) -> str:
    if run.arrived_at is None:
        return ""
    if run.proof == "code":
        return _("By the buyer’s code, %(when)s", when=shown_datetime(run.arrived_at, zone))
    return _(
        "Without the code, %(when)s: %(why)s", when=shown_datetime(run.arrived_at, zone), why=run.why or ""
    )


def _still(sheet: Sheet, written: Written) -> str:
    missing = [task.what for task in written.tasks if task.is_open][:5]
    if sheet.order.method == "home_delivery":
        if written.run is None or written.run.arrived_at is None:
            missing.append(_("the arrival at the door"))
        if not any(photo.place == DOOR for photo in written.photos):
            missing.append(_("a photo at the door"))
    return _(", ").join(missing)


def _list(*parts: str | None) -> str:
    separator = "，" if language() == "zh" else ", "
    return separator.join(part for part in parts if part)
