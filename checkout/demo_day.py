"""A working day at the demo's dealers, whatever the hour is: some cars are handed over, one is being handed over or late,
the others are planned and prepared for today and the days to come.

The shop's clock is moved back to the days on which the cars were ordered, as times are taken by it; every step after
that is an ordinary verb told when it happened. The same hour makes the same day.
"""

import io
import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw
from sqlalchemy import select

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM, Actor
from catalog import generated_stock, stock_file
from catalog.listing import Feed, take_in
from catalog.stock_file import Shelf
from checkout import demo as buyers
from checkout.basket import SLOT_PURPOSES
from checkout.cart import Cart
from checkout.demo import Buyer
from orders import answers, door, handover_records, notes, photos, pictures, planning, signing, tasks
from orders.ink import HEIGHT, WIDTH, Ink
from orders.models import Order
from partners import calendar, lane_keeping
from partners.lanes import PREPARATION
from partners.models import Recipient, Slot, Staff

SEED = 2
DAYS_BACK = 4
"""The money for a car is here two days before it is handed over, and it is ordered before that."""
HANDED_OVER_AFTER = timedelta(minutes=72)
DOOR, DEALER = "home_delivery", "dealer_handover"


@dataclass(frozen=True)
class Visit:
    """Who gets which model. `day` counts from today, `slot` is the time of that day for this way, the first being 0."""

    buyer: Buyer
    model: str
    method: str
    day: int
    slot: int
    dealer: str = "hangzhou-west-lake"


def _buyer(name: str, email: str, last_digits: str, language: str = "zh") -> Buyer:
    return Buyer(name, f"{email}@example.com", f"+861380571{last_digits}", language)


VISITS: tuple[Visit, ...] = (
    Visit(_buyer("沈知远", "shen.zhiyuan", "5101"), "mere", DEALER, -1, 1),
    Visit(_buyer("罗宁", "luo.ning", "5102"), "crag", DOOR, -1, 2),
    Visit(_buyer("方舟", "fang.zhou", "5103"), "mere", DEALER, 0, 0),
    Visit(_buyer("许清", "xu.qing", "5104"), "strand", DOOR, 0, 0),
    Visit(_buyer("Tom Ashby", "tom.ashby", "5105", "en"), "crag", DEALER, 0, 1),
    Visit(_buyer("顾南", "gu.nan", "5106"), "mere", DOOR, 0, 1),
    Visit(_buyer("杜若", "du.ruo", "5107"), "rill", DEALER, 0, 2),
    Visit(_buyer("Ines Falk", "ines.falk", "5108", "en"), "mere", DOOR, 0, 3),
    Visit(_buyer("蒋一帆", "jiang.yifan", "5109"), "strand", DEALER, 0, 3),
    Visit(_buyer("陶然", "tao.ran", "5110"), "mere", DEALER, 1, 0),
    Visit(_buyer("白露", "bai.lu", "5111"), "crag", DOOR, 1, 1),
    Visit(_buyer("孟川", "meng.chuan", "5112"), "rill", DEALER, 2, 2),
    Visit(_buyer("叶舒", "ye.shu", "5113"), "mere", DEALER, 0, 1, "hangzhou-binjiang"),
    Visit(_buyer("冯远", "feng.yuan", "5114"), "crag", DEALER, 1, 2, "hangzhou-binjiang"),
)
STAFF = {"hangzhou-west-lake": "xu.rui@tarn.example", "hangzhou-binjiang": "han.lei@tarn.example"}

Verb = Callable[[Order, Actor, datetime], object]


@dataclass(frozen=True)
class Planned:
    """A visit with its time; `prepared_at` is when its car is on the lift, the day before."""

    visit: Visit
    starts_at: datetime
    ends_at: datetime
    prepared_at: datetime


def demo(at: datetime) -> None:
    """Once; a second time changes nothing."""
    known = select(Cart.id).where(Cart.visitor_id == VISITS[0].buyer.visitor_id).limit(1)
    if session().scalar(known) is not None:
        return
    close_reading()
    ahead_by = at - datetime.now(UTC)
    try:
        _tell(at)
    finally:
        close_reading()
        clock.move(ahead_by if abs(ahead_by) > timedelta(seconds=30) else timedelta(0))


def _tell(at: datetime) -> None:
    ordered_at = at - timedelta(days=DAYS_BACK)
    _set_clock(ordered_at)
    planned = _planned(at)
    _take_in_cars(planned, at)
    unpaid = next((one for one in planned if one.starts_at > at + timedelta(hours=3)), None)
    late = _late(planned, at)
    orders: list[tuple[uuid.UUID, Planned]] = []
    for place, one in enumerate(planned):
        placed_at = ordered_at + timedelta(minutes=17 * place)
        _set_clock(placed_at)
        visit = one.visit
        car = (visit.dealer, visit.model)
        order_id = buyers.story(visit.buyer, placed_at, car, (), visit.method, _accept, one.starts_at)
        if order_id is not None:
            orders.append((order_id, one))
    _set_clock(at)
    for order_id, one in orders:
        with transaction():
            order, actor = Order.locked(order_id), _actor(one.visit.dealer)
            steps = _steps(one, is_paid=one is not unpaid, is_late=one is late)
            for when, verb in sorted(steps, key=lambda step: step[0]):
                if when <= at:
                    verb(order, actor, when)

    _plan_present(at)


def _plan_present(at: datetime) -> None:
    """The car that is prepared since the shop started has its time on the lift by day, even when it started at night."""
    with transaction():
        wanted = select(Order.id).where(
            Order.visitor_id == buyers.CHEN_HAO.visitor_id, Order.status == "preparing"
        )
        order_id = session().scalar(wanted)
        if order_id is None:
            return
        order = Order.locked(order_id)
        dealer = session().get_one(Recipient, order.recipient_id)
        local = at.astimezone(ZoneInfo(dealer.time_zone))
        day, hour = local.date(), max(local.hour, 9)
        if hour > 16:
            day, hour = day + timedelta(days=1), 9
        lane = [one for one in lane_keeping.of_place(dealer.id) if one.kind == PREPARATION][-1]
        actor = _actor(VISITS[0].dealer)
        planning.plan_preparation(order, lane.public_id, day, f"{hour:02d}:00", 110, actor, at)


def _planned(at: datetime) -> list[Planned]:
    """Those whose day has this time; on a day off nobody comes. By the time they come."""
    found: list[Planned] = []
    for code in STAFF:
        dealer = Recipient.by_code(code)
        if dealer is None:
            continue
        with transaction():
            calendar.extend_now(only=dealer.id)
            lane_keeping.add(
                dealer, PREPARATION, "Preparation 2", "整备工位 2", SYSTEM, at - timedelta(days=DAYS_BACK)
            )
        zone = ZoneInfo(dealer.time_zone)
        today = at.astimezone(zone).date()
        ours = [visit for visit in VISITS if visit.dealer == code]
        on_lift: dict[date, int] = {}
        for visit in ours:
            times = _times(dealer, visit, today + timedelta(days=visit.day), zone)
            if visit.slot >= len(times):
                continue
            slot = times[visit.slot]
            day = today + timedelta(days=visit.day - 1)
            hour = 9 + on_lift.setdefault(day, 0)
            on_lift[day] += 1
            prepared_at = datetime.combine(day, time(hour), zone)
            found.append(Planned(visit, slot.starts_at, slot.ends_at, prepared_at))
    close_reading()
    return sorted(found, key=lambda one: (one.starts_at, one.visit.buyer.email))


def _times(dealer: Recipient, visit: Visit, day: date, zone: ZoneInfo) -> Sequence[Slot]:
    wanted = select(Slot).where(
        Slot.recipient_id == dealer.id,
        Slot.purpose == SLOT_PURPOSES[visit.method],
        Slot.starts_at >= datetime.combine(day, time.min, zone),
        Slot.starts_at < datetime.combine(day + timedelta(days=1), time.min, zone),
    )
    return session().scalars(wanted.order_by(Slot.starts_at)).all()


def _late(planned: Sequence[Planned], at: datetime) -> Planned | None:
    """While nobody is at the handover, the last car of today whose time is over waits for its buyer."""
    today = [one for one in planned if one.visit.day == 0 and one.visit.dealer == VISITS[0].dealer]
    if any(one.starts_at <= at < one.starts_at + HANDED_OVER_AFTER for one in today):
        return None
    return next((one for one in reversed(today) if one.ends_at <= at), None)


def _steps(one: Planned, is_paid: bool, is_late: bool) -> Iterator[tuple[datetime, Verb]]:
    """What happens to a car, until it is over the counter."""
    lift, come = one.prepared_at, one.starts_at

    def after(start: datetime, minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    def close(key: str, value: int | None = None) -> Verb:
        return lambda order, actor, at: order.close_item(key, actor, at, value)

    yield after(lift, -40), lambda order, actor, at: _plan(order, lift, actor, at)
    yield after(lift, 5), lambda order, actor, at: order.move("preparing", actor, at)
    yield after(lift, 8), close("papers_ready")
    yield after(lift, 30), close("car_prepared")
    yield after(lift, 35), close("charging_kit")
    yield after(lift, 38), close("keys_counted", 2)
    if one.visit.day == 1:
        yield after(lift, 10), lambda order, actor, at: tasks.add(order, TASK, None, actor, at)
        yield after(lift, 32), _finish_tasks
    if not is_paid:
        return
    yield after(lift, 42), _pay_by_bank
    yield after(lift, 45), lambda order, actor, at: order.move("ready", actor, at)
    if one.visit.method == DOOR:
        yield after(come, -30), lambda order, actor, at: door.set_off(order, come, actor, at)
        if is_late:
            return
        yield after(come, 4), _tell_code
        yield after(come, 6), _photograph
    yield after(come, 10), close("identity_checked")
    yield after(come, 15), close("odometer_read", 9 + one.visit.slot)
    yield after(come, 17), close("charge_read", 86 - 3 * one.visit.slot)
    if is_late:
        return
    yield after(come, 35), close("walk_through")
    yield after(come, 50), close("charging_explained")
    yield after(come, 62), close("app_explained")
    yield after(come, 66), lambda order, actor, at: _sign(order, one.visit.buyer.name, actor, at)
    yield come + HANDED_OVER_AFTER, lambda order, actor, at: order.hand_over(actor, at)


TASK = "贴膜：前挡和侧窗"


def _accept(order: Order, actor: Actor, at: datetime) -> None:
    answers.accept(order, actor, at)
    if order.method == DOOR:
        notes.write(order, "小区北门进，先打电话。", actor, at)


def _plan(order: Order, starts_at: datetime, actor: Actor, at: datetime) -> None:
    dealer = session().get_one(Recipient, order.recipient_id)
    lanes = (lane for lane in lane_keeping.of_place(dealer.id) if lane.kind == PREPARATION)
    local = starts_at.astimezone(ZoneInfo(dealer.time_zone))
    planning.plan_preparation(order, next(lanes).public_id, local.date(), f"{local:%H:%M}", 50, actor, at)


def _finish_tasks(order: Order, actor: Actor, at: datetime) -> None:
    for task in handover_records.open_tasks(order.id):
        tasks.finish(order, task.public_id, actor, at)


def _pay_by_bank(order: Order, actor: Actor, at: datetime) -> None:
    order.close_item("balance_received", actor, at, reference=f"BOC-{order.number}")


def _tell_code(order: Order, actor: Actor, at: datetime) -> None:
    run = handover_records.run_of(order.id)
    if run is not None:
        door.enter_code(order, door.code_of(run), actor, at)


def _photograph(order: Order, actor: Actor, at: datetime) -> None:
    photos.add(order, pictures.read(_at_the_door()), "door", True, actor, at)


def _sign(order: Order, buyer: str, actor: Actor, at: datetime) -> None:
    staff = session().get(Staff, uuid.UUID(actor.id)) if actor.id else None
    signing.sign(order, "buyer", buyer, _scribble(len(buyer)), actor, at)
    name = "Tarn" if staff is None else staff.name_zh if order.language == "zh" else staff.name
    signing.sign(order, "dealer", name, _scribble(7), actor, at)


def _scribble(letters: int) -> Ink:
    """A line as a hand in a hurry draws it."""
    points = tuple(
        (
            int(60 + x * (WIDTH - 120) / 90),
            int(HEIGHT / 2 + 44 * math.sin(x / (2.1 + letters % 4)) * math.exp(-x / 70)),
        )
        for x in range(90)
    )
    return Ink((points, ((70, 150), (WIDTH - 160, 142))))


def _at_the_door() -> bytes:
    """A drawing in place of a photo: a car before a door."""
    picture = Image.new("RGB", (960, 640), "#d9dfe0")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 430, 960, 640), "#b3b9b8")
    pen.rectangle((610, 120, 830, 440), "#8a7f70")
    pen.rectangle((640, 150, 800, 440), "#5d5348")
    pen.rounded_rectangle((110, 350, 690, 470), 48, "#3c636b")
    pen.polygon([(210, 360), (300, 275), (500, 275), (600, 360)], "#2f4f56")
    pen.polygon([(245, 355), (310, 292), (395, 292), (395, 355)], "#c3d3d6")
    pen.polygon([(410, 355), (410, 292), (490, 292), (560, 355)], "#c3d3d6")
    for x in (235, 565):
        pen.ellipse((x - 56, 414, x + 56, 526), "#17232b")
        pen.ellipse((x - 28, 442, x + 28, 498), "#c3cacb")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _take_in_cars(planned: Sequence[Planned], at: datetime) -> None:
    """Cars for these buyers, so that those in stock stay for whoever looks round."""
    if not planned:
        return
    shelf = Shelf.now()
    day = clock.today(shelf.market.time_zone)
    made = {visit.model: iter(_cars_of(visit.model, shelf, day)) for visit in VISITS}
    rows = [
        (line, {**next(made[one.visit.model]), "dealer": one.visit.dealer})
        for line, one in enumerate(planned, 1)
    ]
    close_reading()
    take_in(rows, Feed(stock_file.parser(shelf), stock_file.lander(shelf), lambda row: row.vin))


def _cars_of(model: str, shelf: Shelf, day: date) -> Iterator[dict[str, object]]:
    for _line, row in generated_stock.rows(200, SEED, shelf, day):
        if row["model"] == model and row["condition"] == "new":
            yield {**row, "ready_on": day}


def _actor(dealer_code: str) -> Actor:
    found = Staff.by_email(STAFF[dealer_code])
    return Actor("staff", str(found.id)) if found is not None else Actor("system")


def _set_clock(at: datetime) -> None:
    clock.move(at - datetime.now(UTC))
