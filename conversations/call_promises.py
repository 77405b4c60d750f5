"""The promised call on the buyer's page of the thread, which looks again by itself, and a way to need none any more."""

from collections.abc import Mapping

from flask import Response, url_for

from app import clock, rates, sessions
from app.access import Policy, grant
from app.db import transaction
from app.events import actor_now
from app.pages import page, see_other, wants_fragment
from conversations import call_words, calling
from conversations.models import Conversation
from conversations.views import PER_VISITOR, blueprint, owner


@blueprint.get("/ask/<public_id>/call")
def call_promise(public_id: str) -> Response:
    """The promise alone, for the page that looks again; where there is none any more an empty place."""
    if not wants_fragment():
        return see_other(url_for(".conversation", public_id=public_id))
    found = Conversation.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    promised = call_words.shown(found, clock.now())
    return page("conversations/_call_promise.html", call=promised, public_id=public_id)


@blueprint.post("/ask/<public_id>/call/withdrawal")
def withdraw_call(public_id: str) -> Response:
    rates.limit("say", str(sessions.current().visitor_id), per_minute=PER_VISITOR)
    found = Conversation.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    with transaction():
        calling.withdraw(Conversation.locked(found.id), actor_now(), clock.now())
    return see_other(url_for(".conversation", public_id=public_id))


policies: Mapping[str, Policy] = {
    "conversations.call_promise": grant("conversation", owner),
    "conversations.withdraw_call": grant("conversation", owner),
}
