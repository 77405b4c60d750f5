"""A time for a test drive that the desk keeps for a buyer: a card in the thread, until it is taken, left or lapses.

The conversation's row must be locked. One time a conversation: another one lets the former go.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.db import session
from app.events import Actor, record
from app.i18n import _, localized, speaking
from app.ids import uuid7
from app.pages import period
from app.pages import time as shown_time
from catalog.models import StockItem
from checkout.cart import Cart
from conversations import answering, asking, demo_drives, helping
from conversations.cards import ThreadCard
from conversations.models import Conversation, HelpRequest, Message
from conversations.refusals import DriveNeedsContact, DriveNotHeld, TestDriveNotOffered
from customers.models import Customer
from partners import calendar
from partners.calendar import SlotView
from partners.models import Slot
from partners.refusals import SlotNotFound

HELD_FOR = timedelta(minutes=20)
SLOT_DAYS = 28
SLOTS_SHOWN = 24
KEYS = uuid.UUID("6a5f1f3c-1b0e-4c0a-9b53-3b8a1f6f2c11")


def near_at_hand(mine: Conversation) -> Sequence[StockItem]:
    """The cars this is about that can be driven: those asked about, then those in the cart."""
    wanted = [asked.stock_item_id for asked in mine.requests() if asked.stock_item_id]
    cart = Cart.live_of(mine.visitor_id)
    wanted += [line.stock_item_id for line in (cart.lines() if cart else ()) if line.stock_item_id]
    found = {car.id: car for car in session().scalars(select(StockItem).where(StockItem.id.in_(wanted)))}
    ordered = [found[car_id] for car_id in dict.fromkeys(wanted) if car_id in found]
    return [car for car in ordered if asking.can_be_driven(car)]


def free_times(car: StockItem, mine: Conversation) -> list[SlotView]:
    """The next times at which this car can be driven at its dealer, the one kept here among them. Few statements."""
    slots = calendar.open_slots(
        car.recipient_id, "test_drive", days=SLOT_DAYS, limit=4 * SLOTS_SHOWN, holder=mine.id
    )
    return [slot for slot in demo_drives.offered(slots, car, mine.id) if slot.free > 0][:SLOTS_SHOWN]


def hold(
    mine: Conversation,
    staff_id: uuid.UUID,
    car: StockItem,
    slot_public_id: str,
    words: str,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> Message:
    """Keeps the slot and a car to drive for twenty minutes. The same key is the same card.

    Raises TestDriveNotOffered, SlotNotFound and SlotTaken, and then nothing has moved.
    """
    same = select(Message).where(Message.conversation_id == mine.id, Message.client_key == key)
    before = session().scalars(same).one_or_none()
    if before is not None:
        return before
    if not asking.can_be_driven(car):
        raise TestDriveNotOffered(remedy_url="/stock")
    slot = Slot.by_public_id(slot_public_id)
    if slot.recipient_id != car.recipient_id or slot.purpose != "test_drive":
        raise SlotNotFound()
    until = at + HELD_FOR
    slot.hold(mine.id, until, actor)
    demo_car = demo_drives.take(car, slot, mine.id)
    _let_go_of_former(mine, at)
    with speaking(mine.language):
        title = _title(car, slot)
        says = _(
            "This time for a test drive is kept for you until %(time)s: %(when)s.",
            time=shown_time(until, slot.recipient.time_zone),
            when=title,
        )
    message = answering.answer(mine, staff_id, words or says, key, actor, at)
    return helping.with_card(
        mine,
        message,
        staff_id,
        actor,
        at,
        kind="drive",
        title=title,
        slot_id=slot.id,
        held_until=until,
        stock_item_id=car.id,
        demo_car_id=demo_car.id if demo_car else None,
    )


def accept(mine: Conversation, card: ThreadCard, shares: bool, actor: Actor, at: datetime) -> HelpRequest:
    """The buyer's one tap: a test drive like any other, in this conversation. A second tap is the same drive.

    Raises DriveNotHeld, DriveNeedsContact, TestDriveNotOffered and SlotTaken, and then nothing has moved.
    """
    if card.help_request_id is not None:
        return session().get_one(HelpRequest, card.help_request_id)
    if not is_held(card, at):
        raise DriveNotHeld()
    customer = session().get(Customer, mine.customer_id) if mine.customer_id else None
    if customer is None or customer.first_contact == "none":
        raise DriveNeedsContact()
    car = session().get_one(StockItem, card.stock_item_id)
    if not asking.can_be_driven(car):
        raise TestDriveNotOffered(remedy_url="/stock")
    slot = session().get_one(Slot, card.slot_id)
    request_id = uuid7()
    # Under the slot's lock, taken first: nobody comes between letting go and booking.
    slot.release(mine.id, actor)
    slot.book(request_id, actor)
    demo_car = demo_drives.take(car, slot, mine.id)
    asked = asking.agree_to_drive(
        mine, customer, car, slot, request_id, uuid.uuid5(KEYS, str(card.id)), shares, actor, at
    )
    demo_drives.write_down(asked, slot, demo_car)
    card.help_request_id = asked.id
    session().flush()
    record(asked.fact(), actor, at)
    mine.ring()
    return asked


def decline(mine: Conversation, card: ThreadCard, actor: Actor, at: datetime) -> None:
    """Others can have it at once. A repeat changes nothing; what is booked stays booked."""
    if card.help_request_id is not None or not is_held(card, at):
        return
    session().get_one(Slot, card.slot_id).release(mine.id, actor)
    card.held_until = at
    with speaking(mine.language):
        mine.note(_("The time for the test drive is free again."), uuid7(), at)


def is_held(card: ThreadCard, at: datetime) -> bool:
    return card.held_until is not None and card.held_until > at


def _let_go_of_former(mine: Conversation, at: datetime) -> None:
    """Of the slots themselves whoever holds another lets go; here it is the cards, and with them the cars."""
    session().execute(
        update(ThreadCard)
        .where(
            ThreadCard.conversation_id == mine.id,
            ThreadCard.kind == "drive",
            ThreadCard.help_request_id.is_(None),
            ThreadCard.held_until > at,
        )
        .values(held_until=at)
    )


def _title(car: StockItem, slot: Slot) -> str:
    name = car.vehicle.title
    when = period(slot.starts_at, slot.ends_at, slot.recipient.time_zone)
    return f"{localized(name['en'], name['zh'])}, {when}, {slot.recipient.name_shown}"
