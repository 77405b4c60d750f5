import threading

import pytest
import stripe

from tests.sandbox.bench import Bench

REFUND_FAILS = "4000000000005126"
REFUND_TAKES_TIME = "4000000000007726"


def intent_of(bench: Bench, card: str = "4242424242424242") -> str:
    return str(bench.paid(card).payment_intent)


def test_refunds_add_up_to_what_was_captured_and_no_further(bench: Bench) -> None:
    intent = intent_of(bench)

    bench.stripe.refunds.create({"payment_intent": intent, "amount": 200_000})
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        bench.stripe.refunds.create({"payment_intent": intent, "amount": 300_001})
    rest = bench.stripe.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as none_left:
        bench.stripe.refunds.create({"payment_intent": intent})

    assert too_much.value.param == "amount"
    assert rest.amount == 300_000
    assert none_left.value.code == "charge_already_refunded"
    charge = bench.stripe.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (500_000, True)


def test_two_full_refunds_at_once_give_the_money_back_once(bench: Bench) -> None:
    intent = intent_of(bench)
    given: list[stripe.Refund] = []
    refused: list[Exception] = []

    def refund() -> None:
        try:
            given.append(bench.stripe.refunds.create({"payment_intent": intent}))
        except stripe.InvalidRequestError as fault:
            refused.append(fault)

    twins = [threading.Thread(target=refund) for _ in range(8)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()

    assert (len(given), len(refused)) == (1, 7)


def test_part_of_a_part_capture_is_refunded_up_to_the_capture(bench: Bench) -> None:
    session = bench.paid(payment_intent_data={"capture_method": "manual"})
    bench.stripe.payment_intents.capture(str(session.payment_intent), {"amount_to_capture": 100_000})

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.refunds.create({"payment_intent": str(session.payment_intent), "amount": 100_001})
    assert bench.stripe.refunds.create({"payment_intent": str(session.payment_intent)}).amount == 100_000


def test_a_hold_is_not_refunded(bench: Bench) -> None:
    session = bench.paid(payment_intent_data={"capture_method": "manual"})

    with pytest.raises(stripe.InvalidRequestError, match="captured"):
        bench.stripe.refunds.create({"payment_intent": str(session.payment_intent)})


def test_an_unpaid_intent_has_nothing_to_refund(bench: Bench) -> None:
    declined = bench.pay(bench.session().id, "4000000000000002")

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.refunds.create({"payment_intent": declined["payment_intent"]})


def test_a_slow_refund_is_pending_first(bench: Bench) -> None:
    refund = bench.stripe.refunds.create({"payment_intent": intent_of(bench, REFUND_TAKES_TIME)})
    assert refund.status == "pending"

    bench.clock(10)

    assert bench.stripe.refunds.retrieve(refund.id).status == "succeeded"
    bench.letterbox.wait_for("refund.updated")


def test_a_failed_refund_gives_the_amount_back_to_the_charge(bench: Bench) -> None:
    intent = intent_of(bench, REFUND_FAILS)
    refund = bench.stripe.refunds.create({"payment_intent": intent})
    assert refund.status == "succeeded"

    bench.clock(10)

    failed = bench.stripe.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = bench.stripe.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    bench.letterbox.wait_for("refund.failed")


def test_refunds_are_listed_by_intent_and_by_charge(bench: Bench) -> None:
    intent = intent_of(bench)
    refund = bench.stripe.refunds.create({"payment_intent": intent, "amount": 5})
    bench.stripe.refunds.create({"payment_intent": intent_of(bench), "amount": 5})

    assert [item.id for item in bench.stripe.refunds.list({"payment_intent": intent}).data] == [refund.id]
    assert [item.id for item in bench.stripe.refunds.list({"charge": str(refund.charge)}).data] == [refund.id]
