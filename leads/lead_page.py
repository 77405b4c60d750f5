"""One lead as it is worked: why it is here, what to do next, what happened and what the team wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for

from app import clock, sessions
from app.forms import FormState
from app.i18n import _, language, ngettext, translate
from app.pages import datetime as shown_datetime
from app.pages import page
from app.sessions import StaffPrincipal
from customers import consents
from customers.consents import ConsentState
from leads import (
    assignment,
    car_in_hand,
    cart_way,
    drive_desk,
    duplicates,
    inbox_page,
    ladder_desk,
    notes,
    queries,
    showing,
    touches,
)
from leads.access import nothing_here
from leads.inbox_list import After
from leads.models import Lead
from leads.next_action import Action, ActionFacts, next_action
from leads.queries import Whole
from leads.records import LeadTouch
from leads.score import RULES_VERSION, WORDS
from leads.statuses import STATUS_NAMES
from leads.touch_words import TOUCH_KEYS, TOUCH_NAMES, TOUCHES
from leads.touches import Worked


def shown(public_id: str, state: FormState[Any], status: int = 200) -> Response:
    """Raises NotFound, or NotYours when it is another place's."""
    me = sessions.staff_here()
    found = queries.whole(me, public_id)
    if found is None:
        raise nothing_here(public_id)
    return page("leads/lead.html", status, **facts(found, me, state))


def facts(found: Whole, me: StaffPrincipal, state: FormState[Any]) -> dict[str, Any]:
    """Twenty statements at most, the list beside it included."""
    lead, customer, at = found.lead, found.customer, clock.now()
    is_house = me.has("agent", "admin")
    places = queries.places()
    states = consents.state(customer.id) if customer else []
    name = showing.name_of(lead, customer.name if customer else None)
    due_words, due_kind = showing.due_sentence(lead, at)
    tried = touches.of(lead.id)
    linked = duplicates.around(lead) if is_house else duplicates.Linked([], [])
    action = next_action(_action_facts(found, states, me, [touch for touch, _staff in tried]))
    written = [showing.noted(*row) for row in notes.of(lead.id)] + [showing.touched(*row) for row in tried]
    return {
        **inbox_page.facts(me, lead.public_id),
        "public_id": lead.public_id,
        "number": lead.number,
        "lead_open": lead.is_open,
        "offer": ladder_desk.shown(lead, me, found.decision),
        "drive": drive_desk.shown(lead),
        "cart_way": cart_way.shown(lead, customer, states),
        "cart_sent": request.args.get("sent") == "cart",
        "name": name,
        "subtitle": showing.what_of(lead),
        "due_words": due_words,
        "due_kind": due_kind,
        "action": {
            "key": action.key,
            "words": _advice(action, name),
            "worked": _worked(touches.worked(action.key)) if lead.is_open else "",
        },
        "outcomes": [(code, translate(TOUCH_NAMES[code]), TOUCH_KEYS[code]) for code in TOUCHES],
        "outcome_reason": showing.why_words(lead.outcome_reason) or lead.outcome_reason or "",
        "errors": state.errors,
        "values": state.values,
        "facts": showing.facts(found),
        "why_here": showing.why_here(lead, found.rule.reason_shown if found.rule else ""),
        "rule_version": found.rule.version if found.rule else 0,
        "recipient": places[lead.recipient_id].name_shown if lead.recipient_id else "",
        "car": car_in_hand.shown(lead),
        "lines": showing.lines(lead),
        "reason": showing.reason_of(lead),
        "timeline": showing.timeline(queries.happened(lead, is_house), queries.moves(lead.id), written),
        "candidates": showing.candidates(found, places),
        "dispatches": showing.dispatches(queries.told(lead.id), places),
        "conversation_url": _conversation_url(found, is_house),
        "order_number": found.order.number if found.order else "",
        "score": _score(lead),
        "snoozed": _("Put aside until %(when)s", when=shown_datetime(lead.snoozed_until))
        if lead.snoozed_until
        else "",
        "colleagues": [(staff.public_id, staff.name_shown) for staff in assignment.colleagues(lead, me)],
        "holder": found.staff.public_id if found.staff else "",
        "holder_name": found.staff.name_shown if found.staff else "",
        "is_mine": lead.staff_id == me.id,
        "primary": _other(found.primary) if found.primary else None,
        "behind": [_other(one) for one in linked.behind],
        "others": [_other(one) for one in linked.others],
        "can_link": is_house,
        "can_undo": is_house and duplicates.can_undo(lead.id),
        "pane_shown": "context" if request.args.get("pane") == "context" else "main",
        "here_query": here_query(),
    }


def _action_facts(
    found: Whole, states: Sequence[ConsentState], me: StaffPrincipal, tried: Sequence[LeadTouch]
) -> ActionFacts:
    lead, customer = found.lead, found.customer
    is_house = me.has("agent", "admin")
    thread = found.conversation
    return ActionFacts(
        status=lead.status,
        has_phone=bool(customer and customer.phone_e164),
        has_email=bool(customer and customer.email),
        may_contact=showing.may_see_contact(states, me.recipient_ids, is_house),
        waits_in_thread=is_house and thread is not None and thread.state == "waiting",
        has_thread=thread is not None,
        slot_booked=found.booked is not None,
        call_wished=lead.source == "callback",
        payment_trouble=lead.step == "pay",
        no_answers=_no_answers(tried),
        wrong_number=any(touch.code == "wrong_number" for touch in tried),
    )


def _no_answers(tried: Sequence[LeadTouch]) -> int:
    """How often nobody answered since somebody last did; the newest try stands first."""
    codes = [touch.code for touch in tried]
    return next((place for place, code in enumerate(codes) if code != "no_answer"), len(codes))


def _advice(action: Action, name: str) -> str:
    told = (translate(action.headline, name=name), translate(action.reason, name=name))
    return ("" if language() == "zh" else " ").join(told)


def _worked(measured: Worked | None) -> str:
    if measured is None:
        return ""
    cases = ngettext("%(n)s case", "%(n)s cases", measured.cases) % {"n": measured.cases}
    return _("worked %(percent)s %% of the time, %(cases)s", percent=measured.percent, cases=cases)


def _score(lead: Lead) -> dict[str, Any] | None:
    if lead.scored_at is None:
        return None
    most = max((abs(int(part["points"])) for part in lead.score_parts), default=1)
    return {
        "points": lead.score,
        "version": lead.score_version or RULES_VERSION,
        "when": shown_datetime(lead.scored_at),
        "parts": [_reason(part, most) for part in lead.score_parts if part["code"] in WORDS],
    }


def _reason(part: Mapping[str, Any], most: int) -> tuple[str, str, int]:
    """Words, points, and how long its bar is beside the longest."""
    code, points = str(part["code"]), int(part["points"])
    return translate(WORDS[code]), _signed(points), abs(points) * 100 // most


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}"


def _other(lead: Lead) -> Mapping[str, Any]:
    return {
        "number": lead.number,
        "url": url_for("leads.lead", public_id=lead.public_id),
        "what": showing.what_of(lead),
        "when": shown_datetime(lead.signalled_at),
        "at": lead.signalled_at,
        "status": translate(STATUS_NAMES[lead.status]),
    }


def _conversation_url(found: Whole, is_house: bool) -> str:
    if found.conversation is None or not is_house:
        return ""
    return url_for("conversations.agent_conversation", public_id=found.conversation.public_id)


def here_query() -> dict[str, Any]:
    """Forms come back to the same list."""
    show = inbox_page.shown()
    after = After.parse(request.args.get("after"))
    return {"show": None if show == "due" else show, "after": str(after) if after else None}
