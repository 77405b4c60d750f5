"""Pages around a stall: the buyer's page says that it is looked at and shows an offer once; the agent sees and offers."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, make_response, request, url_for

from app import clock, rates, sessions, signals
from app.access import VISITOR, Policy, staff
from app.characters import initials
from app.db import get_or_404, session, transaction
from app.events import actor_now
from app.forms import FormState
from app.i18n import language
from app.pages import page, partials, see_other, wants_fragment
from checkout.cart import Cart
from conversations import live_list, showing, stalls_offers, stalls_showing
from conversations.models import Conversation, Stall
from conversations.presence import presence
from conversations.stalls import Attendance, HelpOffer
from conversations.standing import safe_page, stand, step_of
from conversations.views import sheet_answer
from customers.models import Customer
from partners.here import market_here

STEPS_NOTED = ("configure", "cart", "contact", "handover", "review", "pay")
PER_VISITOR = 20
HELP_COOKIE = "forecourt-help"

blueprint = Blueprint("stalls", __name__)


@blueprint.get("/ask/here")
def here() -> Response:
    """A page of checkout or a configurator says that it is looked at; answers with an offer, if one waits, once."""
    state = sessions.current()
    told = safe_page(request.args.get("page"))
    step = step_of(told) if step_of(told) in STEPS_NOTED else told.strip("/").partition("/")[0] or "browse"
    if not wants_fragment() or state.visitor_id is None or state.staff is not None or signals.is_robot():
        return make_response("", 204)
    rates.limit("here", str(state.visitor_id), per_minute=PER_VISITOR)
    at, market = clock.now(), market_here()
    with transaction():
        Attendance.note(
            state.visitor_id,
            state.cart_id,
            step[:40],
            market.key,
            language(),
            signals.device_here(),
            at,
        )
        shown = (
            stalls_offers.showable(state.visitor_id, at) if step not in stalls_offers.NO_OFFERS_AT else None
        )
        if shown is not None and not stalls_offers.mark_shown(shown.public_id, at):
            shown = None
    if shown is None:
        return make_response("", 204)
    return page(
        "conversations/_help_offer.html",
        offer=shown,
        told=told,
        why=stalls_showing.why_words(shown.reason, shown.detail),
        answers=presence(at).words,
        initials=initials(shown.staff_name),
    )


@blueprint.post("/ask/offers/<public_id>/taking")
def take(public_id: str) -> Response:
    told = safe_page(request.form.get("page"))
    with transaction():
        mine = sessions.current()
        asked = stalls_offers.take(public_id, mine, stand(told, mine), language(), actor_now(), clock.now())
        talk_id = asked.conversation_id
    talk = session().get_one(Conversation, talk_id)
    if not wants_fragment():
        return see_other(url_for("conversations.conversation", public_id=talk.public_id))
    answer = partials(
        "conversations/stalls_taken.partials.html",
        sheet=sheet_answer(FormState(None, {"page": told}), found=talk).get_data(as_text=True),
    )
    answer.set_cookie(HELP_COOKIE, "open", path="/", samesite="Lax", secure=request.is_secure)
    return answer


@blueprint.post("/ask/offers/<public_id>/dismissal")
def dismiss(public_id: str) -> Response:
    with transaction():
        stalls_offers.dismiss(public_id, sessions.current().visitor_id, actor_now(), clock.now())
    if wants_fragment():
        return page("conversations/_help_offer.html", offer=None, told=safe_page(request.form.get("page")))
    return see_other(safe_page(request.form.get("page")))


@blueprint.get("/agent/stalls/<public_id>")
def stall(public_id: str) -> Response:
    live_list.note_reader(sessions.staff_here().id)
    found = get_or_404(Stall, public_id=public_id)
    talk = stalls_offers.talks(found) if found.is_live else None
    if talk is None and found.conversation_id is not None:
        talk = session().get(Conversation, found.conversation_id)
    cart = session().get(Cart, found.cart_id) if found.cart_id else None
    customer = session().get(Customer, cart.customer_id) if cart and cart.customer_id else None
    name = customer.name if customer and customer.name else stalls_showing.visitor_name(found.visitor_id)
    panel = "customer_panel.panel" in current_app.view_functions
    return page(
        "conversations/stalls.html",
        rows=live_list.listing(public_id),
        current=public_id,
        name=name,
        initials=initials(customer.name if customer else ""),
        panel_url=url_for("customer_panel.panel", kind="cart", public_id=cart.public_id)
        if panel and cart is not None
        else "",
        talk_url=url_for("conversations.agent_conversation", public_id=talk.public_id) if talk else "",
        pane_shown="context" if request.args.get("pane") == "context" else "main",
        seen=stalls_showing.cart_seen(found.cart_id, found.step),
        **_now_facts(found, talk is not None),
    )


@blueprint.get("/agent/stalls/<public_id>/now")
def stall_now(public_id: str) -> Response:
    """How it stands, alone, for the page that looks again when the desk is rung."""
    if not wants_fragment():
        return see_other(url_for(".stall", public_id=public_id))
    found = get_or_404(Stall, public_id=public_id)
    is_talking = found.is_live and stalls_offers.talks(found) is not None
    return page("conversations/_stalls_now.html", **_now_facts(found, is_talking))


@blueprint.post("/agent/stalls/<public_id>/offer")
def offer(public_id: str) -> Response:
    with transaction():
        found = Stall.locked(get_or_404(Stall, public_id=public_id).id)
        stalls_offers.offer(found, sessions.staff_here().id, actor_now(), clock.now())
    return see_other(url_for(".stall", public_id=public_id))


def _now_facts(found: Stall, is_talking: bool) -> dict[str, Any]:
    made = HelpOffer.newest_of(found.id)
    attended = session().get(Attendance, found.visitor_id)
    step = attended.step if attended is not None and found.is_live else found.step
    where = stalls_showing.step_words(step)
    value = showing.amount_of(found.value_minor, found.currency)
    parts = (stalls_showing.device_words(found.device), where, value)
    return {
        "stall": found,
        "about": " · ".join(part for part in parts if part),
        "reason": stalls_showing.reason_words(found),
        "reason_kind": stalls_showing.KINDS[found.reason],
        "state_tag": stalls_showing.state_tag(found) if found.state != "open" else None,
        "running": stalls_showing.running(found.since) if found.is_live else "",
        "strip": stalls_showing.strip(found.visitor_id, found.closed_at),
        "offer_words": stalls_showing.offer_words(made),
        "can_offer": found.state == "open"
        and made is None
        and not is_talking
        and step not in stalls_offers.NO_OFFERS_AT,
        "is_talking": found.state == "open" and is_talking,
        "is_paying": found.state == "open" and step in stalls_offers.NO_OFFERS_AT,
    }


_AGENTS = staff("agent", "admin")
policies: Mapping[str, Policy] = {
    "stalls.here": VISITOR,
    "stalls.take": VISITOR,
    "stalls.dismiss": VISITOR,
    "stalls.stall": _AGENTS,
    "stalls.stall_now": _AGENTS,
    "stalls.offer": _AGENTS,
}
