"""From agreed figures to one order, whatever comes first, twice, late or never."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.errors import Refusal
from app.events import EventRow, Recorded
from app.inbox import InboxEvent
from catalog.models import StockItem
from checkout import basket, journey, paying, refunding, settle, tasks, webhooks
from checkout.cart import Cart
from checkout.events import PaymentDeclined
from checkout.listeners import refund_cancelled_orders
from checkout.payment import Payment, Refund
from checkout.payments import gateway
from checkout.refusals import CartBeingPaid, CartChanged, HoldHasLapsed, StepMissing
from orders.events import OrderCancelled
from orders.models import Order
from tests.checkout import till as tills
from tests.checkout.builders import ADA, a_car, a_cart, charge_250, credits_500, ready_to_pay
from tests.checkout.test_stripe_gateway import signature
from tests.checkout.till import Till

pytestmark = pytest.mark.usefixtures("database", "till")


@pytest.fixture(autouse=True)
def fresh_reads() -> Iterator[None]:
    yield
    close_reading()


def count(model: Any) -> int:
    close_reading()
    found = session().scalar(select(func.count()).select_from(model)) or 0
    close_reading()
    return found


def again(model: Any, id: uuid.UUID | None) -> Any:
    close_reading()
    found = session().get_one(model, id)
    close_reading()
    return found


def a_ready_cart(*made: Callable[[], Any]) -> Cart:
    with transaction():
        return ready_to_pay(a_cart(*(make() for make in made or (a_car, charge_250))))


def agree(cart: Cart) -> tuple[int, str]:
    now = basket.load(again(Cart, cart.id))
    close_reading()
    return now.quote.today.amount_minor, now.fingerprint


def start(cart: Cart, agreed: tuple[int, str] | None = None) -> Payment:
    agreed = agreed or agree(cart)
    with transaction():
        return paying.start(Cart.locked(cart.id), *agreed, ADA, clock.now())


def begun(cart: Cart) -> Payment:
    payment = start(cart)
    paying.open_page(payment.id, ADA)
    found: Payment = again(Payment, payment.id)
    return found


def test_paying_the_deposit_places_the_order_and_books_what_was_held(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))

    settled = settle.settle(payment.id)

    order = again(Order, settled.order_id)
    assert settled.state == "captured"
    assert order.cart_id == cart.id
    assert order.balance().amount_minor == 27_264_000 + 98_000 - 500_000
    assert again(Cart, cart.id).state == "ordered"
    assert count(Refund) == 0


def test_twenty_clicks_on_pay_are_one_payment_and_one_session(till: Till) -> None:
    cart = a_ready_cart()
    agreed = agree(cart)
    sessions_before = len(till.sessions())

    def click(_: int) -> str:
        payment = start(cart, agreed)
        return paying.open_page(payment.id, ADA) or "no page"

    with ThreadPoolExecutor(6) as pool:
        urls = set(pool.map(click, range(20)))

    assert len(urls) == 1
    assert count(Payment) == 1
    assert len(till.sessions()) == sessions_before + 1


def test_return_webhook_and_sweeper_at_once_place_one_order(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))
    gate = threading.Barrier(6)

    def come(_: int) -> settle.Settled:
        gate.wait()
        return settle.settle(payment.id)

    with ThreadPoolExecutor(6) as pool:
        settled = list(pool.map(come, range(6)))

    assert len({s.order_id for s in settled}) == 1
    assert count(Order) == 1
    assert again(Payment, payment.id).captured_minor == 500_000
    assert count(Refund) == 0


def test_the_sweeper_finds_what_neither_browser_nor_webhook_told(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))
    _make_due(payment)

    tasks.settle_due()

    assert again(Cart, cart.id).state == "ordered"


def test_a_payment_that_was_never_begun_is_begun_by_its_key(till: Till) -> None:
    cart = a_ready_cart()
    payment = start(cart)

    settle.settle(payment.id)

    found = again(Payment, payment.id)
    assert found.state == "open"
    assert found.page_url.startswith(till.url)


@pytest.mark.parametrize("fault", ["error_500_after", "cut_after", "timeout_after"])
def test_a_lost_answer_never_leads_to_a_second_session(till: Till, fault: str) -> None:
    cart = a_ready_cart()
    payment = start(cart)
    before = len(till.sessions())
    till.faults({"do": fault, "path": "/v1/checkout/sessions", "method": "POST", "seconds": 0.2, "times": 2})

    try:
        paying.open_page(payment.id, ADA)
    except Refusal as refused:
        assert refused.status == 503
    till.faults()
    url = paying.open_page(payment.id, ADA)

    assert url is not None
    assert url.startswith(till.url)
    assert len(till.sessions()) == before + 1


def test_a_decline_is_told_once_and_the_page_stays_open(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session), tills.DECLINED_CARD)

    settle.settle(payment.id)
    settle.settle(payment.id)

    assert again(Payment, payment.id).state == "open"
    assert again(Cart, cart.id).payment_trouble == "failed"
    assert _events(PaymentDeclined.type) == 1
    till.pay(str(payment.provider_session))
    assert settle.settle(payment.id).state == "captured"


def test_a_check_by_the_bank_that_is_open_shows_on_the_payment(till: Till) -> None:
    payment = begun(a_ready_cart())
    till.pay(str(payment.provider_session), tills.CHECKED_CARD)

    settle.settle(payment.id)

    assert again(Payment, payment.id).is_authenticating


def test_a_check_by_the_bank_that_fails_is_told_and_the_page_stays_open(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session), tills.CHECKED_CARD, authenticate="fail")

    settle.settle(payment.id)

    assert again(Payment, payment.id).state == "open"
    assert again(Cart, cart.id).payment_trouble == "failed"
    till.pay(str(payment.provider_session))
    assert settle.settle(payment.id).state == "captured"


def test_a_cart_that_is_being_paid_refuses_every_change(till: Till) -> None:
    cart = a_ready_cart()
    begun(cart)
    version = again(Cart, cart.id).version

    with pytest.raises(CartBeingPaid), transaction():
        journey.add_offer(Cart.locked(cart.id), "charge-250", 1, None, ADA, clock.now())
    with pytest.raises(CartBeingPaid), transaction():
        locked = Cart.locked(cart.id)
        journey.remove(locked, locked.lines()[0].public_id, ADA, clock.now())

    assert again(Cart, cart.id).version == version


def test_stopping_the_payment_opens_the_cart_and_closes_the_page(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)

    settled = paying.stop(payment.id, ADA)

    assert settled.state == "cancelled"
    assert again(Cart, cart.id).state == "open"
    assert next(s for s in till.sessions() if s["id"] == payment.provider_session)["status"] == "expired"


def test_a_stopped_payment_has_not_lapsed_even_when_the_provider_tells_of_it_first() -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    paying.ask_to_stop(payment.id)
    gateway().cancel(settle.order_for(payment.id))

    told = settle.settle(payment.id)

    assert told.state == "cancelled"
    assert again(Cart, cart.id).payment_trouble == "cancelled"


def test_stopping_what_was_paid_in_the_meantime_is_an_order(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))

    settled = paying.stop(payment.id, ADA)

    assert settled.state == "captured"
    assert again(Cart, cart.id).state == "ordered"


def test_other_figures_than_those_agreed_are_refused_and_nothing_moves() -> None:
    cart = a_ready_cart()
    total, fingerprint = agree(cart)
    with transaction():
        session().query(StockItem).update({"price_minor": StockItem.price_minor + 100})

    for agreed in ((total, fingerprint), (1, agree(cart)[1]), (total, "0" * 32)):
        with pytest.raises(CartChanged):
            start(cart, agreed)

    assert count(Payment) == 0
    assert again(Cart, cart.id).state == "open"


def test_a_step_left_out_is_refused() -> None:
    with transaction():
        cart = a_cart(credits_500())

    with pytest.raises(StepMissing):
        start(cart)

    assert count(Payment) == 0


def test_a_lapsed_hold_must_be_renewed_before_paying() -> None:
    cart = a_ready_cart()
    agreed = agree(cart)
    clock.move(timedelta(minutes=40))

    try:
        with pytest.raises(HoldHasLapsed):
            start(cart, agreed)
    finally:
        clock.move(timedelta(0))

    assert count(Payment) == 0


def test_car_and_slot_wait_until_the_payment_can_no_longer_succeed() -> None:
    cart = a_ready_cart()

    payment = begun(cart)

    now = basket.load(again(Cart, cart.id))
    hold = now.vehicles[0].hold
    assert hold is not None
    assert hold.until == payment.held_until
    assert now.cart.slot_held_until == payment.held_until
    assert payment.held_until > clock.now() + timedelta(minutes=40)


def test_money_that_cannot_become_an_order_goes_back(till: Till) -> None:
    car_cart = a_ready_cart()
    payment = begun(car_cart)
    with transaction():
        session().query(StockItem).update({"state": "sold"})
    till.pay(str(payment.provider_session))

    settle.settle(payment.id)

    paid = again(Payment, payment.id)
    assert count(Order) == 0
    assert (paid.captured_minor, paid.refunded_minor) == (500_000, 500_000)
    assert [r["amount"] for r in till.refunds() if r["payment_intent"] == paid.provider_reference] == [
        500_000
    ]
    cart = again(Cart, car_cart.id)
    assert (cart.state, cart.payment_trouble) == ("open", "refunded")


def test_a_refund_is_carried_out_once_by_many_hands(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    with transaction():
        session().query(StockItem).update({"state": "sold"})
    till.pay(str(payment.provider_session))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: settle.settle(payment.id), range(4)))
        list(pool.map(lambda _: refunding.sweep(), range(4)))

    paid = again(Payment, payment.id)
    assert paid.refunded_minor == 500_000
    assert count(Refund) == 1


def test_a_refund_made_in_the_providers_console_appears(till: Till) -> None:
    payment = begun(a_ready_cart())
    till.pay(str(payment.provider_session))
    settle.settle(payment.id)
    till.refund_in_console(again(Payment, payment.id).provider_reference, 100_000)

    settle.settle(payment.id)
    settle.settle(payment.id)

    assert again(Payment, payment.id).refunded_minor == 100_000
    assert [r.source for r in _all(Refund)] == ["provider"]


def test_another_currency_or_amount_than_agreed_goes_back(till: Till) -> None:
    payment = begun(a_ready_cart())
    till.pay(str(payment.provider_session))
    till.faults(
        {
            "do": "alter_after",
            "path": "/v1/checkout/sessions/*",
            "method": "GET",
            "times": 1,
            "change": {"payment_intent.amount_received": 400_000},
        }
    )

    settle.settle(payment.id)

    if again(Payment, payment.id).captured_minor == 400_000:
        assert count(Order) == 0
        assert [r.why for r in _all(Refund)] == ["amount_differs"]


def test_an_expired_page_gives_the_cart_back(till: Till) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    gateway().cancel(settle.order_for(payment.id))

    settle.settle(payment.id)

    assert again(Payment, payment.id).state == "expired"
    found = again(Cart, cart.id)
    assert (found.state, found.payment_trouble) == ("open", "expired")


def test_a_new_try_after_an_ended_one_has_a_key_of_its_own(till: Till) -> None:
    cart = a_ready_cart()
    first = begun(cart)
    paying.stop(first.id, ADA)

    second = begun(cart)

    assert second.id != first.id
    assert second.idempotency_key != first.idempotency_key
    assert second.provider_session != first.provider_session


def test_services_alone_need_no_handover(till: Till) -> None:
    cart = a_ready_cart(credits_500)
    payment = begun(cart)
    till.pay(str(payment.provider_session))

    assert settle.settle(payment.id).order_id is not None
    assert again(Payment, payment.id).captured_minor == 45_000


def test_a_webhook_that_comes_first_places_the_order_and_five_more_change_nothing(
    client: FlaskClient, till: Till
) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))
    body = json.dumps(till.event("checkout.session.completed")).encode()

    for _ in range(6):
        answer = client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature(body)})
        assert answer.status_code == 200

    assert again(Cart, cart.id).state == "ordered"
    assert count(Order) == 1
    assert count(InboxEvent) == 1
    assert settle.settle(payment.id).state == "captured"


def test_a_webhook_about_nothing_of_ours_is_acknowledged_without_effect(client: FlaskClient) -> None:
    body = json.dumps(
        {
            "id": "evt_other",
            "object": "event",
            "type": "checkout.session.completed",
            "data": {"object": {"id": "cs_other", "object": "checkout.session", "metadata": {}}},
        }
    ).encode()

    answer = client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature(body)})

    assert answer.status_code == 200
    assert [(e.effects, e.handled_at is not None) for e in _all(InboxEvent)] == [(0, True)]


def test_an_unsigned_webhook_is_refused_and_not_stored(client: FlaskClient) -> None:
    answer = client.post("/webhooks/stripe", data=b'{"id": "evt_1"}')

    assert answer.status_code == 400
    assert count(InboxEvent) == 0


def test_a_webhook_whose_handling_fails_is_handled_by_the_sweep(
    client: FlaskClient, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = a_ready_cart()
    payment = begun(cart)
    till.pay(str(payment.provider_session))
    body = json.dumps(till.event("checkout.session.completed")).encode()
    till.faults({"do": "error_500_before", "path": "/v1/checkout/sessions/*", "times": 9})

    answer = client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature(body)})
    till.faults()
    _make_due(payment)
    webhooks.sweep()
    tasks.settle_due()

    assert answer.status_code == 200
    assert again(Cart, cart.id).state == "ordered"


def test_a_cancelled_order_is_paid_back(till: Till, run_relay: Callable[[], None]) -> None:
    payment = begun(a_ready_cart())
    till.pay(str(payment.provider_session))
    order_id = settle.settle(payment.id).order_id
    assert order_id is not None
    told = Recorded(uuid.uuid4(), clock.now(), ADA, OrderCancelled(order_id=order_id))

    for _ in range(2):
        with transaction():
            refund_cancelled_orders([told])
    refunding.sweep()

    assert again(Payment, payment.id).refunded_minor == 500_000
    assert count(Refund) == 1


def test_the_balance_is_paid_once(till: Till) -> None:
    order = _ordered(till)
    due = order.balance().amount_minor
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda _: _start_balance(order, due).id, range(4)))
    (payment_id,) = ids
    paying.open_page(payment_id, ADA)
    till.pay(str(again(Payment, payment_id).provider_session))

    settle.settle(payment_id)
    settle.settle(payment_id)

    assert not again(Order, order.id).balance()
    assert again(Payment, payment_id).captured_minor == due


def test_a_balance_that_was_settled_another_way_goes_back(till: Till) -> None:
    order = _ordered(till)
    due = order.balance()
    payment = _start_balance(order, due.amount_minor)
    paying.open_page(payment.id, ADA)
    with transaction():
        Order.locked(order.id).receive(due, "bank-1", "bank_transfer", "balance", ADA, clock.now())
    till.pay(str(again(Payment, payment.id).provider_session))

    settle.settle(payment.id)

    assert again(Payment, payment.id).refunded_minor == due.amount_minor


def _ordered(till: Till) -> Order:
    payment = begun(a_ready_cart())
    till.pay(str(payment.provider_session))
    order: Order = again(Order, settle.settle(payment.id).order_id)
    return order


def _start_balance(order: Order, due: int) -> Payment:
    with transaction():
        return paying.start_balance(Order.locked(order.id), due, ADA, clock.now())


def _make_due(payment: Payment) -> None:
    with transaction():
        Payment.locked(payment.id).look_at = clock.now() - timedelta(seconds=1)


def _all(model: Any) -> list[Any]:
    close_reading()
    found = list(session().scalars(select(model)))
    close_reading()
    return found


def _events(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0
