"""Leads as the console shows them: plain words and figures, ready to print."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from app import clock
from app.events import EventRow, registry, revive
from app.i18n import N_, _, language, localized, ngettext, translate
from app.money import Money
from app.pages import datetime as shown_datetime
from app.pages import period
from checkout.events import REASON_SENTENCES
from conversations.events import REQUEST_SENTENCES
from customers import consent_texts
from customers.consents import ConsentState
from leads.inbox_list import Listed, ListedLead
from leads.matrix import AGENT, CALLS, DEALER, PARTNER
from leads.models import Lead, LeadMove, LeadNote, LeadTouch
from leads.queries import Told, Whole
from leads.routing import FAILURES, WHY
from leads.statuses import (
    FAMILY_NAMES,
    OUTCOME_NAMES,
    SOURCE_NAMES,
    STATUS_NAMES,
    STEP_NAMES,
)
from leads.touch_words import TOUCH_NAMES
from partners.models import Recipient, Staff

ICONS: Mapping[str, str] = {
    "abandoned_cart": "cart",
    "help_request": "chat",
    "callback": "phone",
    "test_drive": "wheel",
    "chat_handover": "chat",
    "agent_enquiry": "chat",
    "finance_request": "card",
}
EVENT_ICONS: Mapping[str, str] = {
    "checkout": "cart",
    "conversations": "chat",
    "orders": "document",
    "customers": "check",
    "partners": "calendar",
    "catalog": "car",
    "garage": "bolt",
}
KIND_NAMES: Mapping[str, str] = {
    DEALER: N_("Dealer"),
    AGENT: N_("Online agent"),
    CALLS: N_("Help line"),
    PARTNER: N_("Partner"),
}
CHANNEL_NAMES: Mapping[str, str] = {"console": N_("Console"), "mail": N_("Mail"), "webhook": N_("Webhook")}
PURPOSE_NAMES: Mapping[str, str] = {
    "opened": "",
    "closed": N_("that it is settled"),
    "withdrawn": N_("that it is not theirs any more"),
}
STATE_NAMES: Mapping[str, tuple[str, str]] = {
    "queued": (N_("waiting"), "waiting"),
    "held": (N_("held"), "waiting"),
    "sent": (N_("told"), "done"),
    "dead": (N_("could not be delivered"), "problem"),
    "cancelled": (N_("not told"), "plain"),
    "parked": (N_("refused, waits for a person"), "problem"),
}
REASONS: Mapping[str, str] = {
    **WHY,
    "released": N_("No longer held."),
    "answered": N_("Answered in the conversation."),
    "bought": N_("Bought meanwhile."),
    "routed_elsewhere": N_("Somebody else answers."),
    "not_active": N_("Does not take leads at the moment."),
    "no_address": N_("Has no address to be told at."),
    "converted_self": N_("Bought meanwhile."),
    "converted_assisted": N_("Bought meanwhile."),
    "won": N_("Settled before."),
    "lost": N_("Settled before."),
    "expired": N_("Settled before."),
    "bought_elsewhere": TOUCH_NAMES["bought_elsewhere"],
    "not_interested": TOUCH_NAMES["not_interested"],
    "buyer_says_no": N_("The person says that nobody was in touch."),
}


@dataclass(frozen=True)
class Row:
    url: str
    title: str
    what: str
    more: str
    icon: str
    due: str
    due_percent: int | None
    due_kind: str
    current: bool
    end: str
    """The score."""
    signals: str
    """How many signals it stands for, when there is more than one."""
    id: str


@dataclass(frozen=True)
class Entry:
    what: str
    when: str
    at: datetime
    icon: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    note: str
    amount: str


@dataclass(frozen=True)
class CandidateRow:
    name: str
    kind: str
    passed: bool
    chosen: bool
    why: str


@dataclass(frozen=True)
class DispatchRow:
    who: str
    channel: str
    purpose: str
    state: str
    state_kind: str
    note: str
    when: str
    tries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Agreed:
    label: str
    granted: bool


def rows(listed: Sequence[Listed], current: str, show: str, after: str | None) -> list[Row]:
    at = clock.now()
    place = {"show": None if show == "due" else show, "after": after}
    query = urlencode({key: value for key, value in place.items() if value})
    pattern = url_for("leads.lead", public_id="-") + (f"?{query}" if query else "")
    return [_row(one, current, pattern, at) for one in listed]


def _row(listed: Listed, current: str, pattern: str, at: datetime) -> Row:
    lead = listed.lead
    due, percent, kind = due_in(lead, at)
    many = ngettext("%(n)s signal", "%(n)s signals", listed.signals) % {"n": listed.signals}
    return Row(
        url=pattern.replace("/-", f"/{lead.public_id}", 1),
        title=name_of(lead, listed.customer.name if listed.customer else None),
        what=what_of(lead),
        more=_more(lead, listed),
        icon=ICONS[lead.source],
        due=due,
        due_percent=percent,
        due_kind=kind,
        current=lead.public_id == current,
        end=str(lead.score) if lead.scored_at else "",
        signals=many if listed.signals > 1 else "",
        id=f"row-{lead.public_id}",
    )


def _more(lead: ListedLead, listed: Listed) -> str:
    """Who has it, or where it stands."""
    if not lead.is_open or (listed.staff is None and listed.recipient is None):
        return f"{lead.number} · {_capital(translate(STATUS_NAMES[lead.status]))}"
    who = listed.staff.name_shown if listed.staff else ""
    where = listed.recipient.name_shown if listed.recipient else ""
    return f"{lead.number} · {who or where}"


def due_in(lead: Lead | ListedLead, at: datetime) -> tuple[str, int | None, str]:
    """How long until somebody must have answered, how much of that time has passed, and how pressing it is."""
    if lead.status not in ("new", "routed", "held"):
        return "", None, "plain"
    left_s = int((lead.due_at - at).total_seconds())
    whole_s = max(1, int((lead.due_at - lead.signalled_at).total_seconds()))
    percent = max(0, min(100, 100 - left_s * 100 // whole_s))
    if left_s <= 0:
        return _("overdue"), 100, "problem"
    kind = "problem" if left_s < 600 else "waiting" if left_s < 1800 else "plain"
    return f"{left_s // 3600}:{left_s % 3600 // 60:02d}", percent, kind


def due_sentence(lead: Lead, at: datetime) -> tuple[str, str]:
    if not lead.is_open:
        return _capital(
            translate(OUTCOME_NAMES[lead.outcome or "lost"])
        ), "done" if lead.status == "won" else "plain"
    if lead.status in ("accepted", "contacted"):
        return _capital(translate(STATUS_NAMES[lead.status])), "done"
    left_min = int((lead.due_at - at).total_seconds()) // 60
    if left_min < 0:
        return _("Was due %(when)s", when=shown_datetime(lead.due_at)), "problem"
    if left_min < 60:
        told = ngettext("Answer within %(n)s minute", "Answer within %(n)s minutes", left_min) % {
            "n": left_min
        }
        return told, "problem" if left_min < 10 else "waiting"
    return _("Answer by %(when)s", when=shown_datetime(lead.due_at)), "plain"


def name_of(lead: Lead | ListedLead, name: str | None) -> str:
    if name:
        return name
    return _("Visitor %(mark)s", mark=lead.visitor_id.hex[-4:] if lead.visitor_id else lead.number[-4:])


def what_of(lead: Lead | ListedLead) -> str:
    """Left at payment, Mere Dual Motor, ¥299,790."""
    told = [reason_of(lead)]
    if lead.snapshot:
        told.append(title_of(lead.snapshot[0]))
    elif lead.product_family != "none":
        told.append(translate(FAMILY_NAMES[lead.product_family]))
    if lead.value_minor and lead.currency:
        told.append(Money(lead.value_minor, lead.currency).formatted(language()))
    return _(", ").join(told)


def reason_of(lead: Lead | ListedLead) -> str:
    sentences = REASON_SENTENCES if lead.kind == "abandoned_cart" else REQUEST_SENTENCES
    return translate(sentences.get(lead.reason, SOURCE_NAMES[lead.source]))


def title_of(line: Mapping[str, Any]) -> str:
    title = line.get("title") or {}
    return localized(str(title.get("en") or line.get("sku") or ""), title.get("zh"))


def lines(lead: Lead) -> list[Line]:
    return [_line(entry, lead.currency) for entry in lead.snapshot]


def _line(entry: Mapping[str, Any], currency: str | None) -> Line:
    detail = entry.get("detail") or {}
    price = entry.get("price_minor")
    quantity = int(entry.get("quantity") or 1)
    shown = (
        Money(int(price) * quantity, currency).formatted(language()) if price is not None and currency else ""
    )
    about = localized(str(detail.get("en") or ""), detail.get("zh"))
    return Line(title_of(entry) + (f" × {quantity}" if quantity > 1 else ""), about, shown)


def timeline(
    happened: Sequence[EventRow],
    moves: Sequence[tuple[LeadMove, str | None]],
    written: Sequence[Entry] = (),
) -> list[Entry]:
    """The person's own steps, ours, and what the team wrote down, newest first."""
    entries = [_happened(row) for row in happened if row.type in registry().types]
    entries += [_moved(move, name) for move, name in moves]
    return sorted([*entries, *written], key=lambda entry: entry.at, reverse=True)


def noted(note: LeadNote, staff: Staff) -> Entry:
    return Entry(note.body, shown_datetime(note.at), note.at, "edit", staff.name_shown)


def touched(tried: LeadTouch, staff: Staff | None) -> Entry:
    words = translate(TOUCH_NAMES[tried.code])
    return Entry(words, shown_datetime(tried.at), tried.at, "phone", staff.name_shown if staff else "")


def _happened(row: EventRow) -> Entry:
    icon = EVENT_ICONS.get(row.type.split(".")[0], "inbox")
    return Entry(revive(row).event.sentence(), shown_datetime(row.at), row.at, icon)


def _moved(move: LeadMove, name: str | None) -> Entry:
    if move.from_status is None:
        what = _("The lead was opened")
    else:
        what = _("The lead is %(status)s", status=translate(STATUS_NAMES[move.to_status]))
    told = [why_words(move.why) or move.why or "", name or ""]
    return Entry(what, shown_datetime(move.at), move.at, "inbox", " ".join(part for part in told if part))


def candidates(found: Whole, places: Mapping[uuid.UUID, Recipient]) -> list[CandidateRow]:
    if found.decision is None:
        return []
    return [_candidate(kept, found, places) for kept in found.decision.candidates]


def _candidate(kept: Mapping[str, Any], found: Whole, places: Mapping[uuid.UUID, Recipient]) -> CandidateRow:
    place = places.get(uuid.UUID(kept["recipient_id"])) if kept["recipient_id"] else None
    kind = translate(KIND_NAMES.get(kept["kind"], kept["kind"]))
    chosen = found.decision is not None and place is not None and found.decision.chosen_id == place.id
    return CandidateRow(
        name=place.name_shown if place else kind,
        kind=kind,
        passed=bool(kept["passed"]),
        chosen=bool(chosen and kept["passed"]),
        why=translate(FAILURES.get(kept["why"], kept["why"])),
    )


def dispatches(told: Sequence[Told], places: Mapping[uuid.UUID, Recipient]) -> list[DispatchRow]:
    return [_dispatch(one, places) for one in told]


def _dispatch(one: Told, places: Mapping[uuid.UUID, Recipient]) -> DispatchRow:
    dispatch, delivery = one.dispatch, one.delivery
    place = places.get(dispatch.recipient_id) if dispatch.recipient_id else None
    state = "parked" if delivery is not None and delivery.state == "parked" else dispatch.state
    words, kind = STATE_NAMES[state]
    next_at = delivery.next_at if delivery is not None and state in ("queued", "parked") else dispatch.next_at
    return DispatchRow(
        who=place.name_shown if place else _("Nobody yet"),
        channel=translate(CHANNEL_NAMES[dispatch.channel]),
        purpose=translate(PURPOSE_NAMES[dispatch.purpose]) if dispatch.purpose != "opened" else "",
        state=translate(words),
        state_kind=kind,
        note=why_words(dispatch.reason),
        when=_when(dispatch.sent_at, next_at if state in ("queued", "held", "parked") else None),
        tries=[_try(attempt) for attempt in one.attempts],
    )


def _when(sent_at: datetime | None, next_at: datetime | None) -> str:
    if sent_at is not None:
        return shown_datetime(sent_at)
    return _("next look %(when)s", when=shown_datetime(next_at)) if next_at is not None else ""


def _try(attempt: Any) -> str:
    answer = str(attempt.status_code) if attempt.status_code else ""
    outcome = _("arrived") if attempt.outcome == "delivered" else _("did not arrive")
    return _(
        "Try %(number)s, %(when)s: %(outcome)s %(answer)s",
        number=attempt.number,
        when=shown_datetime(attempt.at),
        outcome=outcome,
        answer=answer,
    ).strip()


def agreed(states: Sequence[ConsentState]) -> list[Agreed]:
    return [
        Agreed(consent_texts.wording(state.purpose, language(), state.recipient).label, state.granted)
        for state in states
    ]


def may_see_contact(
    states: Sequence[ConsentState], recipient_ids: Sequence[uuid.UUID], is_house: bool
) -> bool:
    """The house sees contact details while it may answer; others while they are named in a consent that holds."""
    for state in states:
        if not state.granted:
            continue
        if is_house and state.purpose in (consent_texts.ANSWER_ME, consent_texts.SHARE):
            return True
        if state.recipient is not None and state.recipient.id in recipient_ids:
            return True
    return False


def why_here(lead: Lead, rule: str) -> tuple[str, str]:
    """The reason that decided stands first: the rule's own, or why the rule's first choice was passed over."""
    words = why_words(lead.why)
    if lead.why in (None, "by_rule"):
        return rule, words
    return words, _("The rule begins with: %(rule)s", rule=rule) if rule else ""


def why_words(key: str | None) -> str:
    """The sentence kept under this key; nothing for what somebody wrote."""
    return translate(REASONS[key]) if key is not None and key in REASONS else ""


def facts(found: Whole) -> list[tuple[str, str]]:
    lead = found.lead
    told = [
        (_("Number"), lead.number),
        (_("Came from"), translate(SOURCE_NAMES[lead.source])),
        (_("About"), translate(FAMILY_NAMES[lead.product_family])),
        (_("Came as far as"), translate(STEP_NAMES.get(lead.step, lead.step))),
        (_("Language"), "中文" if lead.language == "zh" else "English"),
        (_("Since"), shown_datetime(lead.signalled_at)),
    ]
    if lead.page:
        told.append((_("On the page"), lead.page))
    if found.booked is not None:
        told.append((_("Time booked"), period(*found.booked)))
    if found.wished is not None:
        told.append((_("Call wished"), period(*found.wished)))
    if found.staff is not None:
        told.append((_("Taken up by"), found.staff.name_shown))
    return told


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
