"""What a staff screen is about, and whether this member of staff may ask who stands behind it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, select, true

from app.db import session
from app.errors import NotFound
from app.sessions import StaffPrincipal
from checkout.cart import Cart
from conversations.hand_overs import HandOver
from conversations.models import Conversation
from leads.access import nothing_here, visible_to
from leads.models import Lead
from orders.order import Order


@dataclass(frozen=True)
class Subject:
    """`is_house`: whoever looks works for the house and sees all of the person; a dealer sees its own matter."""

    kind: str
    id: uuid.UUID
    public_id: str
    customer_id: uuid.UUID | None
    visitor_id: uuid.UUID | None
    cart_id: uuid.UUID | None
    conversation_id: uuid.UUID | None
    market_key: str | None
    language: str
    is_house: bool


def find(kind: str, public_id: str, me: StaffPrincipal) -> Subject:
    """Raises NotFound, or NotYours when it is another place's. One statement for what is theirs."""
    if kind not in _KINDS:
        raise NotFound()
    model, seek = _KINDS[kind]
    found = seek(public_id, me)
    if found is None:
        raise nothing_here(public_id, model)
    return found


def _lead(public_id: str, me: StaffPrincipal) -> Subject | None:
    lead = session().scalars(select(Lead).where(Lead.public_id == public_id, visible_to(me))).one_or_none()
    if lead is None:
        return None
    return Subject(
        "lead",
        lead.id,
        public_id,
        lead.customer_id,
        lead.visitor_id,
        lead.cart_id,
        lead.conversation_id,
        lead.market_key,
        lead.language,
        _is_house(me),
    )


def _order(public_id: str, me: StaffPrincipal) -> Subject | None:
    wanted = select(Order).where(
        Order.public_id == public_id, _own(me, Order.recipient_id.in_(me.recipient_ids))
    )
    order = session().scalars(wanted).one_or_none()
    if order is None:
        return None
    return Subject(
        "order",
        order.id,
        public_id,
        order.customer_id,
        order.visitor_id,
        order.cart_id,
        None,
        order.market_key,
        order.language,
        _is_house(me),
    )


def _thread(public_id: str, me: StaffPrincipal) -> Subject | None:
    told = select(HandOver.id).where(
        HandOver.conversation_id == Conversation.id,
        HandOver.recipient_id.in_(me.recipient_ids),
        HandOver.state == "done",
    )
    handed = Conversation.recipient_id.in_(me.recipient_ids) | told.exists()
    wanted = select(Conversation).where(Conversation.public_id == public_id, _own(me, handed))
    thread = session().scalars(wanted).one_or_none()
    if thread is None:
        return None
    return Subject(
        "thread",
        thread.id,
        public_id,
        thread.customer_id,
        thread.visitor_id,
        None,
        thread.id,
        None,
        thread.language,
        _is_house(me),
    )


def _cart(public_id: str, me: StaffPrincipal) -> Subject | None:
    cart = session().scalars(select(Cart).where(Cart.public_id == public_id, _own(me, false()))).one_or_none()
    if cart is None:
        return None
    return Subject(
        "cart",
        cart.id,
        public_id,
        cart.customer_id,
        cart.visitor_id,
        cart.id,
        None,
        cart.market_key,
        cart.language,
        _is_house(me),
    )


_KINDS: Mapping[str, tuple[Any, Callable[[str, StaffPrincipal], Subject | None]]] = {
    "lead": (Lead, _lead),
    "order": (Order, _order),
    "thread": (Conversation, _thread),
    "cart": (Cart, _cart),
}


def _is_house(me: StaffPrincipal) -> bool:
    return me.has("agent", "admin")


def _own(me: StaffPrincipal, otherwise: ColumnElement[bool]) -> ColumnElement[bool]:
    return true() if _is_house(me) else otherwise
