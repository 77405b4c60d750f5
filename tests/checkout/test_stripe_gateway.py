"""The adapter against the sandbox's real wire form, over HTTP."""

import dataclasses
import hashlib
import hmac
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.money import Money
from checkout.payments import (
    Cancelled,
    Captured,
    Declined,
    Expired,
    NeedsAction,
    PaymentOrder,
    Processing,
    Refunded,
    RefundOrder,
    Unknown,
    WebhookNotTrusted,
)
from checkout.stripe_gateway import StripeGateway
from tests.checkout import till as tills
from tests.checkout.till import Till

DEPOSIT = Money.of("CNY", 5000)


def a_payment(amount: Money = DEPOSIT, **changed: Any) -> PaymentOrder:
    key = secrets.token_hex(8)
    order = PaymentOrder(
        public_id=f"pay-{key}",
        idempotency_key=f"key-{key}",
        amount=amount,
        description="Deposit",
        language="en",
        email="ada@example.com",
        return_url=f"http://127.0.0.1:8000/en/checkout/return?payment=pay-{key}",
        cancel_url=f"http://127.0.0.1:8000/en/checkout/cancelled?payment=pay-{key}",
        page_expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=31),
        session=None,
        reference=None,
    )
    return dataclasses.replace(order, **changed)


def begun(gateway: StripeGateway, payment: PaymentOrder) -> PaymentOrder:
    outcome = gateway.begin(payment)
    assert isinstance(outcome, NeedsAction)
    return dataclasses.replace(payment, session=outcome.session)


def captured(
    gateway: StripeGateway, till: Till, card: str = tills.GOOD_CARD
) -> tuple[PaymentOrder, Captured]:
    payment = begun(gateway, a_payment())
    till.pay(str(payment.session), card)
    outcome = gateway.look_up(payment)
    assert isinstance(outcome, Captured)
    return payment, outcome


def test_a_payment_opens_a_hosted_page(gateway: StripeGateway, till: Till) -> None:
    outcome = gateway.begin(a_payment())

    assert isinstance(outcome, NeedsAction)
    assert outcome.url.startswith(till.url)
    assert outcome.url.startswith(gateway.page_origin())


def test_beginning_twice_with_the_same_key_is_one_session(gateway: StripeGateway, till: Till) -> None:
    payment = a_payment()

    first, second = gateway.begin(payment), gateway.begin(payment)

    assert first == second


def test_the_same_key_with_another_amount_is_never_a_second_charge(
    gateway: StripeGateway, till: Till
) -> None:
    payment = a_payment()
    gateway.begin(payment)

    outcome = gateway.begin(dataclasses.replace(payment, amount=Money.of("CNY", 9)))

    assert isinstance(outcome, Unknown)


def test_a_paid_session_is_captured_with_its_amount(gateway: StripeGateway, till: Till) -> None:
    _, outcome = captured(gateway, till)

    assert outcome.amount == DEPOSIT
    assert outcome.refunded == Money.zero("CNY")
    assert outcome.reference.startswith("pi_")


def test_a_payment_whose_answer_was_lost_is_found_again_by_its_key(
    gateway: StripeGateway, till: Till
) -> None:
    payment = a_payment()
    paid = begun(gateway, payment)
    till.pay(str(paid.session))

    outcome = gateway.look_up(payment)

    assert isinstance(outcome, Captured)


def test_a_declined_card_leaves_the_page_open_for_another(gateway: StripeGateway, till: Till) -> None:
    payment = begun(gateway, a_payment())
    till.pay(str(payment.session), tills.DECLINED_CARD)

    outcome = gateway.look_up(payment)

    assert isinstance(outcome, Declined)
    assert outcome.retryable
    assert outcome.code == "generic_decline"
    assert outcome.url.startswith(till.url)


def test_a_check_by_the_bank_that_is_not_finished_says_so(gateway: StripeGateway, till: Till) -> None:
    payment = begun(gateway, a_payment())
    till.pay(str(payment.session), tills.CHECKED_CARD)

    outcome = gateway.look_up(payment)

    assert isinstance(outcome, NeedsAction)
    assert outcome.authenticating


def test_a_check_by_the_bank_that_is_passed_is_captured(gateway: StripeGateway, till: Till) -> None:
    payment = begun(gateway, a_payment())
    till.pay(str(payment.session), tills.CHECKED_CARD, authenticate="complete")

    assert isinstance(gateway.look_up(payment), Captured)


def test_a_cancelled_page_takes_no_money(gateway: StripeGateway, till: Till) -> None:
    payment = begun(gateway, a_payment())

    assert isinstance(gateway.cancel(payment), Cancelled)
    assert isinstance(gateway.look_up(payment), Expired)


def test_cancelling_what_was_paid_answers_captured(gateway: StripeGateway, till: Till) -> None:
    payment, _ = captured(gateway, till)

    assert isinstance(gateway.cancel(payment), Captured)


@pytest.mark.parametrize("fault", ["error_500_after", "cut_after", "timeout_after", "error_500_before"])
def test_a_fault_of_the_provider_is_unknown_or_found_but_never_a_decline(
    gateway: StripeGateway, till: Till, fault: str
) -> None:
    payment = a_payment()
    sessions_before = len(till.sessions())
    till.faults({"do": fault, "path": "/v1/checkout/sessions", "method": "POST", "seconds": 0.2, "times": 2})

    first = gateway.begin(payment)
    till.faults()
    again = gateway.look_up(payment)

    assert isinstance(first, Unknown | NeedsAction)
    assert not isinstance(again, Declined | Captured)
    assert len(till.sessions()) <= sessions_before + 1


def test_an_unreachable_provider_is_unknown() -> None:
    gateway = StripeGateway(tills.API_KEY, tills.WEBHOOK_SECRET, "http://127.0.0.1:9")

    assert isinstance(gateway.begin(a_payment()), Unknown)


def test_a_refund_goes_back_once_however_often_it_is_asked(gateway: StripeGateway, till: Till) -> None:
    _, paid = captured(gateway, till)
    refund = RefundOrder("ref-1", f"refund-{secrets.token_hex(8)}", DEPOSIT, paid.reference, None)

    first, second = gateway.refund(refund), gateway.refund(refund)

    assert isinstance(first, Refunded)
    assert first == second
    assert [r["amount"] for r in till.refunds() if r["payment_intent"] == paid.reference] == [500_000]


def test_a_refund_that_the_bank_works_on_is_processing(gateway: StripeGateway, till: Till) -> None:
    _, paid = captured(gateway, till, tills.SLOW_REFUND_CARD)

    outcome = gateway.refund(
        RefundOrder("ref-2", f"refund-{secrets.token_hex(8)}", DEPOSIT, paid.reference, None)
    )

    assert isinstance(outcome, Processing)
    assert outcome.session.startswith("re_")


def test_more_than_was_paid_is_not_refunded(gateway: StripeGateway, till: Till) -> None:
    _, paid = captured(gateway, till)

    outcome = gateway.refund(
        RefundOrder("ref-3", f"refund-{secrets.token_hex(8)}", DEPOSIT * 2, paid.reference, None)
    )

    assert isinstance(outcome, Declined)


def test_a_signed_webhook_points_at_its_payment(gateway: StripeGateway, till: Till) -> None:
    payment, paid = captured(gateway, till)
    body = json.dumps(till.event("checkout.session.completed")).encode()

    fact = gateway.verify_webhook(body, {"Stripe-Signature": signature(body)})

    assert fact.type == "checkout.session.completed"
    assert fact.payment == payment.public_id
    assert fact.session == payment.session
    assert fact.reference == paid.reference


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": "t=1,v1=00"}, {"Stripe-Signature": "nonsense"}])
def test_a_webhook_that_is_not_signed_is_refused(
    gateway: StripeGateway, till: Till, headers: dict[str, str]
) -> None:
    with pytest.raises(WebhookNotTrusted):
        gateway.verify_webhook(b'{"id": "evt_1", "object": "event", "type": "x"}', headers)


def test_a_webhook_signed_long_ago_or_with_another_secret_is_refused(
    gateway: StripeGateway, till: Till
) -> None:
    body = b'{"id": "evt_1", "object": "event", "type": "x", "data": {"object": {}}}'

    for told in (
        signature(body, at=int(time.time()) - 600),
        signature(body, at=int(time.time()) + 600),
        signature(body, secret="whsec_other"),
    ):
        with pytest.raises(WebhookNotTrusted):
            gateway.verify_webhook(body, {"Stripe-Signature": told})


@pytest.mark.parametrize("told", ["t=1,v1=\u00fc", "t=-1,v1=00", "t=" + "9" * 40 + ",v1=00", "v1=00", "t=1"])
def test_a_signature_of_odd_form_is_refused(gateway: StripeGateway, told: str) -> None:
    with pytest.raises(WebhookNotTrusted):
        gateway.verify_webhook(b'{"id": "evt_1"}', {"Stripe-Signature": told})


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[" * 20_000,
        b'{"object": "event", "type": "x", "data": {"object": {}}}',
        b'{"id": 1, "object": "event", "type": "x", "data": {"object": {}}}',
        b'{"id": "evt_\\u0000", "object": "event", "type": "x", "data": {"object": {}}}',
        b'{"id": "evt_\\ud800", "object": "event", "type": "x", "data": {"object": {}}}',
        b'{"id": "evt_1", "object": "event", "type": "x"}',
        b'{"id": "evt_1", "object": "event", "type": "x", "data": {"object": []}}',
        b'{"id": "evt_1", "object": "event", "type": "x", "data": {"object": {"metadata": {"a": "\\u0000"}}}}',
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(gateway: StripeGateway, body: bytes) -> None:
    with pytest.raises(WebhookNotTrusted):
        gateway.verify_webhook(body, {"Stripe-Signature": signature(body)})


def signature(body: bytes, at: int | None = None, secret: str = tills.WEBHOOK_SECRET) -> str:
    at = at or int(time.time())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
