"""A paid line starts once, however often it is asked to."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.db import close_reading, session, transaction
from app.events import SYSTEM, EventRow
from customers.models import Customer
from garage import activation, wallet
from garage.models import CreditBucket, Entitlement, LedgerEntry, Subscription
from tests.customers.builders import ada
from tests.garage.builders import a_credits_line, a_line

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.fixture
def buyer(database: None) -> Customer:
    with transaction():
        return ada()


def counted(model: type) -> int:
    close_reading()
    return session().scalar(select(func.count()).select_from(model)) or 0


def facts(kind: str) -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == kind)) or 0


def test_a_monthly_service_starts_with_its_first_period(buyer: Customer) -> None:
    line = a_line(buyer)

    with transaction():
        entitlement = activation.activate(line, SYSTEM, AT)

    assert (entitlement.state, entitlement.due, entitlement.starts_at, entitlement.ends_at) == (
        "active",
        True,
        AT,
        None,
    )
    subscription = session().scalars(select(Subscription)).one()
    # 20:00 UTC is the next morning in Shanghai.
    assert (subscription.period_starts_on, subscription.period_ends_on) == (
        date(2026, 11, 23),
        date(2026, 12, 23),
    )
    assert subscription.price_minor == 199_00


def test_a_planned_service_waits_and_is_not_due(buyer: Customer) -> None:
    line = a_line(buyer)

    with transaction():
        activation.plan(line, SYSTEM, AT)
        planned = activation.plan(line, SYSTEM, AT)

    assert (planned.state, planned.due, planned.starts_at) == ("pending", False, None)
    assert counted(Entitlement) == 1
    assert counted(Subscription) == 0
    assert facts("garage.service_activated") == 0


def test_a_planned_service_starts_at_the_handover(buyer: Customer) -> None:
    line, handover = a_line(buyer), AT + timedelta(days=20)
    with transaction():
        activation.plan(line, SYSTEM, AT)

    with transaction():
        started = activation.activate(line, SYSTEM, handover)

    assert (started.state, started.due, started.starts_at) == ("active", True, handover)
    assert counted(Entitlement) == 1
    assert facts("garage.service_activated") == 1


def test_asking_again_starts_nothing_twice(buyer: Customer) -> None:
    line = a_credits_line(buyer, 500, quantity=2)

    for _ in range(3):
        with transaction():
            activation.activate(line, SYSTEM, AT)
            activation.plan(line, SYSTEM, AT)

    assert counted(Entitlement) == 1
    assert counted(CreditBucket) == 1
    assert wallet.balance(buyer.id, AT) == 1000
    assert facts("garage.service_activated") == 1


def test_credits_enter_the_book_under_the_line_that_bought_them(buyer: Customer) -> None:
    line = a_credits_line(buyer, 500)

    with transaction():
        activation.activate(line, SYSTEM, AT)

    legs = session().execute(
        select(LedgerEntry.account, LedgerEntry.amount, LedgerEntry.currency, LedgerEntry.idem).order_by(
            LedgerEntry.leg
        )
    )
    assert [tuple(leg) for leg in legs] == [
        (f"cust:{buyer.id}", 500, "CREDIT", str(line.order_line_id)),
        ("house:credits", -500, "CREDIT", str(line.order_line_id)),
    ]


def test_eight_who_activate_at_once_start_it_once(buyer: Customer) -> None:
    line, starting = a_credits_line(buyer, 500), threading.Barrier(8)

    def start() -> None:
        starting.wait()
        with transaction():
            activation.activate(line, SYSTEM, AT)

    starters = [threading.Thread(target=start) for _ in range(8)]
    for one in starters:
        one.start()
    for one in starters:
        one.join()

    assert counted(Entitlement) == 1
    assert wallet.balance(buyer.id, AT) == 500
    assert facts("garage.service_activated") == 1


def test_a_service_by_the_day_ends_by_itself(buyer: Customer) -> None:
    day = a_line(buyer, "feature", billing="daily", grants={"feature": "track_boost"})
    month = a_line(buyer)
    with transaction():
        activation.activate(day, SYSTEM, AT)
        activation.activate(month, SYSTEM, AT)

    assert activation.expire_due(AT + timedelta(hours=23)) == 0
    assert activation.expire_due(AT + timedelta(hours=24)) == 1
    assert activation.expire_due(AT + timedelta(hours=25)) == 0

    close_reading()
    ended, running = Entitlement.of_line(day.order_line_id), Entitlement.of_line(month.order_line_id)
    assert ended is not None and running is not None
    assert (ended.state, ended.due, ended.feature) == ("expired", False, "track_boost")
    assert running.state == "active"
    assert facts("garage.service_ended") == 1


@pytest.mark.parametrize("is_planned", [True, False])
def test_a_revoked_line_is_over_and_stays_so(buyer: Customer, is_planned: bool) -> None:
    line = a_line(buyer)
    with transaction():
        (activation.plan if is_planned else activation.activate)(line, SYSTEM, AT)

    with transaction():
        assert activation.revoke(line.order_line_id, SYSTEM, AT, "order cancelled")
        assert not activation.revoke(line.order_line_id, SYSTEM, AT, "order cancelled")
    with transaction():
        again = activation.activate(line, SYSTEM, AT)

    assert (again.state, again.due, again.why_ended) == ("revoked", False, "order cancelled")
    close_reading()
    assert [s.state for s in session().scalars(select(Subscription))] == ([] if is_planned else ["ended"])
    assert facts("garage.service_ended") == 1


def test_revoked_credits_go_back_as_far_as_they_are_left(buyer: Customer) -> None:
    line = a_credits_line(buyer, 500)
    with transaction():
        activation.activate(line, SYSTEM, AT)
        wallet.spend(buyer.id, 180, idem="ride", actor=SYSTEM, at=AT)

    with transaction():
        activation.revoke(line.order_line_id, SYSTEM, AT, "order cancelled")

    assert wallet.balance(buyer.id, AT) == 0
    book = session().scalar(select(func.sum(LedgerEntry.amount)))
    assert book == 0
