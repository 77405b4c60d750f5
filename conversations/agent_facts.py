"""What an agent works with beside the words: the cart as the buyer sees it, pages, answers kept ready, colleagues."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, url_for
from sqlalchemy import select

from app import clock
from app.db import session
from app.hanging_up import word_for
from app.i18n import N_, _, localized
from app.locality import HOUSE
from app.pages import ago, money
from app.pages import date as shown_date
from app.pages import datetime as shown_datetime
from app.settings import settings
from app.signals import Signal
from catalog.models import StockItem
from catalog.queries import is_free
from catalog.stock import Look
from checkout import basket, sharing_showing
from checkout import showing as cart_showing
from checkout.basket import Basket
from checkout.cart import Cart
from conversations import calling, canned, drive_offers, helping, stalls_showing
from conversations.calls import CallBack
from conversations.canned import CannedAnswer
from conversations.desks import Window
from conversations.hand_overs import HandOver
from conversations.models import Conversation, HelpRequest
from conversations.refusals import PageNotToBeSent
from conversations.showing import STEP_LABELS, CarFacts
from customers.models import Customer
from orders.models import Order
from partners import calendar
from partners import queries as partner_queries
from partners.here import market_of
from partners.models import Recipient, Staff, StaffRole
from partners.opening import Week

TOOLS = ("link", "suggest", "slot", "drive", "call", "dealer", "note", "snooze", "transfer", "other")
CARS_OFFERED = 30
SLOTS_SHOWN = 24
PAGES_LATELY = 5
REFUSAL_WORDS = {"refused": N_("Refused: %(what)s"), "declined": N_("Bank said no: %(what)s")}


@dataclass(frozen=True)
class CartFacts:
    """The buyer's cart as they see it. `tag` differs whenever this would."""

    tag: str
    step: str
    lines: tuple[cart_showing.Line, ...]
    total_label: str
    total: str
    today: str
    monthly: str
    handover: str
    look: Look | None
    title: str
    is_paying: bool
    trouble: str
    trouble_when: str
    active: str


@dataclass(frozen=True)
class Ready:
    """An answer kept ready, filled in for this buyer."""

    public_id: str
    key: str
    title: str
    text: str
    use_url: str
    number: str


def cart_now(mine: Conversation, at: datetime) -> CartFacts | None:
    """None for a buyer without a cart."""
    cart = Cart.live_of(mine.visitor_id)
    if cart is None:
        return None
    now = basket.load(cart, at)
    trouble, when = _trouble(mine.visitor_id)
    pay = cart_showing.pay(now) if now.lines else None
    car = next((line for line in now.vehicles), None)
    sells = (car.stock_item or car.configuration) if car else None
    handover = ", ".join(sharing_showing.handover_words(now)) if cart.method != "none" else ""
    return CartFacts(
        tag=f"{cart.version}-{cart.state}-{cart.step}-{cart.slot_id}-{when.timestamp() if when else 0:.0f}",
        step=_(STEP_LABELS.get(cart.step, STEP_LABELS["cart"])),
        lines=tuple(cart_showing.lines(now, at)),
        total_label=pay.total_label if pay else "",
        total=pay.total if pay else "",
        today=pay.today if pay else "",
        monthly=pay.monthly if pay else "",
        handover=handover,
        look=sells.look() if sells else None,
        title=cart_showing.lines(now, at)[0].title if now.lines else "",
        is_paying=cart.state == "paying",
        trouble=trouble,
        trouble_when=ago(when) if when else "",
        active=ago(cart.last_activity_at),
    )


def cart_tag(mine: Conversation) -> str:
    """The same tag for two statements."""
    cart = Cart.live_of(mine.visitor_id)
    if cart is None:
        return "none"
    _words, when = _trouble(mine.visitor_id)
    return f"{cart.version}-{cart.state}-{cart.step}-{cart.slot_id}-{when.timestamp() if when else 0:.0f}"


def _trouble(visitor_id: uuid.UUID) -> tuple[str, datetime | None]:
    """What this visitor was refused last, today, by the field's name or the bank's code; never what was typed."""
    last = (
        select(Signal.kind, Signal.step, Signal.detail, Signal.at)
        .where(
            Signal.visitor_id == visitor_id,
            Signal.kind.in_(tuple(REFUSAL_WORDS)),
            Signal.at > clock.now() - timedelta(days=1),
        )
        .order_by(Signal.at.desc())
        .limit(1)
    )
    row = session().execute(last).one_or_none()
    if row is None:
        return "", None
    kind, step, detail, at = row
    where = _(STEP_LABELS.get(step, STEP_LABELS["browse"]))
    what = f"{where}, {_field(detail)}" if detail else where
    return _(REFUSAL_WORDS[kind], what=what), at


FIELDS = {
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "name": N_("Name"),
    "slot": N_("Day and time"),
    "address": N_("Address"),
    "street": N_("Street"),
    "city": N_("City"),
    "code": N_("Promotion code"),
    "quantity": N_("Quantity"),
}


def _field(detail: str) -> str:
    return _(FIELDS[detail]) if detail in FIELDS else detail


def pages_to_send(
    mine: Conversation, asked: HelpRequest, car: CarFacts | None, order: Order | None
) -> list[tuple[str, str]]:
    """What the buyer looks at, first; then what is in the cart, the steps, and the lists."""
    paths = [asked.page.partition("?")[0]]
    paths += [path.partition("?")[0] for path in mine.pages_written_from(PAGES_LATELY)]
    if car is not None:
        paths.append(f"/stock/{car.public_id}")
    cart = Cart.live_of(mine.visitor_id)
    for line in cart.lines() if cart is not None else ():
        if line.stock_item_id is not None:
            item = session().get(StockItem, line.stock_item_id)
            paths += [f"/stock/{item.public_id}"] if item else []
        elif line.is_build:
            paths.append(f"/designs/{line.sku}")
    if order is not None:
        paths.append(f"/orders/{order.public_id}")
    if cart is not None:
        paths += ["/cart", "/checkout/contact", "/checkout/handover", "/checkout/review"]
    paths += ["/models", "/stock", "/services"]
    found = []
    for path in dict.fromkeys(paths):
        try:
            found.append((path, helping.title_of(path, mine)))
        except PageNotToBeSent:
            continue
    return found


def ready_answers(
    mine: Conversation, asked: HelpRequest, values: Mapping[str, str]
) -> tuple[list[Ready], list[Ready]]:
    """The three that fit, and all of this language. One statement."""
    kept = CannedAnswer.listed(mine.language)
    cart_step = asked.step
    three = canned.suggested(kept, asked.family, cart_step)
    return (
        [_ready(mine, answer, values, str(place)) for place, answer in enumerate(three, 1)],
        [_ready(mine, answer, values, "") for answer in kept],
    )


def _ready(mine: Conversation, answer: CannedAnswer, values: Mapping[str, str], number: str) -> Ready:
    return Ready(
        answer.public_id,
        answer.key,
        answer.title,
        answer.filled(values),
        url_for(
            "conversations.agent_conversation",
            public_id=mine.public_id,
            answer=answer.public_id,
            _anchor="reply",
        ),
        number,
    )


def values_for(mine: Conversation, customer: Customer | None, asked: HelpRequest) -> dict[str, str]:
    """What is put into an answer for {name}, {dealer} and {url}."""
    dealer_id = mine.handed_to_id or asked.recipient_id
    dealer = session().get(Recipient, dealer_id) if dealer_id else None
    path = asked.page.partition("?")[0]
    return {
        "name": customer.name if customer else "",
        "dealer": dealer.label(mine.language) if dealer else "",
        "url": f"{settings().public_url.rstrip('/')}{path}" if path != "/" else settings().public_url,
    }


def suggestions_for(mine: Conversation, at: datetime) -> dict[str, object]:
    """What may be suggested: other looks of the builds in the cart, other cars in stock, services."""
    cart = Cart.live_of(mine.visitor_id)
    now = basket.load(cart, at) if cart is not None else None
    choices = sharing_showing.choices(now) if now is not None else sharing_showing.Choices()
    titles = (
        {line.line.public_id: cart_showing.lines(now, at)[at_].title for at_, line in enumerate(now.lines)}
        if now
        else {}
    )
    return {
        "cars": [(public_id, words) for public_id, words in _cars(mine, now)],
        "offers": list(choices.offers),
        "looks": [(line, titles.get(line, ""), families) for line, families in choices.looks.items()],
        "lines": [(line.line.public_id, titles[line.line.public_id]) for line in now.vehicles] if now else [],
    }


def _cars(mine: Conversation, now: Basket | None) -> list[tuple[str, str]]:
    """Cars that stand free in the buyer's market, those of the cart's dealer first."""
    market = now.market if now is not None else market_of(_market_key(mine))
    dealer_id = now.dealer.id if now is not None and now.dealer else None
    taken = {line.stock_item.id for line in now.lines if line.stock_item} if now else set()
    wanted = (
        select(StockItem)
        .where(StockItem.market_key == market.key, StockItem.state == "available", is_free())
        .order_by((StockItem.recipient_id == dealer_id).desc(), StockItem.price_minor)
        .limit(CARS_OFFERED)
    )
    found = [item for item in session().scalars(wanted) if item.id not in taken]
    dealers = partner_queries.recipients({item.recipient_id for item in found})
    return [(item.public_id, _car_words(item, dealers[item.recipient_id])) for item in found]


def _car_words(item: StockItem, dealer: Recipient) -> str:
    title, detail = item.titles()
    shown = [
        localized(title["en"], title.get("zh")),
        localized(detail["en"], detail.get("zh")),
        money(item.price),
        dealer.name_shown,
    ]
    return ", ".join(part for part in shown if part)


def slots_for(mine: Conversation, at: datetime) -> tuple[str, list[tuple[str, str]]]:
    """Where, and the times that could be held for what is in the cart; nothing where there is no car."""
    cart = Cart.live_of(mine.visitor_id)
    now = basket.load(cart, at) if cart is not None else None
    if cart is None or now is None or now.dealer is None:
        return "", []
    from_way = {"home_delivery": "delivery", "dealer_handover": "handover"}
    way = cart.method if cart.method in from_way else "dealer_handover"
    slots = calendar.open_slots(
        now.dealer.id, from_way[way], now.earliest_on, days=28, limit=SLOTS_SHOWN, holder=cart.id
    )
    zone = now.dealer.time_zone
    return now.dealer.name_shown, [
        (slot.public_id, f"{shown_day(slot.starts_at, zone)} {slot.times}") for slot in slots
    ]


def cars_to_drive(mine: Conversation) -> list[tuple[str, str]]:
    """What the buyer asked about or has in hand first, then the others that stand free in their market."""
    cart = Cart.live_of(mine.visitor_id)
    near = drive_offers.near_at_hand(mine)
    dealers = partner_queries.recipients({car.recipient_id for car in near})
    cars = [(car.public_id, _car_words(car, dealers[car.recipient_id])) for car in near]
    known = {public_id for public_id, _words in cars}
    others = _cars(mine, basket.load(cart) if cart is not None else None)
    return cars + [one for one in others if one[0] not in known]


def drives_for(mine: Conversation, wanted: str) -> dict[str, object]:
    """The cars, the one looked at, and its free times."""
    cars = cars_to_drive(mine)
    chosen = wanted if wanted in dict(cars) else cars[0][0] if cars else ""
    car = StockItem.by_public_id(chosen) if chosen else None
    times = drive_offers.free_times(car, mine) if car is not None else []
    return {
        "cars": cars,
        "car": chosen,
        "slots": [(slot.public_id, f"{shown_date(slot.day)} {slot.times}") for slot in times],
    }


def shown_day(at: datetime, zone: str) -> str:
    return shown_datetime(at, zone).rpartition(" ")[0].rstrip(",")


def call_windows_for(mine: Conversation, at: datetime) -> list[Window]:
    desk = calling.desk_of(mine)
    return desk.call_windows(at) if desk else []


def snooze_choices(at: datetime, week: Week | None) -> list[tuple[str, str, datetime]]:
    """An hour, this afternoon's end, tomorrow when the desk opens."""
    hour = at + timedelta(hours=1)
    zone = ZoneInfo(week.time_zone if week else HOUSE.time_zone)
    morning = (at.astimezone(zone) + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    opens = week.next_open(morning) if week else None
    found = [
        ("20m", _("20 minutes"), at + timedelta(minutes=20)),
        ("1h", _("An hour"), hour),
        ("3h", _("Three hours"), at + timedelta(hours=3)),
    ]
    if opens is not None:
        found.append(("open", _("Next working day, %(when)s", when=shown_datetime(opens, zone.key)), opens))
    return found


def colleagues(me: uuid.UUID) -> Sequence[tuple[str, str]]:
    """The others at the desks of the house."""
    rows = session().scalars(
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(Staff.active, Staff.id != me, StaffRole.role.in_(("agent", "admin")))
        .order_by(Staff.name)
        .distinct()
    )
    return [(person.public_id, person.name_shown) for person in rows.unique()]


def people_here(mine: Conversation, name: str, me: uuid.UUID) -> dict[str, str]:
    """The buyer and the others at the desks, by the words that the live edge knows them by."""
    desks = select(StaffRole.staff_id).where(StaffRole.role.in_(("agent", "admin")))
    others = select(Staff).where(Staff.active, Staff.id != me, Staff.id.in_(desks))
    known = {word_for(person.id): person.name_shown for person in session().scalars(others.limit(200))}
    return known | {word_for(mine.visitor_id): name or stalls_showing.visitor_name(mine.visitor_id)}


def waiting_hand_over(mine: Conversation) -> tuple[HandOver, Recipient] | None:
    asked = HandOver.asked_in(mine.id)
    return (asked, session().get_one(Recipient, asked.recipient_id)) if asked is not None else None


def call_words(call: CallBack) -> str:
    if call.wished_from is not None and call.wished_until is not None:
        return _("Call promised %(when)s", when=shown_datetime(call.wished_from))
    return _("Call promised by %(when)s", when=shown_datetime(call.due_at))


def panel_url(kind: str, public_id: str) -> str:
    """The customer panel's address; empty while there is none."""
    if "customer_panel.panel" not in current_app.view_functions:
        return ""
    return url_for("customer_panel.panel", kind=kind, public_id=public_id)


def _market_key(mine: Conversation) -> str:
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    return known.market_key if known else "CN"
