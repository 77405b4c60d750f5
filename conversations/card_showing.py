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
from conversations.demo_cars import TestDrive
from conversations.hand_overs import HandOver
from conversations.models import Conversation, Message
from customers.consent_texts import SHARE, wording
from partners.models import Booking, Recipient, Slot

ICONS = {"link": "share", "suggestion": "cart", "slot": "calendar", "share": "people", "drive": "wheel"}
MOST_SHOWN = 100
MOST_EVER = 5_000
ASKING = ("open", "asking", "kept")
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
    "drive": {
        "kept": (N_("Held"), "waiting"),
        "booked": (N_("Test drive booked"), "done"),
        "driven": (N_("Driven"), "done"),
        "no_show": (N_("Nobody came"), "plain"),
        "cancelled": (N_("Cancelled"), "plain"),
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
    share_label: str = ""
    """A box to tick beside the yes; empty where there is none."""


@dataclass(frozen=True)
class _Standing:
    """What the cards point at: comments, hand-overs with their dealers, and bookings with their slots."""

    comments: Mapping[uuid.UUID, str]
    asked: Mapping[uuid.UUID, tuple[str, Recipient]]
    held: Mapping[uuid.UUID, tuple[str, datetime | None]]
    drives: Mapping[uuid.UUID, tuple[str, Recipient]]


def with_cards(conversation: Conversation) -> tuple[Sequence[Message], Sequence[ThreadCard]]:
    """What was said last, in order, and what some of it carries; one statement, however long the thread has become."""
    rows = (
        session()
        .execute(
            select(Message, ThreadCard)
            .outerjoin(ThreadCard, ThreadCard.message_id == Message.id)
            .where(Message.conversation_id == conversation.id, Message.seq > conversation.last_seq - wanted())
            .order_by(Message.seq)
        )
        .all()
    )
    return [message for message, _card in rows], [card for _message, card in rows if card is not None]


def wanted() -> int:
    """How many messages the reader wants to see; more only by asking for them."""
    told = request.args.get("most", "")
    return min(max(int(told), MOST_SHOWN), MOST_EVER) if told.isdecimal() and len(told) < 6 else MOST_SHOWN


def of(conversation: Conversation, cards: Sequence[ThreadCard], is_buyer: bool) -> dict[uuid.UUID, Card]:
    """By message. No statement where there is no card, one per kind there is."""
    if not cards:
        return {}
    standing = _Standing(_comments(cards), _asked(cards), _held(cards), _drives(cards))
    return {card.message_id: _card(conversation, card, standing, is_buyer) for card in cards}


def _card(conversation: Conversation, card: ThreadCard, standing: _Standing, is_buyer: bool) -> Card:
    state, until, small_print = "", card.held_until, ""
    if card.comment_id is not None:
        state = standing.comments.get(card.comment_id, "withdrawn")
    elif card.hand_over_id is not None:
        state, dealer = standing.asked[card.hand_over_id]
        small_print = wording(SHARE, language(), dealer).wording if state == "asking" else ""
    elif card.kind == "drive":
        state, dealer = standing.drives[card.id]
        small_print = wording(SHARE, language(), dealer).wording if state == "kept" else ""
    elif card.slot_id is not None:
        state, until = _slot_state(card, standing)
    words, kind = STATE_WORDS.get(card.kind, {}).get(state, ("", "plain"))
    is_asked = is_buyer and state in ASKING
    told = OPEN_FOR_BUYER.get(card.kind, words) if is_asked else words
    is_held = state in ("held", "kept")
    return Card(
        public_id=card.public_id,
        kind=card.kind,
        icon=ICONS[card.kind],
        title=card.title,
        url=_url(card),
        state=_held_words(until) if is_held else _(told) if told else "",
        state_kind=kind,
        until=until if is_held else None,
        small_print=small_print if is_asked else "",
        yes=_yes(card) if is_asked else "",
        no=_no(card) if is_asked else "",
        share_label=wording(SHARE, language(), dealer).label if is_asked and card.kind == "drive" else "",
        answer_url=_answer_url(conversation, card) if is_asked else "",
    )


def _answer_url(conversation: Conversation, card: ThreadCard) -> str:
    return url_for("conversations.answer_card", public_id=conversation.public_id, card_id=card.public_id)


def _yes(card: ThreadCard) -> str:
    if card.kind == "drive":
        return _("Book this time")
    return _("Take it up") if card.kind == "suggestion" else _("Yes, they may")


def _no(card: ThreadCard) -> str:
    if card.kind == "drive":
        return _("Not this time")
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
    slots = [card for card in cards if card.kind == "slot" and card.slot_id and card.cart_id]
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


def _drives(cards: Sequence[ThreadCard]) -> dict[uuid.UUID, tuple[str, Recipient]]:
    """By card: whether the time is kept, or what became of the drive, and at whose place."""
    drives = [card for card in cards if card.kind == "drive"]
    if not drives:
        return {}
    rows = session().execute(
        select(ThreadCard.id, TestDrive.state, Recipient)
        .join(Slot, Slot.id == ThreadCard.slot_id)
        .join(Recipient, Recipient.id == Slot.recipient_id)
        .outerjoin(TestDrive, TestDrive.help_request_id == ThreadCard.help_request_id)
        .where(ThreadCard.id.in_([card.id for card in drives]))
    )
    now = clock.now()
    until = {card.id: card.held_until for card in drives}
    return {
        card_id: (state or ("kept" if (ends := until[card_id]) and ends > now else "gone"), place)
        for card_id, state, place in rows
    }
