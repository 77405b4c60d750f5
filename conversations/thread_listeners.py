"""What conversations do about facts from below: the thread tells what became of a suggestion, whoever has it open sees
the cart move, and a dealer whose consent was taken back reads no more.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app import live
from app.db import session
from app.events import Event, Listener, Recorded
from app.i18n import _, speaking
from checkout.events import (
    CartLineAdded,
    CartLineRemoved,
    CheckoutStepReached,
    ContactGiven,
    PaymentDeclined,
    PaymentStarted,
)
from checkout.sharing_events import CartSuggestionAccepted, CartSuggestionDeclined
from conversations.cards import ThreadCard
from conversations.models import Conversation
from customers.consent_texts import SHARE
from customers.events import ConsentWithdrawn

NOTES = uuid.UUID("1f3f2f3e-9c1b-4c39-8a39-5b0f4b5ef4f1")


def tell_taken_up(events: Sequence[Recorded[Any]]) -> None:
    for recorded in events:
        _tell_decided(recorded, is_taken=True)


def tell_left(events: Sequence[Recorded[Any]]) -> None:
    for recorded in events:
        _tell_decided(recorded, is_taken=False)


def show_cart(events: Sequence[Recorded[Any]]) -> None:
    """Rings at the threads of those whose cart moved, so that the desk looks again."""
    visitors = {recorded.event.visitor_id for recorded in events if recorded.event.visitor_id}
    open_ones = select(Conversation.public_id).where(
        Conversation.visitor_id.in_(visitors), Conversation.state != "resolved"
    )
    for public_id in session().scalars(open_ones):
        live.ring(live.room("cart-of", public_id), "moved")


def stop_reading(events: Sequence[Recorded[ConsentWithdrawn]]) -> None:
    """The dealer who read along is out; the thread says so."""
    for recorded in events:
        event = recorded.event
        if event.purpose != SHARE or event.recipient_id is None:
            continue
        theirs = select(Conversation).where(
            Conversation.customer_id == event.customer_id, Conversation.handed_to_id == event.recipient_id
        )
        for mine in session().scalars(theirs.order_by(Conversation.id).with_for_update(key_share=True)).all():
            mine.handed_to_id = None
            with speaking(mine.language):
                told = _("The dealer does not read this conversation any more, as you asked.")
            mine.note(told, uuid.uuid5(NOTES, f"{event.consent_id}:{mine.id}"), recorded.at)


def _tell_decided(recorded: Recorded[Any], is_taken: bool) -> None:
    comment_id = recorded.event.comment_id
    card = session().scalars(select(ThreadCard).where(ThreadCard.comment_id == comment_id)).one_or_none()
    if card is None:
        return
    mine = Conversation.locked(card.conversation_id)
    with speaking(mine.language):
        told = (
            _("Taken up: %(what)s", what=card.title)
            if is_taken
            else _("Left as it is: %(what)s", what=card.title)
        )
    mine.note(told, uuid.uuid5(NOTES, str(comment_id)), recorded.at)


LISTENERS: Mapping[type[Event], tuple[Listener, ...]] = {
    CartSuggestionAccepted: (tell_taken_up, show_cart),
    CartSuggestionDeclined: (tell_left,),
    CartLineAdded: (show_cart,),
    CartLineRemoved: (show_cart,),
    CheckoutStepReached: (show_cart,),
    ContactGiven: (show_cart,),
    PaymentStarted: (show_cart,),
    PaymentDeclined: (show_cart,),
    ConsentWithdrawn: (stop_reading,),
}
