"""Asking: one request, one conversation, one fact, all in one transaction, or none of it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.db import session
from app.events import Actor, record
from app.i18n import _, speaking
from app.ids import uuid7
from app.pages import period
from catalog.models import StockItem
from conversations import calling, demo_drives
from conversations.desks import ANSWERED_WITHIN, Window, desk_for
from conversations.models import Conversation, HelpRequest
from conversations.refusals import TestDriveNotOffered
from conversations.standing import Standing, family_of, stand_of
from customers.consent_texts import ANSWER_ME, SHARE
from customers.models import Consent, Customer
from partners import queries
from partners.here import market_here
from partners.models import Slot
from partners.refusals import SlotNotFound

NOTE_KEYS = uuid.UUID("6f0e4d0a-51e4-4a0c-9f4e-0d5c7a9a5b11")


@dataclass(frozen=True)
class Asker:
    visitor_id: uuid.UUID
    language: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    account_id: uuid.UUID | None = None

    @property
    def gave_anything(self) -> bool:
        return bool(self.name or self.email or self.phone)


@dataclass(frozen=True)
class Wish:
    """What is asked. For a test drive: the slot, and whether the dealer may be told who comes."""

    client_key: uuid.UUID
    kind: str
    family: str
    message: str | None = None
    wished: Window | None = None
    slot_id: str | None = None
    shares: bool = False


def ask(wish: Wish, asker: Asker, standing: Standing, actor: Actor, at: datetime) -> HelpRequest:
    """The same client key gives the same request, and nothing more happens.

    Raises SlotTaken, SlotNotFound and TestDriveNotOffered.
    """
    before = HelpRequest.of_client_key(wish.client_key)
    if before is not None:
        return before
    request_id = uuid7()
    slot = _book(wish, standing, request_id, actor) if wish.kind == "test_drive" else None
    demo_car = demo_drives.take(standing.stock_item, slot) if slot and standing.stock_item else None
    customer = _introduced(asker)
    dealer_id = slot.recipient_id if slot is not None else None
    consent = _consent(wish, customer, dealer_id, request_id, asker, actor, at)
    conversation = _opened(wish, asker, customer, at)
    request = _request(request_id, conversation, wish, standing, customer, consent, slot, at)
    session().add(request)
    session().flush()
    if slot is not None:
        demo_drives.write_down(request, slot, demo_car)
    _write_down(conversation, wish, slot, asker, standing, actor, at)
    if wish.kind == "callback":
        calling.promise(request, conversation, actor, at)
    record(request.fact(), actor, at)
    return request


def agree_to_drive(
    mine: Conversation,
    customer: Customer,
    car: StockItem,
    slot: Slot,
    request_id: uuid.UUID,
    client_key: uuid.UUID,
    shares: bool,
    actor: Actor,
    at: datetime,
) -> HelpRequest:
    """A test drive that the desk proposed, asked for in the conversation it was proposed in. The slot is booked."""
    wish = Wish(client_key, "test_drive", family_of(car), slot_id=slot.public_id, shares=shares)
    asker = Asker(mine.visitor_id, mine.language)
    standing = stand_of(mine.visitor_id, car)
    consent = _consent(wish, customer, slot.recipient_id, request_id, asker, actor, at)
    request = _request(request_id, mine, wish, standing, customer, consent, slot, at)
    session().add(request)
    session().flush()
    _write_down(mine, wish, slot, asker, standing, actor, at)
    return request


def _request(
    request_id: uuid.UUID,
    conversation: Conversation,
    wish: Wish,
    standing: Standing,
    customer: Customer | None,
    consent: Consent | None,
    slot: Slot | None,
    at: datetime,
) -> HelpRequest:
    return HelpRequest(
        id=request_id,
        created_at=at,
        conversation_id=conversation.id,
        client_key=wish.client_key,
        kind=wish.kind,
        family=wish.family,
        page=standing.page,
        step=standing.step,
        language=conversation.language,
        visitor_id=conversation.visitor_id,
        customer_id=customer.id if customer else None,
        consent_id=consent.id if consent else None,
        cart_id=standing.cart.id if standing.cart else None,
        order_id=standing.order.id if standing.order else None,
        stock_item_id=standing.stock_item.id if standing.stock_item else None,
        slot_id=slot.id if slot else None,
        recipient_id=slot.recipient_id if slot else None,
        wished_from=wish.wished.starts_at if wish.wished else None,
        wished_until=wish.wished.ends_at if wish.wished else None,
        snapshot=list(standing.snapshot),
        value_minor=standing.value_minor,
        currency=standing.currency,
        answer_due_at=_answer_due_at(wish, slot, at),
    )


def reach_by(conversation: Conversation, asker: Asker, actor: Actor, at: datetime) -> Customer:
    """Whoever waits leaves a way to be answered elsewhere too. The row must be locked."""
    customer = _told_who(asker)
    asked = conversation.requests()
    consent = Consent.record(
        customer.id,
        ANSWER_ME,
        True,
        method="help",
        language=asker.language,
        evidence={"help_request": asked[-1].id},
        actor=actor,
        at=at,
    )
    conversation.customer_id = customer.id
    for request in asked:
        request.customer_id = request.customer_id or customer.id
        request.consent_id = request.consent_id or consent.id
    return customer


def _book(wish: Wish, standing: Standing, holder: uuid.UUID, actor: Actor) -> Slot:
    car = standing.stock_item
    if car is None or not can_be_driven(car):
        raise TestDriveNotOffered(remedy_url="/stock")
    slot = Slot.by_public_id(wish.slot_id or "")
    if slot.recipient_id != car.recipient_id or slot.purpose != "test_drive":
        raise SlotNotFound()
    slot.book(holder, actor)
    return slot


def can_be_driven(car: StockItem) -> bool:
    return car.state == "available"


def _introduced(asker: Asker) -> Customer | None:
    if not asker.gave_anything:
        return Customer.of_visitor(asker.visitor_id)
    return _told_who(asker)


def _told_who(asker: Asker) -> Customer:
    return Customer.introduce(
        asker.name or "",
        asker.email,
        asker.phone,
        asker.language,
        market_here().key,
        asker.visitor_id,
        asker.account_id,
    )


def _consent(
    wish: Wish,
    customer: Customer | None,
    dealer_id: uuid.UUID | None,
    request_id: uuid.UUID,
    asker: Asker,
    actor: Actor,
    at: datetime,
) -> Consent | None:
    """Asking is wishing to be answered; sharing with the dealer is a yes of its own, and reaches further."""
    if customer is None or customer.first_contact == "none":
        return None
    method = "test_drive" if wish.kind == "test_drive" else "help"

    def said_yes(purpose: str, recipient_id: uuid.UUID | None = None) -> Consent:
        return Consent.record(
            customer.id,
            purpose,
            True,
            recipient_id,
            method=method,
            language=asker.language,
            evidence={"help_request": request_id},
            actor=actor,
            at=at,
        )

    answer_me = said_yes(ANSWER_ME)
    return said_yes(SHARE, dealer_id) if wish.shares and dealer_id is not None else answer_me


def _opened(wish: Wish, asker: Asker, customer: Customer | None, at: datetime) -> Conversation:
    desk = desk_for(wish.kind)
    conversation = Conversation(
        created_at=at,
        visitor_id=asker.visitor_id,
        customer_id=customer.id if customer else None,
        recipient_id=desk.recipient.id if desk else None,
        language=asker.language,
        waiting_since=at,
        last_message_at=at,
    )
    session().add(conversation)
    session().flush()
    return conversation


def _write_down(
    conversation: Conversation,
    wish: Wish,
    slot: Slot | None,
    asker: Asker,
    standing: Standing,
    actor: Actor,
    at: datetime,
) -> None:
    with speaking(asker.language):
        if slot is not None:
            when = period(slot.starts_at, slot.ends_at, slot.recipient.time_zone)
            noted = _("Test drive booked: %(when)s, %(place)s.", when=when, place=slot.recipient.name_shown)
        elif wish.kind == "callback" and wish.wished is not None:
            noted = _("A call is wished: %(when)s.", when=period(wish.wished.starts_at, wish.wished.ends_at))
        elif wish.kind == "callback":
            noted = _("A call is wished as soon as possible.")
        else:
            noted = ""
    if noted:
        conversation.note(noted, uuid.uuid5(NOTE_KEYS, str(wish.client_key)), at)
    if wish.message:
        conversation.say(wish.message, wish.client_key, actor, at, standing.page, standing.step)


def _answer_due_at(wish: Wish, slot: Slot | None, at: datetime) -> datetime | None:
    """By whoever is told: the dealer in its own hours where the name goes to it, else our desk."""
    if wish.wished is not None:
        return wish.wished.ends_at
    if slot is not None and wish.shares:
        return queries.week_of(slot.recipient).answer_by(at, ANSWERED_WITHIN[wish.kind])
    desk = desk_for(wish.kind)
    return desk.answers_by(wish.kind, at) if desk else None
