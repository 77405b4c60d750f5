"""When a cart counts as left, once, and what is known about it then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import close_reading, session, transaction
from app.events import EventRow
from catalog.models import Offer
from checkout import abandonment, journey, settle
from checkout.abandonment import AbandonmentEpisode, Policy
from checkout.cart import Cart
from checkout.events import CartAbandoned
from checkout.payment import Payment
from tests.checkout.builders import (
    ADA,
    a_car,
    a_cart,
    charge_250,
    credits_500,
    ready_to_pay,
    rill_subscription,
)
from tests.checkout.test_paying import again, begun
from tests.checkout.till import Till

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    yield
    close_reading()
    clock.move(timedelta(0))


def later(minutes: float) -> None:
    clock.move(timedelta(minutes=minutes))


def swept() -> int:
    close_reading()
    return abandonment.sweep()


def the_episode() -> AbandonmentEpisode:
    close_reading()
    return session().scalars(select(AbandonmentEpisode)).one()


def told() -> int:
    close_reading()
    return session().scalar(select(func.count()).where(EventRow.type == CartAbandoned.type)) or 0


def a_left_cart() -> Cart:
    with transaction():
        return a_cart(a_car(), charge_250())


def a_paying_cart() -> Cart:
    with transaction():
        return ready_to_pay(a_cart(credits_500()))


def test_a_cart_is_left_after_an_hour_and_not_before() -> None:
    a_left_cart()

    later(59)
    assert swept() == 0
    later(61)
    assert swept() == 1
    assert the_episode().reason == "cart_left"


def test_a_cart_that_was_left_is_left_once() -> None:
    a_left_cart()
    later(61)

    with ThreadPoolExecutor(4) as pool:
        found = sum(pool.map(lambda _: abandonment.sweep(), range(4)))

    assert found == 1
    assert told() == 1


def test_the_episode_keeps_what_was_in_the_cart() -> None:
    cart = a_left_cart()
    later(61)
    swept()

    episode = the_episode()
    assert [line["kind"] for line in episode.snapshot] == ["vehicle", "charging"]
    assert episode.snapshot[0]["vin"]
    assert episode.value_minor == 26_080_000 + 19_900
    assert (episode.cart_id, episode.episode_no, episode.stage) == (cart.id, 1, "cart")
    assert episode.detected_at >= episode.abandoned_at == episode.lead_due_at


def test_the_fact_names_the_dealer_and_the_kinds() -> None:
    a_left_cart()
    later(61)
    swept()

    close_reading()
    fact = session().scalars(select(EventRow).where(EventRow.type == CartAbandoned.type)).one()
    assert sorted(fact.payload["families"]) == ["charging", "vehicle_new"]
    assert fact.payload["recipient_id"]


def test_checkout_is_left_after_twenty_minutes() -> None:
    with transaction():
        cart = a_cart(credits_500())
        cart.reach("contact", ADA, clock.now())

    later(19)
    assert swept() == 0
    later(21)
    assert swept() == 1
    assert the_episode().reason == "checkout_left"


def test_an_empty_cart_is_never_left() -> None:
    with transaction():
        cart = a_cart(credits_500())
        journey.remove(cart, cart.lines()[0].public_id, ADA, clock.now())
    later(600)

    assert swept() == 0


@pytest.mark.usefixtures("till")
def test_an_open_payment_page_is_left_after_ten_minutes() -> None:
    begun(a_paying_cart())

    later(9)
    assert swept() == 0
    later(11)
    assert swept() == 1
    assert the_episode().reason == "payment_left"


@pytest.mark.usefixtures("till")
def test_a_payment_that_the_bank_works_on_is_never_left() -> None:
    payment = begun(a_paying_cart())
    with transaction():
        Payment.locked(payment.id).move("processing")
    later(24 * 60)

    assert swept() == 0


@pytest.mark.usefixtures("till")
def test_a_check_by_the_bank_gets_half_an_hour() -> None:
    payment = begun(a_paying_cart())
    with transaction():
        Payment.locked(payment.id).is_authenticating = True

    later(29)
    assert swept() == 0
    later(31)
    assert swept() == 1
    assert the_episode().reason == "authentication_incomplete"


@pytest.mark.parametrize(
    ("trouble", "minutes", "reason"),
    [
        ("failed", 11, "payment_failed"),
        ("cancelled", 11, "payment_cancelled"),
        ("expired", 0.1, "payment_expired"),
        ("refunded", 11, "payment_refunded"),
    ],
)
def test_the_reason_says_how_the_payment_ended(trouble: str, minutes: float, reason: str) -> None:
    cart = a_paying_cart()
    with transaction():
        Cart.locked(cart.id).payment_trouble = trouble
    later(minutes)

    assert swept() == 1
    assert the_episode().reason == reason


@pytest.mark.usefixtures("till")
def test_an_ordered_cart_is_never_left(till: Till) -> None:
    payment = begun(a_paying_cart())
    till.pay(str(payment.provider_session))
    settle.settle(payment.id)
    later(600)

    assert swept() == 0


def test_a_cart_paid_while_the_sweep_looks_is_ordered_and_left_at_most_once(till: Till) -> None:
    for round_no in range(4):
        with transaction():
            cart = ready_to_pay(a_cart(Offer.by_sku("credits-500") if round_no else credits_500()))
        payment = begun(cart)
        till.pay(str(payment.provider_session))
        with transaction():
            Cart.locked(cart.id).last_activity_at = clock.now() - timedelta(minutes=11)
        close_reading()

        with ThreadPoolExecutor(3) as pool:
            sweeps = [pool.submit(abandonment.sweep) for _ in range(2)]
            settled = pool.submit(settle.settle, payment.id)

        assert sum(done.result() for done in sweeps) <= 1
        assert settled.result().state == "captured"

        assert again(Cart, cart.id).state == "ordered"


def test_other_contents_a_day_later_are_a_second_episode() -> None:
    cart = a_left_cart()
    later(61)
    swept()

    with transaction():
        rill_subscription()
        journey.add_offer(Cart.locked(cart.id), "subscribe-rill", 1, None, ADA, clock.now())
    later(61 + 120)
    assert swept() == 0, "the same day"
    later(61 + 25 * 60)
    assert swept() == 1
    assert again(Cart, cart.id).episode_no == 2


def test_the_same_contents_are_not_left_twice() -> None:
    cart = a_left_cart()
    later(61)
    swept()
    with transaction():
        Cart.locked(cart.id).touch(clock.now())
    later(61 + 48 * 60)

    assert swept() == 0


def test_the_policy_in_the_database_counts() -> None:
    a_left_cart()
    with transaction():
        session().add(Policy(name="abandon_cart", seconds=60))
    later(2)

    assert swept() == 1
