"""What somebody of the house does in a buyer's cart: suggests, and holds a time. The buyer decides."""

from datetime import datetime, timedelta

from app.db import session
from app.events import Actor
from app.i18n import _
from checkout import basket, journey, sharing
from checkout.basket import Basket
from checkout.cart import Cart
from checkout.sharing import CartMember
from partners.models import Slot, Staff

HELD_FOR = timedelta(minutes=20)


def join_as_staff(cart: Cart, person: Staff, owner_name: str, at: datetime) -> CartMember:
    """The person as one of those who may suggest in this cart, without a link. The cart is locked."""
    cart.refuse_unless_live()
    known = sharing.members(cart.id)
    if not any(member.is_owner for member in known):
        sharing.enter(cart, cart.visitor_id, owner_name or _("You"), invitation_id=None, staff_id=None)
    cart.shared_at = cart.shared_at or at
    mine = next((member for member in known if member.staff_id == person.id), None)
    return mine or sharing.enter(cart, person.id, person.name_shown, invitation_id=None, staff_id=person.id)


def hold_slot(
    cart: Cart, method: str, slot_public_id: str, actor: Actor, at: datetime
) -> tuple[Slot, datetime]:
    """Holds a time for the buyer, for twenty minutes at least; tells which and until when. The cart is locked.

    Raises what choosing it raises: SlotTaken, SlotDoesNotFit, SlotTooEarly, NothingToHandOver, CartBeingPaid.
    """
    active_at, address = cart.last_activity_at, cart.address
    now = journey.choose_handover(cart, method, slot_public_id, address, actor, at)
    slot = _slot(now)
    until = at + HELD_FOR
    slot.hold(cart.id, until, actor)
    # It is the desk that acted: the clock of an abandoned cart goes on as it was.
    cart.slot_held_until, cart.last_activity_at = until, active_at
    session().flush()
    return slot, until


def way_of(now: Basket) -> str:
    """How the buyer wants the car, as far as chosen; at the dealer's until then."""
    return now.cart.method if now.cart.method in basket.SLOT_PURPOSES else "dealer_handover"


def _slot(now: Basket) -> Slot:
    assert now.slot is not None, "it has just been chosen"
    return now.slot
