"""Credits are counted in a book that always balances, whoever spends at once."""

import random
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.db import close_reading, session, transaction
from app.events import SYSTEM
from customers.models import Customer
from garage import ledger, wallet
from garage.ledger import Leg, LegsDoNotSumToZero
from garage.models import LedgerEntry, customer_account
from garage.refusals import CreditsShort, NotSpent
from tests.customers.builders import ada, cleo

MAY = datetime(2026, 5, 12, tzinfo=UTC)
JULY = datetime(2026, 7, 3, tzinfo=UTC)


@pytest.fixture
def buyer(database: None) -> Iterator[Customer]:
    with transaction():
        made = ada()
    yield made
    assert_the_book_balances()


def assert_the_book_balances() -> None:
    close_reading()
    total = func.sum(LedgerEntry.amount)
    unbalanced = (
        select(LedgerEntry.tx_id).group_by(LedgerEntry.tx_id, LedgerEntry.currency).having(total != 0)
    )
    assert session().scalars(unbalanced).all() == []
    owing = select(LedgerEntry.account).where(LedgerEntry.account.like("cust:%"))
    assert session().scalars(owing.group_by(LedgerEntry.account).having(total < 0)).all() == []
    overdrawn = select(LedgerEntry.bucket_id).where(LedgerEntry.bucket_id.is_not(None))
    assert session().scalars(overdrawn.group_by(LedgerEntry.bucket_id).having(total < 0)).all() == []
    twice = select(LedgerEntry.idem).group_by(LedgerEntry.idem)
    assert session().scalars(twice.having(func.count(LedgerEntry.tx_id.distinct()) > 1)).all() == []


def entries() -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(LedgerEntry)) or 0


def grant(customer: Customer, credits: int, until: datetime, idem: str) -> None:
    bucket = wallet.grant(customer.id, credits, idem=idem, actor=SYSTEM, at=MAY)
    bucket.expires_at = until


def test_bought_credits_last_two_years(buyer: Customer) -> None:
    with transaction():
        bucket = wallet.grant(buyer.id, 500, idem="line", actor=SYSTEM, at=MAY)

    assert bucket.expires_at == datetime(2028, 5, 12, tzinfo=UTC)
    assert wallet.balance(buyer.id, MAY) == 500
    assert wallet.balance(buyer.id, datetime(2028, 5, 12, tzinfo=UTC)) == 0


def test_the_worked_example_of_spending_and_giving_back(buyer: Customer) -> None:
    with transaction():
        grant(buyer, 100, datetime(2026, 12, 31, tzinfo=UTC), "december")
        grant(buyer, 60, datetime(2026, 6, 30, tzinfo=UTC), "june")

    with transaction():
        wallet.spend(buyer.id, 75, idem="ride", actor=SYSTEM, at=MAY)
    assert wallet.balance(buyer.id, MAY) == 85

    with transaction():
        wallet.give_back(buyer.id, "ride", actor=SYSTEM, at=JULY)

    assert wallet.balance(buyer.id, JULY) == 100
    lapsed = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.account == wallet.LAPSED)
    assert session().scalar(lapsed) == 60


def test_the_same_key_moves_credits_once(buyer: Customer) -> None:
    for _ in range(3):
        with transaction():
            wallet.grant(buyer.id, 500, idem="line", actor=SYSTEM, at=MAY)
    for _ in range(3):
        with transaction():
            wallet.spend(buyer.id, 200, idem="ride", actor=SYSTEM, at=MAY)
    assert wallet.balance(buyer.id, MAY) == 300
    close_reading()

    for _ in range(3):
        with transaction():
            wallet.give_back(buyer.id, "ride", actor=SYSTEM, at=MAY)

    assert wallet.balance(buyer.id, MAY) == 500


def test_too_little_is_refused_and_nothing_moves(buyer: Customer) -> None:
    with transaction():
        wallet.grant(buyer.id, 100, idem="line", actor=SYSTEM, at=MAY)
    before = entries()

    with pytest.raises(CreditsShort) as refused, transaction():
        wallet.spend(buyer.id, 101, idem="ride", actor=SYSTEM, at=MAY)

    assert refused.value.params == {"balance": 100, "needed": 101}
    assert entries() == before
    assert wallet.balance(buyer.id, MAY) == 100


@pytest.mark.parametrize("credits", [0, -5])
def test_a_spend_is_a_positive_number(buyer: Customer, credits: int) -> None:
    with pytest.raises(ValueError), transaction():
        wallet.spend(buyer.id, credits, idem="ride", actor=SYSTEM, at=MAY)

    assert entries() == 0


def test_nobody_gets_back_what_somebody_else_spent(buyer: Customer) -> None:
    with transaction():
        stranger = cleo()
        wallet.grant(buyer.id, 100, idem="line", actor=SYSTEM, at=MAY)
        wallet.spend(buyer.id, 40, idem="ride", actor=SYSTEM, at=MAY)
    before = entries()

    for who, spent in ((stranger, "ride"), (buyer, "never"), (buyer, "line")):
        with pytest.raises(NotSpent), transaction():
            wallet.give_back(who.id, spent, actor=SYSTEM, at=MAY)

    assert entries() == before


def test_what_has_reached_its_end_is_booked_out_once(buyer: Customer) -> None:
    with transaction():
        grant(buyer, 100, MAY + timedelta(days=1), "soon")
        grant(buyer, 60, MAY + timedelta(days=90), "later")

    assert wallet.lapse_due(MAY + timedelta(days=2)) == 1
    assert wallet.lapse_due(MAY + timedelta(days=2)) == 0

    close_reading()
    left = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.account == customer_account(buyer.id))
    assert session().scalar(left) == 60


def test_a_cancelled_purchase_takes_back_what_is_left_of_it(buyer: Customer) -> None:
    with transaction():
        wallet.grant(buyer.id, 500, idem="line", actor=SYSTEM, at=MAY)
        wallet.grant(buyer.id, 50, idem="gift", actor=SYSTEM, at=MAY)
        wallet.spend(buyer.id, 120, idem="ride", actor=SYSTEM, at=MAY)

    with transaction():
        assert wallet.take_back(buyer.id, "line", actor=SYSTEM, at=MAY) == 380
        assert wallet.take_back(buyer.id, "line", actor=SYSTEM, at=MAY) == 0

    assert wallet.balance(buyer.id, MAY) == 50


def test_a_transaction_that_does_not_balance_is_not_written(buyer: Customer) -> None:
    lopsided = (Leg(customer_account(buyer.id), 5), Leg(wallet.ISSUED, -4))

    with pytest.raises(LegsDoNotSumToZero), transaction():
        ledger.post(lopsided, kind="grant", idem="x", at=clock.now())

    assert entries() == 0


def test_the_book_itself_refuses_a_second_transaction_under_one_key(buyer: Customer) -> None:
    legs = (Leg(customer_account(buyer.id), 5), Leg(wallet.ISSUED, -5))
    with transaction():
        ledger.post(legs, kind="grant", idem="x", at=MAY)

    with pytest.raises(IntegrityError), transaction():
        ledger.post(legs, kind="grant", idem="x", at=MAY)

    assert entries() == 2


def test_sixteen_spends_at_once_never_take_more_than_there_is(buyer: Customer) -> None:
    with transaction():
        wallet.grant(buyer.id, 60, idem="one", actor=SYSTEM, at=MAY)
        wallet.grant(buyer.id, 40, idem="two", actor=SYSTEM, at=MAY)
    starting, spent = threading.Barrier(16), list[bool]()

    def ride(number: int) -> None:
        starting.wait()
        try:
            with transaction():
                wallet.spend(buyer.id, 15, idem=f"ride {number}", actor=SYSTEM, at=MAY)
            spent.append(True)
        except CreditsShort:
            spent.append(False)

    riders = [threading.Thread(target=ride, args=(number,)) for number in range(16)]
    for one in riders:
        one.start()
    for one in riders:
        one.join()

    assert (spent.count(True), spent.count(False)) == (6, 10)
    assert wallet.balance(buyer.id, MAY) == 10


def test_the_same_spend_sent_eight_times_at_once_is_one(buyer: Customer) -> None:
    with transaction():
        wallet.grant(buyer.id, 100, idem="one", actor=SYSTEM, at=MAY)
    starting, ids = threading.Barrier(8), set[uuid.UUID]()

    def ride() -> None:
        starting.wait()
        with transaction():
            ids.add(wallet.spend(buyer.id, 15, idem="ride", actor=SYSTEM, at=MAY))

    presses = [threading.Thread(target=ride) for _ in range(8)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert len(ids) == 1
    assert wallet.balance(buyer.id, MAY) == 85


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_moves_keeps_the_book_and_agrees_with_a_simple_count(buyer: Customer, seed: int) -> None:
    dice, at, spends = random.Random(seed), MAY, list[str]()
    for number in range(40):
        at += timedelta(days=dice.randint(0, 40))
        move = dice.choice(("grant", "spend", "spend", "return", "lapse"))
        with transaction():
            before = wallet.balance(buyer.id, at)
            if move == "grant":
                credits = dice.randint(1, 200)
                months = dice.choice((1, 6, 24))
                wallet.grant(buyer.id, credits, idem=f"g{number}", actor=SYSTEM, at=at, life_months=months)
                assert wallet.balance(buyer.id, at) == before + credits
            elif move == "spend":
                credits = dice.randint(1, 150)
                try:
                    wallet.spend(buyer.id, credits, idem=f"s{number}", actor=SYSTEM, at=at)
                except CreditsShort:
                    assert before < credits
                else:
                    spends.append(f"s{number}")
                    assert wallet.balance(buyer.id, at) == before - credits
            elif move == "return" and spends:
                wallet.give_back(buyer.id, dice.choice(spends), actor=SYSTEM, at=at)
                assert wallet.balance(buyer.id, at) >= before
        if move == "lapse":
            wallet.lapse_due(at)
            close_reading()
            left = select(func.sum(LedgerEntry.amount)).where(
                LedgerEntry.account == customer_account(buyer.id)
            )
            assert (session().scalar(left) or 0) == wallet.balance(buyer.id, at)
        close_reading()
