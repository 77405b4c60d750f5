"""Checkout sessions through the SDK."""

import time
from typing import Any

import pytest
import stripe

from tests.sandbox.bench import Bench, line


def test_a_new_session_is_open_and_has_a_page(bench: Bench) -> None:
    session = bench.session(client_reference_id="T-2611-40718", metadata={"order": "7"}, locale="zh")

    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 500_000)
    assert session.url == f"{bench.url}/c/pay/{session.id}"
    assert session.payment_intent is None
    assert bench.get(str(session.url)).status == 200


def test_a_paid_session_leads_to_its_intent_charge_and_lines(bench: Bench) -> None:
    session = bench.session(
        line_items=[line("Deposit", 500_000), line("Charge 100", 8_900, 2)],
        payment_intent_data={"metadata": {"order": "7"}, "description": "T-2611"},
    )

    bench.pay(session.id, email="ada@example.com", name="Ada Lovelace")

    paid: Any = bench.stripe.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.customer_details.email, paid.customer_details.name) == ("ada@example.com", "Ada Lovelace")
    assert paid.payment_intent.amount_received == paid.amount_total == 517_800
    assert paid.payment_intent.metadata.to_dict() == {"order": "7"}
    assert paid.payment_intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert [item.amount_total for item in paid.line_items.data] == [500_000, 17_800]


def test_a_session_is_found_by_its_intent(bench: Bench) -> None:
    paid = bench.paid()
    bench.paid()

    found = bench.stripe.checkout.sessions.list({"payment_intent": str(paid.payment_intent)})

    assert [session.id for session in found.data] == [paid.id]


def test_a_declined_session_stays_open_for_another_card(bench: Bench) -> None:
    session = bench.session()

    declined = bench.pay(session.id, "4000000000009995")
    paid = bench.pay(session.id)

    assert (declined["outcome"], declined["decline"], declined["status"]) == (
        "declined",
        "insufficient_funds",
        "open",
    )
    assert paid["outcome"] == "paid"
    assert declined["payment_intent"] == paid["payment_intent"]
    charges = bench.stripe.charges.list({"payment_intent": paid["payment_intent"]}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


def test_paying_twice_pays_once(bench: Bench) -> None:
    session = bench.session()

    first, second = bench.pay(session.id), bench.pay(session.id)

    assert first["url"] == second["url"]
    assert len(bench.stripe.charges.list().data) == 1


@pytest.mark.parametrize(
    ("wait_s", "fits"), [(29 * 60 - 5, False), (30 * 60, True), (24 * 3600, True), (25 * 3600, False)]
)
def test_a_session_lasts_from_half_an_hour_to_a_day(bench: Bench, wait_s: int, fits: bool) -> None:
    wanted = int(time.time()) + wait_s

    if fits:
        assert bench.session(expires_at=wanted).expires_at == wanted
    else:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            bench.session(expires_at=wanted)
        assert refused.value.param == "expires_at"


def test_a_session_expires_by_itself_and_takes_its_intent_with_it(bench: Bench) -> None:
    session = bench.session(expires_at=int(time.time()) + 1_800)
    declined = bench.pay(session.id, "4000000000000002")

    bench.clock(1_801)

    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "expired"
    assert bench.stripe.payment_intents.retrieve(declined["payment_intent"]).status == "canceled"
    assert bench.pay(session.id)["outcome"] == "closed"
    bench.letterbox.wait_for("checkout.session.expired", "payment_intent.canceled")


def test_the_clock_of_the_wall_expires_a_session_too(bench: Bench) -> None:
    session = bench.session(expires_at=int(time.time()) + 1_800)
    bench.clock(1_798)

    until = time.monotonic() + 30
    while (found := bench.stripe.checkout.sessions.retrieve(session.id)).status == "open":
        assert time.monotonic() < until
        time.sleep(0.2)

    assert found.status == "expired"


def test_only_an_open_session_can_be_expired(bench: Bench) -> None:
    session = bench.session()
    bench.stripe.checkout.sessions.expire(session.id)

    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        bench.stripe.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="complete"):
        bench.stripe.checkout.sessions.expire(bench.paid().id)


def test_a_card_kept_for_later_belongs_to_a_new_customer(bench: Bench) -> None:
    customer, method = bench.saved_card()

    assert bench.stripe.customers.retrieve(customer).email == "ada@example.com"
    assert bench.stripe.payment_methods.retrieve(method).customer == customer


def test_without_a_reason_no_customer_is_made(bench: Bench) -> None:
    assert bench.paid().customer is None
    assert bench.paid(customer_creation="always").customer is not None
    assert len(bench.stripe.customers.list().data) == 1


def test_a_held_payment_counts_as_paid_once_it_is_captured(bench: Bench) -> None:
    session = bench.paid(payment_intent_data={"capture_method": "manual"})
    assert (session.status, session.payment_status) == ("complete", "unpaid")

    bench.stripe.payment_intents.capture(str(session.payment_intent))

    assert bench.stripe.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_session_with_nothing_to_pay_needs_no_card(bench: Bench) -> None:
    session = bench.session(line_items=[line("Trial", 0)])

    outcome = bench.pay(session.id, "")

    assert (outcome["outcome"], outcome["payment_status"], outcome["payment_intent"]) == (
        "paid",
        "no_payment_required",
        None,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"line_items": []},
        {"line_items": [line("A", 5, currency="cny"), line("B", 5, currency="eur")]},
        {"line_items": [line("A", 99_999_999, 2)]},
        {"line_items": [line("A", -5)]},
        {"line_items": [line("A", 5, 0)]},
        {"success_url": "javascript:alert(1)"},
        {"mode": "subscription"},
        {"customer": "cus_none"},
        {"customer_email": "nobody"},
        {"locale": "tlh"},
        {"discounts": [{"coupon": "half"}]},
    ],
)
def test_a_session_that_makes_no_sense_is_refused(bench: Bench, wrong: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bench.session(**wrong)

    assert bench.stripe.checkout.sessions.list().data == []
