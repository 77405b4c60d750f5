"""Facts ready to show: the templates of asking and of the console compute nothing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import url_for
from sqlalchemy import select

from app import clock, i18n
from app.characters import initials
from app.db import session
from app.i18n import N_, _, localized
from app.money import Money
from app.pages import ago, money, period, time_or_date, zone_here
from app.pages import datetime as shown_datetime
from catalog.models import StockItem
from catalog.stock import Look
from conversations import card_showing, demo_drives, notes
from conversations.card_showing import Card
from conversations.demo_cars import TestDrive
from conversations.desks import Window
from conversations.models import Conversation, HelpRequest, Message
from conversations.notes import PrivateNote
from conversations.standing import Standing
from partners import calendar, slot_choice
from partners.models import Recipient, Slot, Staff
from partners.slot_choice import Choice

FAMILY_LABELS = {
    "vehicle_new": N_("A new car"),
    "vehicle_used": N_("A used car"),
    "charging": N_("Charging"),
    "credits": N_("Mobility credits"),
    "subscription": N_("A car by the month"),
    "feature": N_("Features of my car"),
    "partner_product": N_("Insurance, finance or energy"),
    "none": N_("Something else"),
}
STEP_LABELS = {
    "browse": N_("Looking round"),
    "configure": N_("Building a car"),
    "cart": N_("Cart"),
    "contact": N_("Checkout, contact"),
    "handover": N_("Checkout, handover"),
    "review": N_("Checkout, review"),
    "pay": N_("Checkout, payment"),
    "order": N_("After the order"),
}
KIND_LABELS = {
    "message": N_("Question"),
    "callback": N_("Call-back"),
    "test_drive": N_("Test drive"),
}
DAYS_SHOWN = 7
SLOT_DAYS = 28


@dataclass(frozen=True)
class Bubble:
    id: str
    text: str
    side: str
    meta: str
    card: Card | None = None


@dataclass(frozen=True)
class ThreadFacts:
    """What the polled part shows; `seq` is how far it goes, so that an unchanged thread is not sent again."""

    public_id: str
    seq: int
    state: str
    bubbles: tuple[Bubble, ...]
    waiting_words: str
    staff_name: str
    kept: int = 0
    """How many notes among staff stand between."""
    earlier: int = 0
    """How many messages stand before those shown."""
    most: int = card_showing.MOST_SHOWN

    @property
    def more(self) -> int:
        """What to ask for to see what stands before."""
        return self.most + 4 * card_showing.MOST_SHOWN

    @property
    def tag(self) -> str:
        """Differs whenever what staff see of it would."""
        cards = "".join(
            bubble.card.state[:1] + bubble.card.state_kind[:1] for bubble in self.bubbles if bubble.card
        )
        return f"{self.seq}-{self.state}-{self.kept}-{cards}"

    @property
    def staff_initials(self) -> str:
        return initials(self.staff_name)


@dataclass(frozen=True)
class CarFacts:
    public_id: str
    url: str
    title: str
    price: str
    look: Look
    dealer: str
    address: str


@dataclass(frozen=True)
class Names:
    staff: dict[uuid.UUID, str]

    def of(self, staff_id: uuid.UUID | None) -> str:
        return self.staff.get(staff_id, "") if staff_id is not None else ""


def family_options() -> list[tuple[str, str]]:
    return [(family, _(label)) for family, label in FAMILY_LABELS.items()]


def window_options(windows: Sequence[Window]) -> list[tuple[str, str]]:
    soon = [("", _("As soon as possible"))]
    return soon + [(window.value, period(window.starts_at, window.ends_at)) for window in windows]


def names_of(
    conversations: Sequence[Conversation],
    messages: Sequence[Message] = (),
    kept: Sequence[PrivateNote] = (),
) -> Names:
    """The people of the house who appear in them, as the reader's language writes them. One statement, or none."""
    wanted = (
        {c.staff_id for c in conversations} | {m.author_id for m in messages} | {n.staff_id for n in kept}
    )
    wanted.discard(None)
    if not wanted:
        return Names({})
    rows = session().execute(select(Staff.id, Staff.name, Staff.name_zh).where(Staff.id.in_(wanted)))
    return Names({staff_id: localized(name, name_zh or None) for staff_id, name, name_zh in rows})


def buyer_thread(conversation: Conversation, desk: Recipient | None) -> ThreadFacts:
    messages, carried = card_showing.with_cards(conversation)
    names = names_of((conversation,), messages)
    sides = {"customer": "own", "agent": "other", "system": "system"}
    cards = card_showing.of(conversation, carried, is_buyer=True)
    return _thread(conversation, messages, names, sides, _waiting_words(conversation, desk), cards)


def staff_thread(conversation: Conversation) -> ThreadFacts:
    """As the buyer reads it, with what staff noted among themselves in its place between."""
    messages, carried = card_showing.with_cards(conversation)
    kept = notes.of(conversation.id)
    names = names_of((conversation,), messages, kept)
    sides = {"customer": "other", "agent": "staff", "system": "system"}
    cards = card_showing.of(conversation, carried, is_buyer=False)
    facts = _thread(conversation, messages, names, sides, "", cards, tells_where=True)
    if not kept:
        return facts
    told = [(message.at, 0, bubble) for message, bubble in zip(messages, facts.bubbles, strict=True)]
    begins = messages[0].at if messages and facts.earlier else None
    told += [(note.at, 1, _note(note, names)) for note in kept if begins is None or note.at >= begins]
    bubbles = tuple(bubble for *_when, bubble in sorted(told, key=lambda one: one[:2]))
    return replace(facts, bubbles=bubbles, kept=len(kept))


def dealer_thread(conversation: Conversation) -> ThreadFacts:
    """As the desk reads it, without what the desk noted for itself."""
    messages, carried = card_showing.with_cards(conversation)
    names = names_of((conversation,), messages)
    sides = {"customer": "other", "agent": "staff", "system": "system"}
    cards = card_showing.of(conversation, carried, is_buyer=False)
    return _thread(conversation, messages, names, sides, "", cards)


def _note(note: PrivateNote, names: Names) -> Bubble:
    meta = _(
        "Note among staff, %(name)s, %(when)s", name=names.of(note.staff_id), when=shown_datetime(note.at)
    )
    return Bubble(f"note-{note.id.hex[-12:]}", note.body, "note", meta)


def _thread(
    conversation: Conversation,
    messages: Sequence[Message],
    names: Names,
    sides: dict[str, str],
    waiting_words: str,
    cards: Mapping[uuid.UUID, Card],
    tells_where: bool = False,
) -> ThreadFacts:
    return ThreadFacts(
        public_id=conversation.public_id,
        seq=messages[-1].seq if messages else 0,
        state=conversation.state,
        bubbles=tuple(
            replace(_bubble(message, names, sides, tells_where), card=cards.get(message.id))
            for message in messages
        ),
        waiting_words=waiting_words,
        staff_name=names.of(conversation.staff_id),
        earlier=messages[0].seq - 1 if messages else 0,
        most=card_showing.wanted(),
    )


def _bubble(message: Message, names: Names, sides: dict[str, str], tells_where: bool) -> Bubble:
    when = shown_datetime(message.at)
    name = names.of(message.author_id)
    if message.author_kind == "system":
        meta = ""
    elif tells_where and message.step is not None and message.page is not None:
        where = _(STEP_LABELS.get(message.step, STEP_LABELS["browse"]))
        meta = _("%(when)s, from: %(place)s, %(page)s", when=when, place=where, page=message.page)
    elif name:
        meta = _("%(name)s, %(when)s", name=name, when=when)
    else:
        meta = when
    return Bubble(f"message-{message.seq}", message.body, sides[message.author_kind], meta)


def _waiting_words(conversation: Conversation, desk: Recipient | None) -> str:
    if conversation.state == "resolved":
        return _("This is settled. Write again whenever you like; it opens again.")
    if conversation.state != "waiting" or desk is None:
        return ""
    return _("%(desk)s has your words. The answer appears here by itself.", desk=desk.name_shown)


def sentences(*parts: str) -> str:
    """Sentences one after another, as the language sets them: Chinese puts no space between."""
    return ("" if i18n.language() == "zh" else " ").join(part for part in parts if part)


def due_words(due_at: datetime | None, desk: Recipient | None) -> str:
    """Who answers, and by when."""
    if desk is None:
        return _("We answer as soon as somebody is there.")
    if due_at is None:
        return _("%(desk)s answers as soon as somebody is there.", desk=desk.name_shown)
    return _("%(desk)s answers by %(when)s.", desk=desk.name_shown, when=time_or_date(due_at, desk.time_zone))


def call_words(request: HelpRequest, desk: Recipient | None) -> str:
    name = desk.name_shown if desk is not None else _("Tarn")
    if request.wished_from is not None and request.wished_until is not None:
        return _(
            "%(desk)s calls you %(when)s.", desk=name, when=period(request.wished_from, request.wished_until)
        )
    return call_due_words(request.answer_due_at, desk)


def call_due_words(due_at: datetime | None, desk: Recipient | None) -> str:
    name = desk.name_shown if desk is not None else _("Tarn")
    if due_at is None:
        return _("%(desk)s calls you as soon as somebody is there.", desk=name)
    return _("%(desk)s calls you by %(when)s.", desk=name, when=time_or_date(due_at, zone_here()))


def place_words(standing: Standing) -> str:
    """Where somebody stands and what they have in hand, as far as it comes along with their words."""
    if standing.stock_item is not None:
        title = standing.stock_item.vehicle.title
        return localized(title["en"], title["zh"])
    if standing.step != "browse":
        return _(STEP_LABELS[standing.step])
    return ""


def slot_words(slot: Slot) -> str:
    return period(slot.starts_at, slot.ends_at, slot.recipient.time_zone)


def drive_words(asked: HelpRequest) -> str:
    """Which car, or how the drive went."""
    drive = TestDrive.of_request(asked.id)
    return demo_drives.words_of(drive, demo_drives.name_of(drive)) if drive is not None else ""


def car_facts(car: StockItem, dealer: Recipient | None) -> CarFacts:
    title = car.vehicle.title
    return CarFacts(
        public_id=car.public_id,
        url=url_for("catalog.stock_item", public_id=car.public_id),
        title=localized(title["en"], title["zh"]),
        price=money(car.price),
        look=car.look(),
        dealer=dealer.name_shown if dealer else "",
        address=dealer.address_shown if dealer else "",
    )


def picker(car: StockItem, day: date | None, chosen: str, page: str) -> Choice:
    """The days and times at which this car can be driven. One statement."""
    slots = calendar.open_slots(car.recipient_id, "test_drive", days=SLOT_DAYS, limit=400, with_full=True)
    slots = demo_drives.offered(slots, car)

    def address(on: date) -> tuple[str, str]:
        url = url_for(
            "conversations.test_drive",
            vehicle=car.public_id,
            page=page,
            day=on.isoformat(),
            _anchor="slot-picker",
        )
        return url, ""

    return slot_choice.choose(slots, None, day, chosen, address, DAYS_SHOWN)


def waited(since: datetime | None) -> tuple[str, str]:
    """How long somebody has waited, in words, and how urgent that is."""
    if since is None:
        return "", "plain"
    minutes = (clock.now() - since).total_seconds() / 60
    return ago(since), "problem" if minutes >= 10 else "waiting" if minutes >= 5 else "plain"


def amount_of(value_minor: int | None, currency: str | None) -> str:
    return money(Money(value_minor, currency)) if value_minor is not None and currency else ""
