"""What the demo's desks find in the morning: questions that wait, one that was answered, a call wished, a test drive."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db import close_reading, session, transaction
from app.events import Actor
from catalog.models import StockItem
from checkout.demo import Buyer, car_at
from conversations import answering, asking
from conversations.asking import Asker, Wish
from conversations.desks import desk_for
from conversations.models import Conversation
from conversations.standing import stand_of
from partners import calendar
from partners.models import Slot, Staff

WEST_LAKE = "hangzhou-west-lake"
ANSWERED_BY = "zhou.min@tarn.example"

ZHOU_QI = Buyer("周琪", "zhou.qi@example.com", "+8613705714409", "zh")
OLIVER_BRANDT = Buyer("Oliver Brandt", "oliver.brandt@example.com", "+8613705716621", "en")
ZHENG_YUE = Buyer("郑悦", "zheng.yue@example.com", "+8613705718832", "zh")
WU_TONG = Buyer("吴桐", "wu.tong@example.com", "+8613705712247", "zh")
GRACE_WALLIS = Buyer("Grace Wallis", "grace.wallis@example.com", "+8613705719954", "en")


@dataclass(frozen=True)
class Talk:
    """`ago` is how long before the shop opened it began."""

    buyer: Buyer
    kind: str
    model: str
    ago: timedelta
    message: str | None = None
    answer: str | None = None


TALKS: tuple[Talk, ...] = (
    Talk(
        OLIVER_BRANDT,
        "message",
        "strand",
        timedelta(hours=3),
        "Does the Strand tow a trailer with two horses?",
        "It pulls 1,600 kg, braked. Two horses with their trailer are mostly above that. Shall I look for another?",
    ),
    Talk(ZHENG_YUE, "callback", "mere", timedelta(minutes=55), "想先问清楚旧车怎么折价。"),
    Talk(WU_TONG, "test_drive", "crag", timedelta(minutes=40)),
    Talk(
        GRACE_WALLIS, "message", "rill", timedelta(minutes=16), "Which charging bundle fits 15,000 km a year?"
    ),
    Talk(ZHOU_QI, "message", "mere", timedelta(minutes=6), "尾款可以分两次付吗？"),
)


def demo(at: datetime) -> None:
    close_reading()
    for talk in TALKS:
        _begin(talk, at - talk.ago)


def _begin(talk: Talk, at: datetime) -> None:
    buyer = talk.buyer
    with transaction():
        car = car_at(WEST_LAKE, talk.model)
        wish = _wish(talk, car, at) if car is not None else None
        if car is None or wish is None:
            return
        asker = Asker(buyer.visitor_id, buyer.language, buyer.name, buyer.email, buyer.phone)
        request = asking.ask(wish, asker, stand_of(buyer.visitor_id, car), buyer.actor, at)
        clerk = Staff.by_email(ANSWERED_BY)
        if talk.answer is None or clerk is None:
            return
        answered_at = at + timedelta(minutes=3)
        answering.answer(
            Conversation.locked(request.conversation_id),
            clerk.id,
            talk.answer,
            uuid.uuid5(buyer.visitor_id, "answer"),
            Actor("staff", str(clerk.id)),
            answered_at,
        )


def _wish(talk: Talk, car: StockItem, at: datetime) -> Wish | None:
    """None when the calendar has no time for it."""
    key = uuid.uuid5(talk.buyer.visitor_id, talk.kind)
    if talk.kind == "callback":
        desk = desk_for("callback")
        windows = desk.call_windows(at) if desk is not None else []
        return Wish(key, talk.kind, "vehicle_new", talk.message, wished=windows[0]) if windows else None
    if talk.kind == "test_drive":
        slots = calendar.open_slots(car.recipient_id, "test_drive", at.date() + timedelta(days=1), days=14)
        slot = session().get(Slot, slots[0].id) if slots else None
        return Wish(key, talk.kind, "vehicle_new", slot_id=slot.public_id, shares=True) if slot else None
    return Wish(key, talk.kind, "vehicle_new", talk.message)
