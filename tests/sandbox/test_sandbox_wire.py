"""The wire itself: keys, idempotency, errors, pages of results, what survives a restart."""

import base64
import json
import threading
import time
from typing import Any

import pytest
import stripe

from sandbox import currency
from sandbox.form import parse
from sandbox.refusal import Refusal
from tests.sandbox.bench import KEY, Bench, line


def test_a_call_without_the_right_key_is_refused(bench: Bench) -> None:
    stranger = stripe.StripeClient("sk_test_cleo", base_addresses={"api": bench.url}, max_network_retries=0)

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.customers.list()
    assert bench.get("/v1/customers").status == 401


def test_the_key_may_come_as_a_user_name(bench: Bench) -> None:
    basic = base64.b64encode(f"{KEY}:".encode()).decode()

    assert bench.get("/v1/customers", Authorization=f"Basic {basic}").status == 200


def test_the_answer_names_its_request_and_version(bench: Bench) -> None:
    answer = bench.get("/v1/customers", Authorization=f"Bearer {KEY}", Stripe_Version="2026-05-27.dahlia")

    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == "2026-05-27.dahlia"


def test_the_same_key_and_body_give_the_saved_answer(bench: Bench) -> None:
    wanted: Any = {"email": "ada@example.com"}

    first = bench.stripe.customers.create(wanted, {"idempotency_key": "order-1"})
    second = bench.stripe.customers.create(wanted, {"idempotency_key": "order-1"})

    assert first.id == second.id
    assert second.last_response is not None
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(bench.stripe.customers.list().data) == 1


def test_a_decline_is_replayed_with_its_status_and_charges_nobody_again(bench: Bench) -> None:
    wanted: Any = {
        "amount": 100,
        "currency": "cny",
        "confirm": True,
        "payment_method": "pm_card_visa_chargeDeclined",
    }

    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            bench.stripe.payment_intents.create(wanted, {"idempotency_key": "attempt-1"})
        assert refused.value.http_status == 402

    assert len(bench.stripe.charges.list().data) == 1


def test_the_same_key_with_another_body_is_refused(bench: Bench) -> None:
    bench.stripe.customers.create({"email": "ada@example.com"}, {"idempotency_key": "order-1"})

    with pytest.raises(stripe.IdempotencyError):
        bench.stripe.customers.create({"email": "ben@example.com"}, {"idempotency_key": "order-1"})
    with pytest.raises(stripe.IdempotencyError):
        bench.stripe.payment_intents.create({"amount": 1, "currency": "cny"}, {"idempotency_key": "order-1"})


def test_a_twin_in_flight_is_told_to_wait(bench: Bench) -> None:
    bench.faults(next=[{"do": "slow", "seconds": 1.5, "path": "/v1/customers"}])
    first: list[stripe.Customer] = []
    wanted: Any = {"email": "ada@example.com"}
    options: Any = {"idempotency_key": "order-1"}
    slow = threading.Thread(target=lambda: first.append(bench.stripe.customers.create(wanted, options)))
    slow.start()
    while bench.state()["faults"]["next"]:
        time.sleep(0.02)

    twin = bench.post("/v1/customers", wanted, Authorization=f"Bearer {KEY}", Idempotency_Key="order-1")
    slow.join()

    assert twin.status == 409
    assert json.loads(twin.text)["error"]["code"] == "idempotency_key_in_use"
    assert bench.stripe.customers.create(wanted, options).id == first[0].id


def test_a_request_that_never_ran_leaves_its_key_free(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bench.stripe.customers.create({"email": "not an address"}, {"idempotency_key": "order-1"})

    assert bench.stripe.customers.create({"email": "ada@example.com"}, {"idempotency_key": "order-1"}).id


def test_a_key_is_forgotten_after_a_day(bench: Bench) -> None:
    first = bench.stripe.customers.create({"email": "ada@example.com"}, {"idempotency_key": "order-1"})

    bench.clock(25 * 3_600)

    assert (
        bench.stripe.customers.create({"email": "ben@example.com"}, {"idempotency_key": "order-1"}).id
        != first.id
    )


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"amount": 100, "currency": "cny", "colour": "red"}, "parameter_unknown", "colour"),
        ({"currency": "cny"}, "parameter_missing", "amount"),
        ({"amount": "1.5", "currency": "cny"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "cny"}, "amount_too_small", "amount"),
        ({"amount": -5, "currency": "cny"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "cny"}, "amount_too_large", "amount"),
        ({"amount": 100, "currency": "xyz"}, "parameter_invalid", "currency"),
        ({"amount": 100, "currency": "cny", "customer": "cus_nobody"}, "resource_missing", "customer"),
        (
            {"amount": 100, "currency": "cny", "payment_method": "pm_none"},
            "resource_missing",
            "payment_method",
        ),
        ({"amount": 1_005, "currency": "kwd"}, "parameter_invalid", "amount"),
    ],
)
def test_a_wrong_parameter_is_named(bench: Bench, given: Any, code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.payment_intents.create(given)

    assert (refused.value.code, refused.value.param) == (code, param)
    assert bench.stripe.payment_intents.list().data == []


def test_a_nested_unknown_parameter_is_named_in_full(bench: Bench) -> None:
    wrong: Any = line("Deposit", 100)
    wrong["price_data"]["product_data"]["colour"] = "red"

    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.session(line_items=[wrong])

    assert refused.value.param == "line_items[0][price_data][product_data][colour]"


def test_an_unknown_address_is_refused_in_stripes_shape(bench: Bench) -> None:
    bench.judge.silent = True

    answer = bench.get("/v1/gifts", Authorization=f"Bearer {KEY}")

    assert answer.status == 404
    assert json.loads(answer.text)["error"]["type"] == "invalid_request_error"


def test_an_object_that_is_not_there_is_a_404(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.stripe.payment_intents.retrieve("pi_none")

    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_lists_come_newest_first_in_pages(bench: Bench) -> None:
    keys = [bench.stripe.customers.create({"name": str(n)}).id for n in range(5)]

    first = bench.stripe.customers.list({"limit": 2})
    second = bench.stripe.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = bench.stripe.customers.list({"limit": 2, "ending_before": second.data[0].id})

    assert [item.id for item in first.data + second.data] == keys[:0:-1]
    assert (first.has_more, second.has_more) == (True, True)
    assert [item.id for item in back.data] == [item.id for item in first.data]
    assert [item.id for item in first.auto_paging_iter()] == keys[::-1]


def test_what_cannot_be_expanded_is_refused(bench: Bench) -> None:
    session = bench.session()

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        bench.stripe.checkout.sessions.retrieve(session.id, {"expand": ["colour"]})


def test_metadata_is_merged_and_taken_away(bench: Bench) -> None:
    customer = bench.stripe.customers.create({"metadata": {"a": "1", "b": "2"}})

    changed = bench.stripe.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    cleared = bench.stripe.customers.update(customer.id, {"metadata": ""})

    assert changed["metadata"].to_dict() == {"b": "2", "c": "3"}
    assert cleared["metadata"].to_dict() == {}


def test_everything_is_still_there_after_a_restart(bench: Bench) -> None:
    session = bench.paid()
    bench.clock(3_600)
    bench.stripe.customers.create({"name": "Ada"}, {"idempotency_key": "order-1"})

    bench.restart()

    assert bench.stripe.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert bench.state()["offset_s"] == 3_600
    bench.stripe.customers.create({"name": "Ada"}, {"idempotency_key": "order-1"})
    assert len(bench.stripe.customers.list().data) == 1


def test_open_pages_move_along_to_another_port(bench: Bench) -> None:
    session = bench.session()
    to_bank = bench.pay(bench.session().id, "4000002760003184")
    old = bench.url

    bench.restart()

    assert bench.url != old
    assert bench.get(str(bench.stripe.checkout.sessions.retrieve(session.id).url)).status == 200
    intent: Any = bench.stripe.payment_intents.retrieve(to_bank["payment_intent"])
    assert intent.next_action.redirect_to_url.url == to_bank["url"].replace(old, bench.url)


def test_sixteen_writers_at_once_never_meet_a_locked_file(bench: Bench) -> None:
    faults: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(10):
                bench.stripe.customers.create({"name": "Ada"})
        except Exception as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write) for _ in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert faults == []
    assert bench.state()["objects"]["customer"] == 160


def test_zero_decimal_currencies_have_no_hundredths() -> None:
    assert currency.printed(5_000, "jpy") == "¥5,000"
    assert currency.printed(500_000, "cny") == "¥5,000.00"
    assert currency.printed(500_000, "cny", whole=True) == "¥5,000"
    assert currency.printed(1_230, "kwd") == "KWD 1.230"


def test_forms_are_read_the_way_stripe_writes_them() -> None:
    assert parse("a[b][0][c]=1&a[b][1][c]=2&d[]=x&d[]=y&e=%20") == {
        "a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}},
        "d": {"0": "x", "1": "y"},
        "e": " ",
    }


@pytest.mark.parametrize(
    "form", ["a=1&a[b]=2", "a[b]=2&a=1", "[a]=1", "a[[b]]=1", "a[b][c][d][e][f][g][h][i]=1", "a"]
)
def test_a_muddled_form_is_refused(form: str) -> None:
    with pytest.raises(Refusal):
        parse(form)


def test_another_host_name_gets_nothing(bench: Bench) -> None:
    assert bench.get("/", Host="evil.example").status == 400
    assert bench.get("/healthz").status == 200
