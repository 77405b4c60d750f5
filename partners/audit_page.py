"""The page that shows who did what."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.access import staff
from app.events import Recorded
from app.forms import FormState, parse
from app.i18n import N_, _, language, translate
from app.pages import page, zone_here
from partners import audit_log, showing, staffing
from partners.audit_log import Entry
from partners.events import AccessRefused, StaffSignedIn
from partners.forms import Looked
from partners.models import Recipient, Staff
from partners.queries import recipients
from partners.staff_events import StaffRolesChanged, StaffSignInFailed

blueprint = Blueprint("audit", __name__)

policies = {"audit.show": staff("admin")}

MOST_OF_A_NAME = 12

KIND_WORDS: Mapping[str, str] = {
    "sign_in": N_("Sign-ins"),
    "people": N_("People and roles"),
    "contact": N_("Contact looked at"),
    "refused": N_("Refused"),
    "settings": N_("Settings"),
}
BY_WORDS: Mapping[str, str] = {
    "code": N_("with a code"),
    "recovery_code": N_("with a recovery code"),
    "enrolment": N_("and set up a second factor"),
}
WHY_WORDS: Mapping[str, str] = {
    "password": N_("wrong password"),
    "switched_off": N_("switched off"),
    "code": N_("wrong code"),
    "tries": N_("too many wrong codes"),
}
REASON_WORDS: Mapping[str, str] = {
    "call_back": N_("To call or write back"),
    "handover": N_("To arrange the handover"),
    "dispute": N_("A payment is disputed"),
    "other": N_("Another reason"),
}
SUBJECT_WORDS: Mapping[str, str] = {
    "lead": N_("on a lead"),
    "order": N_("on an order"),
    "thread": N_("in a conversation"),
    "cart": N_("on a cart"),
}


@blueprint.get("/admin/audit")
def show() -> Response:
    form = parse(Looked, request.args)
    asked = form.value or Looked()
    who, among = _person(asked)
    if asked.who and who is None and not among:
        form = form.with_error("who", _("Nobody of this name works or worked here."))
    found = audit_log.read(asked.kind, who.id if who else None, asked.day, zone_here(), asked.before)
    filters: dict[str, Any] = {
        "person": who.public_id if who else None,
        "kind": asked.kind,
        "day": asked.day.isoformat() if asked.day else None,
    }
    return page(
        "partners/audit.html",
        status=200 if form.ok else 422,
        entries=_entries(found),
        errors=form.errors,
        who=form.values.get("who", "") if form.errors or who is None else who.name_shown,
        among=[
            (one.name_shown, one.email, url_for(".show", **{**filters, "person": one.public_id}))
            for one in among
        ],
        kinds=[("", _("Everything")), *((kind, translate(words)) for kind, words in KIND_WORDS.items())],
        filters=_typed(form, filters),
        is_narrowed=any(filters.values()),
        newest_url=url_for(".show", **filters) if asked.before else "",
        older_url=url_for(".show", **filters, before=found.next_before) if found.next_before else "",
    )


def _person(asked: Looked) -> tuple[Staff | None, Sequence[Staff]]:
    """Whom the page is narrowed to; or, where a name is of several, who they are."""
    known = staffing.by_public_id(asked.person) if asked.person else None
    words = (asked.who or "").strip()
    if not words:
        # A link that names somebody has no field; a field that was emptied asks for everybody.
        return (None if "who" in request.args else known), ()
    if known is not None and words in (known.name, known.name_zh):
        return known, ()
    found, _more = staffing.people(words, most=MOST_OF_A_NAME)
    exact = [one for one in found if words.lower() == one.email]
    if len(found) == 1 or exact:
        return (exact or list(found))[0], ()
    return None, found


def _typed(form: FormState[Looked], filters: Mapping[str, str | None]) -> dict[str, str]:
    given = filters if form.ok else form.values
    return {name: given.get(name) or "" for name in ("person", "kind", "day")}


def _entries(found: audit_log.Page) -> list[Entry]:
    places = recipients(_place_ids(found.entries))
    return [_entry(one, found.names, places) for one in found.entries]


def _entry(one: Recorded[Any], names: Mapping[str, str], places: Mapping[uuid.UUID, Recipient]) -> Entry:
    staff_id = str(getattr(one.event, "staff_id", "") or "")
    by = names.get(one.actor.id or "", "") if one.actor.kind == "staff" else ""
    return Entry(
        id=one.id,
        at=one.at,
        kind=translate(KIND_WORDS.get(one.event.audited_as, one.event.audited_as)),
        by=by or (_("The house") if one.actor.kind == "system" else _("Somebody unknown")),
        sentence=one.event.sentence(),
        subject_name=names.get(staff_id, "") if staff_id != (one.actor.id or "") else "",
        details=tuple(_details(one.event, places)),
    )


def _details(event: Any, places: Mapping[uuid.UUID, Recipient]) -> list[str]:
    if isinstance(event, StaffRolesChanged):
        told = (_roles(event.before, places), _roles(event.after, places))
        return [_("%(before)s, now %(after)s", before=told[0], after=told[1])]
    if isinstance(event, StaffSignedIn):
        return [translate(BY_WORDS[event.by])] if event.by in BY_WORDS else []
    if isinstance(event, StaffSignInFailed):
        return [translate(WHY_WORDS[event.why])] if event.why in WHY_WORDS else []
    if isinstance(event, AccessRefused):
        return [" ".join(filter(None, (event.endpoint, event.subject)))]
    details = []
    if (kind := str(getattr(event, "subject_kind", ""))) in SUBJECT_WORDS:
        details.append(translate(SUBJECT_WORDS[kind]))
    if (reason := str(getattr(event, "reason", ""))) in REASON_WORDS:
        details.append(translate(REASON_WORDS[reason]))
    if (ended := getattr(event, "sessions_ended", 0)) > 1:
        details.append(_("%(count)s sign-ins", count=ended))
    return details


def _roles(told: Sequence[str], places: Mapping[uuid.UUID, Recipient]) -> str:
    words = []
    for role in told:
        name, _colon, place_id = role.partition(":")
        place = places.get(uuid.UUID(place_id)) if place_id else None
        words.append(place.name_shown if place else showing.word_of(name))
    return ("、" if language() == "zh" else ", ").join(words)


def _place_ids(entries: Collection[Recorded[Any]]) -> set[uuid.UUID]:
    """The places that changed roles name."""
    told = (
        role
        for one in entries
        if isinstance(one.event, StaffRolesChanged)
        for role in (*one.event.before, *one.event.after)
    )
    return {uuid.UUID(role.partition(":")[2]) for role in told if ":" in role}
