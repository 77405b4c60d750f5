"""Which leads a member of staff sees: agents and admins the house's, dealers those they were told of, others none."""

from typing import Any

from sqlalchemy import ARRAY, CollectionAggregate, ColumnElement, Uuid, any_, literal, select, true

from app.db import session
from app.errors import NotFound, NotYours
from app.sessions import StaffPrincipal
from checkout.cart import Cart
from conversations.models import Conversation
from leads.models import Dispatch, Lead
from orders.order import Order


def visible_to(principal: StaffPrincipal) -> ColumnElement[bool]:
    if principal.has("agent", "admin"):
        return true()
    return told_to(any_(literal(list(principal.recipient_ids), ARRAY(Uuid))))


def told_to(one_of: CollectionAggregate[Any]) -> ColumnElement[bool]:
    """Whether a lead was told to one of these places: an `any_` of their ids."""
    told = select(Dispatch.id).where(
        Dispatch.lead_id == Lead.id,
        Dispatch.recipient_id == one_of,
        Dispatch.purpose == "opened",
        Dispatch.state == "sent",
    )
    return told.exists()


def lead_of(public_id: str, principal: StaffPrincipal, locked: bool = False) -> Lead:
    """Raises NotFound, or NotYours when it is another place's."""
    wanted = select(Lead).where(Lead.public_id == public_id, visible_to(principal))
    if locked:
        wanted = wanted.with_for_update(of=Lead, key_share=True).execution_options(populate_existing=True)
    found = session().scalars(wanted).one_or_none()
    if found is None:
        raise nothing_here(public_id)
    return found


def nothing_here(
    public_id: str, model: type[Lead] | type[Order] | type[Conversation] | type[Cart] = Lead
) -> NotFound | NotYours:
    """The same answer for what is not there and for what is somebody else's; the second is written down."""
    is_there = session().scalar(select(model.id).where(model.public_id == public_id)) is not None
    return NotYours() if is_there else NotFound()
