"""Photos of an order's car: taken in, told apart by where, shown to the staff and, if marked so, to the buyer."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.db import session
from app.events import Actor, record
from orders import board_room, statuses
from orders.handover_events import PhotoAdded, PhotoRemoved, PhotoShown, ids_of
from orders.handover_records import OrderPhoto, photo_count
from orders.order import Order
from orders.pictures import Picture
from orders.refusals import OrderClosed, PhotoNotFound, TooManyPhotos

MOST_PHOTOS = 12


def add(
    order: Order, picture: Picture, place: str, for_buyer: bool, actor: Actor, at: datetime
) -> OrderPhoto:
    """The caller holds the order's lock. Raises TooManyPhotos, and OrderClosed after the handover."""
    _refuse_closed(order)
    if photo_count(order.id) >= MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)
    row = OrderPhoto(
        order_id=order.id,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        place=place,
        for_buyer=for_buyer,
        width_px=picture.width_px,
        height_px=picture.height_px,
        picture=picture.whole,
        thumbnail=picture.thumbnail,
    )
    session().add(row)
    session().flush()
    record(
        PhotoAdded(
            **ids_of(order),
            photo_id=row.id,
            place=place,
        ),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)
    return row


def remove(order: Order, public_id: str, actor: Actor, at: datetime) -> None:
    """Before the handover; afterwards a photo is part of it. Raises PhotoNotFound, OrderClosed."""
    _refuse_closed(order)
    row = find(order, public_id)
    session().delete(row)
    session().flush()
    record(
        PhotoRemoved(
            **ids_of(order),
            photo_id=row.id,
        ),
        actor,
        at,
    )
    board_room.ring(order.recipient_id)


def show_to_buyer(order: Order, public_id: str, is_shown: bool, actor: Actor, at: datetime) -> None:
    """Or takes it from the buyer's page again. Raises PhotoNotFound."""
    row = find(order, public_id)
    if row.for_buyer == is_shown:
        return
    row.for_buyer = is_shown
    session().flush()
    record(PhotoShown(**ids_of(order), photo_id=row.id, for_buyer=is_shown), actor, at)
    board_room.ring(order.recipient_id)


def find(order: Order, public_id: str) -> OrderPhoto:
    """Raises PhotoNotFound."""
    wanted = select(OrderPhoto).where(OrderPhoto.order_id == order.id, OrderPhoto.public_id == public_id)
    row = session().scalars(wanted).one_or_none()
    if row is None:
        raise PhotoNotFound()
    return row


def bytes_of(order: Order, public_id: str, is_small: bool, only_for_buyer: bool = False) -> bytes:
    """The JPEG. Raises PhotoNotFound."""
    column = OrderPhoto.thumbnail if is_small else OrderPhoto.picture
    wanted = (
        select(OrderPhoto)
        .where(OrderPhoto.order_id == order.id, OrderPhoto.public_id == public_id)
        .options(undefer(column))
    )
    row = session().scalars(wanted).one_or_none()
    if row is None or (only_for_buyer and not row.for_buyer):
        raise PhotoNotFound()
    return row.thumbnail if is_small else row.picture


def _refuse_closed(order: Order) -> None:
    if not order.is_open:
        raise OrderClosed(status=statuses.told(order.status))
