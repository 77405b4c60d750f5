"""Orders on their way, made through the ordinary verbs. Ada buys, Ben sells, Cleo is a stranger."""

import io
import uuid
from datetime import date, timedelta
from typing import Any

from PIL import Image

from app import clock
from app.db import session
from app.events import Actor
from app.ids import uuid7
from app.money import Money
from catalog.models import Model, StockItem, Vehicle
from customers.models import Customer
from orders import door, photos, pictures, signing
from orders.checklist import ITEMS, SIGNATURES
from orders.models import Order
from orders.pictures import Picture
from orders.placing import AmountDraft, LineDraft, OrderDraft, place
from partners.models import Recipient, Slot
from tests.partners.builders import a_recipient, the_market
from tests.partners.builders import a_slot as a_partners_slot

ADA = Actor("visitor", "ada")
BEN = Actor("staff", "ben")

ROAD = (("car", 26_080_000), ("purchase_tax", 1_154_000), ("plates", 30_000))
DELIVERY = 98_000
DEPOSIT = 500_000
TOGETHER = sum(amount for _, amount in ROAD) + DELIVERY
BALANCE = TOGETHER - DEPOSIT
PRICES = {"charging": 19_900, "credits": 45_000, "subscription": 298_000, "feature": 58_000}
ADDRESS = {"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"}


def a_dealer(code: str = "west-lake", **told: Any) -> Recipient:
    known = Recipient.by_code(code)
    return known or a_recipient(
        code, home_delivery=True, address="1 Lake Road", address_zh="湖滨路 1 号", **told
    )


def ada(visitor_id: uuid.UUID | None = None, name: str = "Ada Buys") -> Customer:
    the_market()
    return Customer.introduce(name, "ada@example.com", "+8613805714420", "en", "CN", visitor_id or uuid7())


def a_car(dealer: Recipient | None = None) -> StockItem:
    vehicle = Vehicle(
        vin=uuid.uuid4().hex[:17].upper(),
        model_id=_mere().id,
        model_year=2026,
        paint="tarn",
        wheels="blade",
        interior="sand",
    )
    session().add(vehicle)
    session().flush()
    item = StockItem(
        vehicle_id=vehicle.id,
        condition="new",
        recipient_id=(dealer or a_dealer()).id,
        market_key="CN",
        currency="CNY",
        price_minor=26_080_000,
        ready_on=clock.today("Asia/Shanghai"),
    )
    session().add(item)
    session().flush()
    return item


def a_slot(dealer: Recipient | None = None, purpose: str = "delivery", capacity: int = 1) -> Slot:
    return a_partners_slot(dealer or a_dealer(), purpose, clock.now() + timedelta(days=10), capacity)


def yuan(amount_minor: int) -> Money:
    return Money(amount_minor, "CNY")


def both(words: str) -> dict[str, str]:
    return {"en": words, "zh": f"{words}（中）"}


def car_line(car: StockItem) -> LineDraft:
    return LineDraft(
        kind="vehicle",
        sku=car.vehicle.vin,
        title={"en": "Mere Long Range", "zh": "澄 Mere 长续航"},
        detail=both("Tarn paint"),
        stock_item_id=car.id,
        vehicle_id=car.vehicle_id,
        vin=car.vehicle.vin,
        starts="handover",
        price_minor=car.price_minor,
    )


def car_amounts(due_on: date) -> tuple[AmountDraft, ...]:
    by_date = [
        AmountDraft(0, "by_date", due_on, key, both(key.replace("_", " ").capitalize()), None, minor)
        for key, minor in ROAD
    ]
    return (
        AmountDraft(0, "today", None, "deposit", both("Deposit"), both("Comes off the price."), DEPOSIT),
        *by_date,
        AmountDraft(0, "by_date", due_on, "deposit_paid", both("Less the deposit"), None, -DEPOSIT),
        AmountDraft(None, "by_date", due_on, "delivery", both("Home delivery"), None, DELIVERY),
    )


def service_line(family: str, starts: str) -> LineDraft:
    """A charging plan or a subscription by the month, credits or a feature once."""
    grants: dict[str, dict[str, Any]] = {
        "charging": {"kwh": 250},
        "credits": {"credits": 500},
        "subscription": {"model": "rill"},
        "feature": {"feature": "pilot"},
    }
    return LineDraft(
        kind=family,
        sku=f"{family}-1",
        title=both(family.title()),
        detail=both(f"About {family}"),
        grants=grants.get(family, {}),
        billing="monthly" if family in ("charging", "subscription") else "once",
        starts=starts,
        price_minor=PRICES.get(family, 10_000),
    )


def a_service_line(family: str = "charging", starts: str | None = None) -> LineDraft:
    """Credits start at once, everything else with the car if there is one."""
    return service_line(family, starts or ("today" if family in ("credits", "subscription") else "handover"))


def a_draft(
    car: StockItem | None,
    *services: LineDraft,
    slot: Slot | None = None,
    customer: Customer | None = None,
    cart_id: uuid.UUID | None = None,
    dealer: Recipient | None = None,
    due_in_days: int = 8,
) -> OrderDraft:
    """Ada's cart as agreed: a car to the door with its deposit today, and what was put in beside it."""
    customer = customer or ada()
    amounts: list[AmountDraft] = []
    lines: list[LineDraft] = []
    if car is not None:
        due_on = clock.today("Asia/Shanghai") + timedelta(days=due_in_days)
        lines.append(car_line(car))
        amounts += car_amounts(due_on)
        dealer = dealer or session().get_one(Recipient, car.recipient_id)
        slot = slot or a_slot(dealer)
    for line in services:
        place_in_list = len(lines)
        lines.append(line)
        label = line.title
        if line.starts == "today":
            amounts.append(AmountDraft(place_in_list, "today", None, "once", label, None, line.price_minor))
        if line.billing == "monthly":
            amounts.append(
                AmountDraft(place_in_list, "monthly", None, "monthly", label, None, line.price_minor)
            )
    return OrderDraft(
        cart_id=cart_id or uuid7(),
        market_key="CN",
        currency="CNY",
        language="en",
        customer_id=customer.id,
        visitor_id=customer.visitor_id,
        lines=tuple(lines),
        amounts=tuple(amounts),
        method="home_delivery" if car is not None else "none",
        recipient_id=dealer.id if dealer and car is not None else None,
        slot_id=slot.id if slot is not None else None,
        address=ADDRESS if car is not None else None,
    )


def an_order(car: StockItem | None, *services: LineDraft, **told: Any) -> Order:
    """Placed, with today's money received."""
    order = place(a_draft(car, *services, **told), ADA, clock.now())
    purpose = "deposit" if car is not None else "today"
    order.receive(order.total("today"), f"pi_{order.public_id}", "online", purpose, ADA, clock.now())
    return order


def a_car_order(*services: LineDraft, dealer: Recipient | None = None, **told: Any) -> Order:
    return an_order(a_car(dealer), *services, **told)


def pay_balance(order: Order) -> None:
    reference = f"pi_balance_{order.public_id}"
    order.receive(order.balance(), reference, "online", "balance", ADA, clock.now())


def close_all(order: Order, *but: str) -> Order:
    """Closes every point of the checklist, the balance by its money; not those named."""
    for item in ITEMS:
        if item.key in but or item.key == SIGNATURES:
            continue
        if item.key == "balance_received":
            pay_balance(order) if order.balance() else None
        else:
            value = {"keys_counted": 2, "odometer_read": 12, "charge_read": 80}.get(item.key)
            order.close_item(item.key, BEN, clock.now(), value)
    if not but:
        sign_both(order)
    return order


def sign_both(order: Order) -> None:
    signing.sign(order, "buyer", "Ada Buys", None, BEN, clock.now())
    signing.sign(order, "dealer", "Ben Sells", None, BEN, clock.now())


def at_the_door(order: Order) -> Order:
    """Driven to Ada, who told her code; a photo shows it."""
    run = door.set_off(order, clock.now() + timedelta(minutes=30), BEN, clock.now())
    assert door.enter_code(order, door.code_of(run), BEN, clock.now()) is None
    photos.add(order, a_picture(), "door", False, BEN, clock.now())
    return order


def a_picture(width: int = 40, height: int = 30, kind: str = "JPEG", **more: Any) -> Picture:
    return pictures.read(a_photo(width, height, kind, **more))


def a_photo(width: int = 40, height: int = 30, kind: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    """A file as a camera writes it."""
    out = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode == "RGB" else None).save(out, kind, **more)
    return out.getvalue()


def ready(order: Order, *but: str) -> Order:
    """Prepared, paid, checked, signed and standing ready, at Ada's door if it goes there; all but the points named are
    closed.
    """
    order.move("preparing", BEN, clock.now())
    close_all(order, *but)
    order.move("ready", BEN, clock.now())
    return at_the_door(order) if order.method == "home_delivery" and not but else order


def _mere() -> Model:
    known = session().query(Model).filter_by(slug="mere").one_or_none()
    if known is not None:
        return known
    model = Model(
        slug="mere", origin="house", make_slug="tarn", make_name="Tarn", name="Mere", name_zh="澄", year=2026
    )
    session().add(model)
    session().flush()
    return model
