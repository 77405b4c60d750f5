"""How a test drive went, on the page of its lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from flask import Blueprint, Response, request, url_for
from pydantic import Field

from app import clock, sessions
from app.access import Policy, staff
from app.db import close_reading, session, transaction
from app.errors import NotFound
from app.events import actor_now
from app.forms import Form, FormState, parse
from app.i18n import speaking, translate
from app.pages import page, period, see_other
from app.sessions import StaffPrincipal
from conversations import demo_drives
from conversations.demo_cars import TestDrive
from conversations.demo_drives import LONGEST_NOTE, OUTCOMES
from conversations.models import HelpRequest
from conversations.refusals import DriveWordsNeeded
from leads import ladder
from leads.access import lead_of
from leads.composers import title_of
from leads.models import Lead

blueprint = Blueprint("drives", __name__)
policies: Mapping[str, Policy] = {"drives.settle": staff("agent", "admin", "dealer")}

KEYS: Mapping[str, str | None] = {"driven": "V", "no_show": None}


class Settled(Form):
    outcome: Literal["driven", "no_show", "cancelled"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None


@dataclass(frozen=True)
class DriveShown:
    public_id: str
    when: str
    car: str
    outcome: str
    """Words, once it is settled."""
    note: str
    buttons: tuple[tuple[str, str, str | None], ...]
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.post("/leads/<public_id>/drive")
def settle(public_id: str) -> Response:
    state = parse(Settled, request.form)
    if state.value is None:
        return _page(public_id, state, 422)
    told = state.value
    try:
        with transaction():
            me = sessions.staff_here()
            lead = _found(public_id, me, locked=True)
            if lead.is_open:
                ladder.must_have(lead, me, clock.now())
            asked = session().get_one(HelpRequest, lead.source_id)
            drive = demo_drives.settle(asked, told.outcome, told.note, me.id, actor_now(), clock.now())
            with speaking(asked.language):
                demo_drives.tell(asked, drive, _car(lead, drive), clock.now())
    except DriveWordsNeeded as refused:
        close_reading()
        return _page(public_id, state.with_error("note", refused.text), 422)
    return see_other(url_for("leads.lead", public_id=public_id))


def shown(lead: Lead, state: FormState[Settled] | None = None) -> DriveShown | None:
    """None for a lead that is about no test drive."""
    if lead.source != "test_drive":
        return None
    drive = TestDrive.of_request(lead.source_id)
    if drive is None:
        return None
    possible = ("driven", "no_show") if clock.now() >= drive.starts_at else ()
    return DriveShown(
        public_id=lead.public_id,
        when=period(drive.starts_at, drive.ends_at),
        car=_car(lead, drive),
        outcome=translate(OUTCOMES[drive.state]) if drive.state in OUTCOMES else "",
        note=drive.note or "",
        buttons=tuple((code, translate(OUTCOMES[code]), KEYS[code]) for code in possible),
        values=state.values if state else {},
        errors=state.errors if state else {},
    )


def _car(lead: Lead, drive: TestDrive) -> str:
    return demo_drives.name_of(drive) or (title_of(lead.snapshot[0]) if lead.snapshot else "")


def _page(public_id: str, state: FormState[Settled], status: int) -> Response:
    lead = _found(public_id, sessions.staff_here())
    drive = shown(lead, state)
    if drive is None:
        raise NotFound()
    return page("leads/drive.html", status, drive=drive, number=lead.number)


def _found(public_id: str, me: StaffPrincipal, locked: bool = False) -> Lead:
    found = lead_of(public_id, me, locked)
    if found.source != "test_drive":
        raise NotFound()
    return found
