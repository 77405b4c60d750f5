"""Another plan in place of one that is in the cart: of the same family and market, with what was said about it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.db import session
from app.events import Actor
from catalog.models import Offer
from checkout import comments, journey
from checkout.cart import Cart, CartLine
from checkout.sharing_refusals import NoOtherPlan
from checkout.showing import PLANS


def others(cart: Cart, line: CartLine) -> Sequence[Offer]:
    """What the line could be instead, the cheapest first. Raises NoOtherPlan for what is not a plan."""
    if line.kind not in PLANS:
        raise NoOtherPlan()
    taken = {other.offer_id for other in cart.lines()}
    shelf = select(Offer).where(
        Offer.family == line.kind,
        Offer.market_key == cart.market_key,
        Offer.currency == cart.currency,
        Offer.active,
        Offer.id.not_in([offer_id for offer_id in taken if offer_id is not None]),
    )
    return session().scalars(shelf.order_by(Offer.price_minor, Offer.position, Offer.id)).all()


def change(cart: Cart, line_public_id: str, sku: str, actor: Actor, at: datetime) -> CartLine:
    """Puts the other plan where this one was. Raises NoOtherPlan."""
    cart.refuse_unless_open()
    line = cart.line(line_public_id)
    if sku not in {offer.sku for offer in others(cart, line)}:
        raise NoOtherPlan()
    taken = journey.add_offer(cart, sku, line.quantity, None, actor, at)
    taken.position = line.position
    comments.move_to(cart, line, taken)
    journey.remove(cart, line.public_id, actor, at)
    return taken
