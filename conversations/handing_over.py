"""Letters on the way to a handover: the car is on its way, with the code for the door; another dealer has the order."""

from collections.abc import Mapping, Sequence

from app import deliveries
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.events import Event, Listener, Recorded
from conversations.composers import order_letter
from orders import door, handover_records
from orders.handover_events import CarOnTheWay, OrderMovedToDealer
from orders.models import Order


def tell_on_the_way(events: Sequence[Recorded[CarOnTheWay]]) -> None:
    for left in events:
        _queue("orders.on_the_way", left.event, str(left.event.run_id))


def tell_other_dealer(events: Sequence[Recorded[OrderMovedToDealer]]) -> None:
    for moved in events:
        _queue("orders.other_dealer", moved.event, str(moved.event.answer_id))


def compose_on_the_way(delivery: Delivery) -> Mail | Withhold:
    """The code is made now, from the run that is under way; a car that turned back has none."""
    order = session().get_one(Order, delivery.subject_id)
    run = handover_records.run_of(order.id)
    if (
        run is None
        or str(run.id) != delivery.payload["occasion"]
        or not run.is_on_its_way
        or not order.is_open
    ):
        return Withhold("the car is not on its way any more")
    return order_letter("on_the_way", order, expected_at=run.expected_at, code=door.code_of(run))


def compose_other_dealer(delivery: Delivery) -> Mail | Withhold:
    """As it stands when the letter goes."""
    order = session().get_one(Order, delivery.subject_id)
    if order.is_cancelled:
        return Withhold("the order was cancelled")
    return order_letter("other_dealer", order)


def _queue(kind: str, event: CarOnTheWay | OrderMovedToDealer, occasion: str) -> None:
    deliveries.queue(
        kind,
        recipient_key=f"customer:{event.customer_id}",
        subject_id=event.order_id,
        payload={"order_id": str(event.order_id), "occasion": occasion},
        key=f"{kind}:{occasion}",
        group=f"order:{event.order_id}",
    )


COMPOSERS = {
    "orders.on_the_way": compose_on_the_way,
    "orders.other_dealer": compose_other_dealer,
}
LISTENERS: Mapping[type[Event], tuple[Listener, ...]] = {
    CarOnTheWay: (tell_on_the_way,),
    OrderMovedToDealer: (tell_other_dealer,),
}
