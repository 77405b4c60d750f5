"""What the house knows of a person, each part in one statement, newest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.db import session
from app.sessions import StaffPrincipal
from checkout.cart import Cart, CartLine
from checkout.sharing import CartMember
from conversations.demo_cars import TestDrive
from conversations.models import Conversation, HelpRequest
from customers.models import Customer
from leads.access import visible_to
from leads.models import Lead
from leads.panel_subjects import Subject
from orders.order import Order
from orders.records import OrderLine
from partners.models import Recipient, Slot, Staff

SHOWN = 6


@dataclass(frozen=True)
class Person:
    """One person's records: the one in hand first, and for the house those of the same visit or account."""

    records: Sequence[Customer]
    visitors: frozenset[uuid.UUID]

    @property
    def customer(self) -> Customer | None:
        return self.records[0] if self.records else None

    @property
    def ids(self) -> list[uuid.UUID]:
        return [record.id for record in self.records]

    def owns(self, customer_id: Any, visitor_id: Any) -> ColumnElement[bool]:
        """Rows of any of the records or visits."""
        told: list[ColumnElement[bool]] = []
        if self.records:
            told.append(customer_id.in_(self.ids))
        if self.visitors:
            told.append(visitor_id.in_(self.visitors))
        return or_(*told) if told else false()


def person(subject: Subject) -> Person:
    """For a dealer the one record that the matter names, and no visit: what else they did is not its business."""
    if not subject.is_house:
        own = session().get(Customer, subject.customer_id) if subject.customer_id else None
        return Person([own] if own else [], frozenset())
    account = (
        select(Customer.account_id)
        .where(Customer.id == subject.customer_id, Customer.account_id.is_not(None))
        .scalar_subquery()
    )
    who: list[ColumnElement[bool]] = []
    if subject.customer_id is not None:
        who += [Customer.id == subject.customer_id, Customer.account_id == account]
    if subject.visitor_id is not None:
        who.append(Customer.visitor_id == subject.visitor_id)
    found = (
        list(session().scalars(select(Customer).where(or_(*who)).order_by(Customer.created_at.desc())))
        if who
        else []
    )
    found.sort(key=lambda record: record.id != subject.customer_id)
    seen = {record.visitor_id for record in found if record.visitor_id}
    return Person(found, frozenset(seen | ({subject.visitor_id} if subject.visitor_id else set())))


@dataclass(frozen=True)
class Known:
    """Rows as they were read; `leads` leave out the one in hand."""

    carts: Sequence[Any] = ()
    orders: Sequence[Any] = ()
    leads: Sequence[Any] = ()
    asked: Sequence[Any] = ()
    threads: Sequence[Any] = ()
    household: Sequence[str] = field(default_factory=tuple)


def known(subject: Subject, who: Person, me: StaffPrincipal) -> Known:
    """Six statements at most."""
    return Known(
        carts=_carts(subject, who),
        orders=_orders(subject, who, me),
        leads=_leads(subject, who, me),
        asked=_asked(subject, who, me),
        threads=_threads(subject, who),
        household=_household(who) if subject.is_house else (),
    )


def _first(of: Any, line: Any, *more: ColumnElement[bool]) -> Any:
    return select(line.title).where(of, *more).order_by(line.position, line.id).limit(1).scalar_subquery()


def _carts(subject: Subject, who: Person) -> Sequence[Any]:
    live = CartLine.removed_at.is_(None)
    mine = who.owns(Cart.customer_id, Cart.visitor_id) if subject.is_house else Cart.id == subject.cart_id
    if not subject.is_house and subject.kind != "lead":
        return ()
    count = select(func.count()).where(CartLine.cart_id == Cart.id, live).scalar_subquery()
    wanted = (
        select(Cart, _first(CartLine.cart_id == Cart.id, CartLine, live), count)
        .where(mine, Cart.state.in_(("open", "paying")), count > 0)
        .order_by(Cart.last_activity_at.desc(), Cart.id)
        .limit(SHOWN)
    )
    return session().execute(wanted).all()


def _orders(subject: Subject, who: Person, me: StaffPrincipal) -> Sequence[Any]:
    wanted = (
        select(Order, _first(OrderLine.order_id == Order.id, OrderLine), Recipient, Slot)
        .outerjoin(Recipient, Recipient.id == Order.recipient_id)
        .outerjoin(Slot, Slot.id == Order.slot_id)
        .options(joinedload(Slot.recipient, innerjoin=False))
        .where(who.owns(Order.customer_id, Order.visitor_id))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(SHOWN)
    )
    if not subject.is_house:
        wanted = wanted.where(Order.recipient_id.in_(me.recipient_ids))
    return session().execute(wanted).all()


def _leads(subject: Subject, who: Person, me: StaffPrincipal) -> Sequence[Any]:
    """The newest, with who has taken them up; open or not."""
    wanted = (
        select(Lead, Recipient, Staff.name, Staff.name_zh)
        .outerjoin(Recipient, Recipient.id == Lead.recipient_id)
        .outerjoin(Staff, Staff.id == Lead.staff_id)
        .where(who.owns(Lead.customer_id, Lead.visitor_id), visible_to(me))
        .order_by(Lead.signalled_at.desc(), Lead.id.desc())
        .limit(SHOWN)
    )
    if subject.kind == "lead":
        wanted = wanted.where(Lead.id != subject.id)
    return session().execute(wanted).all()


def _asked(subject: Subject, who: Person, me: StaffPrincipal) -> Sequence[Any]:
    """Test drives and calls, with the time agreed or wished."""
    wanted = (
        select(HelpRequest, Slot, Recipient, TestDrive)
        .outerjoin(TestDrive, TestDrive.help_request_id == HelpRequest.id)
        .outerjoin(Slot, Slot.id == HelpRequest.slot_id)
        .options(joinedload(Slot.recipient, innerjoin=False))
        .outerjoin(Recipient, Recipient.id == HelpRequest.recipient_id)
        .where(
            who.owns(HelpRequest.customer_id, HelpRequest.visitor_id),
            HelpRequest.kind.in_(("test_drive", "callback")),
        )
        .order_by(HelpRequest.created_at.desc(), HelpRequest.id.desc())
        .limit(SHOWN)
    )
    if not subject.is_house:
        wanted = wanted.where(HelpRequest.recipient_id.in_(me.recipient_ids))
    return session().execute(wanted).all()


def _threads(subject: Subject, who: Person) -> Sequence[Any]:
    mine = who.owns(Conversation.customer_id, Conversation.visitor_id)
    wanted = (
        select(Conversation, Recipient, Staff.name, Staff.name_zh)
        .outerjoin(Recipient, Recipient.id == Conversation.recipient_id)
        .outerjoin(Staff, Staff.id == Conversation.staff_id)
        .where(mine if subject.is_house else Conversation.id == subject.conversation_id)
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(SHOWN)
    )
    return session().execute(wanted).all()


def _household(who: Person) -> Sequence[str]:
    """Names that others gave themselves in a cart shared with this person."""
    if not who.visitors:
        return ()
    theirs = select(CartMember.cart_id).where(
        CartMember.visitor_id.in_(who.visitors), CartMember.removed_at.is_(None)
    )
    found = session().scalars(
        select(CartMember.name)
        .where(
            CartMember.cart_id.in_(theirs),
            CartMember.visitor_id.not_in(who.visitors),
            CartMember.staff_id.is_(None),
            CartMember.removed_at.is_(None),
        )
        .order_by(CartMember.id)
        .limit(SHOWN)
    )
    return tuple(dict.fromkeys(found))
