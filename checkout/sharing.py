"""The cart seen by a second person: links that invite, people who came by them, and who is here now.

A link opens one cart to look at and to comment on, for a fortnight. Each person gives a name of their own; whoever
holds the owner's session stays the only one who changes or pays. Closing a link keeps newcomers out, revoking it shows
those out who came by it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app import grants
from app.db import IdModel, session
from app.events import Actor, record
from app.ids import public_id, uuid7
from checkout.cart import Cart
from checkout.sharing_events import CartGuestJoined, CartGuestRemoved, CartShared, CartShareRevoked
from checkout.sharing_refusals import (
    InvitationNotFound,
    NoLongerShared,
    PersonNotFound,
    TooManyGuests,
    TooManyLinks,
)

GRANT = "cart"
LIFE = timedelta(days=14)
MOST_GUESTS = 8
MOST_LINKS = 20
SEEN_EVERY = timedelta(seconds=10)
"""How often being here is written down, at most."""
HERE = timedelta(seconds=25)
"""Whoever was seen this lately is here: two looks may go missing."""


class CartInvitation(IdModel):
    """One link. Closed: nobody new comes in. Revoked: those who came by it are out too."""

    __table_args__ = (
        CheckConstraint("revoked_at IS NULL OR closed_at IS NOT NULL", name="revoked_is_closed"),
        Index("ix_cart_invitation_cart_id", "cart_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    def lets_in(self, at: datetime) -> bool:
        return self.closed_at is None and self.expires_at > at

    def close(self, at: datetime) -> None:
        if self.closed_at is None:
            self.closed_at = at
            grants.revoke(GRANT, self.id)


class CartMember(IdModel):
    """Somebody in a shared cart, by the name they gave; the owner has no invitation."""

    __table_args__ = (
        UniqueConstraint("cart_id", "visitor_id"),
        CheckConstraint("staff_id IS NULL OR invitation_id IS NULL", name="staff_need_no_invitation"),
        Index("ix_cart_member_visitor_id", "visitor_id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    visitor_id: Mapped[uuid.UUID]
    invitation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart_invitation.id"))
    name: Mapped[str]
    last_seen_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Somebody of the house, who suggests at the buyer's wish and comes by no link."""

    @property
    def is_owner(self) -> bool:
        return self.invitation_id is None and self.staff_id is None

    def is_here(self, at: datetime) -> bool:
        return self.last_seen_at is not None and self.last_seen_at > at - HERE


@dataclass(frozen=True)
class Visit:
    """A guest at the door of a cart: what let them in, and who they are once they have said."""

    cart: Cart
    invitation: CartInvitation
    member: CartMember | None


def invite(cart: Cart, name: str, actor: Actor, at: datetime) -> tuple[CartInvitation, str]:
    """A new link and its token, told once. `name` is the owner's own, as the guests will see it."""
    cart.refuse_unless_live()
    if len([link for link in invitations(cart.id) if link.lets_in(at)]) >= MOST_LINKS:
        raise TooManyLinks(most=MOST_LINKS)
    cart.shared_at = cart.shared_at or at
    enter(cart, cart.visitor_id, name, invitation_id=None, last_seen_at=at)
    invitation = CartInvitation(cart_id=cart.id, expires_at=at + LIFE)
    session().add(invitation)
    session().flush()
    token = grants.mint(GRANT, invitation.id, invitation.expires_at)
    record(CartShared(**cart.names(), invitation_id=invitation.id), actor, at)
    return invitation, token


def join(visit: Visit, visitor_id: uuid.UUID, name: str, actor: Actor, at: datetime) -> CartMember:
    """Gives the guest a name, or another one. Raises NoLongerShared and TooManyGuests. The cart is locked."""
    if visit.member is not None:
        visit.member.name = name
        return visit.member
    if not visit.invitation.lets_in(at):
        raise NoLongerShared()
    guests = [member for member in members(visit.cart.id) if member.invitation_id is not None]
    if len(guests) >= MOST_GUESTS:
        raise TooManyGuests(most=MOST_GUESTS)
    member = enter(visit.cart, visitor_id, name, invitation_id=visit.invitation.id, last_seen_at=at)
    record(CartGuestJoined(**visit.cart.names(), member_id=member.id), actor, at)
    return member


def revoke(cart: Cart, invitation_public_id: str, actor: Actor, at: datetime) -> None:
    """Shows everybody out who came by this link, and the link opens nothing any more."""
    for invitation in invitations(cart.id):
        if invitation.public_id == invitation_public_id:
            return _revoke(cart, invitation, actor, at)
    raise InvitationNotFound()


def revoke_all(cart: Cart, actor: Actor, at: datetime) -> None:
    for invitation in invitations(cart.id):
        _revoke(cart, invitation, actor, at)


def remove_member(cart: Cart, member_public_id: str, actor: Actor, at: datetime) -> None:
    """Shows one person out. The link they came by is closed, or they would be back by it."""
    for member in members(cart.id):
        if member.public_id == member_public_id and member.invitation_id is not None:
            member.removed_at = at
            session().get_one(CartInvitation, member.invitation_id).close(at)
            return record(CartGuestRemoved(**cart.names(), member_id=member.id), actor, at)
    raise PersonNotFound()


def invitations(cart_id: uuid.UUID) -> Sequence[CartInvitation]:
    """Links that are not revoked, the newest first."""
    found = select(CartInvitation).where(
        CartInvitation.cart_id == cart_id, CartInvitation.revoked_at.is_(None)
    )
    return session().scalars(found.order_by(CartInvitation.id.desc())).all()


def members(cart_id: uuid.UUID) -> Sequence[CartMember]:
    """Everybody who may look, the owner first; empty for a cart that was never shared."""
    found = (
        select(CartMember)
        .outerjoin(CartInvitation, CartInvitation.id == CartMember.invitation_id)
        .where(
            CartMember.cart_id == cart_id,
            CartMember.removed_at.is_(None),
            CartInvitation.revoked_at.is_(None),
        )
        .order_by(CartMember.invitation_id.is_not(None) | CartMember.staff_id.is_not(None), CartMember.id)
        .execution_options(populate_existing=True)
    )
    return session().scalars(found).all()


def visit_of(cart: Cart, invitation_ids: Sequence[uuid.UUID], visitor_id: uuid.UUID | None) -> Visit | None:
    """How this session came to the cart, in one statement; None when it never was invited."""
    if not invitation_ids:
        return None
    row = (
        session()
        .execute(
            select(CartInvitation, CartMember)
            .outerjoin(
                CartMember,
                and_(CartMember.cart_id == CartInvitation.cart_id, CartMember.visitor_id == visitor_id),
            )
            .where(CartInvitation.cart_id == cart.id, CartInvitation.id.in_(invitation_ids))
            .order_by(
                CartInvitation.revoked_at.is_not(None),
                CartInvitation.closed_at.is_not(None),
                CartInvitation.id.desc(),
            )
            .limit(1)
        )
        .one_or_none()
    )
    if row is None:
        return None
    invitation, member = row
    was_shown_out = member is not None and member.removed_at is not None
    return Visit(cart, invitation, None if was_shown_out else member)


def cart_of(invitation_id: uuid.UUID) -> str | None:
    """The public id of the cart that the link is for."""
    found = select(Cart.public_id).join(CartInvitation, CartInvitation.cart_id == Cart.id)
    return session().scalar(found.where(CartInvitation.id == invitation_id))


def is_due_to_be_noted(cart_id: uuid.UUID, visitor_id: uuid.UUID, at: datetime) -> bool:
    return session().scalar(select(CartMember.id).where(*_due(cart_id, visitor_id, at))) is not None


def note_seen(cart_id: uuid.UUID, visitor_id: uuid.UUID, at: datetime) -> None:
    """Written at most every ten seconds; of two looks at once only one writes."""
    session().execute(update(CartMember).where(*_due(cart_id, visitor_id, at)).values(last_seen_at=at))


def forget(visitor_id: uuid.UUID) -> None:
    """Erasure: the names this visitor gave in carts of others and in their own."""
    session().execute(update(CartMember).where(CartMember.visitor_id == visitor_id).values(name="–"))


def _due(cart_id: uuid.UUID, visitor_id: uuid.UUID, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        CartMember.cart_id == cart_id,
        CartMember.visitor_id == visitor_id,
        or_(CartMember.last_seen_at.is_(None), CartMember.last_seen_at <= at - SEEN_EVERY),
    )


def enter(cart: Cart, visitor_id: uuid.UUID, name: str, **more: Any) -> CartMember:
    """The visitor as a member of this cart, new or again, with what else is told of them."""
    values = {"name": name, "removed_at": None, **more}
    entered = (
        insert(CartMember)
        .values(id=uuid7(), public_id=public_id(), cart_id=cart.id, visitor_id=visitor_id, **values)
        .on_conflict_do_update(index_elements=["cart_id", "visitor_id"], set_=values)
        .returning(CartMember)
    )
    return session().scalars(entered, execution_options={"populate_existing": True}).one()


def _revoke(cart: Cart, invitation: CartInvitation, actor: Actor, at: datetime) -> None:
    invitation.close(at)
    invitation.revoked_at = at
    record(CartShareRevoked(**cart.names(), invitation_id=invitation.id), actor, at)
