"""Webhooks as a shop receives them."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests import stripe_contract
from tests.sandbox.bench import SECRET, Bench

verify: Any = stripe.Webhook.construct_event


def test_a_payment_is_told_in_signed_letters(bench: Bench) -> None:
    session = bench.paid(payment_intent_data={"setup_future_usage": "off_session"})

    bench.letterbox.wait_for(
        "payment_intent.created",
        "customer.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    )

    completed = next(
        event for event in bench.letterbox.events() if event.type == "checkout.session.completed"
    )
    assert completed.data.object["id"] == session.id
    for body, _ in bench.letterbox.letters:
        stripe_contract.check_event(json.loads(body))


def test_every_turn_of_a_payment_has_its_event(bench: Bench) -> None:
    bench.pay(bench.session().id, "4000000000000002")
    bench.pay(bench.session().id, "4000002760003184")
    held = bench.paid(payment_intent_data={"capture_method": "manual"})
    bench.stripe.payment_intents.cancel(str(held.payment_intent))
    refunded = bench.paid()
    refund = bench.stripe.refunds.create({"payment_intent": str(refunded.payment_intent)})
    bench.stripe.refunds.update(refund.id, {"metadata": {"case": "9"}})
    bench.stripe.checkout.sessions.expire(bench.session().id)

    bench.letterbox.wait_for(
        "charge.failed",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "checkout.session.expired",
    )


def test_a_tampered_letter_is_refused(bench: Bench) -> None:
    bench.paid()
    bench.letterbox.wait_for("checkout.session.completed")
    body, signature = bench.letterbox.letters[0]
    stale = signature.replace("t=", "t=1", 1)

    for forged in (
        body + b" ",
        body.replace(b"evt_", b"evt-"),
        json.dumps(json.loads(body), indent=1).encode(),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            verify(forged, signature, SECRET)
    for header in (stale, "", signature.replace("v1=", "v0="), signature[:-2]):
        with pytest.raises(stripe.SignatureVerificationError):
            verify(body, header, SECRET)
    with pytest.raises(stripe.SignatureVerificationError):
        verify(body, signature, "whsec_of_somebody_else")
    assert verify(body, signature, SECRET)["id"].startswith("evt_")


def test_a_letter_that_was_refused_comes_again(bench: Bench) -> None:
    bench.letterbox.answers = [500]
    bench.stripe.customers.create({"name": "Ada"})
    bench.letterbox.wait_for("customer.created")
    wait_until(bench, lambda state: state["recent_deliveries"][0]["state"] == "waiting")
    assert bench.state()["recent_deliveries"][0]["answered"] == 500

    bench.clock(61)

    wait_until(bench, lambda state: state["recent_deliveries"][0]["state"] == "delivered")
    assert bench.state()["recent_deliveries"][0]["attempts"] == 2
    first, second = bench.letterbox.events()
    assert first.id == second.id


def test_after_the_last_attempt_a_letter_waits_for_a_person(bench: Bench) -> None:
    bench.letterbox.answers = [500, 404, 503]
    bench.stripe.customers.create({"name": "Ada"})
    for attempt, offset in ((1, 61), (2, 900)):
        wait_until(bench, lambda state, done=attempt: state["recent_deliveries"][0]["attempts"] == done)
        bench.clock(offset)
    wait_until(bench, lambda state: state["recent_deliveries"][0]["state"] == "failed")

    bench.control("resend", event=bench.state()["recent_deliveries"][0]["event"])

    wait_until(bench, lambda state: state["recent_deliveries"][0]["state"] == "delivered")


def test_letters_survive_a_restart(bench: Bench) -> None:
    bench.faults(webhooks="hold")
    bench.stripe.customers.create({"name": "Ada"})
    bench.restart()
    assert bench.letterbox.letters == []

    bench.faults(webhooks="on")

    bench.letterbox.wait_for("customer.created")


def test_a_shop_that_is_down_gets_its_letters_when_it_is_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.letterbox.close()
    bench.stripe.customers.create({"name": "Ada"})

    wait_until(bench, lambda state: state["recent_deliveries"][0]["attempts"] == 1)

    delivery = bench.state()["recent_deliveries"][0]
    assert (delivery["state"], delivery["answered"]) == ("waiting", None)
    assert delivery["problem"]
    bench.stop()


def test_lost_letters_stay_lost_but_the_events_can_be_read(bench: Bench) -> None:
    bench.faults(webhooks="off")
    session = bench.paid()
    bench.faults(webhooks="on")
    time.sleep(0.7)

    assert bench.letterbox.letters == []
    found = bench.stripe.events.list({"types": ["checkout.session.completed"]}).data
    assert [event.data.object["id"] for event in found] == [session.id]


def test_letters_come_twice_when_told_to(bench: Bench) -> None:
    bench.faults(webhooks="duplicate", copies=5)
    bench.stripe.customers.create({"name": "Ada"})

    wait_until(bench, lambda state: state["deliveries"].get("delivered") == 5)

    assert len(bench.letterbox.letters) == 5
    assert len({event.id for event in bench.letterbox.events()}) == 1


def test_letters_come_in_the_wrong_order_when_told_to(bench: Bench) -> None:
    bench.faults(webhooks="reorder")
    bench.paid()

    types = bench.letterbox.wait_for("payment_intent.created", "checkout.session.completed")

    assert types[0] == "checkout.session.completed"
    assert types[-1] == "payment_intent.created"


def test_another_endpoint_gets_only_what_it_asked_for(bench: Bench) -> None:
    endpoint = bench.stripe.webhook_endpoints.create(
        {"url": f"{bench.letterbox.url}/2", "enabled_events": ["refund.created"]}
    )
    session = bench.paid()
    bench.letterbox.wait_for("checkout.session.completed")
    bench.letterbox.letters.clear()

    bench.stripe.refunds.create({"payment_intent": str(session.payment_intent)})

    wait_until(bench, lambda state: not {"waiting", "sending"} & set(state["deliveries"]))
    with_other_secret = [
        letter for letter in bench.letterbox.letters if accepted(letter, str(endpoint.secret))
    ]
    assert len(with_other_secret) == 1
    assert json.loads(with_other_secret[0][0])["type"] == "refund.created"


def test_letters_go_nowhere_but_this_machine(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.webhook_endpoints.create({"url": "https://elsewhere.example/", "enabled_events": ["*"]})


def test_events_are_filtered_by_kind_and_time(bench: Bench) -> None:
    bench.paid()
    now = bench.state()["now"]

    assert {event.type for event in bench.stripe.events.list({"type": "charge.*"}).data} == {
        "charge.succeeded"
    }
    assert bench.stripe.events.list({"created": {"gte": now + 60}}).data == []
    assert len(bench.stripe.events.list({"created": {"gte": now - 60}, "limit": 100}).data) == 4


def accepted(letter: tuple[bytes, str], secret: str) -> bool:
    try:
        verify(letter[0], letter[1], secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def wait_until(bench: Bench, holds: Any, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds(bench.state()):
        assert time.monotonic() < until, bench.state()
        time.sleep(0.05)
