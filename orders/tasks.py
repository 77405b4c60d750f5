"""What is to be done on one car beside the checklist, by whom; an open task keeps the car from standing ready."""

import uuid
from datetime import datetime

from sqlalchemy import func, select

from app.db import session
from app.events import Actor, record
from orders import board_room, statuses
from orders.handover_events import TaskAdded, TaskDone, TaskReopened, ids_of
from orders.handover_records import OrderTask
from orders.order import Order
from orders.refusals import OrderClosed, TaskNotFound, TooManyTasks
from partners.models import Staff, StaffRole

MOST_TASKS = 30


def add(order: Order, what: str, for_staff: str | None, actor: Actor, at: datetime) -> OrderTask:
    """`for_staff` is the public id of somebody of the dealer that has the order; anybody else is nobody.

    Raises OrderClosed, TooManyTasks.
    """
    _refuse_closed(order)
    many = session().scalar(select(func.count()).where(OrderTask.order_id == order.id)) or 0
    if many >= MOST_TASKS:
        raise TooManyTasks(most=MOST_TASKS)
    row = OrderTask(
        order_id=order.id,
        what=what,
        for_staff_id=_colleague(order.recipient_id, for_staff),
        added_at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    session().add(row)
    session().flush()
    record(TaskAdded(**ids_of(order), task_id=row.id), actor, at)
    board_room.ring(order.recipient_id)
    return row


def finish(order: Order, public_id: str, actor: Actor, at: datetime) -> None:
    """Done already, it stays with who did it first. Raises OrderClosed, TaskNotFound."""
    _refuse_closed(order)
    row = _find(order, public_id)
    if not row.is_open:
        return
    row.done_at, row.done_actor_kind, row.done_actor_id = at, actor.kind, actor.id
    session().flush()
    record(TaskDone(**ids_of(order), task_id=row.id), actor, at)
    board_room.ring(order.recipient_id)


def reopen(order: Order, public_id: str, actor: Actor, at: datetime) -> None:
    """Raises OrderClosed, TaskNotFound."""
    _refuse_closed(order)
    row = _find(order, public_id)
    if row.is_open:
        return
    row.done_at = row.done_actor_kind = row.done_actor_id = None
    session().flush()
    record(TaskReopened(**ids_of(order), task_id=row.id), actor, at)
    board_room.ring(order.recipient_id)


def colleagues(recipient_id: uuid.UUID | None) -> list[Staff]:
    """Who works at this place, by name."""
    if recipient_id is None:
        return []
    mine = select(StaffRole.staff_id).where(StaffRole.recipient_id == recipient_id)
    wanted = select(Staff).where(Staff.id.in_(mine), Staff.active).order_by(Staff.name, Staff.id)
    return list(session().scalars(wanted))


def _colleague(recipient_id: uuid.UUID | None, public_id: str | None) -> uuid.UUID | None:
    if not public_id:
        return None
    return next((one.id for one in colleagues(recipient_id) if one.public_id == public_id), None)


def _find(order: Order, public_id: str) -> OrderTask:
    wanted = select(OrderTask).where(OrderTask.order_id == order.id, OrderTask.public_id == public_id)
    row = session().scalars(wanted.with_for_update()).one_or_none()
    if row is None:
        raise TaskNotFound()
    return row


def _refuse_closed(order: Order) -> None:
    if not order.is_open:
        raise OrderClosed(status=statuses.told(order.status))
