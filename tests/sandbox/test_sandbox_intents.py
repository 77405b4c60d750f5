"""Payment intents through the SDK: later charges, holds, refusals and the bank's question."""

from typing import Any

import pytest
import stripe

from tests.sandbox.bench import Bench, Json

ALWAYS_ASKS = "4000002760003184"
ASKS_UNLESS_SET_UP = "4000002500003155"
FAILS_LATER = "4000000000000341"


def later(bench: Bench, customer: str, method: str, amount: int = 8_900) -> stripe.PaymentIntent:
    return bench.stripe.payment_intents.create(
        {
            "amount": amount,
            "currency": "cny",
            "customer": customer,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
        }
    )


def test_a_kept_card_pays_again_without_the_buyer(bench: Bench) -> None:
    customer, method = bench.saved_card()

    intent = later(bench, customer, method)

    assert (intent.status, intent.amount_received) == ("succeeded", 8_900)


def test_a_card_that_was_set_up_is_not_asked_again(bench: Bench) -> None:
    customer, method = bench.saved_card(ASKS_UNLESS_SET_UP)

    assert later(bench, customer, method).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "code", "decline"),
    [
        (ALWAYS_ASKS, "authentication_required", "authentication_required"),
        (FAILS_LATER, "card_declined", "generic_decline"),
    ],
)
def test_a_kept_card_may_say_no_later(bench: Bench, card: str, code: str, decline: str) -> None:
    customer, method = bench.saved_card(card)

    with pytest.raises(stripe.CardError) as refused:
        later(bench, customer, method)

    error: Any = refused.value.error
    assert (error.code, error.decline_code) == (code, decline)
    assert error.payment_intent.status == "requires_payment_method"
    assert bench.stripe.charges.retrieve(error.charge).paid is False


@pytest.mark.parametrize(
    ("token", "code", "decline"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_a_refusal_has_its_own_code_and_stays_on_record(
    bench: Bench, token: str, code: str, decline: str
) -> None:
    intent = bench.stripe.payment_intents.create({"amount": 100, "currency": "cny"})

    with pytest.raises(stripe.CardError) as refused:
        bench.stripe.payment_intents.confirm(intent.id, {"payment_method": token})

    assert refused.value.code == code
    kept: Any = bench.stripe.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert kept.last_payment_error.decline_code == decline
    assert (kept.latest_charge.failure_code, kept.latest_charge.outcome.reason) == (code, decline)
    assert kept.payment_method is None


def test_a_hold_is_captured_in_part_and_the_rest_released(bench: Bench) -> None:
    held = bench.stripe.payment_intents.create(
        {
            "amount": 1_000,
            "currency": "cny",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
        }
    )
    assert (held.status, held.amount_capturable) == ("requires_capture", 1_000)

    taken: Any = bench.stripe.payment_intents.capture(
        held.id, {"amount_to_capture": 700, "expand": ["latest_charge"]}
    )

    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 700, 0)
    assert (taken.latest_charge.amount_captured, taken.latest_charge.amount_refunded) == (700, 300)
    with pytest.raises(stripe.InvalidRequestError, match="succeeded"):
        bench.stripe.payment_intents.capture(held.id)


@pytest.mark.parametrize("amount", [0, 1_001])
def test_no_more_than_the_hold_is_captured(bench: Bench, amount: int) -> None:
    held = bench.stripe.payment_intents.create(
        {
            "amount": 1_000,
            "currency": "cny",
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
        }
    )

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.payment_intents.capture(held.id, {"amount_to_capture": amount})

    assert bench.stripe.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_hold_lapses_after_seven_days(bench: Bench) -> None:
    session = bench.paid(payment_intent_data={"capture_method": "manual"})

    bench.clock(7 * 86_400 + 5)

    intent = bench.stripe.payment_intents.retrieve(str(session.payment_intent))
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")


def test_a_cancelled_intent_cannot_be_paid(bench: Bench) -> None:
    intent = bench.stripe.payment_intents.create({"amount": 100, "currency": "cny"})
    bench.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert refused.value.code == "payment_intent_unexpected_state"


def test_the_intent_of_an_open_page_is_not_cancelled_behind_it(bench: Bench) -> None:
    declined = bench.pay(bench.session().id, "4000000000000002")

    with pytest.raises(stripe.InvalidRequestError, match="expire the session"):
        bench.stripe.payment_intents.cancel(declined["payment_intent"])


def test_a_card_kept_by_one_customer_is_no_use_to_another(bench: Bench) -> None:
    _, method = bench.saved_card()
    stranger = bench.stripe.customers.create({"name": "Cleo"})

    with pytest.raises(stripe.InvalidRequestError):
        later(bench, stranger.id, method)


def test_a_card_that_nobody_kept_pays_only_once(bench: Bench) -> None:
    first: Any = bench.stripe.payment_intents.create(
        {"amount": 100, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
    )

    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.payment_intents.create(
            {"amount": 100, "currency": "cny", "confirm": True, "payment_method": first.payment_method}
        )


@pytest.mark.parametrize(
    ("choice", "status", "landed"),
    [("complete", "succeeded", "succeeded"), ("fail", "requires_payment_method", "failed")],
)
def test_the_banks_question_sends_the_buyer_back_with_the_outcome(
    bench: Bench, choice: str, status: str, landed: str
) -> None:
    intent: Any = bench.stripe.payment_intents.create(
        {
            "amount": 100,
            "currency": "cny",
            "confirm": True,
            "payment_method": "pm_card_authenticationRequired",
            "return_url": "https://shop.example/back?order=7",
        }
    )
    assert intent.status == "requires_action"
    page = bench.get(intent.next_action.redirect_to_url.url)

    answer = bench.post(page.form.action, page.form.fields | {"choice": choice})

    assert answer.status == 303
    assert answer.headers["Location"].startswith(
        f"https://shop.example/back?order=7&payment_intent={intent.id}"
    )
    assert answer.headers["Location"].endswith(f"redirect_status={landed}")
    assert bench.stripe.payment_intents.retrieve(intent.id).status == status


def test_the_merchant_may_ask_for_authentication_of_any_card(bench: Bench) -> None:
    wanted: Json = {"card": {"request_three_d_secure": "challenge"}}

    outcome = bench.pay(bench.session(payment_method_options=wanted).id, authenticate="complete")

    charge: Any = bench.stripe.charges.list({"payment_intent": outcome["payment_intent"]}).data[0]
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_a_detached_card_is_gone_for_good(bench: Bench) -> None:
    customer, method = bench.saved_card()

    bench.stripe.payment_methods.detach(method)

    assert bench.stripe.payment_methods.list({"customer": customer}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.payment_methods.attach(method, {"customer": customer})


def test_a_deleted_customer_leaves_no_card_behind(bench: Bench) -> None:
    customer, method = bench.saved_card()

    bench.stripe.customers.delete(customer)

    assert bench.stripe.payment_methods.retrieve(method).customer is None
    assert getattr(bench.stripe.customers.retrieve(customer), "deleted", False) is True
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.customers.update(customer, {"name": "Ada"})
