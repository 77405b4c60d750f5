"""The buyer's one tap in the thread: a suggestion taken up or left, a dealer let in or not."""

from collections.abc import Mapping

from flask import Response, request, url_for

from app import clock, rates, sessions
from app.access import Policy, grant
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import actor_now
from app.forms import parse
from app.i18n import language
from app.pages import page, see_other, wants_fragment
from checkout import own_cart
from conversations import drive_offers, helping, showing, to_dealer
from conversations.cards import ThreadCard
from conversations.forms import AnswerCard
from conversations.hand_overs import HandOver
from conversations.models import Conversation
from conversations.refusals import CardNotFound
from conversations.views import PER_VISITOR, blueprint, conversation_page, owner
from partners.models import Recipient


@blueprint.post("/ask/<public_id>/cards/<card_id>")
def answer_card(public_id: str, card_id: str) -> Response:
    form = parse(AnswerCard, request.form).get()
    rates.limit("say", str(sessions.current().visitor_id), per_minute=PER_VISITOR)
    found = Conversation.of_public_id(public_id)
    assert found is not None, "the policy has found it"
    trouble = ""
    try:
        with transaction():
            _decide(Conversation.locked(found.id), card_id, form)
    except Refusal as refused:
        if refused.status == 404:
            raise
        close_reading()
        trouble, status = refused.text, refused.status
    if not trouble and not wants_fragment():
        return see_other(url_for(".conversation", public_id=public_id, _anchor="thread"))
    now = Conversation.of_public_id(public_id)
    assert now is not None
    if not wants_fragment():
        return conversation_page(now, trouble, status)
    desk = session().get(Recipient, now.recipient_id) if now.recipient_id else None
    return page("conversations/_thread.html", thread=showing.buyer_thread(now, desk), card_trouble=trouble)


policies: Mapping[str, Policy] = {"conversations.answer_card": grant("conversation", owner)}


def _decide(mine: Conversation, card_id: str, form: AnswerCard) -> None:
    card, is_yes = ThreadCard.of(mine.id, card_id), form.answer == "yes"
    if card.kind == "drive" and is_yes:
        drive_offers.accept(mine, card, form.share, actor_now(), clock.now())
        return
    if card.kind == "drive":
        drive_offers.decline(mine, card, actor_now(), clock.now())
        return
    if card.kind == "suggestion":
        cart = helping.decide(mine, card, is_yes, sessions.current().visitor_id, actor_now(), clock.now())
        own_cart.keep_badge(cart)
        mine.ring()
        return
    if card.hand_over_id is None:
        raise CardNotFound()
    given = session().get_one(HandOver, card.hand_over_id)
    if is_yes:
        to_dealer.agree(mine, given, language(), actor_now(), clock.now())
    else:
        to_dealer.decline(mine, given, actor_now(), clock.now())
