"""Every operation, both ways, against the published description."""

from typing import Any

import pytest

from sandbox.form import Form
from sandbox.routes import ROUTES, Route
from sandbox.shape import Clearable, Either, Kind, Metadata, Rows, Table
from tests import stripe_contract
from tests.sandbox.bench import Bench, line
from tests.stripe_contract import ContractBroken


def test_every_operation_speaks_stripes_form(bench: Bench) -> None:
    v1 = bench.stripe

    endpoint = v1.webhook_endpoints.create(
        {"url": bench.letterbox.url, "enabled_events": ["charge.refunded"]}
    )
    v1.webhook_endpoints.retrieve(endpoint.id)
    v1.webhook_endpoints.list({"limit": 3})
    v1.webhook_endpoints.delete(endpoint.id)
    customer = v1.customers.create({"email": "ada@example.com", "name": "Ada", "metadata": {"visitor": "7"}})
    v1.customers.update(
        customer.id, {"phone": "+4915112345678", "address": {"city": "Hangzhou", "country": "CN"}}
    )
    v1.customers.list({"email": "ada@example.com"})
    session = bench.session(
        customer=customer.id,
        line_items=[line("Deposit", 500_000, description="VIN ending 40718"), line("Charge 100", 8_900, 2)],
        payment_intent_data={"setup_future_usage": "off_session", "capture_method": "manual"},
    )
    v1.checkout.sessions.update(session.id, {"metadata": {"order": "T-2611"}})
    v1.checkout.sessions.line_items.list(session.id)
    bench.pay(session.id)
    paid = v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "customer", "line_items"]}
    )
    intent: Any = paid.payment_intent
    v1.payment_intents.capture(intent.id, {"amount_to_capture": 400_000})
    v1.checkout.sessions.list({"payment_intent": intent.id})
    v1.checkout.sessions.expire(bench.session().id)
    method = v1.customers.payment_methods.list(customer.id, {"type": "card"}).data[0]
    v1.customers.payment_methods.retrieve(customer.id, method.id)
    v1.payment_methods.list({"customer": customer.id})
    later = v1.payment_intents.create({"amount": 8_900, "currency": "cny", "customer": customer.id})
    v1.payment_intents.update(later.id, {"description": "Charge 100, December", "metadata": {"month": "12"}})
    v1.payment_intents.confirm(later.id, {"payment_method": method.id, "off_session": True})
    v1.payment_intents.cancel(v1.payment_intents.create({"amount": 5, "currency": "usd"}).id)
    v1.payment_intents.retrieve(later.id, {"expand": ["latest_charge.customer"]})
    v1.payment_intents.list({"customer": customer.id})
    charge = v1.charges.list({"payment_intent": later.id}).data[0]
    v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    refund = v1.refunds.create({"payment_intent": later.id, "amount": 900, "reason": "requested_by_customer"})
    v1.refunds.update(refund.id, {"metadata": {"case": "9"}})
    v1.refunds.retrieve(refund.id, {"expand": ["charge"]})
    v1.refunds.list({"charge": charge.id})
    v1.payment_methods.detach(method.id)
    other = v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    v1.payment_methods.retrieve(other.id, {"expand": ["customer"]})
    events = v1.events.list({"limit": 100, "created": {"gte": customer.created}})
    v1.events.retrieve(events.data[0].id)
    v1.customers.retrieve(customer.id)
    v1.customers.delete(customer.id)
    v1.customers.retrieve(customer.id)

    assert {(route.method, route.path) for route in ROUTES} - bench.judge.seen == set()
    for event in v1.events.list({"limit": 100}).data:
        stripe_contract.check_event(event.to_dict())


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_the_sandbox_takes_no_parameter_that_stripe_does_not(route: Route) -> None:
    sample = example(route.accepts)

    stripe_contract.check_request(
        route.method, route.path.replace("<id>", "x").replace("<method>", "y"), sample
    )


def example(accepts: Table) -> str:
    """One value for each name that the operation knows, as a form."""
    return "&".join(f"{name}={value}" for name, value in samples(accepts, ""))


def samples(kind: Kind, name: str) -> list[tuple[str, str]]:
    if isinstance(kind, Table):
        return [
            pair
            for key, inner in kind.fields.items()
            for pair in samples(inner, f"{name}[{key}]" if name else key)
        ]
    if isinstance(kind, Rows):
        return samples(kind.item, f"{name}[0]")
    if isinstance(kind, Either):
        return samples(kind.first, name)
    if isinstance(kind, Clearable):
        return samples(kind.kind, name)
    if isinstance(kind, Metadata):
        return [(f"{name}[key]", "value")]
    return [(name, fitting(kind, name))]


def fitting(kind: Kind, name: str) -> str:
    tries: list[str | Form] = ["true", "3", "cny", "a@example.com", "https://a.example/", "2026-05-27.dahlia"]
    options = getattr(kind, "options", None)
    if options:
        return str(options[0])
    if name == "api_version":
        return "2026-05-27.dahlia"
    if name.startswith("enabled_events"):
        return "charge.refunded"
    for value in tries:
        try:
            kind.read(value, name)
        except Exception:
            continue
        return str(value)
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/customers", "emial=ada@example.com"),
        ("/v1/payment_intents", "amount=100"),
        ("/v1/payment_intents", "amount=1.5&currency=eur"),
        ("/v1/checkout/sessions", "mode=gift"),
        ("/v1/checkout/sessions", "mode=payment&line_items[0][price_data][unit_amount]=5"),
    ],
)
def test_a_wrong_request_is_found(path: str, form: str) -> None:
    with pytest.raises(ContractBroken):
        stripe_contract.check_request("POST", path, form)


def test_a_wrong_answer_is_found(bench: Bench) -> None:
    refund = bench.stripe.refunds.create({"payment_intent": str(bench.paid().payment_intent)}).to_dict()

    for damage in ({"amount": "12"}, {"object": "refnud"}, {"color": "red"}, {"reason": "bored"}):
        with pytest.raises(ContractBroken):
            stripe_contract.check_response("POST", "/v1/refunds", 200, refund | damage)
    with pytest.raises(ContractBroken):
        stripe_contract.check_response("POST", "/v1/refunds", 400, {"error": {"type": "sad"}})


def test_an_operation_that_stripe_does_not_have_is_found() -> None:
    with pytest.raises(ContractBroken):
        stripe_contract.check_request("POST", "/v1/gifts", "")
