"""More than words from the desk: a page of the shop, a suggestion for the cart, a time that is held. Each is a message
with a card, so that it also reaches whoever has left the page. The conversation's row must be locked.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db import session
from app.errors import Refusal
from app.events import Actor, record
from app.i18n import _, localized, speaking
from app.pages import own_path, period
from app.pages import time as shown_time
from app.settings import settings
from catalog.models import Configuration, StockItem
from catalog.queries import model_by_slug
from checkout import basket, comments, helping, sharing_showing
from checkout.cart import STEPS, Cart
from checkout.comments import CartComment, Words
from checkout.sharing import CartMember
from conversations import answering
from conversations.cards import ThreadCard
from conversations.events import HelpGiven
from conversations.models import Conversation, Message
from conversations.refusals import (
    LinkLeadsElsewhere,
    NothingSuggested,
    NothingToHoldFor,
    OnlyWhereTheCartIs,
    PageNotToBeSent,
)
from conversations.standing import LANGUAGE_PREFIX
from customers.models import Customer
from orders.models import Order
from partners.models import Market, Staff

_MODEL = re.compile(r"^/models/([a-z0-9-]+)(?:/configure)?$")
_CAR = re.compile(r"^/stock/([A-Za-z0-9_-]{8,40})$")
_DESIGN = re.compile(r"^/designs/([A-Za-z0-9-]{4,40})$")
_ORDER = re.compile(r"^/orders/([A-Za-z0-9_-]{8,40})$")
_LISTS = ("/", "/models", "/stock", "/services", "/subscribe", "/cart")
_STEP_PAGES = {f"/checkout/{step}": step for step in STEPS if step != "cart"}


@dataclass(frozen=True)
class Suggest:
    """One of: another look of a line, a kept design, a car in stock, a service."""

    line: str | None = None
    look: Mapping[str, str] | None = None
    design: str | None = None
    car: str | None = None
    sku: str | None = None


def send_link(
    mine: Conversation,
    staff_id: uuid.UUID,
    address: str,
    words: str,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> Message:
    """A page of this shop with its title. Raises LinkLeadsElsewhere and PageNotToBeSent."""
    path = path_of(address)
    with speaking(mine.language):
        title = title_of(path, mine)
    message = answering.answer(mine, staff_id, words or title, key, actor, at)
    return with_card(mine, message, staff_id, actor, at, kind="link", title=title, url=path)


def suggest(
    mine: Conversation, person: Staff, what: Suggest, words: str, key: uuid.UUID, actor: Actor, at: datetime
) -> Message:
    """Into the buyer's cart, where they take it up or leave it. A cart begins for it when there is none.

    Raises NothingSuggested, and what suggesting in a cart raises.
    """
    cart = cart_of(mine) or _begun(mine)
    with speaking(mine.language):
        member = helping.join_as_staff(cart, person, _name_of(mine), at)
        comment = _suggested(cart, member, what, Words(key, words[:500]), actor, at)
        described = sharing_showing.described(comments.told(comment.id), basket.load(cart, at))
        title = " ".join(part for part in (described.words, described.amount) if part)
        message = answering.answer(mine, person.id, words or title, key, actor, at)
    return with_card(
        mine,
        message,
        person.id,
        actor,
        at,
        kind="suggestion",
        title=title,
        comment_id=comment.id,
        cart_id=cart.id,
    )


def hold_slot(
    mine: Conversation,
    staff_id: uuid.UUID,
    slot_public_id: str,
    words: str,
    key: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> Message:
    """A time for the handover of what is in the cart, held for twenty minutes. Raises NothingToHoldFor and SlotTaken."""
    cart = cart_of(mine)
    now = basket.load(cart, at) if cart is not None else None
    if cart is None or now is None or now.dealer is None:
        raise NothingToHoldFor()
    slot, until = helping.hold_slot(cart, helping.way_of(now), slot_public_id, actor, at)
    with speaking(mine.language):
        zone = slot.recipient.time_zone
        when = period(slot.starts_at, slot.ends_at, zone)
        title = f"{when}, {slot.recipient.name_shown}"
        says = _(
            "This time is held for you until %(time)s: %(when)s.", time=shown_time(until, zone), when=title
        )
        message = answering.answer(mine, staff_id, words or says, key, actor, at)
    return with_card(
        mine,
        message,
        staff_id,
        actor,
        at,
        kind="slot",
        title=title,
        slot_id=slot.id,
        held_until=until,
        cart_id=cart.id,
    )


def decide(
    mine: Conversation,
    card: ThreadCard,
    is_taken: bool,
    visitor_id: uuid.UUID | None,
    actor: Actor,
    at: datetime,
) -> Cart:
    """The buyer's own yes or no to a suggestion. Raises OnlyWhereTheCartIs, and what taking it up raises."""
    comment = session().get_one(CartComment, card.comment_id)
    cart = Cart.locked(comment.cart_id)
    if visitor_id is None or cart.visitor_id != visitor_id:
        raise OnlyWhereTheCartIs(remedy_url="/cart")
    verb = comments.accept if is_taken else comments.decline
    verb(cart, comment.public_id, actor, at)
    return cart


def cart_of(mine: Conversation) -> Cart | None:
    """The buyer's cart under its lock, the one in hand last."""
    found = Cart.live_of(mine.visitor_id)
    return Cart.locked(found.id) if found is not None else None


def _begun(mine: Conversation) -> Cart:
    """One for a buyer who has none yet, in their market."""
    market = _market_of(mine)
    cart = Cart.begin(mine.visitor_id, market.key, market.currency, mine.language)
    cart.customer_id = cart.customer_id or mine.customer_id
    return cart


def path_of(address: str) -> str:
    """The path of a page of this shop, however it was pasted. Raises LinkLeadsElsewhere."""
    told = address.strip()
    for own in (settings().public_url.rstrip("/"),):
        if own and (told == own or told.startswith(own + "/")):
            told = told[len(own) :] or "/"
    path = own_path(told)
    if path is None:
        raise LinkLeadsElsewhere()
    return LANGUAGE_PREFIX.sub("", path.split("#")[0].split("?")[0]).rstrip("/") or "/"


def title_of(path: str, mine: Conversation) -> str:
    """What the page is called, in the reader's language. Raises PageNotToBeSent for what is not there or not theirs."""
    try:
        found = _title(path, mine)
    except Refusal as missing:
        raise PageNotToBeSent() from missing
    if not found:
        raise PageNotToBeSent()
    return found


def _title(path: str, mine: Conversation) -> str:
    if path in _LISTS:
        return _LIST_TITLES[path]()
    if path in _STEP_PAGES:
        return _("Your checkout, %(step)s", step=_STEP_TITLES[_STEP_PAGES[path]]())
    if named := _CAR.match(path):
        title = StockItem.by_public_id(named[1]).titles()[0]
        return localized(title["en"], title.get("zh"))
    if named := _DESIGN.match(path):
        return Configuration.by_code(named[1]).title_shown
    if named := _ORDER.match(path):
        return _order_title(Order.find(named[1]), mine)
    if named := _MODEL.match(path):
        return _model_title(named[1], is_to_build=path.endswith("/configure"))
    return ""


def _order_title(order: Order | None, mine: Conversation) -> str:
    """Only an order of the very person."""
    if order is None:
        return ""
    is_theirs = order.visitor_id == mine.visitor_id or (
        mine.customer_id is not None and order.customer_id == mine.customer_id
    )
    return _("Your order %(number)s", number=order.number) if is_theirs else ""


def _model_title(slug: str, is_to_build: bool) -> str:
    model = model_by_slug(slug)
    if model is None:
        return ""
    name = localized(model.name, f"{model.name_zh or ''} {model.name}".strip())
    return _("Build your %(name)s", name=name) if is_to_build else name


_LIST_TITLES = {
    "/": lambda: _("Tarn"),
    "/models": lambda: _("All models"),
    "/stock": lambda: _("Cars in stock"),
    "/services": lambda: _("Services"),
    "/subscribe": lambda: _("A car by the month"),
    "/cart": lambda: _("Your cart"),
}
_STEP_TITLES = {
    "contact": lambda: _("contact"),
    "handover": lambda: _("handover"),
    "review": lambda: _("review"),
    "pay": lambda: _("payment"),
}


def _suggested(
    cart: Cart, member: CartMember, what: Suggest, words: Words, actor: Actor, at: datetime
) -> CartComment:
    if what.design:
        kept = Configuration.by_code(what.design)
        return comments.suggest_design(cart, member, kept, what.line, words, actor, at)
    if what.car:
        item = StockItem.by_public_id(what.car)
        return comments.suggest_car(cart, member, item, what.line, words, actor, at)
    if what.sku:
        return comments.suggest_offer(cart, member, what.sku, words, actor, at)
    if what.line and what.look:
        return comments.suggest_look(cart, member, what.line, what.look, words, actor, at)
    raise NothingSuggested()


def with_card(
    mine: Conversation,
    message: Message,
    staff_id: uuid.UUID,
    actor: Actor,
    at: datetime,
    *,
    kind: str,
    title: str,
    cart_id: uuid.UUID | None = None,
    **what: object,
) -> Message:
    """Once a message, however often the form is sent."""
    known = session().query(ThreadCard).filter_by(message_id=message.id).one_or_none()
    if known is not None:
        return message
    card = ThreadCard(
        conversation_id=mine.id, message_id=message.id, kind=kind, title=title, cart_id=cart_id, **what
    )
    session().add(card)
    session().flush()
    mine.ring()
    record(
        HelpGiven(
            conversation_id=mine.id,
            card_id=card.id,
            kind=kind,
            staff_id=staff_id,
            cart_id=cart_id,
            customer_id=mine.customer_id,
            visitor_id=mine.visitor_id,
        ),
        actor,
        at,
    )
    return message


def _name_of(mine: Conversation) -> str:
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    return known.name if known else ""


def _market_of(mine: Conversation) -> Market:
    known = session().get(Customer, mine.customer_id) if mine.customer_id else None
    return Market.get(known.market_key) if known else Market.home()
