"""The ask pages: a question or a call from any page, a test drive of a car, and the thread where the answer comes."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for

from app import clock, rates, sessions
from app.access import VISITOR, Policy, grant
from app.db import close_reading, session, transaction
from app.events import actor_now
from app.forms import FormState, parse
from app.i18n import _, language
from app.pages import page, page_or_fragment, see_other, wants_fragment
from catalog.models import StockItem
from catalog.refusals import VehicleNotFound
from checkout.cart import STEPS
from conversations import call_words, showing
from conversations.asking import Asker, Wish, ask, can_be_driven, reach_by
from conversations.desks import Desk, Window, desk_for
from conversations.forms import Ask, AskTestDrive, Contact, Say
from conversations.models import Conversation, HelpRequest
from conversations.presence import presence
from conversations.refusals import TestDriveNotOffered
from conversations.standing import car_on, family_of, safe_page, stand, step_of
from customers import account
from customers.consent_texts import ANSWER_ME, SHARE, wording
from customers.models import Consent, Customer
from partners.models import Recipient, Slot
from partners.refusals import SlotNotFound, SlotTaken
from partners.slot_choice import asked_day

PER_ADDRESS = 240
PER_VISITOR = 30

blueprint = Blueprint("conversations", __name__)


@blueprint.get("/ask", endpoint="ask")
def ask_sheet() -> Response:
    told = safe_page(request.args.get("page"))
    here = sessions.current()
    car = car_on(told)
    family = family_of(car) if car else stand(told, here).family if step_of(told) in STEPS else "none"
    known = _known(Customer.of_visitor(here.visitor_id) or account.find(here.account_id))
    values = {**known, "page": told, "family": family, "kind": request.args.get("kind", "message")}
    return _ask_page(FormState(None, values), car)


@blueprint.post("/ask")
def send_ask() -> Response:
    state: FormState[Ask] = parse(Ask, request.form)
    desk = desk_for("callback")
    windows = desk.call_windows(clock.now()) if desk else []
    state = _checked(state, windows)
    if state.value is None:
        return sheet_answer(state, 422) if wants_fragment() else _ask_page(state, status=422)
    form = state.value
    _limit_asking()
    with transaction():
        here = sessions.ensure()
        wish = Wish(
            client_key=form.client_key,
            kind=form.kind,
            family=form.family,
            message=form.message,
            wished=_chosen(windows, form.wished) if form.kind == "callback" else None,
        )
        asked = ask(wish, _asker(here, form), stand(form.page, here), actor_now(), clock.now())
        public_id = _let_in(asked)
    if wants_fragment():
        return sheet_answer(FormState(None, {"page": form.page}))
    return see_other(url_for(".conversation", public_id=public_id))


@blueprint.get("/ask/sheet")
def help_sheet() -> Response:
    """Help beside the page that one is on; without script the page of its own."""
    told = safe_page(request.args.get("page"))
    if not wants_fragment():
        return see_other(url_for(".ask", page=told))
    return sheet_answer(FormState(None, {"page": told}))


@blueprint.get("/ask/test-drive")
def test_drive() -> Response:
    car = _car(request.args.get("vehicle", ""))
    here = sessions.current()
    known = _known(Customer.of_visitor(here.visitor_id) or account.find(here.account_id))
    values = {**known, "page": _page_told(car)}
    return _test_drive_page(car, FormState(None, values))


@blueprint.post("/ask/test-drive")
def send_test_drive() -> Response:
    state: FormState[AskTestDrive] = parse(AskTestDrive, request.form)
    if state.value is not None and not (state.value.email or state.value.phone):
        state = state.with_error(
            "email", _("Leave an e-mail address or a phone number, so that we can reach you.")
        )
    if state.value is None:
        return _test_drive_page(_car(request.form.get("vehicle", "")), state, status=422)
    form = state.value
    _limit_asking()
    try:
        with transaction():
            here = sessions.ensure()
            car = StockItem.by_public_id(form.vehicle)
            wish = Wish(
                client_key=form.client_key,
                kind="test_drive",
                family=family_of(car),
                message=form.message,
                slot_id=form.slot,
                shares=form.share,
            )
            standing = stand(form.page or _page_of(car), here, car)
            asked = ask(wish, _asker(here, form), standing, actor_now(), clock.now())
            public_id = _let_in(asked)
    except (SlotTaken, SlotNotFound) as gone:
        close_reading()
        refused = state.with_error("slot-picker", gone.text)
        return _test_drive_page(_car(form.vehicle), refused, status=gone.status)
    return see_other(url_for(".conversation", public_id=public_id))


@blueprint.get("/ask/<public_id>")
def conversation(public_id: str) -> Response:
    found = _found(public_id)
    _note_reader(found)
    return page("conversations/conversation.html", **_conversation_facts(found))


@blueprint.get("/ask/<public_id>/thread")
def thread(public_id: str) -> Response:
    """What is new, for the page that looks every few seconds; 204 when nothing is."""
    found = _found(public_id)
    if not wants_fragment():
        return see_other(url_for(".conversation", public_id=public_id, _anchor="thread"))
    _note_reader(found)
    if request.args.get("seen") == f"{found.last_seq}-{found.state}":
        return make_response("", 204)
    return page("conversations/_thread.html", **_thread_facts(found))


@blueprint.get("/ask/<public_id>/news")
def news(public_id: str) -> Response:
    """For a page whose sheet is closed: words when an answer waits to be read, else 204. Looking reads nothing."""
    found = _found(public_id)
    if not found.has_news:
        return make_response("", 204)
    answer = make_response(_("New answer"))
    answer.mimetype = "text/plain"
    return answer


@blueprint.post("/ask/<public_id>/contact")
def leave_contact(public_id: str) -> Response:
    state = parse(Contact, request.form)
    if state.value is not None and not (state.value.email or state.value.phone):
        state = state.with_error("email", _("Leave an e-mail address or a phone number."))
    if state.value is not None:
        form = state.value
        _limit_asking()
        with transaction():
            mine = Conversation.locked(_found(public_id).id)
            asker = Asker(
                mine.visitor_id,
                language(),
                form.name,
                form.email,
                form.phone,
                sessions.current().account_id,
            )
            customer = reach_by(mine, asker, actor_now(), clock.now())
            if sessions.current().visitor_id == mine.visitor_id:
                sessions.set_customer(customer.id)
    if wants_fragment():
        return sheet_answer(state, 422 if state.errors else 200, _found(public_id))
    if state.errors:
        return page("conversations/conversation.html", 422, **_conversation_facts(_found(public_id), state))
    return see_other(url_for(".conversation", public_id=public_id))


@blueprint.post("/ask/<public_id>/messages")
def say(public_id: str) -> Response:
    state = parse(Say, request.form)
    is_sheet = wants_fragment() and request.args.get("place") == "sheet"
    if state.value is None and is_sheet:
        return sheet_answer(state, 422, _found(public_id))
    if state.value is None:
        facts = _conversation_facts(_found(public_id), state)
        return page_or_fragment(
            "conversations/conversation.html", "conversations/_conversation.html", 422, **facts
        )
    rates.limit("say", str(sessions.current().visitor_id), per_minute=PER_VISITOR)
    with transaction():
        at = clock.now()
        mine = Conversation.locked(_found(public_id).id)
        told = safe_page(state.value.page) if state.value.page else None
        step = step_of(told) if told else None
        mine.say(state.value.message, state.value.client_key, actor_now(), at, told, step)
    if is_sheet:
        return sheet_answer(FormState(None, {"page": told or "/"}), found=_found(public_id))
    if wants_fragment():
        return page("conversations/_conversation.html", **_conversation_facts(_found(public_id)))
    return see_other(url_for(".conversation", public_id=public_id, _anchor="write"))


def owner(arguments: dict[str, Any]) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    found = Conversation.of_public_id(arguments["public_id"])
    return (found.id, found.visitor_id) if found else None


policies: Mapping[str, Policy] = {
    "conversations.ask": VISITOR,
    "conversations.send_ask": VISITOR,
    "conversations.test_drive": VISITOR,
    "conversations.send_test_drive": VISITOR,
    "conversations.conversation": grant("conversation", owner),
    "conversations.thread": grant("conversation", owner),
    "conversations.help_sheet": VISITOR,
    "conversations.news": grant("conversation", owner),
    "conversations.leave_contact": grant("conversation", owner),
    "conversations.say": grant("conversation", owner),
}


def conversation_page(found: Conversation, card_trouble: str, status: int) -> Response:
    """The whole page again, with why a tap in it came to nothing."""
    facts = _conversation_facts(found) | {"card_trouble": card_trouble}
    return page("conversations/conversation.html", status, **facts)


def conversation_url(conversation_id: uuid.UUID) -> str:
    """Where a mail's link leads."""
    found = session().get_one(Conversation, conversation_id)
    return url_for("conversations.conversation", public_id=found.public_id)


def _checked(state: FormState[Ask], windows: Sequence[Window]) -> FormState[Ask]:
    form = state.value
    if form is None:
        return state
    if form.kind == "message" and form.message is None:
        return state.with_error("message", _("Write what you would like to know."))
    if form.kind == "callback" and form.phone is None:
        return state.with_error("phone", _("Leave the number that we should call."))
    if form.kind == "callback" and form.wished and _chosen(windows, form.wished) is None:
        return state.with_error("wished", _("This time has passed or is not one of ours. Choose another."))
    return state


def _chosen(windows: Sequence[Window], value: str | None) -> Window | None:
    return next((window for window in windows if window.value == value), None)


def _asker(here: sessions.SessionState, form: Ask | AskTestDrive) -> Asker:
    assert here.visitor_id is not None
    return Asker(here.visitor_id, language(), form.name, form.email, form.phone, here.account_id)


def _let_in(asked: HelpRequest) -> str:
    """The asker's own session sees the thread, also one that sent the same form a second time without its cookie."""
    if asked.visitor_id != sessions.ensure().visitor_id:
        sessions.grant_subject("conversation", asked.conversation_id)
    elif asked.customer_id is not None:
        sessions.set_customer(asked.customer_id)
    return session().get_one(Conversation, asked.conversation_id).public_id


def _limit_asking() -> None:
    rates.limit("ask-address", request.remote_addr or "", per_minute=PER_ADDRESS)
    visitor_id = sessions.current().visitor_id
    if visitor_id is not None:
        rates.limit("ask", str(visitor_id), per_minute=PER_VISITOR)


def _found(public_id: str) -> Conversation:
    found = Conversation.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    return found


def _note_reader(found: Conversation) -> None:
    at = clock.now()
    if found.must_note_reader(at):
        with transaction():
            found.note_reader(at)


def _known(known: Customer | None) -> dict[str, str]:
    if known is None:
        return {"name": "", "email": "", "phone": ""}
    return {"name": known.name, "email": known.email or "", "phone": known.phone_e164 or ""}


def _ask_page(state: FormState[Ask], car: StockItem | None = None, status: int = 200) -> Response:
    at = clock.now()
    told = safe_page(state.values.get("page"))
    kind = "callback" if state.values.get("kind") == "callback" else "message"
    desk = desk_for(kind)
    going_on = Conversation.latest_of(sessions.current().visitor_id)
    return page(
        "conversations/ask.html",
        status,
        values={**state.values, "page": told, "kind": kind},
        errors=state.errors,
        families=showing.family_options(),
        windows=showing.window_options(desk.call_windows(at) if desk else []),
        desk_words=_desk_words(desk, kind, at) if desk else "",
        is_open=desk is not None and desk.week.is_open(at),
        phone=desk.recipient.phone if desk else "",
        going_on_url=url_for(".conversation", public_id=going_on.public_id) if going_on else "",
        from_words=_from_words(told),
        answer_me=wording(ANSWER_ME, language()),
        car=showing.car_facts(car, None) if car else None,
    )


def sheet_answer(state: FormState[Any], status: int = 200, found: Conversation | None = None) -> Response:
    """Help in place. A conversation that goes on is shown and counts as read."""
    at, here = clock.now(), sessions.current()
    told = safe_page(state.values.get("page"))
    found = found or Conversation.shown_to(here.visitor_id, at)
    if found is not None:
        _note_reader(found)
    known = session().get(Customer, found.customer_id) if found and found.customer_id else None
    known = known or Customer.of_visitor(here.visitor_id)
    desk = session().get(Recipient, found.recipient_id) if found and found.recipient_id else None
    standing = stand(told, here)
    return page(
        "conversations/_help_sheet.html",
        status,
        told=told,
        family=standing.family,
        place=showing.place_words(standing),
        presence=presence(at),
        thread=showing.buyer_thread(found, desk) if found else None,
        can_be_reached=known is not None and known.first_contact != "none",
        reached_by=(known.email or known.phone_e164 or "") if known else "",
        values=state.values,
        errors=state.errors,
        answer_me=wording(ANSWER_ME, language()),
    )


def _desk_words(desk: Desk, kind: str, at: datetime) -> str:
    due_at = desk.answers_by(kind, at)
    if kind == "callback":
        return showing.call_due_words(due_at, desk.recipient)
    return showing.due_words(due_at, desk.recipient)


def _from_words(told: str) -> str:
    step = step_of(told)
    return _(showing.STEP_LABELS[step]) if step != "browse" else ""


def _car(public_id: str) -> StockItem:
    """Raises VehicleNotFound, and TestDriveNotOffered for one that is sold or promised."""
    try:
        car = StockItem.by_public_id(public_id)
    except VehicleNotFound as missing:
        missing.remedy_url = url_for("catalog.stock")
        raise
    if not can_be_driven(car):
        raise TestDriveNotOffered(remedy_url=url_for("catalog.stock"))
    return car


def _page_told(car: StockItem) -> str:
    told = request.args.get("page")
    return safe_page(told) if told else _page_of(car)


def _page_of(car: StockItem) -> str:
    return url_for("catalog.stock_item", public_id=car.public_id).removeprefix(request.script_root)


def _test_drive_page(car: StockItem, state: FormState[AskTestDrive], status: int = 200) -> Response:
    dealer = session().get_one(Recipient, car.recipient_id)
    told = safe_page(state.values.get("page"))
    chosen = state.values.get("slot", "")
    return page(
        "conversations/test_drive.html",
        status,
        values={**state.values, "page": told},
        errors={("slot-picker" if name == "slot" else name): text for name, text in state.errors.items()},
        car=showing.car_facts(car, dealer),
        picker=showing.picker(car, asked_day(request.args.get("day")), chosen, told),
        share=wording(SHARE, language(), dealer),
        shares=request.form.get("share") is not None,
        answer_me=wording(ANSWER_ME, language()),
    )


def _thread_facts(found: Conversation) -> dict[str, Any]:
    desk = session().get(Recipient, found.recipient_id) if found.recipient_id else None
    return {"thread": showing.buyer_thread(found, desk)}


def _conversation_facts(found: Conversation, state: FormState[Any] | None = None) -> dict[str, Any]:
    asked = found.requests()[0]
    desk = session().get(Recipient, found.recipient_id) if found.recipient_id else None
    slot = session().get(Slot, asked.slot_id) if asked.slot_id else None
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    return {
        "thread": showing.buyer_thread(found, desk),
        "asked": asked,
        "heading": _heading(asked),
        "promise": _promise(asked, desk, customer),
        "is_answered": found.first_reply_at is not None,
        "slot_words": showing.slot_words(slot) if slot else "",
        "drive_words": showing.drive_words(asked) if slot else "",
        "place": slot.recipient if slot else None,
        "desk_name": desk.name_shown if desk else "",
        "can_be_reached": customer is not None and customer.first_contact != "none",
        "call": call_words.shown(found, clock.now()),
        "public_id": found.public_id,
        "told": "",
        "answer_me": wording(ANSWER_ME, language()),
        "values": state.values if state else {},
        "errors": state.errors if state else {},
    }


def _promise(asked: HelpRequest, desk: Recipient | None, customer: Customer | None) -> str:
    """Thanks, who answers, by when, and where the answer comes."""
    if asked.kind == "callback":
        return showing.sentences(_("Thank you."), showing.call_words(asked, desk))
    consent = session().get(Consent, asked.consent_id) if asked.consent_id else None
    if consent is not None and consent.recipient_id is not None:
        desk = session().get(Recipient, consent.recipient_id)
    email = customer.email if customer else None
    by_mail = _("The answer also comes to %(email)s.", email=email) if email else ""
    return showing.sentences(_("Thank you."), showing.due_words(asked.answer_due_at, desk), by_mail)


def _heading(asked: HelpRequest) -> str:
    if asked.kind == "test_drive":
        return _("Your test drive is booked")
    return _("We will call you") if asked.kind == "callback" else _("Your words are with us")
