"""A bad day at the provider, on demand."""

import pytest
import stripe

from tests.sandbox.bench import KEY, Bench

CHARGE = {"amount": 100, "currency": "cny", "confirm": True, "payment_method": "pm_card_visa"}
PATH = "/v1/payment_intents"


def charge(bench: Bench, key: str, timeout_s: float = 20, retries: int = 0) -> stripe.PaymentIntent:
    client = stripe.StripeClient(
        KEY,
        base_addresses={"api": bench.url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout_s),
    )
    return client.v1.payment_intents.create(CHARGE, {"idempotency_key": key})  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["error_500_after", "cut_after", "timeout_after"])
def test_an_answer_lost_after_success_is_found_again_by_its_key(bench: Bench, fault: str) -> None:
    bench.faults(next=[{"do": fault, "path": PATH, "seconds": 2 if fault == "timeout_after" else 0}])

    with pytest.raises((stripe.APIError, stripe.APIConnectionError)):
        charge(bench, "attempt-1", timeout_s=1)
    found = charge(bench, "attempt-1")

    assert found.status == "succeeded"
    assert len(bench.stripe.charges.list().data) == 1


def test_a_failure_before_anything_happened_leaves_nothing(bench: Bench) -> None:
    bench.faults(next=[{"do": "error_500_before", "path": PATH}])

    with pytest.raises(stripe.APIError):
        charge(bench, "attempt-1")

    assert bench.stripe.charges.list().data == []
    assert charge(bench, "attempt-1").status == "succeeded"


def test_a_conflict_is_answered_with_409(bench: Bench) -> None:
    bench.faults(next=[{"do": "conflict_409", "path": PATH}])

    with pytest.raises(stripe.StripeError) as refused:
        charge(bench, "attempt-1")

    assert refused.value.http_status == 409
    assert charge(bench, "attempt-1").status == "succeeded"


def test_the_sdk_gets_over_two_bad_answers_by_itself(bench: Bench) -> None:
    bench.faults(next=[{"do": "error_500_after", "path": PATH, "times": 2}])

    assert charge(bench, "attempt-1", retries=2).status == "succeeded"
    assert len(bench.stripe.charges.list().data) == 1


def test_a_wrong_currency_can_be_put_into_an_answer(bench: Bench) -> None:
    bench.faults(
        next=[{"do": "alter_after", "path": f"{PATH}/*", "method": "GET", "change": {"currency": "usd"}}]
    )
    intent = charge(bench, "attempt-1")

    assert bench.stripe.payment_intents.retrieve(intent.id).currency == "usd"
    assert bench.stripe.payment_intents.retrieve(intent.id).currency == "cny"


def test_a_fault_meets_only_the_calls_it_is_for(bench: Bench) -> None:
    bench.faults(next=[{"do": "error_500_before", "path": PATH, "method": "POST"}])

    bench.stripe.payment_intents.list()
    bench.stripe.customers.create({"name": "Ada"})

    assert len(bench.state()["faults"]["next"]) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"webhooks": "sometimes"},
        {"next": [{"do": "explode"}]},
        {"next": [{"do": "slow", "seconds": 9_999}]},
        {"next": [{"do": "slow", "why": "?"}]},
        {"colour": "red"},
    ],
)
def test_a_switch_that_does_not_exist_is_refused(bench: Bench, wish: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        bench.faults(**wish)
