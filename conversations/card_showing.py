"""The cards of a thread, ready to show: what each is, how it stands, and what its reader may do with it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for
from sqlalchemy import select

from app import clock
from app.db import session
from app.i18n import N_, _, language
from app.pages import time as shown_time
from checkout.comments import CartComment
from conversations.cards import ThreadCard
from conversations.hand_overs import HandOver
from conversations.models import Conversation, Message
from customers.consent_texts import SHARE, wording
from partners.models import Booking, Recipient, Slot

ICONS = {"link": "share", "suggestion": "cart", "slot": "calendar", "share": "people"}
OPEN_FOR_BUYER = {"suggestion": N_("Suggested for your cart"), "share": N_("Your word is needed")}
STATE_WORDS = {
    "suggestion": {
        "open": (N_("Waiting for the buyer"), "waiting"),
        "accepted": (N_("In the cart"), "done"),
        "declined": (N_("Left as it is"), "plain"),
        "withdrawn": (N_("Taken back"), "plain"),
    },
    "share": {
        "asking": (N_("Waiting for the buyer’s yes"), "waiting"),
        "done": (N_("Agreed"), "done"),
        "declined": (N_("The buyer said no"), "plain"),
        "withdrawn": (N_("Taken back"), "plain"),
    },
    "slot": {
        "held": (N_("Held"), "waiting"),
        "booked": (N_("Booked"), "done"),
        "gone": (N_("No longer held"), "plain"),
    },
}


@dataclass(frozen=True)
class Card:
    """`yes` and `no` are the words of the two buttons, empty where nothing is asked of this reader."""

    public_id: str
    kind: str
    icon: str
    title: str
    url: str
    state: str
    state_kind: str
    until: datetime | None = None
    small_print: str = ""
    yes: str = ""
    no: str = ""
    answer_url: str = ""


@dataclass(frozen=True)
class _Standing:
    """What the cards point at: comments, hand-overs with their dealers, and bookings with their slots."""

    comments: Mapping[uuid.UUID, str]
    asked: Mapping[uuid.UUID, tuple[str, Recipient]]
    held: Mapping[uuid.UUID, tuple[str, datetime | None]]


def with_cards(conversation: Conversation) -> tuple[Sequence[Message], Sequence[ThreadCard]]:
    """What was said, in order, and what some of it carries; one statement."""
    rows = (
        session()
        .execute(
            select(Message, ThreadCard)
            .outerjoin(ThreadCard, ThreadCard.message_id == Message.id)
            .where(Message.conversation_id == conversation.id)
            .order_by(Message.seq)
        )
        .all()
    )
    return [message for message, _card in rows], [card for _message, card in rows if card is not None]


def of(conversation: Conversation, cards: Sequence[ThreadCard], is_buyer: bool) -> dict[uuid.UUID, Card]:
    """By message. No statement where there is no card, one per kind there is."""
    if not cards:
        return {}
    standing = _Standing(_comments(cards), _asked(cards), _held(cards))
    return {card.message_id: _card(conversation, card, standing, is_buyer) for card in cards}


def _card(conversation: Conversation, card: ThreadCard, standing: _Standing, is_buyer: bool) -> Card:
    state, until, small_print = "", card.held_until, ""
    if card.comment_id is not None:
        state = standing.comments.get(card.comment_id, "withdrawn")
    elif card.hand_over_id is not None:
        state, dealer = standing.asked[card.hand_over_id]
        small_print = wording(SHARE, language(), dealer).wording if state == "asking" else ""
    elif card.slot_id is not None:
        state, until = _slot_state(card, standing)
    words, kind = STATE_WORDS.get(card.kind, {}).get(state, ("", "plain"))
    is_asked = is_buyer and state in ("open", "asking")
    told = OPEN_FOR_BUYER[card.kind] if is_asked else words
    return Card(
        public_id=card.public_id,
        kind=card.kind,
        icon=ICONS[card.kind],
        title=card.title,
        url=_url(card),
        state=_held_words(until) if state == "held" else _(told) if told else "",
        state_kind=kind,
        until=until if state == "held" else None,
        small_print=small_print if is_asked else "",
        yes=_yes(card) if is_asked else "",
        no=_no(card) if is_asked else "",
        answer_url=_answer_url(conversation, card) if is_asked else "",
    )


def _answer_url(conversation: Conversation, card: ThreadCard) -> str:
    return url_for("conversations.answer_card", public_id=conversation.public_id, card_id=card.public_id)


def _yes(card: ThreadCard) -> str:
    return _("Take it up") if card.kind == "suggestion" else _("Yes, they may")


def _no(card: ThreadCard) -> str:
    return _("Leave as it is") if card.kind == "suggestion" else _("No, stay with us")


def _url(card: ThreadCard) -> str:
    if card.url is not None:
        return f"{request.script_root}{card.url}"
    return f"{request.script_root}/cart" if card.kind in ("suggestion", "slot") else ""


def _held_words(until: datetime | None) -> str:
    return _("Held until %(time)s", time=shown_time(until)) if until else _("Held")


def _slot_state(card: ThreadCard, standing: _Standing) -> tuple[str, datetime | None]:
    state, until = standing.held.get(card.id, ("released", None))
    if state == "booked":
        return "booked", None
    is_live = state == "held" and until is not None and until > clock.now()
    return ("held", until) if is_live else ("gone", None)


def _comments(cards: Sequence[ThreadCard]) -> dict[uuid.UUID, str]:
    wanted = [card.comment_id for card in cards if card.comment_id]
    if not wanted:
        return {}
    rows = session().execute(select(CartComment.id, CartComment.state).where(CartComment.id.in_(wanted)))
    return {comment_id: state or "" for comment_id, state in rows}


def _asked(cards: Sequence[ThreadCard]) -> dict[uuid.UUID, tuple[str, Recipient]]:
    wanted = [card.hand_over_id for card in cards if card.hand_over_id]
    if not wanted:
        return {}
    rows = session().execute(
        select(HandOver.id, HandOver.state, Recipient)
        .join(Recipient, Recipient.id == HandOver.recipient_id)
        .where(HandOver.id.in_(wanted))
    )
    return {asked_id: (state, dealer) for asked_id, state, dealer in rows}


def _held(cards: Sequence[ThreadCard]) -> dict[uuid.UUID, tuple[str, datetime | None]]:
    """By card: what became of the booking that it stands for."""
    slots = [card for card in cards if card.slot_id and card.cart_id]
    if not slots:
        return {}
    rows = session().execute(
        select(Booking.slot_id, Booking.holder, Booking.state, Booking.until)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.slot_id.in_([card.slot_id for card in slots]),
            Booking.holder.in_([card.cart_id for card in slots]),
            Booking.state != "released",
        )
    )
    live = {(slot_id, holder): (state, until) for slot_id, holder, state, until in rows}
    return {
        card.id: live[card.slot_id, card.cart_id]
        for card in slots
        if card.slot_id and card.cart_id and (card.slot_id, card.cart_id) in live
    }
