"""Orders that wait for somebody: at each dealer for a yes or a no, at the house for another dealer."""

from sqlalchemy import case, func, select

from app.db import session
from app.wiring import Waiting
from orders import statuses
from orders.handover_records import DECLINED, WAITING
from orders.order import Order
from orders.transfers import CarTransfer


def at_dealers() -> Waiting:
    wanted = select(Order.recipient_id, func.count()).where(
        Order.status == statuses.PLACED, Order.answer == WAITING, Order.method != "none"
    )
    rows = session().execute(wanted.group_by(Order.recipient_id))
    return {recipient_id: count for recipient_id, count in rows if recipient_id is not None}


def at_house() -> Waiting:
    wanted = select(func.count()).where(Order.status == statuses.PLACED, Order.answer == DECLINED)
    return {None: session().scalar(wanted) or 0}


def cars_to_move() -> Waiting:
    """Cars to give to the carrier, and cars to receive, each at the dealer that is to do it next."""
    place = case(
        (CarTransfer.sent_at.is_(None), CarTransfer.from_recipient_id), else_=CarTransfer.to_recipient_id
    )
    under_way = CarTransfer.received_at.is_(None), CarTransfer.called_off_at.is_(None)
    rows = session().execute(select(place, func.count()).where(*under_way).group_by(place))
    return {recipient_id: count for recipient_id, count in rows if recipient_id is not None}
