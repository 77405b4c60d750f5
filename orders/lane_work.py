"""What is planned in a place's lanes from now on, and what would find no room without one of them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from app.db import session
from app.errors import NotFound
from app.events import Actor
from app.i18n import _, ngettext
from app.pages import period
from customers.models import Customer
from orders import lanes, statuses
from orders.lane_refusals import LaneHasWork, LastLane
from orders.lane_times import HANDOVER, PREPARATION, LaneTime
from orders.lanes import OVERFLOW, Appointment
from orders.order import Order
from partners import lane_keeping
from partners.lanes import BAY, VAN, Lane
from partners.lanes import PREPARATION as PREPARATION_LANE
from partners.models import Recipient, Slot

MOST_TOLD = 4


@dataclass(frozen=True)
class Work:
    """Something ahead that takes a lane. `day` is on the clock of the place."""

    appointment: Appointment
    order: str
    words: str
    day: date


def ahead(recipient: Recipient, at: datetime) -> list[Work]:
    """Handovers with a time and preparations that somebody planned, none of them over. One statement."""
    handover, preparation = aliased(LaneTime), aliased(LaneTime)
    handover_in, prepared_in = aliased(Lane), aliased(Lane)
    rows = session().execute(
        select(
            Order.public_id,
            Order.placed_at,
            Order.method,
            Order.status,
            Customer.name,
            Slot.starts_at,
            Slot.ends_at,
            handover_in.public_id.label("handover_in"),
            prepared_in.public_id.label("prepared_in"),
            preparation.starts_at.label("prepare_at"),
            preparation.ends_at.label("prepare_until"),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .outerjoin(Slot, Slot.id == Order.slot_id)
        .outerjoin(
            handover,
            and_(
                handover.order_id == Order.id,
                handover.work == HANDOVER,
                handover.starts_at == Slot.starts_at,
            ),
        )
        .outerjoin(handover_in, handover_in.id == handover.lane_id)
        .outerjoin(preparation, and_(preparation.order_id == Order.id, preparation.work == PREPARATION))
        .outerjoin(prepared_in, prepared_in.id == preparation.lane_id)
        .where(
            Order.recipient_id == recipient.id,
            Order.status.in_(statuses.BEFORE_HANDOVER),
            Order.method != "none",
            or_(Slot.ends_at > at, preparation.ends_at > at),
        )
    )
    zone = ZoneInfo(recipient.time_zone)
    found: list[Work] = []
    for row in rows:
        key = f"{row.placed_at:%Y%m%d%H%M%S%f}.{row.public_id}"
        if row.ends_at is not None and row.ends_at > at:
            kind = VAN if row.method == "home_delivery" else BAY
            one = Appointment(
                f"{key}.{HANDOVER}", kind, row.starts_at, row.ends_at, row.handover_in or OVERFLOW
            )
            found.append(_work(one, row.public_id, row.name, recipient, zone))
        is_to_do = row.status in (statuses.PLACED, statuses.PREPARING)
        if is_to_do and row.prepare_until is not None and row.prepare_until > at:
            one = Appointment(
                f"{key}.{PREPARATION}",
                PREPARATION_LANE,
                row.prepare_at,
                row.prepare_until,
                row.prepared_in or OVERFLOW,
            )
            found.append(_work(one, row.public_id, row.name, recipient, zone))
    return sorted(found, key=lambda work: (work.appointment.starts_at, work.appointment.key))


def placed(work: Sequence[Work], present: Sequence[Lane], shut: lanes.Shut) -> dict[str, str]:
    by_kind: dict[str, list[str]] = {}
    for lane in present:
        by_kind.setdefault(lane.kind, []).append(lane.public_id)
    return lanes.assign([one.appointment for one in work], by_kind, shut)


def shut_times(recipient_id: uuid.UUID, at: datetime) -> lanes.Shut:
    """By lane when it is closed from now on."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for closure, lane in lane_keeping.closures_ahead(recipient_id, at):
        found.setdefault(lane.public_id, []).append((closure.starts_at, closure.ends_at))
    return found


def needing(lane: Lane, work: Sequence[Work], present: Sequence[Lane], shut: lanes.Shut) -> list[Work]:
    """What somebody put into this lane, and what finds no room in the others."""
    now = placed(work, present, shut)
    without = placed(
        [replace(one, appointment=_unchosen(one.appointment, lane)) for one in work],
        [other for other in present if other.id != lane.id],
        shut,
    )
    return [
        one
        for one in work
        if one.appointment.kind == lane.kind
        and (
            one.appointment.chosen == lane.public_id
            or (without[one.appointment.key] == OVERFLOW and now[one.appointment.key] != OVERFLOW)
        )
    ]


def retire(recipient: Recipient, public_id: str, actor: Actor, at: datetime) -> None:
    """Raises NotFound, LastLane, and LaneHasWork naming what is planned."""
    present = lane_keeping.locked(recipient.id)
    lane = present.get(public_id)
    if lane is None:
        raise NotFound()
    is_needed = lane.kind != VAN or recipient.home_delivery
    if is_needed and sum(1 for one in present.values() if one.kind == lane.kind) == 1:
        raise LastLane(lane=lane.name_shown)
    ordered = sorted(present.values(), key=lambda one: one.position)
    needed = needing(lane, ahead(recipient, at), ordered, shut_times(recipient.id, at))
    if needed:
        raise LaneHasWork(lane=lane.name_shown, work=told(needed))
    lane_keeping.retire(recipient, lane, actor, at)


def told(work: Sequence[Work]) -> str:
    """The first of them, and how many more."""
    words = [one.words for one in work[:MOST_TOLD]]
    more = len(work) - len(words)
    if more:
        words.append(ngettext("%(n)s more", "%(n)s more", more) % {"n": more})
    return _("; ").join(words)


def without_room(
    work: Sequence[Work], at: Mapping[str, str], kind: str, starts_at: datetime, ends_at: datetime
) -> list[Work]:
    """Of a kind, in that time, with every lane taken or closed."""
    return [
        one
        for one in work
        if at[one.appointment.key] == OVERFLOW
        and one.appointment.kind == kind
        and one.appointment.is_during([(starts_at, ends_at)])
    ]


def _work(appointment: Appointment, order: str, customer: str, recipient: Recipient, zone: ZoneInfo) -> Work:
    when = period(appointment.starts_at, appointment.ends_at, recipient.time_zone)
    words = _("%(name)s, %(when)s", name=customer, when=when)
    return Work(appointment, order, words, appointment.starts_at.astimezone(zone).date())


def _unchosen(appointment: Appointment, lane: Lane) -> Appointment:
    return replace(appointment, chosen=OVERFLOW) if appointment.chosen == lane.public_id else appointment
