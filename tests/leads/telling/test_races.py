"""Several at once: sweepers, routers, buyers and senders, each committing for real."""

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from app import deliveries, relay
from app.db import close_reading, session, transaction
from checkout import abandonment
from checkout.cart import Cart
from leads import dispatching
from tests.checkout.builders import a_cart, credits_500
from tests.leads.telling.builders import (
    buy,
    deliveries_of,
    dispatches,
    leads,
    leave,
    mails_to,
    say_who,
    the_lead,
)
from tests.leads.telling.conftest import LINE_MAIL, House
from tests.leads.telling.test_telling import ADA_SAYS, listening
from tests.receiver import Receiver

GoOn = Callable[[], None]


def at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    """Runs them side by side; gives what they raised."""
    failed: list[BaseException] = []
    ready = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> None:
        ready.wait()
        try:
            deed()
        except BaseException as refused:
            failed.append(refused)
        finally:
            close_reading()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def quiet_carts(count: int, known: bool = False) -> list[Cart]:
    with transaction():
        offer = credits_500()
        carts = [a_cart(offer) for _ in range(count)]
    if known:
        for cart in carts:
            say_who(cart)
    with transaction():
        session().execute(update(Cart).values(last_activity_at=Cart.last_activity_at - timedelta(hours=2)))
    close_reading()
    return carts


def test_four_sweepers_make_one_lead_a_cart(house: House) -> None:
    carts = quiet_carts(20)

    failed = at_once(*[abandonment.sweep] * 4)

    assert failed == []
    assert sorted(lead.cart_id.hex for lead in leads() if lead.cart_id) == sorted(c.id.hex for c in carts)
    assert len({lead.number for lead in leads()}) == 20


def test_two_routers_of_one_lead_queue_one_letter(house: House, go_on: GoOn) -> None:
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)
    lead = the_lead()

    def route() -> None:
        with transaction():
            dispatching.route([lead.id])

    failed = at_once(*[route] * 4, *[relay.relay] * 2)
    go_on()

    assert failed == []
    assert len(deliveries_of("leads.mail")) == 1
    assert len(mails_to(LINE_MAIL)) == 1


def test_two_senders_send_once(house: House, receiver: Receiver) -> None:
    listening(house.line, receiver)
    with transaction():
        offer = credits_500()
    leave(offer, customer=ADA_SAYS)
    relay.relay()

    at_once(*[deliveries.deliver_due] * 4)

    assert len(receiver.got) == 1
    assert len(mails_to(LINE_MAIL)) == 1


def test_carts_bought_while_the_sweep_runs_end_with_no_open_lead_and_nobody_called(
    house: House, go_on: GoOn, holding: None
) -> None:
    carts = quiet_carts(6, known=True)

    failed = at_once(abandonment.sweep, *[lambda cart=cart: buy(cart) for cart in carts])
    go_on()
    go_on()

    assert failed == []
    assert {lead.outcome for lead in leads()} <= {"converted_self"}
    assert mails_to(LINE_MAIL) == []
    for lead in leads():
        assert {row.state for row in dispatches(lead)} <= {"cancelled"}


def test_an_order_and_a_router_at_once_leave_the_lead_won(house: House, go_on: GoOn, holding: None) -> None:
    with transaction():
        offer = credits_500()
    cart = leave(offer, customer=ADA_SAYS)
    lead = the_lead()

    def route() -> None:
        with transaction():
            dispatching.route([lead.id])

    failed = at_once(route, lambda: buy(cart), relay.relay, relay.relay)
    go_on()

    assert failed == []
    assert (the_lead().status, the_lead().outcome) == ("won", "converted_self")
    assert mails_to(LINE_MAIL) == []
