"""What the tools beside a conversation show: only the one that is open is read for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import request

from app import clock, sessions
from app.db import session
from app.forms import FormState
from app.i18n import _
from checkout.cart import Cart
from conversations import agent_facts, calling, cart_mail, showing, to_dealer
from conversations.calls import CallBack
from conversations.canned import CannedAnswer
from conversations.hand_overs import REASONS
from conversations.models import Conversation
from customers.models import Customer
from orders.models import Order
from partners.models import Recipient


def tool_facts(found: Conversation, tool: str, state: FormState[Any]) -> dict[str, Any]:
    """What the open tool shows; nothing is read for those that are closed."""
    at = clock.now()
    more: dict[str, Any] = {}
    if tool == "link":
        asked = found.requests()[0]
        order = session().get(Order, asked.order_id) if asked.order_id else None
        more["pages"] = agent_facts.pages_to_send(found, asked, None, order)
        customer = session().get(Customer, found.customer_id) if found.customer_id else None
        barred = cart_mail.bar(Cart.live_of(found.visitor_id), customer, at)
        more["cart_barred"] = barred.text if barred else ""
        more["cart_to"] = cart_mail.address_of(customer)
    elif tool == "suggest":
        more["choices"] = agent_facts.suggestions_for(found, at)
    elif tool == "slot":
        more["place"], more["slots"] = agent_facts.slots_for(found, at)
    elif tool == "drive":
        more |= agent_facts.drives_for(found, request.args.get("car", "") or state.values.get("car", ""))
    elif tool == "call":
        more |= _call_facts(found, at)
    elif tool == "dealer":
        more["dealers"] = [(one.public_id, one.name_shown) for one in to_dealer.dealers_for(found)]
        more["reasons"] = [(code, _(words)) for code, words in REASONS.items()]
    elif tool == "snooze":
        more["choices"] = [
            (value, words) for value, words, _when in agent_facts.snooze_choices(at, week_of(found))
        ]
    elif tool == "transfer":
        more["colleagues"] = agent_facts.colleagues(sessions.staff_here().id)
    return {
        "tool": tool,
        "public_id": found.public_id,
        "tool_values": dict(state.values),
        "tool_errors": dict(state.errors),
        "tool_facts": more,
    }


def _call_facts(found: Conversation, at: datetime) -> dict[str, Any]:
    customer = session().get(Customer, found.customer_id) if found.customer_id else None
    barred = calling.bar(customer, None)
    call = CallBack.open_in(found.id)
    return {
        "barred": barred.text if barred else "",
        "promised": agent_facts.call_words(call) if call else "",
        "windows": showing.window_options(agent_facts.call_windows_for(found, at)),
    }


def answer_asked(found: Conversation, values: Mapping[str, str]) -> str:
    """The words of the answer kept ready that the address names, for pages without script."""
    named = request.args.get("answer", "")
    if not named:
        return ""
    kept = session().query(CannedAnswer).filter_by(public_id=named[:40]).one_or_none()
    return kept.filled(values) if kept is not None else ""


def handed_to(found: Conversation) -> str:
    dealer = session().get(Recipient, found.handed_to_id) if found.handed_to_id else None
    return dealer.name_shown if dealer else ""


def week_of(found: Conversation) -> Any:
    desk = calling.desk_of(found)
    return desk.week if desk else None
