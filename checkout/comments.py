"""What people say in a shared cart, and what they suggest: another look of a car, an offer more, a line less.

A suggestion changes nothing by itself. The owner takes it up, and then the ordinary verbs of the cart do it, or say why
it cannot be done any more.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db import IdModel, session
from app.events import Actor, record
from app.i18n import localized
from app.ids import public_id
from catalog.configuration import Configuration
from catalog.models import Offer, StockItem
from catalog.refusals import OfferNotFound
from checkout import journey
from checkout.cart import Cart, CartLine, one_of
from checkout.refusals import LineNotFound, SoldInAnotherMarket
from checkout.sharing import CartMember
from checkout.sharing_events import (
    CartChangeSuggested,
    CartCommented,
    CartSuggestionAccepted,
    CartSuggestionDeclined,
)
from checkout.sharing_refusals import (
    AlreadyDecided,
    CarIsGone,
    CommentNotFound,
    LineHasLeft,
    NothingToSuggest,
    NotThisLine,
    TooManyComments,
)
from partners.here import market_of

MOST = 200
"""Comments in one cart."""
PAGE = 20
LONGEST = 500
SUGGESTS = ("build", "add", "drop", "design", "car")
STATES = ("open", "accepted", "declined", "withdrawn")


class CartComment(IdModel):
    """Words about a line or about the whole cart, with or without a suggestion. The only place where the words stand."""

    __table_args__ = (
        CheckConstraint(one_of("suggests", SUGGESTS), name="suggests"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(suggests IS NULL) = (state IS NULL)", name="suggestion_has_a_state"),
        CheckConstraint(
            "(suggests IS NOT NULL AND suggests IN ('build', 'design')) = (configuration_id IS NOT NULL)",
            name="build_names_its_configuration",
        ),
        CheckConstraint(
            "(suggests IS NOT DISTINCT FROM 'add') = (offer_id IS NOT NULL)", name="add_names_its_offer"
        ),
        CheckConstraint(
            "(suggests IS NOT DISTINCT FROM 'car') = (stock_item_id IS NOT NULL)", name="car_names_itself"
        ),
        CheckConstraint(
            "suggests IS NULL OR suggests IN ('add', 'design', 'car') OR line_id IS NOT NULL",
            name="change_names_its_line",
        ),
        CheckConstraint(f"length(text) <= {LONGEST}", name="text"),
        UniqueConstraint("cart_id", "client_key"),
        Index("ix_cart_comment_cart_id", "cart_id", "id"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    client_key: Mapped[uuid.UUID]
    cart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cart_member.id"))
    line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cart_line.id"))
    text: Mapped[str] = mapped_column(server_default="", default="")
    suggests: Mapped[str | None]
    configuration_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("configuration.id"))
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offer.id"))
    stock_item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stock_item.id"))
    state: Mapped[str | None]
    decided_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Words:
    """What somebody typed into one form; `key` makes sending it twice sending it once."""

    key: uuid.UUID
    text: str = ""


@dataclass(frozen=True)
class Told:
    """A comment beside whoever wrote it and what it speaks of."""

    comment: CartComment
    member: CartMember
    line: CartLine | None
    offer: Offer | None


def say(
    cart: Cart, member: CartMember, line_public_id: str | None, words: Words, actor: Actor, at: datetime
) -> CartComment:
    """A comment on a line, also on one that left while it was written, or on the cart. It may be being paid for."""
    line = _line_ever_in(cart, line_public_id) if line_public_id else None
    told, is_new = _tell(cart, member, line, words, at)
    if is_new:
        record(
            CartCommented(
                **cart.names(), comment_id=told.id, member_id=member.id, line_id=line.id if line else None
            ),
            actor,
            at,
        )
    return told


def suggest_offer(
    cart: Cart, member: CartMember, sku: str, words: Words, actor: Actor, at: datetime
) -> CartComment:
    """Raises OfferNotFound, and NothingToSuggest for what is in the cart already."""
    offer = Offer.by_sku(sku, cart.market_key)
    if offer.currency != cart.currency:
        raise OfferNotFound()
    if any(line.offer_id == offer.id for line in cart.lines()):
        raise NothingToSuggest(field="sku")
    return _suggest(cart, member, None, words, actor, at, suggests="add", offer_id=offer.id)


def suggest_dropping(
    cart: Cart, member: CartMember, line_public_id: str, words: Words, actor: Actor, at: datetime
) -> CartComment:
    return _suggest(cart, member, cart.line(line_public_id), words, actor, at, suggests="drop")


def suggest_look(
    cart: Cart,
    member: CartMember,
    line_public_id: str,
    look: Mapping[str, str],
    words: Words,
    actor: Actor,
    at: datetime,
) -> CartComment:
    """Another paint, other wheels or another interior of a car that is being configured; kept as a build of its own.

    Raises NotThisLine for anything else, NothingToSuggest for the same again, and BuildNotPossible.
    """
    line = cart.line(line_public_id)
    kept_id = line.configuration_id if line.is_build else None
    if kept_id is None:
        raise NotThisLine()
    stands = Configuration.by_id(kept_id).build
    wanted = stands
    for choice in look.items():
        wanted = wanted.taking(choice)
    if wanted == stands:
        raise NothingToSuggest()
    kept = Configuration.keep(wanted, market_of(cart.market_key), member.visitor_id, at)
    return _suggest(cart, member, line, words, actor, at, suggests="build", configuration_id=kept.id)


def suggest_design(
    cart: Cart,
    member: CartMember,
    kept: Configuration,
    instead: str | None,
    words: Words,
    actor: Actor,
    at: datetime,
) -> CartComment:
    """A build that somebody kept, in place of the line named or beside what is there.

    Raises SoldInAnotherMarket, NotOnOfferAnyMore, LineNotFound, and NothingToSuggest for what is in the cart already.
    """
    if kept.market_key != cart.market_key:
        raise SoldInAnotherMarket(remedy_url="/market")
    kept.priced_now(market_of(cart.market_key))
    if any(line.is_build and line.configuration_id == kept.id for line in cart.lines()):
        raise NothingToSuggest()
    line = cart.line(instead) if instead else None
    return _suggest(cart, member, line, words, actor, at, suggests="design", configuration_id=kept.id)


def suggest_car(
    cart: Cart,
    member: CartMember,
    item: StockItem,
    instead: str | None,
    words: Words,
    actor: Actor,
    at: datetime,
) -> CartComment:
    """A car that stands somewhere; nothing is held before the owner takes it up.

    Raises SoldInAnotherMarket, CarIsGone, LineNotFound, and NothingToSuggest for what is in the cart already.
    """
    if item.market_key != cart.market_key:
        raise SoldInAnotherMarket(remedy_url="/market")
    if item.state != "available":
        raise CarIsGone()
    if any(line.stock_item_id == item.id for line in cart.lines()):
        raise NothingToSuggest()
    line = cart.line(instead) if instead else None
    return _suggest(cart, member, line, words, actor, at, suggests="car", stock_item_id=item.id)


def builds(ids: Sequence[uuid.UUID]) -> Sequence[Configuration]:
    return session().scalars(select(Configuration).where(Configuration.id.in_(ids))).all()


def cars(ids: Sequence[uuid.UUID]) -> Sequence[StockItem]:
    return session().scalars(select(StockItem).where(StockItem.id.in_(ids))).all()


def told(comment_id: uuid.UUID) -> Told:
    """One comment beside whoever wrote it and what it speaks of."""
    found = (
        select(CartComment, CartMember, CartLine, Offer)
        .join(CartMember, CartMember.id == CartComment.member_id)
        .outerjoin(CartLine, CartLine.id == CartComment.line_id)
        .outerjoin(Offer, Offer.id == CartComment.offer_id)
        .where(CartComment.id == comment_id)
        .execution_options(populate_existing=True)
    )
    comment, member, line, offer = session().execute(found).one()
    return Told(comment, member, line, offer)


def accept(cart: Cart, comment_public_id: str, actor: Actor, at: datetime) -> CartComment:
    """Does what was suggested. Raises what the cart's own verbs raise, and LineHasLeft."""
    cart.refuse_unless_open()
    comment = _undecided(cart, comment_public_id)
    if comment.suggests == "add":
        offer = session().get_one(Offer, comment.offer_id)
        journey.add_offer(cart, offer.sku, 1, None, actor, at)
    elif comment.suggests == "build":
        _build_instead(cart, _line_still_in(cart, comment), comment, actor, at)
    elif comment.suggests in ("design", "car"):
        _take_car(cart, comment, actor, at)
    else:
        journey.remove(cart, _line_still_in(cart, comment).public_id, actor, at)
    comment.state, comment.decided_at = "accepted", at
    record(CartSuggestionAccepted(**_about(cart, comment)), actor, at)
    return comment


def decline(cart: Cart, comment_public_id: str, actor: Actor, at: datetime) -> CartComment:
    comment = _undecided(cart, comment_public_id)
    comment.state, comment.decided_at = "declined", at
    record(CartSuggestionDeclined(**_about(cart, comment)), actor, at)
    cart.ring()
    return comment


def take_back(cart: Cart, comment_public_id: str, member: CartMember, at: datetime) -> None:
    """Whoever wrote it takes it back: the words go, and a suggestion that is still open goes with them."""
    comment = _of(cart, comment_public_id)
    if comment.member_id != member.id:
        raise CommentNotFound()
    comment.text = ""
    if comment.state == "open":
        comment.state = "withdrawn"
    comment.decided_at = at
    cart.ring()


def recent(cart_id: uuid.UUID, most: int = PAGE) -> tuple[list[Told], int]:
    """The newest, oldest of them first, with how many there are in all; suggestions still open are among them."""
    found = (
        select(CartComment, CartMember, CartLine, Offer, func.count().over())
        .join(CartMember, CartMember.id == CartComment.member_id)
        .outerjoin(CartLine, CartLine.id == CartComment.line_id)
        .outerjoin(Offer, Offer.id == CartComment.offer_id)
        .where(CartComment.cart_id == cart_id, _is_shown())
        .order_by((CartComment.state == "open").is_(True).desc(), CartComment.id.desc())
        .limit(most)
        .execution_options(populate_existing=True)
    )
    rows = session().execute(found).all()
    told = [Told(comment, member, line, offer) for comment, member, line, offer, _ in rows]
    return sorted(told, key=lambda one: one.comment.id), rows[0][-1] if rows else 0


def mark(cart_id: uuid.UUID) -> str:
    """Changes whenever anything was said or decided: how many, and when last."""
    last = func.greatest(func.max(CartComment.created_at), func.max(CartComment.decided_at))
    count, at = session().execute(select(func.count(), last).where(CartComment.cart_id == cart_id)).one()
    return f"{count}@{at.timestamp() if at else ''}"


def move_to(cart: Cart, line: CartLine, other: CartLine) -> None:
    """What was said about a line is said about the one that took its place."""
    session().execute(
        update(CartComment)
        .where(CartComment.cart_id == cart.id, CartComment.line_id == line.id)
        .values(line_id=other.id)
    )


def forget(visitor_id: uuid.UUID) -> None:
    """Erasure: the words of this visitor in every cart."""
    theirs = select(CartMember.id).where(CartMember.visitor_id == visitor_id)
    session().execute(update(CartComment).where(CartComment.member_id.in_(theirs)).values(text=""))


def _is_shown() -> ColumnElement[bool]:
    """Words that were taken back leave nothing behind; a suggestion keeps its place, decided or not."""
    return and_(
        or_(CartComment.text != "", CartComment.suggests.is_not(None)),
        CartComment.state.is_distinct_from("withdrawn"),
    )


def _suggest(
    cart: Cart,
    member: CartMember,
    line: CartLine | None,
    words: Words,
    actor: Actor,
    at: datetime,
    **what: Any,
) -> CartComment:
    told, is_new = _tell(cart, member, line, words, at, state="open", **what)
    if is_new:
        record(CartChangeSuggested(**_about(cart, told)), actor, at)
    return told


def _tell(
    cart: Cart, member: CartMember, line: CartLine | None, words: Words, at: datetime, **more: Any
) -> tuple[CartComment, bool]:
    cart.refuse_unless_live()
    mine = select(CartComment).where(CartComment.cart_id == cart.id)
    again = session().scalars(mine.where(CartComment.client_key == words.key)).one_or_none()
    if again is not None:
        return again, False
    count = session().scalar(select(func.count()).where(CartComment.cart_id == cart.id)) or 0
    if count >= MOST:
        raise TooManyComments(most=MOST)
    told = CartComment(
        client_key=words.key,
        cart_id=cart.id,
        member_id=member.id,
        line_id=line.id if line else None,
        text=words.text,
        created_at=at,
        **more,
    )
    session().add(told)
    session().flush()
    cart.ring()
    return told, True


def _build_instead(cart: Cart, line: CartLine, comment: CartComment, actor: Actor, at: datetime) -> None:
    """The other build where this one was, with what was said about it and the features that were chosen for it."""
    assert comment.configuration_id is not None
    wanted = Configuration.by_id(comment.configuration_id)
    wanted.priced_now(market_of(cart.market_key))
    taken = journey.add_configuration(cart, wanted, actor, at)
    taken.position = line.position
    for feature in cart.lines():
        if feature.is_for(line):
            feature.configuration_id = taken.configuration_id
    session().flush()
    move_to(cart, line, taken)
    journey.remove(cart, line.public_id, actor, at)


def _take_car(cart: Cart, comment: CartComment, actor: Actor, at: datetime) -> None:
    """The car, and the one it was to replace out of the cart, if that is still there."""
    instead = next((line for line in cart.lines() if line.id == comment.line_id), None)
    if comment.configuration_id is not None:
        taken = journey.add_configuration(cart, Configuration.by_id(comment.configuration_id), actor, at)
    else:
        # The other one goes first: two cars of two dealers never stand in one cart, not even for a moment.
        if instead is not None:
            journey.remove(cart, instead.public_id, actor, at)
        item = session().get_one(StockItem, comment.stock_item_id)
        taken = journey.add_vehicle(cart, item, actor, at)
    if instead is None:
        return
    taken.position = instead.position
    move_to(cart, instead, taken)
    if instead.removed_at is None:
        journey.remove(cart, instead.public_id, actor, at)


def _undecided(cart: Cart, comment_public_id: str) -> CartComment:
    comment = _of(cart, comment_public_id)
    if comment.suggests is None:
        raise CommentNotFound()
    if comment.state != "open":
        raise AlreadyDecided()
    return comment


def _of(cart: Cart, comment_public_id: str) -> CartComment:
    found = select(CartComment).where(
        CartComment.cart_id == cart.id, CartComment.public_id == comment_public_id
    )
    comment = session().scalars(found.execution_options(populate_existing=True)).one_or_none()
    if comment is None:
        raise CommentNotFound()
    return comment


def _line_ever_in(cart: Cart, line_public_id: str) -> CartLine:
    found = select(CartLine).where(CartLine.cart_id == cart.id, CartLine.public_id == line_public_id)
    line = session().scalars(found).one_or_none()
    if line is None:
        raise LineNotFound()
    return line


def _line_still_in(cart: Cart, comment: CartComment) -> CartLine:
    for line in cart.lines():
        if line.id == comment.line_id:
            return line
    gone = session().get_one(CartLine, comment.line_id)
    raise LineHasLeft(name=localized(gone.title["en"], gone.title.get("zh")))


def _about(cart: Cart, comment: CartComment) -> dict[str, Any]:
    return {
        **cart.names(),
        "comment_id": comment.id,
        "member_id": comment.member_id,
        "suggests": comment.suggests,
        "line_id": comment.line_id,
    }
