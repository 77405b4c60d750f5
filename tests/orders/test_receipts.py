"""Money that came in is booked once, by its reference, and never more of it than is owed."""

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from app.money import Money
from orders.models import Order, Receipt
from orders.refusals import ItemNotFound, MoreThanOwed, OrderClosed, ReferenceNeeded, ReferenceUsed
from tests.orders.builders import ADA, BALANCE, BEN, DEPOSIT, TOGETHER, a_car_order, yuan
from tests.orders.test_placing import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(database: None) -> Order:
    """Ada's car, with the deposit paid."""
    with transaction():
        return a_car_order()


def fresh(order: Order) -> Order:
    return Order.locked(order.id)


def receipts() -> list[tuple[str, str, int]]:
    close_reading()
    rows = session().execute(
        select(Receipt.purpose, Receipt.method, Receipt.amount_minor).order_by(Receipt.id)
    )
    return [(row.purpose, row.method, row.amount_minor) for row in rows]


def told(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0


def test_a_deposit_leaves_the_balance(order: Order) -> None:
    assert order.balance() == yuan(BALANCE)
    assert order.paid() == yuan(DEPOSIT)
    assert order.checklist()["balance_received"].is_open


def test_the_balance_closes_its_point_by_itself(order: Order) -> None:
    with transaction():
        fresh(order).receive(yuan(BALANCE), "pi_balance", "online", "balance", ADA, clock.now())

    item = order.checklist()["balance_received"]
    assert (item.is_open, item.reference, item.actor_kind) == (False, "pi_balance", "visitor")
    assert order.balance() == yuan(0) and order.paid() == yuan(TOGETHER)
    assert told("orders.payment_received") == 2


def test_a_part_of_the_balance_leaves_the_point_open(order: Order) -> None:
    with transaction():
        fresh(order).receive(yuan(BALANCE - 1), "pi_part", "online", "balance", ADA, clock.now())

    assert order.balance() == yuan(1)
    assert order.checklist()["balance_received"].is_open


def test_the_same_reference_again_is_the_same_receipt(order: Order) -> None:
    with transaction():
        first = fresh(order).receive(yuan(BALANCE), "pi_one", "online", "balance", ADA, clock.now()).id
    with transaction():
        again = fresh(order).receive(yuan(BALANCE), "pi_one", "online", "balance", ADA, clock.now()).id

    assert again == first
    assert receipts() == [("deposit", "online", DEPOSIT), ("balance", "online", BALANCE)]


def test_twelve_who_book_one_payment_at_once_book_it_once(order: Order) -> None:
    def press() -> str:
        with transaction():
            booked = fresh(order).receive(yuan(BALANCE), "pi_one", "online", "balance", ADA, clock.now())
            return str(booked.id)

    outcomes = at_once(12, press)

    assert len(outcomes) == 12 and len(set(outcomes)) == 1
    assert receipts()[1:] == [("balance", "online", BALANCE)]
    assert told("orders.payment_received") == 2


def test_two_different_balances_at_once_are_never_both_taken(order: Order) -> None:
    references = ["pi_online", "bank-77"]

    def press() -> str:
        with transaction():
            fresh(order).receive(yuan(BALANCE), references.pop(), "online", "balance", ADA, clock.now())
            return "booked"

    outcomes = at_once(2, press)

    assert sorted(map(str, outcomes)) == sorted(["booked", str(MoreThanOwed)])
    assert order.paid() == yuan(TOGETHER)


def test_more_than_is_owed_is_refused(order: Order) -> None:
    with pytest.raises(MoreThanOwed), transaction():
        fresh(order).receive(yuan(BALANCE + 1), "pi_more", "online", "balance", ADA, clock.now())

    assert len(receipts()) == 1


def test_a_reference_of_another_amount_is_refused(order: Order) -> None:
    reference = f"pi_{order.public_id}"

    with pytest.raises(ReferenceUsed), transaction():
        fresh(order).receive(yuan(1), reference, "online", "balance", ADA, clock.now())

    assert len(receipts()) == 1


def test_a_reference_of_another_order_is_refused(order: Order) -> None:
    with transaction():
        other = a_car_order()

    with pytest.raises(ReferenceUsed), transaction():
        fresh(other).close_item("balance_received", BEN, clock.now(), reference=f"pi_{order.public_id}")

    assert other.balance() == yuan(BALANCE)
    assert other.checklist()["balance_received"].is_open


def test_one_reference_for_two_orders_at_once_is_booked_for_one(order: Order) -> None:
    with transaction():
        orders = [order.id, a_car_order().id]

    def press() -> str:
        wanted = orders.pop()
        with transaction():
            Order.locked(wanted).close_item("balance_received", BEN, clock.now(), reference="bank-4471")
        return "booked"

    outcomes = at_once(2, press)

    assert sorted(map(str, outcomes)) == sorted(["booked", str(ReferenceUsed)])
    close_reading()
    assert len(session().scalars(select(Receipt).where(Receipt.reference == "bank-4471")).all()) == 1


def test_money_of_another_currency_is_not_taken(order: Order) -> None:
    with pytest.raises(ValueError), transaction():
        fresh(order).receive(Money(BALANCE, "EUR"), "pi_eur", "online", "balance", ADA, clock.now())

    assert len(receipts()) == 1


def test_staff_close_the_balance_with_the_banks_reference(order: Order) -> None:
    with transaction():
        fresh(order).close_item("balance_received", BEN, clock.now(), reference="ICBC 2026-11-22/4471")

    assert receipts()[1:] == [("balance", "bank_transfer", BALANCE)]
    item = order.checklist()["balance_received"]
    assert (item.is_open, item.reference, item.actor_id) == (False, "ICBC 2026-11-22/4471", "ben")


@pytest.mark.parametrize("reference", [None, ""])
def test_a_balance_without_a_reference_stays_open(order: Order, reference: str | None) -> None:
    with pytest.raises(ReferenceNeeded), transaction():
        fresh(order).close_item("balance_received", BEN, clock.now(), reference=reference)

    assert len(receipts()) == 1
    assert order.checklist()["balance_received"].is_open


def test_what_money_closed_is_not_opened_by_hand(order: Order) -> None:
    with transaction():
        fresh(order).close_item("balance_received", BEN, clock.now(), reference="bank-1")

    with pytest.raises(ItemNotFound), transaction():
        fresh(order).reopen_item("balance_received", BEN, clock.now())

    assert not order.checklist()["balance_received"].is_open


def test_money_given_back_opens_the_balance_again(order: Order) -> None:
    with transaction():
        fresh(order).receive(yuan(BALANCE), "pi_balance", "online", "balance", ADA, clock.now())

    with transaction():
        fresh(order).mark_refunded(yuan(100_00), "re_1", ADA, clock.now())
        fresh(order).mark_refunded(yuan(100_00), "re_1", ADA, clock.now())

    assert receipts()[-1] == ("refund", "online", -100_00) and len(receipts()) == 3
    assert order.balance() == yuan(100_00)
    assert order.checklist()["balance_received"].is_open


def test_money_that_was_never_booked_here_is_not_booked_out(order: Order) -> None:
    with transaction():
        told_back = fresh(order).mark_refunded(yuan(100_00), "re_1", ADA, clock.now(), of="pi_unknown")

    assert told_back is None
    assert order.balance() == yuan(BALANCE)
    assert len(receipts()) == 1


def test_a_cancelled_order_takes_no_money(order: Order) -> None:
    with transaction():
        fresh(order).cancel("another car", BEN)

    with pytest.raises(OrderClosed), transaction():
        fresh(order).receive(yuan(BALANCE), "pi_late", "online", "balance", ADA, clock.now())

    assert len(receipts()) == 1
