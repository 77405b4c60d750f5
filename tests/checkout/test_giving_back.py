"""Money that goes back because the buyer changed something: through the sandbox, to the last figure, exactly once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from checkout import paying, refunding, settle, tasks
from checkout.payment import Payment, Refund
from checkout.refusals import NothingDue
from orders import changing
from orders.changing import Wish
from orders.models import Order, OrderRefund, Receipt
from partners.models import Recipient
from tests.checkout.builders import ADA
from tests.checkout.test_paying import _all, _make_due, _ordered, _start_balance, again, count
from tests.checkout.till import Till
from tests.partners.builders import a_slot

pytestmark = pytest.mark.usefixtures("database", "till")

FAILING_CARD = "4000000000005126"
DEPOSIT = 500_000
DELIVERY = 98_000


def receipts(order: Order) -> list[int]:
    close_reading()
    rows = session().scalars(
        select(Receipt.amount_minor).where(Receipt.order_id == order.id).order_by(Receipt.id)
    )
    return list(rows)


def states(order: Order) -> list[str]:
    close_reading()
    rows = session().scalars(select(OrderRefund.state).where(OrderRefund.order_id == order.id))
    return sorted(rows)


def sweep() -> None:
    """Refunds are looked at again later; later is now."""
    with transaction():
        for refund in session().scalars(select(Refund)):
            refund.look_at = clock.now() - timedelta(seconds=1)
    refunding.sweep()
    close_reading()


def cancel(order: Order) -> None:
    with transaction():
        changing.cancel(order.id, ADA, clock.now())


def with_balance_paid(till: Till, order: Order, card: str | None = None) -> Payment:
    payment = _start_balance(order, again(Order, order.id).balance().amount_minor)
    paying.open_page(payment.id, ADA)
    told = str(again(Payment, payment.id).provider_session)
    till.pay(told, card) if card else till.pay(told)
    settle.settle(payment.id)
    found: Payment = again(Payment, payment.id)
    return found


def pick_up_instead(order: Order) -> None:
    with transaction():
        mine = session().get_one(Order, order.id)
        dealer = session().get_one(Recipient, mine.recipient_id)
        slot = a_slot(dealer, "handover", clock.now() + timedelta(days=20), 1)
        expected = mine.value().amount_minor - DELIVERY
        changing.move_handover(order.id, Wish("dealer_handover", slot), expected, ADA, clock.now())


def deliver_instead(order: Order) -> None:
    with transaction():
        mine = session().get_one(Order, order.id)
        dealer = session().get_one(Recipient, mine.recipient_id)
        slot = a_slot(dealer, "delivery", clock.now() + timedelta(days=22), 1)
        wish = Wish(
            "home_delivery", slot, {"city": "Hangzhou", "district": "Gongshu", "street": "1 Lake Road"}
        )
        changing.move_handover(order.id, wish, mine.value().amount_minor + DELIVERY, ADA, clock.now())


def test_a_cancelled_order_comes_back_to_the_card_and_the_tracker_says_so(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    before = len(till.refunds())

    for _ in range(2):
        cancel(order)
        run_relay()
    owed = states(order)
    sweep()
    sweep()

    assert owed == ["owed"] and states(order) == ["returned"]
    assert receipts(order) == [DEPOSIT, -DEPOSIT]
    assert len(till.refunds()) == before + 1
    assert count(Refund) == 1


def test_deposit_and_balance_both_come_back(till: Till, run_relay: Callable[[], None]) -> None:
    order = _ordered(till)
    paid = with_balance_paid(till, order).captured_minor

    cancel(order)
    run_relay()
    sweep()

    assert sorted(receipts(order)) == sorted([DEPOSIT, paid, -DEPOSIT, -paid])
    assert again(Order, order.id).paid().amount_minor == 0


def test_a_refund_that_failed_is_seen_and_not_only_in_the_log(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    paid = with_balance_paid(till, order, FAILING_CARD).captured_minor

    cancel(order)
    run_relay()
    sweep()
    till.clock(3600)
    for _ in range(2):
        for payment in _all(Payment):
            refunding.look_back(payment.id)
    till.clock(0)

    assert states(order) == ["failed", "returned"]
    assert sum(receipts(order)) == paid


def test_what_came_by_transfer_waits_for_a_person(till: Till, run_relay: Callable[[], None]) -> None:
    order = _ordered(till)
    with transaction():
        mine = Order.locked(order.id)
        mine.receive(mine.balance(), "bank-1", "bank_transfer", "balance", ADA, clock.now())

    cancel(order)
    run_relay()
    sweep()

    assert states(order) == ["by_hand", "returned"]


def test_the_page_of_a_balance_closes_when_its_order_is_cancelled(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    payment = _start_balance(order, order.balance().amount_minor)
    paying.open_page(payment.id, ADA)

    cancel(order)
    run_relay()
    tasks.settle_due()

    assert again(Payment, payment.id).state == "cancelled"
    assert count(Refund) == 1


def test_a_balance_that_got_through_while_the_order_was_cancelled_comes_back(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    payment = _start_balance(order, order.balance().amount_minor)
    paying.open_page(payment.id, ADA)
    cancel(order)
    till.pay(str(again(Payment, payment.id).provider_session))

    run_relay()
    _make_due(payment)
    tasks.settle_due()
    sweep()

    settled = again(Payment, payment.id)
    assert (settled.state, settled.refunded_minor) == ("captured", settled.captured_minor)
    assert states(order) == ["returned", "returned"]
    assert receipts(order) == [DEPOSIT, -DEPOSIT]


def test_nobody_starts_to_pay_a_cancelled_order(till: Till) -> None:
    order = _ordered(till)
    due = order.balance().amount_minor
    cancel(order)

    with pytest.raises(NothingDue):
        _start_balance(order, due)

    assert count(Payment) == 1


def test_the_difference_goes_back_once_when_a_paid_car_is_picked_up(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    with_balance_paid(till, order)

    pick_up_instead(order)
    run_relay()
    run_relay()
    sweep()
    sweep()

    close_reading()
    changed = again(Order, order.id)
    refunds = session().scalar(select(func.sum(Refund.amount_minor)))
    assert refunds == DELIVERY and receipts(order)[-1] == -DELIVERY
    close_reading()
    assert (changed.overpaid().amount_minor, changed.balance().amount_minor) == (0, 0)


def test_back_and_forth_before_the_refund_gives_back_no_more_than_is_over(
    till: Till, run_relay: Callable[[], None]
) -> None:
    order = _ordered(till)
    with_balance_paid(till, order)

    pick_up_instead(order)
    run_relay()
    deliver_instead(order)
    run_relay()
    sweep()
    pick_up_instead(order)
    run_relay()
    sweep()

    assert receipts(order).count(-DELIVERY) == 1
    assert again(Order, order.id).balance().amount_minor == 0


def test_the_page_over_the_old_price_closes(till: Till, run_relay: Callable[[], None]) -> None:
    order = _ordered(till)
    payment = _start_balance(order, order.balance().amount_minor)
    paying.open_page(payment.id, ADA)

    pick_up_instead(order)
    run_relay()
    tasks.settle_due()

    assert again(Payment, payment.id).state == "cancelled"
    assert again(Order, order.id).balance().amount_minor == payment.amount_minor - DELIVERY
    assert count(Refund) == 0
